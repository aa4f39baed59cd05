//! Public keys as people have them: a line of `id_ed25519.pub` (RFC 4253 §6.6, RFC 8709, RFC 5656).

use directory::SshKey;
use russh::keys::{Algorithm, HashAlg, PublicKey};

/// Reads the line of a public key file.
///
/// # Errors
/// A sentence: what is wrong with it, and what helps.
pub fn read_key(line: &str) -> Result<SshKey, String> {
    if line.contains("PRIVATE KEY") {
        return Err("that is a private key: it stays where it is; give the line of the .pub file beside it".into());
    }
    let key = PublicKey::from_openssh(line.trim());
    let key = key.map_err(|_| "that is no public key; give the one line of a .pub file of ssh-keygen".to_owned())?;
    from_public(&key)
        .ok_or_else(|| format!("{} keys are not taken; make one with: ssh-keygen -t ed25519", key.algorithm().as_str()))
}

/// A key that was offered, if it is of a kind that is taken.
pub(crate) fn from_public(key: &PublicKey) -> Option<SshKey> {
    if !matches!(key.algorithm(), Algorithm::Ed25519 | Algorithm::Ecdsa { .. }) {
        return None;
    }
    let comment = String::from_utf8_lossy(key.comment().as_bytes()).into_owned();
    let text = PublicKey::from(key.key_data().clone()).to_openssh().ok()?;
    Some(SshKey { key: text.trim().to_owned(), fingerprint: key.fingerprint(HashAlg::Sha256).to_string(), comment })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    #[test]
    fn a_line_of_a_public_key_file_is_read() {
        let key = read_key(&format!(" {KEY} alice at home\n")).unwrap();
        assert_eq!((key.key.as_str(), key.comment.as_str()), (KEY, "alice at home"));
        assert!(key.fingerprint.starts_with("SHA256:") && key.fingerprint.len() == 50, "{}", key.fingerprint);
    }

    #[test]
    fn what_is_no_key_is_refused_with_what_helps() {
        let refused = |text: &str| read_key(text).unwrap_err();
        assert_eq!(refused("nonsense"), "that is no public key; give the one line of a .pub file of ssh-keygen");
        assert_eq!(
            refused(&format!("-----BEGIN OPENSSH {} KEY-----", "PRIVATE")),
            "that is a private key: it stays where it is; give the line of the .pub file beside it"
        );
        let rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQDL4Q5RZRrgHcxFXmQXLBr0Q0h7dUjGZdIiy3cRgCxNKXhEcdkmVMLZ0bQ1D7v3Zz8mYyYh3nQz0X1xT3k9iJXP";
        assert_eq!(refused(rsa), "ssh-rsa keys are not taken; make one with: ssh-keygen -t ed25519");
    }
}
