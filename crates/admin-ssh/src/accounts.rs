//! Who may sign in: what the server asks of its node.

use std::net::IpAddr;
use std::time::Duration;

use admin_shell::Administrator;
use async_trait::async_trait;
use authorization::Password;
use directory::SshKey;

/// By which proof somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The password.
    Password,
    /// The key with this fingerprint.
    Key(String),
}

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The user, the password or the key is wrong: which, nobody hears.
    Wrong,
    /// Too many failures: nothing was looked at.
    Locked {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Who it is is known; the role is missing.
    NoRole,
    /// Too many sign in at a time, or the database does not answer.
    Unavailable,
}

/// The accounts of administrators.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// Signs in by password. Failures count towards the same lock-out as everywhere.
    ///
    /// # Errors
    /// Why nobody is signed in.
    async fn by_password(&self, user: &str, password: Password, source: IpAddr) -> Result<Administrator, Refusal>;

    /// Who may sign in with a key. It is asked once when the key is offered and once more when it was proven.
    ///
    /// # Errors
    /// Why nobody may.
    async fn by_key(&self, user: &str, key: &SshKey, source: IpAddr) -> Result<Administrator, Refusal>;

    /// Notes in the audit log that somebody signed in.
    ///
    /// # Errors
    /// When it cannot be noted: then nobody is let in.
    async fn signed_in(&self, administrator: &Administrator, proof: &Proof, source: IpAddr) -> Result<(), Refusal>;
}
