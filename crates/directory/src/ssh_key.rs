//! A public key with which an administrator signs in to the shell over SSH.

use async_trait::async_trait;

use crate::error::{Rule, Violation};
use crate::line::check_text;
use crate::name::UserId;
use crate::repository::{Author, RepositoryError};

const OBJECT: &str = "SSH Key";

/// A public key of a user (RFC 4253 §6.6). It is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshKey {
    /// Algorithm and key, as in a line of OpenSSH's `authorized_keys`: `ssh-ed25519 AAAA…`.
    pub key: String,
    /// `SHA256:…`, as OpenSSH shows it: the name of the key.
    pub fingerprint: String,
    /// What its owner calls it.
    pub comment: String,
}

impl SshKey {
    /// The most keys of a user. Our choice.
    pub const MOST: usize = 16;

    /// Checks what of it goes into the database.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        check_text(OBJECT, "Key", &self.key, 2048)?;
        check_text(OBJECT, "Fingerprint", &self.fingerprint, 128)?;
        check_text(OBJECT, "Comment", &self.comment, 128)
    }

    /// The refusal of one key more than a user may have.
    #[must_use]
    pub fn too_many() -> Violation {
        Violation::new(OBJECT, "Number of keys", Rule::OutOfRange { least: 0, most: Self::MOST as u64 })
    }

    /// The refusal of a key that the user has.
    #[must_use]
    pub fn duplicate(&self) -> Violation {
        Violation::new(OBJECT, "Fingerprint", Rule::Duplicate { value: self.fingerprint.clone() })
    }
}

/// The keys of users. They go with their users.
#[async_trait]
pub trait SshKeyRepository: Send + Sync {
    /// The keys of all users, by user and fingerprint.
    async fn all_ssh_keys(&self) -> Result<Vec<(UserId, SshKey)>, RepositoryError>;

    /// The keys of a user.
    async fn ssh_keys(&self, user: &UserId) -> Result<Vec<SshKey>, RepositoryError>;

    /// Adds a key to a user, who has to be there.
    async fn add_ssh_key(&self, author: &Author, user: &UserId, key: SshKey) -> Result<(), RepositoryError>;

    /// Takes a key from a user, by its fingerprint; says whether there was one.
    async fn remove_ssh_key(&self, author: &Author, user: &UserId, fingerprint: &str) -> Result<bool, RepositoryError>;
}
