//! Session parameters of a crypto attribute (RFC 4568 §6.3).

use super::CryptoViolation;

/// Checks one parameter: `Ok` when our SRTP does what it asks for.
pub(super) fn check(parameter: &str) -> Result<(), CryptoViolation> {
    let (name, value) = match parameter.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (parameter, None),
    };
    match (name, value) {
        // RFC 4568 §6.3.2
        ("UNENCRYPTED_SRTP" | "UNENCRYPTED_SRTCP", None) => Err(CryptoViolation::Unencrypted),
        // RFC 4568 §6.3.3
        ("UNAUTHENTICATED_SRTP", None) => Err(CryptoViolation::Unauthenticated),
        // RFC 4568 §6.3.1: a rate of n derives new keys every 2^n packets.
        ("KDR", Some(_)) => Err(CryptoViolation::KeyDerivationRate),
        // RFC 4568 §6.3.4, §6.3.5
        ("FEC_ORDER" | "FEC_KEY", Some(_)) => Err(CryptoViolation::ForwardErrorCorrection),
        // RFC 4568 §6.3.6: a hint of at least 64, which "MAY be ignored".
        ("WSH", Some(size)) if size.parse().is_ok_and(|size: u32| size >= 64) => Ok(()),
        // RFC 4568 §6.3.7: an unknown parameter is ignored only behind a hyphen.
        _ if name.len() > 1 && name.starts_with('-') => Ok(()),
        _ => Err(CryptoViolation::SessionParameter),
    }
}
