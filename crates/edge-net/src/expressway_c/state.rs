//! What an administrator set on Expressway-C, and what the last refreshes brought: one JSON file of mode 0600, replaced whole.
//!
//! It holds the AXL passwords and the keys of access tokens in clear, because Expressway-C has to use them after a
//! restart; nothing of it is shown or logged.

use std::fmt;
use std::path::{Path, PathBuf};

use edge::MraAccessControl;
use edge::discovery::{Provisioned, UnifiedCmServer};
use serde::{Deserialize, Serialize};
use token::KeyRing;
use zeroize::Zeroizing;

const FILE: &str = "expressway-c.json";

/// Counts the editions of what several administrators may edit at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

/// The state of an Expressway-C.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CoreState {
    /// MRA access control.
    pub access_control: MraAccessControl,
    /// Which edition of MRA access control this is.
    pub access_control_version: Version,
    /// Unified CM servers, each with the nodes of its last refresh.
    pub servers: Vec<UnifiedCmServer>,
    /// The keys of each server's cluster.
    pub keys: Vec<ClusterKeys>,
    /// The zones and search rules that discovery made: a zone's number stays with its name.
    pub provisioned: Provisioned,
}

/// The keys of a cluster's access tokens, as its publisher gave them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterKeys {
    /// The publisher.
    pub publisher: String,
    /// A JSON Web Key Set with secret keys.
    keys: Zeroizing<String>,
}

impl ClusterKeys {
    /// Keeps what a publisher gave.
    #[must_use]
    pub fn new(publisher: &str, published: &[u8]) -> Self {
        Self { publisher: publisher.to_owned(), keys: Zeroizing::new(String::from_utf8_lossy(published).into_owned()) }
    }

    /// The ring that verifies; none when the keys are of another form.
    #[must_use]
    pub fn ring(&self) -> Option<KeyRing> {
        KeyRing::from_published(self.keys.as_bytes()).ok()
    }
}

impl fmt::Debug for ClusterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterKeys").field("publisher", &self.publisher).finish_non_exhaustive()
    }
}

impl fmt::Debug for CoreState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoreState")
            .field("access_control", &self.access_control)
            .field("servers", &self.servers)
            .field("provisioned", &self.provisioned)
            .finish_non_exhaustive()
    }
}

/// Why the state cannot be read or written.
#[derive(Debug)]
pub enum StateError {
    /// The file system refused.
    File(PathBuf, std::io::Error),
    /// Others than its owner can read the file.
    ReadableByOthers(PathBuf),
    /// The file is not what we wrote.
    Malformed(PathBuf, usize, usize),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::ReadableByOthers(path) => {
                write!(
                    f,
                    "{0}: holds secrets and must be readable by its owner alone; run: chmod 600 {0}",
                    path.display()
                )
            }
            // What serde says of a wrong value may quote it.
            Self::Malformed(path, line, column) => write!(
                f,
                "{}:{line}:{column}: not the state of an Expressway-C; move the file away to start without it",
                path.display()
            ),
        }
    }
}

impl std::error::Error for StateError {}

impl CoreState {
    /// Reads the state of a folder; a first start finds none.
    ///
    /// # Errors
    /// When there is a file and it cannot be used.
    pub fn read(folder: &Path) -> Result<Self, StateError> {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(StateError::File(path, error)),
        };
        let metadata = std::fs::metadata(&path).map_err(|error| StateError::File(path.clone(), error))?;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(StateError::ReadableByOthers(path));
        }
        serde_json::from_slice(&text).map_err(|error| StateError::Malformed(path, error.line(), error.column()))
    }

    /// Replaces the state of a folder.
    ///
    /// # Errors
    /// When it cannot be written; then the one before is still there.
    pub fn write(&self, folder: &Path) -> Result<(), StateError> {
        let path = folder.join(FILE);
        let text = serde_json::to_vec_pretty(self).map(Zeroizing::new);
        let text = text.map_err(|error| StateError::File(path.clone(), error.into()))?;
        runtime::durable::replace(&path, &text, 0o600).map_err(|(path, error)| StateError::File(path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge::discovery::{AxlPassword, TlsVerifyMode};
    use std::os::unix::fs::PermissionsExt;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringbearer-core-state-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn state() -> CoreState {
        let server = UnifiedCmServer {
            publisher: "ucm-pub".into(),
            username: "axl".into(),
            password: AxlPassword::new("CANARY"),
            tls_verify_mode: TlsVerifyMode::On,
            nodes: Vec::new(),
            refreshed_at: None,
        };
        let keys = vec![ClusterKeys::new("ucm-pub", b"{\"keys\":[{\"k\":\"CANARY\"}]}")];
        CoreState { servers: vec![server], keys, ..CoreState::default() }
    }

    #[test]
    fn what_was_written_is_read_again_and_only_its_owner_can() {
        let folder = folder("again");
        assert!(CoreState::read(&folder).unwrap().servers.is_empty());
        state().write(&folder).unwrap();
        let path = folder.join(FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = CoreState::read(&folder).unwrap();
        assert_eq!(read.servers, state().servers);
        assert_eq!(read.servers[0].password.expose(), "CANARY");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = CoreState::read(&folder).unwrap_err().to_string();
        assert!(error.ends_with(&format!("run: chmod 600 {}", path.display())), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn sec_1_neither_a_debug_nor_an_error_shows_a_secret() {
        assert!(!format!("{:?} {:?}", state(), state().keys).contains("CANARY"));
        let folder = folder("secret");
        state().write(&folder).unwrap();
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path).unwrap().replace("\"username\"", "\"CANARY\"");
        std::fs::write(&path, text).unwrap();
        let error = CoreState::read(&folder).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error:?}");
        assert!(error.to_string().contains("not the state of an Expressway-C"), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
