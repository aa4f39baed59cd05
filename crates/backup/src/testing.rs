//! For tests of hostile archives: what somebody can make who knows the passphrase.

use std::io::Write;

use crate::seal::{Passphrase, Sealer};

/// Seals octets that need not be a backup.
///
/// # Panics
/// Never: a vector takes what is written.
#[must_use]
pub fn seal(plain: &[u8], passphrase: &Passphrase) -> Vec<u8> {
    let mut sealer = Sealer::new(Vec::new(), passphrase).expect("a vector takes the header");
    sealer.write_all(plain).expect("a vector takes the chunks");
    sealer.finish().expect("a vector takes the last chunk")
}
