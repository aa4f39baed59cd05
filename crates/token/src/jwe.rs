//! Compact JWE (RFC 7516 §7.1) with `alg` "dir" and `enc` "A128CBC-HS256" (RFC 7518 §5.2.3), and nothing else.
//!
//! The tag is compared in constant time, before anything is decrypted; padding is looked at only behind a good tag,
//! so there is no padding oracle. A `zip` member is refused like every other unknown one (RFC 8725 §3.6).

use aws_lc_rs::cipher::{
    AES_128, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{EncryptionKey, KeyError, TokenError, base64url, jws, strict_json};

const IV_LENGTH: usize = 16;
const TAG_LENGTH: usize = 16;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    #[serde(borrow)]
    alg: std::borrow::Cow<'a, str>,
    cty: std::borrow::Cow<'a, str>,
    enc: std::borrow::Cow<'a, str>,
    kid: std::borrow::Cow<'a, str>,
}

/// Encrypts the plaintext. The initialisation vector is the caller's, and must be unpredictable.
pub(crate) fn encrypt(
    key: &EncryptionKey,
    key_id: &str,
    iv: [u8; IV_LENGTH],
    plaintext: &[u8],
) -> Result<String, KeyError> {
    let header = Header { alg: "dir".into(), cty: "JWT".into(), enc: "A128CBC-HS256".into(), kid: key_id.into() };
    let header = serde_json::to_vec(&header).map_err(|_| KeyError::Unavailable)?;
    let mut compact = base64url::encode(&header);
    let (ciphertext, tag) = seal(key, compact.as_bytes(), iv, plaintext)?;
    // RFC 7518 §4.5: with direct encryption the encrypted key is the empty string.
    compact.push_str("..");
    for part in [&iv[..], &ciphertext, &tag] {
        base64url::append(part, &mut compact);
        compact.push('.');
    }
    compact.pop();
    Ok(compact)
}

/// Decrypts with the key that `find` gives for the header's `kid`.
pub(crate) fn decrypt<'k>(
    compact: &[u8],
    find: impl FnOnce(&str) -> Option<&'k EncryptionKey>,
) -> Result<Zeroizing<Vec<u8>>, TokenError> {
    let [protected, encrypted_key, iv, ciphertext, tag] = jws::split(compact)?;
    let header = base64url::decode(protected).ok_or(TokenError::Malformed("private header"))?;
    let header: Header<'_> = strict_json::parse(&header, "private header")?;
    if !encrypted_key.is_empty() || header.cty != "JWT" {
        return Err(TokenError::Malformed("private header"));
    }
    let key = find(&header.kid).ok_or(TokenError::UnknownKey)?;
    if header.alg != "dir" || header.enc != "A128CBC-HS256" {
        return Err(TokenError::WrongAlgorithm);
    }
    let iv = base64url::decode(iv).and_then(|iv| <[u8; IV_LENGTH]>::try_from(iv).ok());
    let iv = iv.ok_or(TokenError::Malformed("private initialisation vector"))?;
    let ciphertext = base64url::decode(ciphertext).ok_or(TokenError::Malformed("private ciphertext"))?;
    let tag = base64url::decode(tag).ok_or(TokenError::Malformed("private tag"))?;
    open(key, protected, iv, ciphertext, &tag).ok_or(TokenError::BadDecryption)
}

/// RFC 7518 §5.2.2.1: encrypts, then authenticates the associated data, the vector and the ciphertext.
fn seal(
    key: &EncryptionKey,
    associated: &[u8],
    iv: [u8; IV_LENGTH],
    plaintext: &[u8],
) -> Result<(Vec<u8>, [u8; TAG_LENGTH]), KeyError> {
    let (mac_key, cipher_key) = halves(key);
    let cipher = UnboundCipherKey::new(&AES_128, cipher_key)
        .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
        .map_err(|_| KeyError::Unavailable)?;
    let mut ciphertext = plaintext.to_vec();
    cipher
        .less_safe_encrypt(&mut ciphertext, EncryptionContext::Iv128(FixedLength::from(iv)))
        .map_err(|_| KeyError::Unavailable)?;
    let tag = authenticate(mac_key, associated, &iv, &ciphertext);
    Ok((ciphertext, tag))
}

/// RFC 7518 §5.2.2.2: checks the tag first, then decrypts.
fn open(
    key: &EncryptionKey,
    associated: &[u8],
    iv: [u8; IV_LENGTH],
    mut ciphertext: Vec<u8>,
    tag: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (mac_key, cipher_key) = halves(key);
    let expected = authenticate(mac_key, associated, &iv, &ciphertext);
    verify_slices_are_equal(&expected, tag).ok()?;
    let cipher = UnboundCipherKey::new(&AES_128, cipher_key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).ok()?;
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let length = cipher.decrypt(&mut ciphertext, context).ok()?.len();
    ciphertext.truncate(length);
    Some(Zeroizing::new(ciphertext))
}

/// RFC 7518 §5.2.2.1 steps 1 and 5: the first half authenticates; the tag is the first half of the HMAC.
fn authenticate(mac_key: &[u8; 16], associated: &[u8], iv: &[u8], ciphertext: &[u8]) -> [u8; TAG_LENGTH] {
    let bits = (associated.len() as u64).saturating_mul(8);
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, mac_key));
    for part in [associated, iv, ciphertext, &bits.to_be_bytes()] {
        context.update(part);
    }
    *context.sign().as_ref().first_chunk().expect("HMAC-SHA-256 has 32 bytes")
}

fn halves(key: &EncryptionKey) -> (&[u8; 16], &[u8; 16]) {
    let bytes = key.expose();
    (bytes.first_chunk().expect("the key has 32 bytes"), bytes.last_chunk().expect("the key has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7516 appendix B: the authenticated encryption of the example of appendix A.3.
    #[test]
    fn the_example_of_rfc_7516_appendix_b() {
        let mut bytes = [
            4, 211, 31, 197, 84, 157, 252, 254, 11, 100, 157, 250, 63, 170, 106, 206, 107, 124, 212, 45, 111, 107, 9,
            219, 200, 177, 0, 240, 143, 156, 44, 207,
        ];
        let iv = [3, 22, 60, 12, 43, 67, 104, 105, 108, 108, 105, 99, 111, 116, 104, 101];
        let key = EncryptionKey::from_bytes(&mut bytes);
        let associated = b"eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0";
        let (ciphertext, tag) = seal(&key, associated, iv, b"Live long and prosper.").unwrap();
        assert_eq!(base64url::encode(&ciphertext), "KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY");
        assert_eq!(base64url::encode(&tag), "U0m_YmjN04DJvceFICbCVQ");
        let opened = open(&key, associated, iv, ciphertext, &tag).unwrap();
        assert_eq!(opened.as_slice(), b"Live long and prosper.");
    }
}
