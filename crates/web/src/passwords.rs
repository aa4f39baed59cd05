//! Passwords: argon2id, off the reactor, and never more at a time than the machine can spare.
//!
//! A hash takes some 20 ms of a core and 19 MiB. So few are computed at a time, and few more may wait; beyond that the answer
//! is "busy" at once, and a flood of logins cannot take the processor from the calls. Unknown users cost the same hash.
//! Our choice: argon2id with 19 MiB, two passes, one lane; half of the cores, and 32 waiting.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use async_trait::async_trait;
use authorization::{Password, PasswordError, PasswordVerifier};
use directory::{DigestSecret, DirectoryRepository, PasswordHash, UserId};
use sip::auth::digest::{Algorithm, ha1};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// How many may wait for their hash.
const WAITING: usize = 32;

/// The fewest characters of a password. Our choice, after NIST SP 800-63B.
const LEAST: usize = 8;

/// The fewest characters of an administrator's. Our choice.
const LEAST_OF_ADMINISTRATOR: usize = 12;

/// The most bytes: hashing must not be made slow by the length.
const MOST: usize = 128;

/// Whether a password is accepted.
///
/// # Errors
/// Why it is not, without the password.
pub fn check(password: &str) -> Result<(), String> {
    if password.chars().count() < LEAST {
        return Err(format!("at least {LEAST} characters are needed"));
    }
    if password.len() > MOST {
        return Err(format!("at most {MOST} bytes are allowed"));
    }
    if password.chars().any(char::is_control) {
        return Err("control characters are not allowed".into());
    }
    Ok(())
}

/// Whether a password is accepted of who may administer: longer, and not the user's own name with something around it.
///
/// # Errors
/// Why it is not, without the password.
pub fn check_administrator(user: &UserId, password: &str) -> Result<(), String> {
    check(password)?;
    if password.chars().count() < LEAST_OF_ADMINISTRATOR {
        return Err(format!("at least {LEAST_OF_ADMINISTRATOR} characters are needed"));
    }
    let (user, lower) = (user.as_str().to_lowercase(), password.to_lowercase());
    // A name of three letters is in many a good password.
    if user.chars().count() > 3 && lower.contains(&user) {
        return Err("the user ID must not be in it".into());
    }
    Ok(())
}

/// What is kept of the password of a device with digest: it is good in one realm (RFC 3261 §22).
#[must_use]
pub fn digest_secret(user: &UserId, realm: &str, password: &str) -> DigestSecret {
    let hash = |algorithm| {
        let parts = (user.as_str().as_bytes(), realm.as_bytes(), password.as_bytes());
        ha1(algorithm, parts.0, parts.1, parts.2).as_hexadecimal().to_owned()
    };
    DigestSecret { ha1_md5: hash(Algorithm::Md5), ha1_sha256: hash(Algorithm::Sha256), realm: realm.to_owned() }
}

/// Computes hashes, a few at a time.
#[derive(Debug)]
pub struct HashQueue {
    waiting: Semaphore,
    computing: Semaphore,
}

impl Default for HashQueue {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new((cores / 2).max(1), WAITING)
    }
}

impl HashQueue {
    /// A queue that computes and holds so many.
    #[must_use]
    pub fn new(computing: usize, waiting: usize) -> Self {
        Self { waiting: Semaphore::new(computing + waiting), computing: Semaphore::new(computing) }
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, PasswordError> {
        let hash = self.run(move || Argon2::default().hash_password(password.expose().as_bytes())).await?;
        let hash = hash.map_err(|error| PasswordError::Unavailable(error.to_string()))?;
        Ok(PasswordHash::new(hash.to_string()))
    }

    /// Compares a password with a hash.
    pub async fn verify(&self, password: Password, hash: PasswordHash) -> Result<bool, PasswordError> {
        self.run(move || Argon2::default().verify_password(password.expose().as_bytes(), hash.expose()).is_ok()).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
        let _place = self.waiting.try_acquire().map_err(|_| PasswordError::Busy)?;
        let _turn = self.computing.acquire().await.map_err(|_| PasswordError::Busy)?;
        spawn_blocking(work).await.map_err(|error| PasswordError::Unavailable(error.to_string()))
    }
}

/// Compares passwords with the hashes of the directory.
pub struct DirectoryPasswords {
    repository: Arc<dyn DirectoryRepository>,
    queue: Arc<HashQueue>,
    /// What nobody's password is compared with.
    nobody: PasswordHash,
}

impl DirectoryPasswords {
    /// A verifier over the repository. It hashes a random password first, for those who have none.
    pub async fn new(repository: Arc<dyn DirectoryRepository>, queue: Arc<HashQueue>) -> Result<Self, PasswordError> {
        let random: [u8; 16] = runtime::random::bytes();
        let nobody = queue.hash(Password::new(format!("{random:02x?}"))).await?;
        Ok(Self { repository, queue, nobody })
    }
}

#[async_trait]
impl PasswordVerifier for DirectoryPasswords {
    async fn verify(&self, user: Option<&UserId>, password: Password) -> Result<bool, PasswordError> {
        let stored = match user {
            Some(user) => {
                let stored = self.repository.password_hash(user).await;
                stored.map_err(|error| PasswordError::Unavailable(error.to_string()))?
            }
            None => None,
        };
        let known = stored.is_some();
        let right = self.queue.verify(password, stored.unwrap_or_else(|| self.nobody.clone())).await?;
        Ok(known && right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    #[test]
    fn short_and_unprintable_passwords_are_refused() {
        assert!(check("12345678").is_ok());
        assert_eq!(check("1234567"), Err("at least 8 characters are needed".into()));
        assert_eq!(check(&"x".repeat(129)), Err("at most 128 bytes are allowed".into()));
        assert!(check("12345678\n").is_err());
    }

    #[test]
    fn an_administrators_password_is_longer_and_not_its_name() {
        let check = |password| check_administrator(&UserId::new("Operator").unwrap(), password);
        assert_eq!(check("correct horse"), Ok(()));
        assert_eq!(check("12345678901"), Err("at least 12 characters are needed".into()));
        assert_eq!(check("my-operatOR-1"), Err("the user ID must not be in it".into()));
        assert_eq!(check_administrator(&UserId::new("ops").unwrap(), "correct horse: drops"), Ok(()));
        assert_eq!(check("123"), Err("at least 8 characters are needed".into()));
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let queue = HashQueue::new(1, 1);
        let hash = queue.hash(password("canary")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(queue.verify(password("canary"), hash.clone()).await.unwrap());
        assert!(!queue.verify(password("Canary"), hash).await.unwrap());
        assert!(!queue.verify(password("canary"), PasswordHash::new("broken".to_owned())).await.unwrap());
    }

    #[tokio::test]
    async fn oau_9_a_full_queue_is_busy_at_once() {
        let queue = Arc::new(HashQueue::new(1, 2));
        let jobs: Vec<_> = (0..8).map(|_| queue.hash(password("canary"))).collect();
        let mut outcomes = Vec::new();
        // Polled in order on one thread: three get a place, the others hear at once.
        let mut jobs: Vec<_> = jobs.into_iter().map(Box::pin).collect();
        std::future::poll_fn(|context| {
            jobs.retain_mut(|job| match job.as_mut().poll(context) {
                std::task::Poll::Ready(outcome) => {
                    outcomes.push(outcome.is_ok());
                    false
                }
                std::task::Poll::Pending => true,
            });
            if jobs.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        assert_eq!(outcomes, [false, false, false, false, false, true, true, true]);
        assert!(queue.hash(password("canary")).await.is_ok(), "the places are given back");
    }
}
