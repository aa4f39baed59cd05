//! The set-up code: what proves that whoever makes the first administrator has the node in hand.
//!
//! It is in a file of mode 0600 in the node's state folder, and is shown by the admin shell (`show setup code`); both are the
//! operator's alone. It is made when it is first asked for, and deleted when there is an administrator. 100 random bits, in
//! letters and digits that are not taken for one another: guessing needs no other bound.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use authorization::TokenHash;

/// RFC 4648 §6 without the padding.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Characters of the code, without the dashes between its groups.
const LENGTH: usize = 20;
/// Characters of a group.
const GROUP: usize = 5;
/// The file's name in the state folder.
const FILE: &str = "setup-code";

/// The set-up code of a node.
#[derive(Clone, Debug)]
pub struct SetUpCode {
    path: PathBuf,
}

impl SetUpCode {
    /// The code in a state folder.
    #[must_use]
    pub fn in_folder(state: &Path) -> Self {
        Self { path: state.join(FILE) }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The code; it is made if there is none.
    ///
    /// # Errors
    /// When the file can be neither read nor written.
    pub fn read_or_make(&self) -> io::Result<String> {
        match std::fs::read_to_string(&self.path) {
            Ok(code) if !code.trim().is_empty() => return Ok(code.trim().to_owned()),
            Ok(_) => self.forget(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let code = random_code();
        match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            Ok(mut file) => {
                writeln!(file, "{code}")?;
                file.sync_all()?;
                Ok(code)
            }
            // Another request made it first.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                std::fs::read_to_string(&self.path).map(|code| code.trim().to_owned())
            }
            Err(error) => Err(error),
        }
    }

    /// Whether this is the code. Case, spaces and dashes do not matter.
    pub(crate) fn is(&self, typed: &str) -> bool {
        let plain = |code: &str| -> String {
            code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
        };
        let (typed, Ok(code)) = (plain(typed), std::fs::read_to_string(&self.path)) else { return false };
        // Compared by their hashes, so that timing tells nothing about the code itself.
        let code = plain(&code);
        code.len() == LENGTH && TokenHash::of(typed.as_bytes()) == TokenHash::of(code.as_bytes())
    }

    /// Deletes it.
    pub(crate) fn forget(&self) {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, file = %self.path.display(), "the set-up code is not deleted; it has no use any more");
            }
            _ => {}
        }
    }
}

fn random_code() -> String {
    let random: [u8; LENGTH] = runtime::random::bytes();
    let letters: Vec<char> = random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect();
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_code_is_the_operators_alone() {
        let folder = std::env::temp_dir().join(format!("ringbearer-set-up-code-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let code = SetUpCode::in_folder(&folder);
        assert!(!code.is(""), "there is none yet");
        let text = code.read_or_make().unwrap();
        assert_eq!(text.len(), LENGTH + 3);
        assert_eq!(code.read_or_make().unwrap(), text, "it stays");
        assert_eq!(std::fs::metadata(code.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(code.is(&text) && code.is(&text.to_lowercase().replace('-', " ")));
        assert!(!code.is("") && !code.is(&text[1..]) && !code.is("AAAAA-AAAAA-AAAAA-AAAAA"));
        code.forget();
        assert!(!code.is(&text), "it is gone");
        assert_ne!(code.read_or_make().unwrap(), text);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
