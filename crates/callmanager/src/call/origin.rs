//! The `o=` line of the session descriptions that we pass on: the one line of a body that we write ourselves.
//!
//! Each leg is a session of its own. RFC 3264 §8 wants the origin of every description in a session to stay the
//! same but for the version, which grows by one when the description changed. The other party of a leg may be a new
//! one after a transfer, with an origin of its own, so passing its line on would break that rule. So user name,
//! session id and version are ours, one set for each leg; network type and address stay the sender's. Every
//! other octet of the body is forwarded as it came: our choice, since it keeps keys, candidates and attributes that
//! we do not know out of our hands.

use super::description::Description;

/// The origin of the descriptions that we send on one leg.
#[derive(Debug)]
pub(super) struct Origin {
    session: u32,
    version: u64,
    /// The last description sent, whole.
    last: Option<Description>,
}

impl Origin {
    /// An origin with a session id from random bytes.
    pub(super) fn new(random: [u8; 4]) -> Self {
        Self { session: u32::from_be_bytes(random), version: 0, last: None }
    }

    /// The last description sent on the leg.
    pub(super) fn last(&self) -> Option<&Description> {
        self.last.as_ref()
    }

    /// The description as it goes out on the leg.
    pub(super) fn write(&mut self, description: &[u8]) -> Description {
        let unchanged = self.last.as_deref().is_some_and(|last| same_but_origin(last, description));
        if !unchanged {
            self.version += 1;
        }
        let written = Description::from(self.replace(description));
        self.last = Some(written.clone());
        written
    }

    fn replace(&self, description: &[u8]) -> Vec<u8> {
        let mut written = Vec::with_capacity(description.len() + 32);
        for line in description.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_prefix(b"o=").and_then(address_of) {
                Some(address) => {
                    written.extend_from_slice(format!("o=Ringbearer {} {} ", self.session, self.version).as_bytes());
                    written.extend_from_slice(address);
                }
                None => written.extend_from_slice(line),
            }
        }
        written
    }
}

/// Network type, address type, address and line end: what follows the third space.
fn address_of(origin: &[u8]) -> Option<&[u8]> {
    origin.splitn(4, |byte| *byte == b' ').nth(3)
}

/// Whether two descriptions differ in no line but `o=`: nothing in the session changed.
pub(super) fn same_but_origin(one: &[u8], other: &[u8]) -> bool {
    fn lines(description: &[u8]) -> impl Iterator<Item = &[u8]> {
        description.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"o="))
    }
    lines(one).eq(lines(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &[u8] =
        b"v=0\r\no=alice 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

    #[test]
    fn only_the_origin_is_ours() {
        let mut origin = Origin::new([0, 0, 0, 7]);
        let sent = origin.write(FIRST);
        let expected = b"v=0\r\no=Ringbearer 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
        assert_eq!(&sent[..], &expected[..]);
    }

    #[test]
    fn the_version_grows_only_when_the_description_changes() {
        let mut origin = Origin::new([0, 0, 0, 7]);
        origin.write(FIRST);
        let renumbered = String::from_utf8(FIRST.to_vec()).unwrap().replace("alice 1 1", "alice 1 2");
        assert!(origin.write(renumbered.as_bytes()).starts_with(b"v=0\r\no=Ringbearer 7 1 "));
        let held = [FIRST, b"a=sendonly\r\n"].concat();
        assert!(origin.write(&held).starts_with(b"v=0\r\no=Ringbearer 7 2 "));
    }

    #[test]
    fn a_line_that_is_no_origin_stays_as_it_is() {
        let mut origin = Origin::new([0, 0, 0, 7]);
        assert_eq!(&origin.write(b"v=0\no=broken\n")[..], b"v=0\no=broken\n");
    }
}
