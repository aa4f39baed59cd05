//! What the database knows a secret by: the SHA-256 of an authorization code, or of a refresh token's identifier.
//!
//! Both are 256 unguessable bits, so a plain hash is enough; a copy of the database opens nothing.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};

/// A SHA-256 hash; its text is 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Hashes the secret.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        let mut out = [0; 32];
        // Cannot panic: a SHA-256 has 32 bytes.
        out.copy_from_slice(digest(&SHA256, secret).as_ref());
        Self(out)
    }

    /// The bytes, for storage.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for TokenHash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for TokenHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATokenHash;

impl fmt::Display for NotATokenHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not 64 hexadecimal digits")
    }
}

impl std::error::Error for NotATokenHash {}

impl FromStr for TokenHash {
    type Err = NotATokenHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut out = [0; 32];
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(NotATokenHash) };
        if pairs.len() != out.len() {
            return Err(NotATokenHash);
        }
        for (byte, [high, low]) in out.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(out))
    }
}

fn digit(digit: u8) -> Result<u8, NotATokenHash> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(NotATokenHash),
    }
}
