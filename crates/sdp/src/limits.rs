//! Bounds on what is read from a peer: more than any endpoint sends, little enough to be cheap.

/// Bytes of a session description. A video phone's longest offers are near 4 KiB.
pub const DESCRIPTION: usize = 32_768;

/// Media descriptions in a session description.
pub const MEDIA_DESCRIPTIONS: usize = 32;

/// Attributes of the session, and of each media description.
pub const ATTRIBUTES: usize = 256;

/// Formats on one `m=` line.
pub const FORMATS: usize = 64;

/// `a=crypto` attributes of one media description.
pub const CRYPTO_ATTRIBUTES: usize = 32;
