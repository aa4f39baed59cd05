//! JSON Web Keys (RFC 7517), public only, as the keys endpoint publishes them and as other issuers publish theirs.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::PublicKeyComponents;
use serde::{Deserialize, Serialize};

use crate::{Algorithm, KeyError, VerifyingKey, base64url};

/// One public key. Members that its type does not have are absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type: `RSA` or `EC`.
    pub kty: String,
    /// What the key is for: `sig`.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub key_use: Option<String>,
    /// The algorithm the key is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// The key identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// RSA modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Curve: `P-256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// First coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
}

/// A JWK set (RFC 7517 §5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys, the current one first.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    pub(crate) fn from_spki(algorithm: Algorithm, spki: &[u8], key_id: &str) -> Option<Self> {
        let empty = Self {
            kty: String::new(),
            key_use: Some("sig".to_owned()),
            alg: Some(algorithm.name().to_owned()),
            kid: Some(key_id.to_owned()),
            n: None,
            e: None,
            crv: None,
            x: None,
            y: None,
        };
        let key = der::subject_public_key(spki)?;
        match algorithm {
            Algorithm::Rs256 => {
                let (n, e) = der::rsa_public_key(key)?;
                let (n, e) = (Some(base64url::encode(n)), Some(base64url::encode(e)));
                Some(Self { kty: "RSA".to_owned(), n, e, ..empty })
            }
            Algorithm::Es256 => {
                // RFC 7518 §6.2.1: the coordinates of the uncompressed point, each of 32 bytes.
                let (4, point) = key.split_first()? else {
                    return None;
                };
                let (x, y) = point.split_at_checked(32)?;
                let (x, y) = (Some(base64url::encode(x)), Some(base64url::encode(y)));
                Some(Self { kty: "EC".to_owned(), crv: Some("P-256".to_owned()), x, y, ..empty })
            }
        }
    }

    /// The key that this describes. A key whose `alg` names another algorithm than its type has is refused.
    pub fn to_verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        let decode = |member: &Option<String>| {
            member.as_ref().and_then(|text| base64url::decode(text.as_bytes())).ok_or(KeyError::Rejected)
        };
        let (algorithm, spki) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", None) => (Algorithm::Rs256, rsa_spki(decode(&self.n)?, decode(&self.e)?)?),
            ("EC", Some("P-256")) => (Algorithm::Es256, p256_spki(&decode(&self.x)?, &decode(&self.y)?)?),
            _ => return Err(KeyError::Rejected),
        };
        if self.alg.as_deref().is_some_and(|name| name != algorithm.name()) {
            return Err(KeyError::Rejected);
        }
        VerifyingKey::from_spki(algorithm, &spki)
    }
}

fn rsa_spki(n: Vec<u8>, e: Vec<u8>) -> Result<Vec<u8>, KeyError> {
    if n.len() < 256 {
        return Err(KeyError::Rejected);
    }
    let der = PublicKeyComponents { n, e }.as_der().map_err(|_| KeyError::Rejected)?;
    Ok(der.as_ref().to_vec())
}

/// The fixed head of a P-256 SubjectPublicKeyInfo (RFC 5480 §2), up to the mark of an uncompressed point.
const P256_HEAD: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];

fn p256_spki(x: &[u8], y: &[u8]) -> Result<Vec<u8>, KeyError> {
    if x.len() != 32 || y.len() != 32 {
        return Err(KeyError::Rejected);
    }
    Ok([&P256_HEAD, x, y].concat())
}

/// As much DER as a public key that aws-lc-rs itself wrote needs.
mod der {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    const BIT_STRING: u8 = 0x03;

    pub(super) fn subject_public_key(spki: &[u8]) -> Option<&[u8]> {
        let (body, _) = element(spki, SEQUENCE)?;
        let (_, rest) = element(body, SEQUENCE)?;
        let (bits, _) = element(rest, BIT_STRING)?;
        bits.strip_prefix(&[0])
    }

    pub(super) fn rsa_public_key(key: &[u8]) -> Option<(&[u8], &[u8])> {
        let (body, _) = element(key, SEQUENCE)?;
        let (n, rest) = element(body, INTEGER)?;
        let (e, _) = element(rest, INTEGER)?;
        Some((n.strip_prefix(&[0]).unwrap_or(n), e.strip_prefix(&[0]).unwrap_or(e)))
    }

    fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
        let (first, rest) = input.split_first()?;
        if *first != tag {
            return None;
        }
        let (length, rest) = rest.split_first()?;
        let (length, rest) = match length {
            0..=0x7f => (usize::from(*length), rest),
            0x81 => rest.split_first().map(|(byte, rest)| (usize::from(*byte), rest))?,
            0x82 => {
                let (bytes, rest) = rest.split_first_chunk::<2>()?;
                (usize::from(u16::from_be_bytes(*bytes)), rest)
            }
            _ => return None,
        };
        rest.split_at_checked(length)
    }
}
