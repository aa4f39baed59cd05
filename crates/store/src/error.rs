//! What can go wrong with the database file, and what it means to the domain.

use directory::RepositoryError;
use std::fmt;
use std::path::PathBuf;

/// Why the database cannot be opened, read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// A file beside the database cannot be read or written.
    File(PathBuf, std::io::Error),
    /// The file that holds the key-encryption key is open to others, or does not hold a key.
    KeyFile(PathBuf, &'static str),
    /// SQLite refuses or fails.
    Sqlite(rusqlite::Error),
    /// The database was made by a newer version of this program.
    Newer {
        /// The migration that this program does not know.
        migration: String,
    },
    /// A migration that the database went through is not the one of this program.
    Altered {
        /// The migration.
        migration: String,
    },
    /// What a table holds breaks the rules of the domain.
    Content(String),
    /// Too many writes wait, or the writer is gone.
    Busy(&'static str),
    /// The write ran, but the group that it was in was not committed.
    NotCommitted {
        /// Whether it may be later.
        transient: bool,
        /// What the database said.
        reason: String,
    },
    /// The domain refuses.
    Refused(RepositoryError),
}

impl StoreError {
    /// Whether the same call may succeed later, with nothing repaired.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        use rusqlite::ErrorCode as Code;
        match self {
            Self::Busy(_) => true,
            Self::NotCommitted { transient, .. } => *transient,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    Code::DatabaseBusy
                        | Code::DatabaseLocked
                        | Code::DiskFull
                        | Code::SystemIoFailure
                        | Code::ReadOnly
                        | Code::CannotOpen
                        | Code::OutOfMemory
                        | Code::OperationInterrupted
                )
            ),
            _ => false,
        }
    }

    pub(crate) fn damaged(what: &str) -> Self {
        Self::Content(format!("the database file is damaged ({what}): restore a backup"))
    }

    /// At the start, an administrator needs to hear what to do about a file that is no database.
    pub(crate) fn with_remedy(self) -> Self {
        use rusqlite::ErrorCode as Code;
        match &self {
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::damaged(&error.to_string()),
                _ => self,
            },
            _ => self,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<RepositoryError> for StoreError {
    fn from(error: RepositoryError) -> Self {
        Self::Refused(error)
    }
}

impl From<directory::Violation> for StoreError {
    fn from(violation: directory::Violation) -> Self {
        Self::Refused(violation.into())
    }
}

impl From<StoreError> for RepositoryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => refusal,
            error if error.is_transient() => Self::Unavailable(error.to_string()),
            error => Self::Corrupt(error.to_string()),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
            Self::KeyFile(path, reason) => write!(f, "{}: {reason}", path.display()),
            Self::Sqlite(error) => error.fmt(f),
            Self::Newer { migration } => write!(
                f,
                "the database went through migration {migration}, which this version does not know: \
                 run the newer version"
            ),
            Self::Altered { migration } => write!(
                f,
                "migration {migration} of the database is not that of this version: \
                 restore a backup or run the version that made it"
            ),
            Self::Content(what) => write!(f, "{what}"),
            Self::Busy(what) => f.write_str(what),
            Self::NotCommitted { reason, .. } => write!(f, "not committed: {reason}"),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {}
