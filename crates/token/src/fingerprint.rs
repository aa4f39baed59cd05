//! The digest of a token: what it is remembered by, and the only form of it that may be shown.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

/// The full SHA-256 digest of a token's bytes: the key of the cache of verified tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Digests the token's bytes.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        Self(sha256(token))
    }

    /// The short form for logs.
    #[must_use]
    pub fn fingerprint(&self) -> TokenFingerprint {
        TokenFingerprint(*self.0.first_chunk().expect("a digest has 32 bytes"))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TokenDigest({})", self.fingerprint())
    }
}

/// The first eight bytes of a token's digest, in hexadecimal: enough to follow one token through the logs and
/// useless to anyone who reads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenFingerprint([u8; 8]);

impl TokenFingerprint {
    /// The fingerprint of a token's bytes.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        TokenDigest::of(token).fingerprint()
    }
}

impl fmt::Display for TokenFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    // Cannot panic: a SHA-256 has 32 bytes.
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}
