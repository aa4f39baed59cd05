//! The master key and salt of one direction (RFC 4568 §6.1).

use std::fmt;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::{CryptoSuite, CryptoViolation};

/// Peers leave the padding out now and then; the length is checked anyway.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A master key with its salt. It is wiped when dropped, and its `Debug` form shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey {
    suite: CryptoSuite,
    key_and_salt: Zeroizing<Vec<u8>>,
}

impl MasterKey {
    /// A fresh key from the caller's random bytes.
    pub fn generate(suite: CryptoSuite, random: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut key_and_salt = Zeroizing::new(vec![0; suite.key_length() + suite.salt_length()]);
        random(&mut key_and_salt);
        Self { suite, key_and_salt }
    }

    /// From key and salt in one piece; `None` when the length is not the suite's.
    pub fn from_bytes(suite: CryptoSuite, key_and_salt: &[u8]) -> Option<Self> {
        (key_and_salt.len() == suite.key_length() + suite.salt_length())
            .then(|| Self { suite, key_and_salt: Zeroizing::new(key_and_salt.to_vec()) })
    }

    pub(super) fn from_base64(suite: CryptoSuite, text: &str) -> Result<Self, CryptoViolation> {
        let bytes = Zeroizing::new(BASE64.decode(text).map_err(|_| CryptoViolation::KeyEncoding)?);
        Self::from_bytes(suite, &bytes).ok_or(CryptoViolation::KeyLength)
    }

    pub(super) fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(&*self.key_and_salt))
    }

    /// The suite the key is for.
    pub fn suite(&self) -> CryptoSuite {
        self.suite
    }

    /// The master key.
    pub fn key(&self) -> &[u8] {
        self.key_and_salt.split_at_checked(self.suite.key_length()).map_or(&[], |(key, _)| key)
    }

    /// The master salt.
    pub fn salt(&self) -> &[u8] {
        self.key_and_salt.split_at_checked(self.suite.key_length()).map_or(&[], |(_, salt)| salt)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({}, masked)", self.suite)
    }
}
