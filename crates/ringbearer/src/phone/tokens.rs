//! The tokens of the signed-in user: kept fresh while the phone runs, and over its restarts.
//!
//! The access token is in memory only. The refresh token is in a file of mode 0600, rewritten at each rotation before
//! the new access token is used, so that a crash never leaves a token on disk that the server has retired.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use oauth::TokenResponse;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::secret::Secret;

/// An access token with its end.
#[derive(Debug, Clone)]
pub(crate) struct AccessToken {
    /// The token.
    pub(crate) token: Secret,
    /// When to have a new one: at three quarters of its life.
    pub(crate) renew_at: Instant,
    /// When it ends.
    pub(crate) expires_at: Instant,
}

/// What a response gave.
#[derive(Debug)]
pub(crate) struct Tokens {
    pub(crate) access: AccessToken,
    pub(crate) refresh: Option<Secret>,
}

impl Tokens {
    /// Takes a response that came at `now`.
    pub(crate) fn new(response: TokenResponse, now: Instant) -> Self {
        let life = Duration::from_secs(response.expires_in);
        let access = AccessToken {
            token: Secret::from(response.access_token),
            renew_at: now + life * 3 / 4,
            expires_at: now + life,
        };
        Self { access, refresh: response.refresh_token.map(Secret::from) }
    }
}

/// Where the refresh token of a device is kept.
#[derive(Debug)]
pub(crate) struct TokenFile {
    path: PathBuf,
}

/// What the file holds.
#[derive(Serialize, Deserialize)]
struct Kept {
    client_id: String,
    refresh_token: String,
}

impl TokenFile {
    /// The file of a device in a folder of mode 0700, which is made when it does not exist.
    pub(crate) fn new(folder: &Path, device: &str) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| folder.display().to_string())?;
        Ok(Self { path: folder.join(format!("{device}.refresh-token.json")) })
    }

    /// The token that was kept for this client.
    pub(crate) fn read(&self, client_id: &str) -> Option<Secret> {
        let kept: Kept = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        (kept.client_id == client_id).then(|| Secret::from(kept.refresh_token))
    }

    /// Keeps a token instead of the one before: whole on disk before it takes the old one's place.
    pub(crate) fn write(&self, client_id: &str, refresh_token: &Secret) -> anyhow::Result<()> {
        let kept = Kept { client_id: client_id.to_owned(), refresh_token: refresh_token.expose().to_owned() };
        let new = self.path.with_extension("new");
        let write = || {
            // A file left by a crash may have any mode.
            let _ = fs::remove_file(&new);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            file.write_all(&serde_json::to_vec(&kept)?)?;
            file.sync_all()?;
            fs::rename(&new, &self.path)
        };
        write().with_context(|| self.path.display().to_string())
    }

    /// Forgets the token: the server refused it.
    pub(crate) fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Six bytes in the form of a hardware address that stay with this device on this machine: they name its instance.
pub(crate) fn hardware_address(folder: &Path, device: &str) -> anyhow::Result<[u8; 6]> {
    const LOCALLY_ADMINISTERED: u8 = 0b10;
    const GROUP: u8 = 0b01;
    let path = folder.join(format!("{device}.hardware-address"));
    if let Some(kept) = fs::read(&path).ok().and_then(|kept| kept.try_into().ok()) {
        return Ok(kept);
    }
    let mut address: [u8; 6] = runtime::random::bytes();
    if let Some(first) = address.first_mut() {
        *first = (*first | LOCALLY_ADMINISTERED) & !GROUP;
    }
    fs::write(&path, address).with_context(|| path.display().to_string())?;
    Ok(address)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Duration;

    use oauth::TokenResponse;
    use tokio::time::Instant;

    use super::{Secret, TokenFile, Tokens};

    #[test]
    fn an_access_token_is_renewed_at_three_quarters_of_its_life() {
        let response = TokenResponse {
            access_token: "canary".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: 3_600,
            refresh_token: Some("canary".to_owned()),
            refresh_token_expires_in: None,
            scope: String::new(),
        };
        let now = Instant::now();
        let tokens = Tokens::new(response, now);
        assert_eq!(tokens.access.renew_at - now, Duration::from_secs(2_700));
        assert_eq!(tokens.access.expires_at - now, Duration::from_secs(3_600));
        assert!(!format!("{tokens:?}").contains("canary"));
    }

    #[test]
    fn sec_1_the_refresh_token_is_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("ringbearer-phone-tokens-{}", std::process::id()));
        let file = TokenFile::new(&folder, "CSFANA").unwrap();
        assert_eq!(file.read("C1"), None);
        for token in ["first", "second"] {
            file.write("C1", &Secret::from(token.to_owned())).unwrap();
            assert_eq!(file.read("C1").unwrap().expose(), token);
        }
        assert_eq!(file.read("C2"), None);
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file.path), mode(&folder)), (0o600, 0o700));
        file.remove();
        assert_eq!(file.read("C1"), None);
        std::fs::remove_dir(&folder).unwrap();
    }
}
