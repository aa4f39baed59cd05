//! The host key: Ed25519, made at the first start, in a file of mode 0600 that is kept.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{Algorithm, HashAlg, PrivateKey};

const FILE: &str = "ssh_host_ed25519_key";

/// The host key of a node.
pub struct HostKey(pub(crate) PrivateKey);

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostKey({})", self.fingerprint())
    }
}

impl HostKey {
    /// Reads the key of a node from its state folder, or makes it.
    ///
    /// # Errors
    /// A sentence with the path: when the file cannot be read or written, or others may read it.
    pub fn of(state: &Path) -> Result<Self, String> {
        let path = state.join(FILE);
        match std::fs::read(&path) {
            Ok(text) => Self::read(&path, &text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(&path),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }

    /// By which administrators know the node: `SHA256:…`, as OpenSSH shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    fn read(path: &Path, text: &[u8]) -> Result<Self, String> {
        let mode =
            std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.permissions().mode();
        if mode & 0o077 != 0 {
            let shown = path.display();
            return Err(format!("{shown}: a private key must be readable by its owner alone; run: chmod 600 {shown}"));
        }
        match PrivateKey::from_openssh(text) {
            Ok(key) if key.algorithm() == Algorithm::Ed25519 && !key.is_encrypted() => Ok(Self(key)),
            _ => {
                Err(format!("{}: holds no Ed25519 key without a passphrase; removed, it is made anew", path.display()))
            }
        }
    }

    fn make(path: &Path) -> Result<Self, String> {
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&runtime::random::bytes()));
        let text = key.to_openssh(LineEnding::LF).map_err(|error| error.to_string())?;
        let failed = |(path, error): (PathBuf, std::io::Error)| format!("{}: {error}", path.display());
        runtime::durable::replace(path, text.as_bytes(), 0o600).map_err(failed)?;
        Ok(Self(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("ringbearer-host-key-{test}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let folder = Folder::new("once");
        let made = HostKey::of(&folder.0).unwrap().fingerprint();
        assert_eq!(HostKey::of(&folder.0).unwrap().fingerprint(), made);
        let path = folder.0.join(FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let other = Folder::new("other");
        assert_ne!(HostKey::of(&other.0).unwrap().fingerprint(), made);
    }

    #[test]
    fn sec_1_a_key_that_others_may_read_is_refused() {
        let folder = Folder::new("mode");
        HostKey::of(&folder.0).unwrap();
        let path = folder.0.join(FILE);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let shown = path.display();
        assert_eq!(
            HostKey::of(&folder.0).unwrap_err(),
            format!("{shown}: a private key must be readable by its owner alone; run: chmod 600 {shown}")
        );
    }

    #[test]
    fn what_is_no_key_is_not_replaced() {
        let folder = Folder::new("broken");
        let path = folder.0.join(FILE);
        runtime::durable::replace(&path, b"nonsense", 0o600).unwrap();
        assert!(HostKey::of(&folder.0).unwrap_err().ends_with("removed, it is made anew"));
        assert_eq!(std::fs::read(&path).unwrap(), b"nonsense");
    }
}
