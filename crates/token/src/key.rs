//! The keys: a pair that signs, its public half that verifies, and the shared key that encrypts.
//!
//! A key knows its algorithm (RFC 8725 §3.1) and its hash: SHA-256 over the public key's SubjectPublicKeyInfo, or
//! over the bytes of the encryption key. That hash is the second half of the key identifier and what an
//! administrator compares between nodes. Our choice: the vendor shows such a hash and does not say over what.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::KeyHash;
use crate::fingerprint::sha256;
use crate::jwk::Jwk;

/// A signature algorithm of RFC 7518 §3.1. There is no `none` and nothing symmetric to confuse a public key with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 and a key of at least 2048 bits: the default, as at the vendor.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// ECDSA on P-256 with SHA-256: a shorter token, at some 35 µs more to verify.
    #[serde(rename = "ES256")]
    Es256,
}

impl Algorithm {
    /// The registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// A key that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The bytes are not a key of the algorithm, or the key is too weak.
    Rejected,
    /// The key could not be made or written.
    Unavailable,
}

impl fmt::Display for KeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rejected => "the key is not of the expected form or too weak",
            Self::Unavailable => "the key could not be made or written",
        })
    }
}

impl std::error::Error for KeyError {}

/// The private half of a pair. It signs; it is never shown.
pub struct SigningKey {
    pair: Pair,
    verifying: VerifyingKey,
}

enum Pair {
    Rsa(rsa::KeyPair),
    P256(EcdsaKeyPair),
}

impl SigningKey {
    /// Reads a PKCS #8 private key (RFC 5208).
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        match algorithm {
            Algorithm::Rs256 => Self::rsa(rsa::KeyPair::from_pkcs8(pkcs8).map_err(|_| KeyError::Rejected)?),
            Algorithm::Es256 => Self::p256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| KeyError::Rejected)?,
            ),
        }
    }

    pub(crate) fn rsa(pair: rsa::KeyPair) -> Result<Self, KeyError> {
        let spki = pair.public_key().as_der().map_err(|_| KeyError::Rejected)?;
        let verifying = VerifyingKey::from_spki(Algorithm::Rs256, spki.as_ref())?;
        Ok(Self { pair: Pair::Rsa(pair), verifying })
    }

    pub(crate) fn p256(pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let spki = pair.public_key().as_der().map_err(|_| KeyError::Rejected)?;
        let verifying = VerifyingKey::from_spki(Algorithm::Es256, spki.as_ref())?;
        Ok(Self { pair: Pair::P256(pair), verifying })
    }

    /// The key as PKCS #8, for the one place that keeps it (encrypted at rest). The bytes are wiped when dropped.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Unavailable)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
            Pair::P256(pair) => {
                let document = pair.to_pkcs8v1().map_err(|_| KeyError::Unavailable)?;
                Ok(Zeroizing::new(document.as_ref().to_vec()))
            }
        }
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Signs. RS256 gives the same bytes each time; ES256 draws its nonce from aws-lc-rs's system randomness.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| KeyError::Unavailable)?;
                Ok(signature)
            }
            Pair::P256(pair) => {
                let signature = pair.sign(&random, message).map_err(|_| KeyError::Unavailable)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("verifying", &self.verifying).finish_non_exhaustive()
    }
}

/// The public half of a pair, parsed once. Clones share it.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    parsed: Arc<ParsedPublicKey>,
    spki: Arc<[u8]>,
}

impl VerifyingKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1). RSA keys under 2048 bits are refused at the first signature.
    pub fn from_spki(algorithm: Algorithm, spki: &[u8]) -> Result<Self, KeyError> {
        let parsed = match algorithm {
            Algorithm::Rs256 => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki),
            Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, spki),
        };
        let parsed = Arc::new(parsed.map_err(|_| KeyError::Rejected)?);
        Ok(Self { algorithm, parsed, spki: spki.into() })
    }

    /// The algorithm this key verifies, and no other.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key as SubjectPublicKeyInfo.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 over the SubjectPublicKeyInfo.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash::new(sha256(&self.spki))
    }

    /// The key as a JSON Web Key under the given identifier.
    #[must_use]
    pub fn to_jwk(&self, key_id: &str) -> Option<Jwk> {
        Jwk::from_spki(self.algorithm, &self.spki, key_id)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .field("hash", &self.hash())
            .finish_non_exhaustive()
    }
}

/// The shared key of A128CBC-HS256 (RFC 7518 §5.2.3): 16 bytes that authenticate, 16 that encrypt. Wiped when dropped.
#[derive(Clone)]
pub struct EncryptionKey(Zeroizing<[u8; 32]>);

impl EncryptionKey {
    /// Takes the key's bytes and wipes the caller's copy.
    #[must_use]
    pub fn from_bytes(bytes: &mut [u8; 32]) -> Self {
        let key = Self(Zeroizing::new(*bytes));
        bytes.zeroize();
        key
    }

    /// The bytes, for the one place that keeps them and for the nodes that share them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 over the bytes.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash::new(sha256(&*self.0))
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("EncryptionKey").field(&self.hash()).finish()
    }
}
