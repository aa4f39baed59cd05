//! Signing a user in by password.
//!
//! Known and unknown users get the same answer after the same work: the verifier is asked in either case.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use directory::{Directory, EndUser, UserId};
use zeroize::Zeroizing;

use super::{AuthorizationServer, active_user};
use crate::SecurityEvent;

/// A password as it was typed: wiped when dropped, and never shown.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes what was typed.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the comparison only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Password(..)")
    }
}

/// Why a password was not looked at.
#[derive(Debug)]
pub enum PasswordError {
    /// Too many are waiting already.
    Busy,
    /// The database cannot answer now; the text is for the log.
    Unavailable(String),
}

/// Compares passwords: an adapter's work, as it is slow on purpose.
#[async_trait]
pub trait PasswordVerifier: Send + Sync {
    /// Whether this is the user's password. For nobody, or a user without a password, it takes as long, and is not.
    async fn verify(&self, user: Option<&UserId>, password: Password) -> Result<bool, PasswordError>;
}

/// Why nobody is signed in.
#[derive(Debug)]
pub enum SignInError {
    /// The user or the password is wrong: which, nobody hears.
    Refused,
    /// Too many failures: not looked at.
    Locked {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too many are signing in.
    Busy,
    /// The database cannot answer now; the text is for the log.
    Unavailable(String),
}

impl AuthorizationServer {
    /// Signs in whoever knows the password of an active user.
    pub async fn sign_in<'d>(
        &self,
        directory: &'d Directory,
        verifier: &dyn PasswordVerifier,
        (user, password): (&str, Password),
        (source, now): (IpAddr, Instant),
    ) -> Result<&'d EndUser, SignInError> {
        if let Err(locked) = self.guard().attempt(user, source, now) {
            self.log.record(SecurityEvent::SignInLocked { user: typed(user), source });
            return Err(SignInError::Locked { retry_after: locked.retry_after });
        }
        let found = active_user(directory, user);
        let right = match verifier.verify(found.map(|user| &user.user_id), password).await {
            Ok(right) => right,
            Err(error) => {
                self.guard().undecided(user, source);
                return Err(match error {
                    PasswordError::Busy => SignInError::Busy,
                    PasswordError::Unavailable(reason) => SignInError::Unavailable(reason),
                });
            }
        };
        match found.filter(|_| right) {
            Some(found) => {
                self.guard().succeeded(user, source, now);
                self.log.record(SecurityEvent::SignedIn { user: found.user_id.to_string(), source });
                Ok(found)
            }
            None => {
                self.log.record(SecurityEvent::SignInFailed { user: typed(user), source });
                Err(SignInError::Refused)
            }
        }
    }
}

/// What was typed, as far as a log wants it. People type passwords there too: so only what could be a user is told.
fn typed(user: &str) -> String {
    match UserId::new(user) {
        Ok(user) => user.to_string(),
        Err(_) => "(not a user ID)".to_owned(),
    }
}
