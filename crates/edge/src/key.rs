//! The keys of one process, all made from the 32 random octets that its caller gives it.

use std::fmt;

use aws_lc_rs::hmac;

/// A key for HMAC-SHA256. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct Key(hmac::Key);

impl Key {
    /// The key for one use, which the label names.
    pub(crate) fn derive(secret: &[u8; 32], label: &str) -> Self {
        let secret = Self(hmac::Key::new(hmac::HMAC_SHA256, secret));
        Self(hmac::Key::new(hmac::HMAC_SHA256, &secret.tag(&[label.as_bytes()])))
    }

    /// HMAC-SHA256 over the parts; the length of each is part of what is signed, so that no two lists are alike.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut tag = [0; 32];
        // Cannot panic: an HMAC-SHA256 has 32 octets.
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// The first `N` octets of [`tag`](Self::tag).
    pub(crate) fn short_tag<const N: usize>(&self, parts: &[&[u8]]) -> [u8; N] {
        let tag = self.tag(parts);
        let mut short = [0; N];
        short.iter_mut().zip(tag).for_each(|(to, from)| *to = from);
        short
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Numbers that nobody outside can foresee, to spread what would happen at the same time on many machines.
#[derive(Debug)]
pub(crate) struct Jitter {
    key: Key,
    drawn: u64,
}

impl Jitter {
    pub(crate) fn new(secret: &[u8; 32]) -> Self {
        Self { key: Key::derive(secret, "jitter"), drawn: 0 }
    }

    /// A number from 0 to `below` - 1; 0 when that is nothing.
    pub(crate) fn draw(&mut self, below: u64) -> u64 {
        self.drawn += 1;
        let octets: [u8; 8] = self.key.short_tag(&[&self.drawn.to_be_bytes()]);
        u64::from_be_bytes(octets).checked_rem(below).unwrap_or_default()
    }
}
