//! Making keys: called from adapters and tests, never by a machine.
//!
//! aws-lc-rs makes a key pair from its own system randomness and offers no way to inject another, so this is the one
//! module of the crate that is not a function of its arguments.

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::{Algorithm, EncryptionKey, KeyError, SigningKey};

/// Makes a signing key: RSA of 2048 bits, or P-256.
pub fn signing_key(algorithm: Algorithm) -> Result<SigningKey, KeyError> {
    match algorithm {
        Algorithm::Rs256 => {
            SigningKey::rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(|_| KeyError::Unavailable)?)
        }
        Algorithm::Es256 => SigningKey::p256(
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| KeyError::Unavailable)?,
        ),
    }
}

/// Makes an encryption key.
pub fn encryption_key() -> Result<EncryptionKey, KeyError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::Unavailable)?;
    Ok(EncryptionKey::from_bytes(&mut bytes))
}
