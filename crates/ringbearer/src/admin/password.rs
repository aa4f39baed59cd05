//! Passwords: how they are kept (argon2id, RFC 9106).

use argon2::{Argon2, PasswordHasher};
use directory::PasswordHash;

/// Hashes a password with a random salt. Slow on purpose: not for the reactor.
pub(super) fn hash(password: &str) -> Result<PasswordHash, String> {
    let salt: [u8; 16] = runtime::random::bytes();
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| PasswordHash::new(hash.to_string())).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::PasswordVerifier;
    use argon2::password_hash::phc;

    #[test]
    fn the_hash_is_argon2id_with_its_own_salt() {
        let (first, second) = (hash("correct horse").unwrap(), hash("correct horse").unwrap());
        assert!(first.expose().starts_with("$argon2id$v=19$"));
        assert_ne!(first, second);
        let parsed = phc::PasswordHash::new(first.expose()).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"correct hors", &parsed).is_err());
    }
}
