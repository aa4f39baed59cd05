//! Digest (RFC 7616, RFC 8760): its arithmetic here, the credentials and the nonces in their files.

mod credentials;
mod nonce;

use std::fmt;

use md5::Md5;
use sha2::Sha256;

use crate::message::Method;

pub use credentials::DigestCredentials;
pub use nonce::{Nonce, NonceKey, NonceViolation};

/// A hash for Digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// MD5, which old devices need.
    Md5,
    /// SHA-256.
    Sha256,
}

/// The hash of user, realm and password: what a server keeps instead of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Ha1 {
    algorithm: Algorithm,
    hexadecimal: String,
}

impl Algorithm {
    /// The algorithm of this name, in any case.
    pub fn from_bytes(name: &[u8]) -> Option<Self> {
        [Self::Md5, Self::Sha256].into_iter().find(|known| known.as_str().as_bytes().eq_ignore_ascii_case(name))
    }

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// The hash of the parts joined by colons, in hexadecimal.
    fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Self::Md5 => hexadecimal(&joined::<Md5>(parts)),
            Self::Sha256 => hexadecimal(&joined::<Sha256>(parts)),
        }
    }
}

fn joined<D: sha2::Digest>(parts: &[&[u8]]) -> sha2::digest::Output<D> {
    let mut hash = D::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    hash.finalize()
}

pub(super) fn hexadecimal(octets: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(2 * octets.len());
    for octet in octets {
        // Writing to a string does not fail.
        let _ = write!(text, "{octet:02x}");
    }
    text
}

/// H(A1) of a user's password (RFC 7616 §3.4.2).
pub fn ha1(algorithm: Algorithm, username: &[u8], realm: &[u8], password: &[u8]) -> Ha1 {
    Ha1 { algorithm, hexadecimal: algorithm.hash(&[username, realm, password]) }
}

impl Ha1 {
    /// H(A1) as it was kept, in hexadecimal.
    pub fn from_hexadecimal(algorithm: Algorithm, hexadecimal: &str) -> Option<Self> {
        let length = match algorithm {
            Algorithm::Md5 => 32,
            Algorithm::Sha256 => 64,
        };
        let is_hash = hexadecimal.len() == length && hexadecimal.bytes().all(|octet| octet.is_ascii_hexdigit());
        is_hash.then(|| Self { algorithm, hexadecimal: hexadecimal.to_ascii_lowercase() })
    }

    /// The hash, to be kept.
    pub fn as_hexadecimal(&self) -> &str {
        &self.hexadecimal
    }
}

/// The `response` for a request (RFC 7616 §3.4.1), with the values that `credentials` name: with `qop=auth` if it has
/// one, else as RFC 2069 had it.
pub fn response(ha1: &Ha1, method: &Method, credentials: &DigestCredentials<'_>) -> String {
    let ha2 = ha1.algorithm.hash(&[method.as_bytes(), &credentials.uri]);
    let secret = ha1.hexadecimal.as_bytes();
    match &credentials.qop {
        None => ha1.algorithm.hash(&[secret, &credentials.nonce, ha2.as_bytes()]),
        Some(qop) => ha1.algorithm.hash(&[
            secret,
            &credentials.nonce,
            credentials.nonce_count.as_deref().unwrap_or_default(),
            credentials.cnonce.as_deref().unwrap_or_default(),
            qop,
            ha2.as_bytes(),
        ]),
    }
}

/// Whether the `response` is the one that the password gives. Takes the same time whatever differs.
pub fn verify(ha1: &Ha1, method: &Method, credentials: &DigestCredentials<'_>) -> bool {
    let is_complete = match credentials.qop.as_deref() {
        None => true,
        Some(qop) => {
            qop.eq_ignore_ascii_case(b"auth") && credentials.cnonce.is_some() && credentials.nonce_count.is_some()
        }
    };
    let expected = response(ha1, method, credentials);
    let is_equal = same(expected.as_bytes(), &credentials.response.to_ascii_lowercase());
    is_complete && credentials.algorithm == Some(ha1.algorithm) && is_equal
}

/// Compares without stopping at the first difference.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |differences, (one, other)| differences | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differences) == 0
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ha1").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
