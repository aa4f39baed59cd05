//! Keys at rest: AES-256-GCM under a key-encryption key that is not in the database.
//!
//! The key-encryption key is a file of mode 0600 beside the database, `<database>.key`, since the nodes
//! that share the database share it too. Our choice: a copy of the database alone opens nothing; a
//! backup of the cluster needs both files.

use crate::error::StoreError;
use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const KEY_LENGTH: usize = 32;

/// What seals and opens keys.
pub(crate) struct KeyEncryption(RandomizedNonceKey);

impl KeyEncryption {
    /// Reads the key-encryption key of a database, and makes it when there is none.
    pub(crate) fn open(database: &Path) -> Result<Self, StoreError> {
        let path = key_file(database);
        let bytes = match read(&path)? {
            Some(bytes) => bytes,
            None => make(&path)?,
        };
        let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes);
        Ok(Self(key.map_err(|_| StoreError::KeyFile(path, "holds no key of 32 bytes"))?))
    }

    /// Encrypts; `purpose` has to be the same when it is opened.
    pub(crate) fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut bytes = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(purpose), &mut bytes);
        let nonce = nonce.map_err(|_| StoreError::Busy("the key cannot be sealed"))?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut bytes);
        Ok(sealed)
    }

    /// Decrypts what [`KeyEncryption::seal`] wrote.
    pub(crate) fn open_sealed(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let damaged = || {
            StoreError::Content(
                "the token keys cannot be opened: restore the .key file that belongs to the database".into(),
            )
        };
        let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let mut bytes = Zeroizing::new(bytes.to_vec());
        let length = self.0.open_in_place(nonce, Aad::from(purpose), &mut bytes).map_err(|_| damaged())?.len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

fn key_file(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    name.into()
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let refused = |error| StoreError::File(path.into(), error);
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(error)),
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            return Err(StoreError::KeyFile(path.into(), "must be readable by its owner alone: chmod 600"));
        }
        Ok(_) => {}
    }
    Ok(Some(Zeroizing::new(fs::read(path).map_err(refused)?)))
}

// Two nodes may start at once: whoever links its file first has made the key, complete and synchronised.
fn make(path: &Path) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    let refused = |error| StoreError::File(path.into(), error);
    let mut bytes = Zeroizing::new(vec![0; KEY_LENGTH]);
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::Busy("the system has no random numbers"))?;
    let mut own = path.as_os_str().to_owned();
    own.push(format!(".{}-{}", std::process::id(), crate::object::new_pkid()?));
    let own = PathBuf::from(own);
    write(&own, &bytes).map_err(refused)?;
    let linked = fs::hard_link(&own, path);
    fs::remove_file(&own).map_err(refused)?;
    match linked {
        Ok(()) => {
            synchronise_folder(path).map_err(refused)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| StoreError::KeyFile(path.into(), "was there and is gone"))
        }
        Err(error) => Err(refused(error)),
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn synchronise_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(test: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ringbearer-key-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn what_one_process_seals_another_opens() {
        let folder = folder("two");
        let database = folder.join("cluster.db");
        let sealed = KeyEncryption::open(&database).unwrap().seal("keys", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        let other = KeyEncryption::open(&database).unwrap();
        assert_eq!(*other.open_sealed("keys", &sealed).unwrap(), b"secret");
        assert!(other.open_sealed("other keys", &sealed).is_err());
        for cut in 0..sealed.len() {
            assert!(other.open_sealed("keys", &sealed[..cut]).is_err());
        }
        for flipped in 0..sealed.len() {
            let mut sealed = sealed.clone();
            sealed[flipped] ^= 1;
            assert!(other.open_sealed("keys", &sealed).is_err());
        }
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(files, ["cluster.db.key"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_key_file_that_others_read_is_refused() {
        let folder = folder("mode");
        let database = folder.join("cluster.db");
        KeyEncryption::open(&database).unwrap();
        let file = key_file(&database);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(KeyEncryption::open(&database), Err(StoreError::KeyFile(..))));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&file, b"short").unwrap();
        assert!(matches!(KeyEncryption::open(&database), Err(StoreError::KeyFile(..))));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn many_that_start_at_once_have_the_same_key() {
        let folder = folder("race");
        let database = folder.join("cluster.db");
        let open = || KeyEncryption::open(&database).unwrap();
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let sealed = all[0].seal("keys", b"secret").unwrap();
        assert!(all.iter().all(|key| key.open_sealed("keys", &sealed).is_ok()));
        fs::remove_dir_all(folder).unwrap();
    }
}
