//! The authentication tag of a packet, computed from what is on the wire, without its clear text.
//!
//! With HMAC (RFC 3711 §4.2) the tag is over the encrypted packet anyway. The tag of AES-GCM is GHASH over header,
//! encrypted payload and their lengths, masked with a block of the keystream. The library gives such a tag for
//! additional data alone. So header and payload, each filled up to a block, go in as additional data, and the last
//! block, the lengths, is corrected: GHASH is linear, so the correction is the difference of both blocks times the
//! hash key. Nothing is ever decrypted, and GHASH is the library's.

use aws_lc_rs::{
    aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    constant_time, hmac,
};
use sdp::{CryptoSuite, MasterKey};

use super::session_keys::{BLOCK, Label, derive, keystream};

/// Octets of the tag of AES-GCM (RFC 7714 §5.3).
const GCM_TAG: usize = 16;

/// Octets of the salt of AES-GCM, and of its initialization vector (RFC 7714 §8.1).
const GCM_SALT: usize = 12;

/// Octets of the key of HMAC-SHA1 (RFC 3711 §5.2).
const HMAC_KEY: usize = 20;

/// Which protocol a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Rtp,
    Rtcp,
}

/// What computes the tags of one protocol under one master key.
pub(super) enum Tagger {
    Hmac { key: Box<hmac::Key>, length: usize },
    Gcm { key: Box<LessSafeKey>, salt: [u8; GCM_SALT], hash_key: u128 },
}

impl Tagger {
    /// From the master key.
    fn new(key: &MasterKey, protocol: Protocol) -> Self {
        let (encryption, authentication, salt) = match protocol {
            Protocol::Rtp => (Label::RtpEncryption, Label::RtpAuthentication, Label::RtpSalt),
            Protocol::Rtcp => (Label::RtcpEncryption, Label::RtcpAuthentication, Label::RtcpSalt),
        };
        let algorithm = match key.suite() {
            CryptoSuite::AeadAes256Gcm => &AES_256_GCM,
            CryptoSuite::AeadAes128Gcm => &AES_128_GCM,
            CryptoSuite::AesCm128HmacSha1_80 | CryptoSuite::AesCm128HmacSha1_32 => {
                let derived = derive(key, authentication, HMAC_KEY);
                let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &derived);
                return Self::Hmac { key: Box::new(key), length: 0 };
            }
        };
        let derived = derive(key, encryption, key.suite().key_length());
        let mut block = [0; BLOCK];
        keystream(key.suite(), &derived, block, &mut block);
        let derived_salt = derive(key, salt, GCM_SALT);
        let mut salt = [0; GCM_SALT];
        salt.iter_mut().zip(derived_salt.iter()).for_each(|(octet, derived)| *octet = *derived);
        // Cannot panic: the key was derived in the length of its suite.
        let unbound = UnboundKey::new(algorithm, &derived).expect("the key has the length of its suite");
        Self::Gcm { key: Box::new(LessSafeKey::new(unbound)), salt, hash_key: u128::from_be_bytes(block) }
    }

    fn of_length(mut self, octets: usize) -> Self {
        if let Self::Hmac { length, .. } = &mut self {
            *length = octets;
        }
        self
    }

    /// The tags of RTP packets (RFC 3711 §5.2, RFC 4568 §6.2, RFC 7714 §5.3).
    pub(super) fn of_media(key: &MasterKey) -> Self {
        let short = key.suite() == CryptoSuite::AesCm128HmacSha1_32;
        Self::new(key, Protocol::Rtp).of_length(if short { 4 } else { 10 })
    }

    /// The tags of RTCP packets: with HMAC always 80 bits (RFC 4568 §6.2).
    pub(super) fn of_control(key: &MasterKey) -> Self {
        Self::new(key, Protocol::Rtcp).of_length(10)
    }

    /// Is the tag of an RTP packet right for this rollover counter? `header` is the length of the header.
    pub(super) fn verify_media(&self, packet: &[u8], header: usize, rollover: u32, scratch: &mut Vec<u8>) -> bool {
        match self {
            Self::Hmac { key, length } => {
                let Some((signed, tag)) = split_end(packet, *length).filter(|(signed, _)| signed.len() >= header)
                else {
                    return false;
                };
                verify_hmac(key, &[signed, &rollover.to_be_bytes()], tag)
            }
            Self::Gcm { salt, .. } => {
                let (Some((header, rest)), Some((source, number))) =
                    (packet.split_at_checked(header), source_and_number(packet))
                else {
                    return false;
                };
                let Some((payload, tag)) = split_end(rest, GCM_TAG) else { return false };
                // RFC 7714 §8.1: two zero octets, the source, the rollover counter, the sequence number.
                let [s0, s1, s2, s3] = source;
                let [r0, r1, r2, r3] = rollover.to_be_bytes();
                let [n0, n1] = number;
                let vector = salted([0, 0, s0, s1, s2, s3, r0, r1, r2, r3, n0, n1], salt);
                self.verify_gcm(vector, &[header], payload, tag, scratch)
            }
        }
    }

    /// Is the tag of an RTCP packet right? Its index stands in the packet.
    pub(super) fn verify_control(&self, packet: &[u8], scratch: &mut Vec<u8>) -> bool {
        match self {
            Self::Hmac { key, length } => {
                split_end(packet, *length).is_some_and(|(signed, tag)| verify_hmac(key, &[signed], tag))
            }
            Self::Gcm { salt, .. } => {
                // RFC 7714 §9.1: header and source, payload, tag, and the word with the index.
                let Some((rest, word)) = packet.split_last_chunk::<4>() else { return false };
                let Some((header, rest)) = rest.split_first_chunk::<8>() else { return false };
                let Some((payload, tag)) = split_end(rest, GCM_TAG) else { return false };
                let [_, _, _, _, s0, s1, s2, s3] = *header;
                let [i0, i1, i2, i3] = *word;
                let vector = salted([0, 0, s0, s1, s2, s3, 0, 0, i0 & 0x7f, i1, i2, i3], salt);
                self.verify_gcm(vector, &[header, word], payload, tag, scratch)
            }
        }
    }

    fn verify_gcm(
        &self,
        vector: [u8; GCM_SALT],
        additional: &[&[u8]],
        payload: &[u8],
        tag: &[u8],
        scratch: &mut Vec<u8>,
    ) -> bool {
        let Self::Gcm { key, hash_key, .. } = self else { return false };
        scratch.clear();
        additional.iter().for_each(|part| scratch.extend_from_slice(part));
        let additional = scratch.len();
        scratch.resize(additional.next_multiple_of(BLOCK), 0);
        scratch.extend_from_slice(payload);
        scratch.resize(scratch.len().next_multiple_of(BLOCK), 0);
        let nonce = Nonce::assume_unique_for_key(vector);
        let Ok(over_all) = key.seal_in_place_separate_tag(nonce, Aad::from(scratch.as_slice()), &mut []) else {
            return false;
        };
        let lengths = |additional: usize, payload: usize| ((additional as u128 * 8) << 64) | (payload as u128 * 8);
        let difference = lengths(scratch.len(), 0) ^ lengths(additional, payload.len());
        let correction = multiply(difference, *hash_key).to_be_bytes();
        let mut expected = [0; GCM_TAG];
        let octets = over_all.as_ref().iter().zip(correction);
        expected.iter_mut().zip(octets).for_each(|(expected, (octet, correction))| *expected = octet ^ correction);
        constant_time::verify_slices_are_equal(&expected, tag).is_ok()
    }
}

/// The product in the field of GCM, where the first bit is the coefficient of the lowest power. `factor` is secret,
/// so no branch depends on it.
fn multiply(public: u128, mut factor: u128) -> u128 {
    const POLYNOMIAL: u128 = 0xe1 << 120;
    let mut product = 0;
    for bit in (0..u128::BITS).rev() {
        product ^= factor & 0_u128.wrapping_sub((public >> bit) & 1);
        factor = (factor >> 1) ^ (POLYNOMIAL & 0_u128.wrapping_sub(factor & 1));
    }
    product
}

fn verify_hmac(key: &hmac::Key, signed: &[&[u8]], tag: &[u8]) -> bool {
    let mut context = hmac::Context::with_key(key);
    signed.iter().for_each(|part| context.update(part));
    let whole = context.sign();
    let expected = whole.as_ref().get(..tag.len()).unwrap_or_default();
    !tag.is_empty() && constant_time::verify_slices_are_equal(expected, tag).is_ok()
}

fn salted(mut vector: [u8; GCM_SALT], salt: &[u8; GCM_SALT]) -> [u8; GCM_SALT] {
    vector.iter_mut().zip(salt).for_each(|(octet, salt)| *octet ^= salt);
    vector
}

fn split_end(octets: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    octets.split_at_checked(octets.len().checked_sub(length)?)
}

fn source_and_number(packet: &[u8]) -> Option<([u8; 4], [u8; 2])> {
    let [_, _, n0, n1, _, _, _, _, s0, s1, s2, s3] = *packet.first_chunk::<12>()?;
    Some(([s0, s1, s2, s3], [n0, n1]))
}
