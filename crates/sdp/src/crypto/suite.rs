//! The crypto suites (RFC 4568 §6.2, RFC 7714 §14.1).

use std::fmt;

/// A crypto suite that this project protects media with, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CryptoSuite {
    /// AES-256 in Galois/counter mode, 16-byte tag.
    AeadAes256Gcm,
    /// AES-128 in Galois/counter mode, 16-byte tag.
    AeadAes128Gcm,
    /// AES-128 in counter mode, HMAC-SHA1 with 80-bit tag.
    AesCm128HmacSha1_80,
    /// AES-128 in counter mode, HMAC-SHA1 with 32-bit tag on RTP.
    AesCm128HmacSha1_32,
}

impl CryptoSuite {
    /// All suites in the order in which we offer them.
    pub const ALL: [Self; 4] =
        [Self::AeadAes256Gcm, Self::AeadAes128Gcm, Self::AesCm128HmacSha1_80, Self::AesCm128HmacSha1_32];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// By its registered name. RFC 4568 §9.1: suite names are case-sensitive.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }

    /// Bytes of the master key.
    pub fn key_length(self) -> usize {
        match self {
            Self::AeadAes256Gcm => 32,
            _ => 16,
        }
    }

    /// Bytes of the master salt (RFC 7714 §12, RFC 4568 §6.2).
    pub fn salt_length(self) -> usize {
        match self {
            Self::AeadAes256Gcm | Self::AeadAes128Gcm => 12,
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => 14,
        }
    }
}

impl fmt::Display for CryptoSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
