//! The only place where random bytes are made.

/// Fills `bytes` from the system's generator (aws-lc-rs).
///
/// # Panics
/// When the operating system gives no randomness: no node may go on with predictable tags, nonces or tokens.
pub fn fill(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
}

/// An array of random bytes.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut array = [0; N];
    fill(&mut array);
    array
}
