//! Who administers: the accounts of a product, as the pages ask for them.

use std::net::IpAddr;
use std::time::Instant;

use async_trait::async_trait;
use authorization::{Password, TokenHash};

/// What an account may do on the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// See every page.
    Read,
    /// Change everything.
    Write,
}

/// What a browser session depends on. The session ends when the stamp of its account is another one: after a change of the
/// password or of what the account may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stamp(TokenHash);

impl Stamp {
    /// The stamp of these values, which it does not show.
    #[must_use]
    pub fn of(values: &[&[u8]]) -> Self {
        let mut text = Vec::new();
        for value in values {
            // The length first: two values cannot pass for others that read the same in a row.
            text.extend((value.len() as u64).to_be_bytes());
            text.extend_from_slice(value);
        }
        Self(TokenHash::of(&text))
    }
}

impl std::fmt::Debug for Stamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Stamp(..)")
    }
}

/// An account that may use the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its name, in the spelling in which it is kept.
    pub name: String,
    /// What it may do.
    pub permission: Permission,
    /// What its browser sessions depend on.
    pub stamp: Stamp,
    /// Sessions that began before this second (since 1970) are over: the account was signed out everywhere.
    pub signed_out_at: u64,
}

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefusal {
    /// The name or the password is wrong: which, nobody hears.
    Wrong,
    /// The password is right, and the account may not use the pages.
    NoPermission,
    /// Too many failures: not looked at.
    Locked {
        /// Seconds.
        retry_after: u64,
    },
    /// Too many at a time, or the accounts cannot be read now.
    Unavailable,
}

/// Why there is no first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUpRefusal {
    /// The name cannot be an account's; the text says why.
    Name(String),
    /// The password breaks the rule; the text says how.
    Password(String),
    /// There is an administrator already.
    Done,
    /// Too many at a time, or the accounts cannot be written now.
    Unavailable,
}

/// The accounts cannot be read now. The reason has been logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// The accounts of a product. Failures that an administrator can do nothing about are logged here, not told to browsers.
#[async_trait]
pub trait Accounts: Send + Sync + 'static {
    /// Signs in whoever knows the password of an account, with a lock-out for who does not.
    async fn sign_in(&self, name: &str, password: Password, from: (IpAddr, Instant)) -> Result<Account, SignInRefusal>;

    /// The account as it is now; none when it is gone or may not use the pages. Asked for every request: cheap.
    async fn account(&self, name: &str) -> Result<Option<Account>, Unavailable>;

    /// Whether there is no administrator yet, so that the first one has to be made.
    async fn needs_set_up(&self) -> Result<bool, Unavailable>;

    /// Makes the first administrator.
    async fn set_up(&self, name: &str, password: Password) -> Result<Account, SetUpRefusal>;

    /// Notes that somebody left.
    async fn signed_out(&self, name: &str);
}
