//! The accounts of an Expressway's administrators: one JSON file of mode 0600, replaced whole.
//!
//! An Expressway has no cluster database and asks no Unified CM who administers it. There is no account that comes with the
//! product: the first one is made with the set-up code, or with the admin shell. The last administrator stays one.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use directory::{PasswordHash, UserId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

const FILE: &str = "administrators.json";

/// Accounts that one Expressway may have.
const MOST: usize = 256;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Change everything.
    Administrator,
    /// See everything but secrets.
    ReadOnly,
}

impl Role {
    /// The word of the shell.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::ReadOnly => "ReadOnly",
        }
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// Its name.
    pub name: UserId,
    /// What it may do.
    pub role: Role,
    /// Its password, as argon2id in PHC form.
    pub password: PasswordHash,
    /// When the password was set last, in seconds since 1970.
    pub password_set_at: u64,
}

/// An account as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    role: Role,
    password: Zeroizing<String>,
    password_set_at: u64,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    administrators: Vec<Written>,
}

/// Why accounts cannot be read or changed.
#[derive(Debug)]
pub enum AdministratorError {
    /// The file system refused.
    File(PathBuf, std::io::Error),
    /// Others than its owner can read the file.
    ReadableByOthers(PathBuf),
    /// The file is not what we wrote.
    Malformed(PathBuf, usize, usize),
    /// There is an account of this name.
    AlreadyThere(String),
    /// There is none.
    NotThere(String),
    /// There would be no administrator left.
    Last(String),
    /// There is an administrator already, so that none is the first.
    NotFirst,
    /// There are as many as there may be.
    TooMany,
}

impl fmt::Display for AdministratorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::ReadableByOthers(path) => write!(
                f,
                "{0}: holds secrets and must be readable by its owner alone; run: chmod 600 {0}",
                path.display()
            ),
            // What serde says of a wrong value may quote it.
            Self::Malformed(path, line, column) => write!(
                f,
                "{}:{line}:{column}: not the administrators of an Expressway; move the file away to start without it",
                path.display()
            ),
            Self::AlreadyThere(name) => write!(f, "there is an administrator {name} already"),
            Self::NotThere(name) => write!(f, "there is no administrator {name}"),
            Self::Last(name) => {
                write!(f, "{name} is the last account that may change anything: make another administrator first")
            }
            Self::NotFirst => f.write_str("there is an administrator already"),
            Self::TooMany => write!(f, "there are {MOST} administrators already"),
        }
    }
}

impl std::error::Error for AdministratorError {}

/// All accounts of an Expressway. Reading takes no lock.
#[derive(Debug)]
pub struct Administrators {
    path: PathBuf,
    all: ArcSwap<Vec<Administrator>>,
    changing: Mutex<()>,
}

impl Administrators {
    /// The accounts in a state folder; a first start finds none.
    ///
    /// # Errors
    /// When there is a file and it cannot be used.
    pub fn open(folder: &Path) -> Result<Self, AdministratorError> {
        let path = folder.join(FILE);
        let all = read(&path)?;
        Ok(Self { path, all: ArcSwap::from_pointee(all), changing: Mutex::default() })
    }

    /// The accounts, by name.
    #[must_use]
    pub fn all(&self) -> Arc<Vec<Administrator>> {
        self.all.load_full()
    }

    /// An account by its name, in any case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Administrator> {
        self.all.load().iter().find(|one| one.name.as_str().eq_ignore_ascii_case(name)).cloned()
    }

    /// Whether nobody may change anything yet.
    #[must_use]
    pub fn needs_first(&self) -> bool {
        !self.all.load().iter().any(|one| one.role == Role::Administrator)
    }

    /// Makes the first administrator.
    pub(super) fn add_first(&self, name: UserId, password: PasswordHash) -> Result<(), AdministratorError> {
        self.change(|all| {
            if all.iter().any(|one| one.role == Role::Administrator) {
                return Err(AdministratorError::NotFirst);
            }
            all.retain(|one| !one.name.as_str().eq_ignore_ascii_case(name.as_str()));
            all.push(account(name, Role::Administrator, password));
            Ok(())
        })
    }

    pub(super) fn add(&self, name: UserId, role: Role, password: PasswordHash) -> Result<(), AdministratorError> {
        self.change(|all| {
            if all.iter().any(|one| one.name.as_str().eq_ignore_ascii_case(name.as_str())) {
                return Err(AdministratorError::AlreadyThere(name.to_string()));
            }
            if all.len() >= MOST {
                return Err(AdministratorError::TooMany);
            }
            all.push(account(name, role, password));
            Ok(())
        })
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), AdministratorError> {
        self.change(|all| {
            position(all, name)?;
            all.retain(|one| !one.name.as_str().eq_ignore_ascii_case(name));
            keeps_one(all, name)
        })
    }

    pub(super) fn set_role(&self, name: &str, role: Role) -> Result<(), AdministratorError> {
        self.change(|all| {
            position(all, name)?.role = role;
            keeps_one(all, name)
        })
    }

    pub(super) fn set_password(&self, name: &str, password: PasswordHash) -> Result<(), AdministratorError> {
        self.change(|all| {
            let one = position(all, name)?;
            one.password = password;
            one.password_set_at = runtime::clock::unix_seconds();
            Ok(())
        })
    }

    /// A change is written before it is used.
    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Administrator>) -> Result<(), AdministratorError>,
    ) -> Result<(), AdministratorError> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::clone(&self.all.load());
        change(&mut all)?;
        all.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
        write(&self.path, &all)?;
        self.all.store(Arc::new(all));
        Ok(())
    }
}

fn account(name: UserId, role: Role, password: PasswordHash) -> Administrator {
    Administrator { name, role, password, password_set_at: runtime::clock::unix_seconds() }
}

fn position<'a>(all: &'a mut [Administrator], name: &str) -> Result<&'a mut Administrator, AdministratorError> {
    let found = all.iter_mut().find(|one| one.name.as_str().eq_ignore_ascii_case(name));
    found.ok_or_else(|| AdministratorError::NotThere(name.to_owned()))
}

fn keeps_one(all: &[Administrator], name: &str) -> Result<(), AdministratorError> {
    match all.iter().any(|one| one.role == Role::Administrator) {
        true => Ok(()),
        false => Err(AdministratorError::Last(name.to_owned())),
    }
}

fn read(path: &Path) -> Result<Vec<Administrator>, AdministratorError> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |error| AdministratorError::File(path.to_owned(), error);
    let text = match std::fs::read(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    if std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o077 != 0 {
        return Err(AdministratorError::ReadableByOthers(path.to_owned()));
    }
    let malformed = |line, column| AdministratorError::Malformed(path.to_owned(), line, column);
    let file: File = serde_json::from_slice(&text).map_err(|error| malformed(error.line(), error.column()))?;
    let account = |written: Written| {
        let name = UserId::new(&written.name).map_err(|_| malformed(0, 0))?;
        let password = PasswordHash::new(written.password.to_string());
        Ok(Administrator { name, role: written.role, password, password_set_at: written.password_set_at })
    };
    file.administrators.into_iter().map(account).collect()
}

fn write(path: &Path, all: &[Administrator]) -> Result<(), AdministratorError> {
    let written = |one: &Administrator| Written {
        name: one.name.to_string(),
        role: one.role,
        password: Zeroizing::new(one.password.expose().to_owned()),
        password_set_at: one.password_set_at,
    };
    let file = File { administrators: all.iter().map(written).collect() };
    let text = serde_json::to_vec_pretty(&file).map(Zeroizing::new);
    let text = text.map_err(|error| AdministratorError::File(path.to_owned(), error.into()))?;
    runtime::durable::replace(path, &text, 0o600).map_err(|(path, error)| AdministratorError::File(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringbearer-administrators-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn id(name: &str) -> UserId {
        UserId::new(name).unwrap()
    }

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::new(text.to_owned())
    }

    #[test]
    fn adm_1_accounts_are_kept_for_their_owner_alone() {
        let folder = folder("kept");
        let administrators = Administrators::open(&folder).unwrap();
        assert!(administrators.needs_first());
        administrators.add_first(id("root"), hash("CANARY")).unwrap();
        administrators.add(id("anna"), Role::ReadOnly, hash("x")).unwrap();
        assert!(matches!(administrators.add_first(id("eve"), hash("x")), Err(AdministratorError::NotFirst)));
        assert!(matches!(
            administrators.add(id("ROOT"), Role::ReadOnly, hash("x")),
            Err(AdministratorError::AlreadyThere(_))
        ));
        let path = folder.join(FILE);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Administrators::open(&folder).unwrap();
        assert_eq!(again.all(), administrators.all());
        assert_eq!(again.find("Root").unwrap().password.expose(), "CANARY");
        assert!(!format!("{again:?}").contains("CANARY"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Administrators::open(&folder), Err(AdministratorError::ReadableByOthers(_))));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_last_administrator_stays_one() {
        let folder = folder("last");
        let administrators = Administrators::open(&folder).unwrap();
        administrators.add_first(id("root"), hash("x")).unwrap();
        administrators.add(id("anna"), Role::ReadOnly, hash("x")).unwrap();
        assert!(matches!(administrators.remove("root"), Err(AdministratorError::Last(_))));
        assert!(matches!(administrators.set_role("root", Role::ReadOnly), Err(AdministratorError::Last(_))));
        assert!(matches!(administrators.remove("bob"), Err(AdministratorError::NotThere(_))));
        administrators.set_role("anna", Role::Administrator).unwrap();
        administrators.set_password("anna", hash("y")).unwrap();
        administrators.remove("ROOT").unwrap();
        let all = Administrators::open(&folder).unwrap().all();
        let all: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.role, one.password.expose())).collect();
        assert_eq!(all, [("anna", Role::Administrator, "y")]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
