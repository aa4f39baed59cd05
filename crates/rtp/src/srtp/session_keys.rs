//! Key derivation (RFC 3711 §4.3), for those who do not go through the crate's transform.

use aws_lc_rs::{
    cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    iv::FixedLength,
};
use sdp::{CryptoSuite, MasterKey};
use zeroize::Zeroizing;

/// Octets of an AES block, and of a counter block.
pub(super) const BLOCK: usize = 16;

/// What a session key is for: the label of RFC 3711 §4.3.2 for RTP, and of RFC 3711 §4.3.1 for RTCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    RtpEncryption = 0,
    RtpAuthentication = 1,
    RtpSalt = 2,
    RtcpEncryption = 3,
    RtcpAuthentication = 4,
    RtcpSalt = 5,
}

/// The session key of so many octets. The derivation rate is zero, so there is one key for the whole life of the master.
pub(super) fn derive(key: &MasterKey, label: Label, octets: usize) -> Zeroizing<Vec<u8>> {
    // The label stands before the 48 bits of the index, at the end of a salt of 112 bits. A salt of 96 bits, that of
    // the AEAD suites, has zeros behind it.
    let mut block = [0; BLOCK];
    block.iter_mut().zip(key.salt()).for_each(|(octet, salt)| *octet = *salt);
    if let Some(octet) = block.get_mut(7) {
        *octet ^= label as u8;
    }
    let mut derived = Zeroizing::new(vec![0; octets]);
    keystream(key.suite(), key.key(), block, &mut derived);
    derived
}

/// Adds the keystream of AES in counter mode from this block on.
pub(super) fn keystream(suite: CryptoSuite, key: &[u8], first: [u8; BLOCK], octets: &mut [u8]) {
    let algorithm = if suite == CryptoSuite::AeadAes256Gcm { &AES_256 } else { &AES_128 };
    let key = UnboundCipherKey::new(algorithm, key).and_then(EncryptingKey::ctr);
    let context = EncryptionContext::Iv128(FixedLength::from(first));
    // Cannot panic: a master key and the keys derived here have the lengths of their suite.
    let done = key.and_then(|key| key.less_safe_encrypt(octets, context).map(drop));
    done.expect("the key has the length of its suite");
}

#[cfg(test)]
mod tests {
    use sdp::{CryptoSuite, MasterKey};

    use super::{Label, derive};

    /// RFC 3711 §B.3.
    #[test]
    fn the_vectors_of_the_rfc() {
        let master = b"\xe1\xf9\x7a\x0d\x3e\x01\x8b\xe0\xd6\x4f\xa3\x2c\x06\xde\x41\x39\
                       \x0e\xc6\x75\xad\x49\x8a\xfe\xeb\xb6\x96\x0b\x3a\xab\xe6";
        let master = MasterKey::from_bytes(CryptoSuite::AesCm128HmacSha1_80, master).unwrap();
        let rows: [(Label, &[u8]); 3] = [
            (Label::RtpEncryption, b"\xc6\x1e\x7a\x93\x74\x4f\x39\xee\x10\x73\x4a\xfe\x3f\xf7\xa0\x87"),
            (Label::RtpSalt, b"\x30\xcb\xbc\x08\x86\x3d\x8c\x85\xd4\x9d\xb3\x4a\x9a\xe1"),
            (
                Label::RtpAuthentication,
                b"\xce\xbe\x32\x1f\x6f\xf7\x71\x6b\x6f\xd4\xab\x49\xaf\x25\x6a\x15\x6d\x38\xba\xa4",
            ),
        ];
        for (label, expected) in rows {
            assert_eq!(derive(&master, label, expected.len()).as_slice(), expected, "{label:?}");
        }
    }
}
