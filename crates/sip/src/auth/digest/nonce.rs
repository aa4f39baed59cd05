//! Nonces that the server need not remember (RFC 7616 §3.3): the time they were made, and a proof that we made them.
//!
//! Our choice: 32 hexadecimal digits, the length that phones in the field expect: 8 for the second, 24 for the first
//! 96 bits of HMAC-SHA-256 over the second and what the nonce is bound to.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{hexadecimal, same};

/// The key under which nonces are made. Every node that may see the answer has the same.
#[derive(Clone)]
pub struct NonceKey([u8; 32]);

/// A nonce that this server made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nonce {
    /// When it was made, in seconds since 1970, modulo 2^32.
    pub made_at: u32,
}

/// Why a nonce is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceViolation {
    /// This server did not make it, or not for this peer.
    Foreign,
    /// It is too old: challenge again with `stale=true`.
    Stale,
}

impl NonceKey {
    /// Takes 32 random octets.
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Makes a nonce for what `binding` names, as the realm or the address of the peer.
    pub fn make(&self, unix_seconds: u64, binding: &[u8]) -> String {
        let made_at = second(unix_seconds);
        let mut nonce = hexadecimal(&made_at.to_be_bytes());
        nonce.push_str(&self.proof(made_at, binding));
        nonce
    }

    /// Checks a nonce, and that it is at most `validity_seconds` old.
    pub fn verify(
        &self,
        nonce: &[u8],
        unix_seconds: u64,
        validity_seconds: u32,
        binding: &[u8],
    ) -> Result<Nonce, NonceViolation> {
        let (time, proof) = nonce.split_at_checked(8).ok_or(NonceViolation::Foreign)?;
        let time = std::str::from_utf8(time).map_err(|_| NonceViolation::Foreign)?;
        let made_at = u32::from_str_radix(time, 16).map_err(|_| NonceViolation::Foreign)?;
        if !same(self.proof(made_at, binding).as_bytes(), proof) {
            return Err(NonceViolation::Foreign);
        }
        // A nonce from another node whose clock is ahead has a huge age here, and is stale, not foreign.
        if second(unix_seconds).wrapping_sub(made_at) > validity_seconds {
            return Err(NonceViolation::Stale);
        }
        Ok(Nonce { made_at })
    }

    fn proof(&self, made_at: u32, binding: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&made_at.to_be_bytes());
        mac.update(binding);
        hexadecimal(mac.finalize().into_bytes().get(..12).unwrap_or_default())
    }
}

/// The time modulo 2^32, which no nonce outlives.
const fn second(unix_seconds: u64) -> u32 {
    (unix_seconds & 0xffff_ffff) as u32
}

impl std::fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NonceKey(..)")
    }
}
