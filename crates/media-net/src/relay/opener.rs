//! The opener: what Expressway-C sends outwards so that the firewall lets Expressway-E's media in.
//!
//! In shape a STUN Binding indication (RFC 8489 §5, §6.3.2), which a firewall knows and nobody answers, with
//! MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.6) under a key that travelled over the traversal link. Our choices: the
//! transaction id is the component and a number that grows, so that a recorded opener is worth nothing later or on
//! another port; no other attribute, so that the length is always the same.

use aws_lc_rs::hmac;
use edge::media::OpenerKey;

use super::stream::Component;

/// Octets of an opener.
pub const OPENER_LENGTH: usize = 56;

const SIGNED: usize = 20;
const BINDING_INDICATION: [u8; 2] = [0x00, 0x11];
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const LENGTH: [u8; 2] = [0, 36];
const MESSAGE_INTEGRITY_SHA256: [u8; 4] = [0x00, 0x1c, 0, 32];

/// Writes and reads the openers of one stream.
pub struct Opener {
    key: hmac::Key,
    is_under: OpenerKey,
}

impl Opener {
    /// Under this key.
    #[must_use]
    pub fn new(key: &OpenerKey) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &key.0), is_under: key.clone() }
    }

    /// The key.
    pub(super) fn key(&self) -> &OpenerKey {
        &self.is_under
    }

    /// The opener of this number.
    #[must_use]
    pub fn write(&self, component: Component, number: u64) -> [u8; OPENER_LENGTH] {
        let mut opener = [0; OPENER_LENGTH];
        let head = BINDING_INDICATION
            .into_iter()
            .chain(LENGTH)
            .chain(MAGIC_COOKIE)
            .chain((component as u32).to_be_bytes())
            .chain(number.to_be_bytes());
        opener.iter_mut().zip(head).for_each(|(octet, head)| *octet = head);
        let signed = opener.first_chunk::<SIGNED>().copied().unwrap_or_default();
        let tag = hmac::sign(&self.key, &signed);
        let rest = MESSAGE_INTEGRITY_SHA256.iter().chain(tag.as_ref());
        opener.iter_mut().skip(SIGNED).zip(rest).for_each(|(octet, rest)| *octet = *rest);
        opener
    }

    /// The number of an opener that the holder of the key made for this component.
    #[must_use]
    pub fn read(&self, component: Component, datagram: &[u8]) -> Option<u64> {
        let opener: &[u8; OPENER_LENGTH] = datagram.try_into().ok()?;
        let (signed, rest) = opener.split_first_chunk::<SIGNED>()?;
        let tag = rest.strip_prefix(&MESSAGE_INTEGRITY_SHA256)?;
        let (kind, rest) = signed.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (cookie, rest) = rest.split_first_chunk::<4>()?;
        let (of, rest) = rest.split_first_chunk::<4>()?;
        let fits = *kind == BINDING_INDICATION
            && *length == LENGTH
            && *cookie == MAGIC_COOKIE
            && *of == (component as u32).to_be_bytes();
        (fits && hmac::verify(&self.key, signed, tag).is_ok())
            .then(|| u64::from_be_bytes(*rest.first_chunk().unwrap_or(&[0; 8])))
    }
}

/// Is a datagram STUN and not media (RFC 5764 §5.1.2)?
pub(super) fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| *first < 2)
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opener(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn med_1_an_opener_is_read_under_its_key_for_its_component_whole() {
        let opener = Opener::new(&OpenerKey([7; 16]));
        let written = opener.write(Component::Rtp, 0x0102_0304_0506_0708);
        assert_eq!(written.first_chunk::<8>(), Some(b"\0\x11\0\x24\x21\x12\xa4\x42"));
        assert_eq!(opener.read(Component::Rtp, &written), Some(0x0102_0304_0506_0708));
        assert_eq!(opener.read(Component::Rtcp, &written), None);
        assert_eq!(Opener::new(&OpenerKey([8; 16])).read(Component::Rtp, &written), None);
        for at in 0..written.len() {
            let mut changed = written;
            changed[at] ^= 1;
            assert_eq!(opener.read(Component::Rtp, &changed), None, "{at}");
            assert_eq!(opener.read(Component::Rtp, &written[..at]), None, "{at}");
        }
        let mut longer = written.to_vec();
        longer.push(0);
        assert_eq!(opener.read(Component::Rtp, &longer), None);
    }
}
