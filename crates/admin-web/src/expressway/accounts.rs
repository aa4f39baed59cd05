//! The accounts of an Expressway's own administrators.
//!
//! Five wrong passwords lock an account for the address that they came from, and guesses from many addresses have a budget:
//! the rules of [`LoginGuard`], whatever the account. A name that nobody has costs the same hash.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use authorization::{LoginGuard, Password, PasswordError};
use directory::{Author, PasswordHash, Surface, UserId};
use edge_net::administration::{Administrator, AdministratorError, ExpresswayControl, Operations, Role};
use web::passwords::{self, HashQueue};

use crate::account::{Account, Accounts, Permission, SetUpRefusal, SignInRefusal, Stamp, Unavailable};

/// Characters of a name that are looked at.
const MOST_NAME: usize = 128;

/// An Expressway's administrators as accounts of its pages.
pub struct LocalAccounts {
    node: Arc<dyn ExpresswayControl>,
    hashes: Arc<HashQueue>,
    guard: Mutex<LoginGuard>,
    /// What nobody's password is compared with.
    nobody: PasswordHash,
}

impl LocalAccounts {
    /// The accounts of an Expressway. A random password is hashed first, for those who have none.
    ///
    /// # Errors
    /// When it cannot be hashed.
    pub async fn new(node: Arc<dyn ExpresswayControl>, hashes: Arc<HashQueue>) -> Result<Self, PasswordError> {
        let random: [u8; 16] = runtime::random::bytes();
        let nobody = hashes.hash(Password::new(format!("{random:02x?}"))).await?;
        Ok(Self { node, hashes, guard: Mutex::default(), nobody })
    }

    fn operations(&self, name: &str) -> Operations {
        Operations::new(Arc::clone(&self.node), Author { name: name.to_owned(), surface: Surface::Web })
    }

    fn guard(&self) -> MutexGuard<'_, LoginGuard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Accounts for LocalAccounts {
    async fn sign_in(&self, name: &str, password: Password, from: (IpAddr, Instant)) -> Result<Account, SignInRefusal> {
        let name: String = name.chars().take(MOST_NAME).collect::<String>().to_lowercase();
        let (source, now) = from;
        if let Err(locked) = self.guard().attempt(&name, source, now) {
            tracing::warn!(target: "security", %source, event = "administrator_locked");
            return Err(SignInRefusal::Locked { retry_after: locked.retry_after.as_secs().max(1) });
        }
        let found = self.node.administrators().find(&name);
        let hash = found.as_ref().map_or(&self.nobody, |found| &found.password).clone();
        let right = match self.hashes.verify(password, hash).await {
            Ok(right) => right,
            Err(error) => {
                self.guard().undecided(&name, source);
                tracing::warn!(?error, "a password cannot be compared");
                return Err(SignInRefusal::Unavailable);
            }
        };
        let Some(found) = found.filter(|_| right) else {
            tracing::warn!(target: "security", %source, event = "administrator_password_wrong");
            return Err(SignInRefusal::Wrong);
        };
        self.guard().succeeded(&name, source, now);
        self.operations(found.name.as_str()).note("sign in", "Administration", &source.to_string());
        Ok(account_of(&found))
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, Unavailable> {
        Ok(self.node.administrators().find(name).as_ref().map(account_of))
    }

    async fn needs_set_up(&self) -> Result<bool, Unavailable> {
        Ok(self.node.administrators().needs_first())
    }

    async fn set_up(&self, name: &str, password: Password) -> Result<Account, SetUpRefusal> {
        let user = UserId::new(name).map_err(|violation| SetUpRefusal::Name(violation.rule.to_string()))?;
        passwords::check_administrator(&user, password.expose()).map_err(SetUpRefusal::Password)?;
        let hash = self.hashes.hash(password).await.map_err(|_| SetUpRefusal::Unavailable)?;
        match self.operations(user.as_str()).add_first_administrator(user.clone(), hash) {
            Ok(()) => {}
            Err(AdministratorError::NotFirst) => return Err(SetUpRefusal::Done),
            Err(error) => {
                tracing::error!(%error, "the first administrator cannot be made");
                return Err(SetUpRefusal::Unavailable);
            }
        }
        let made = self.node.administrators().find(user.as_str());
        made.as_ref().map(account_of).ok_or(SetUpRefusal::Unavailable)
    }

    async fn signed_out(&self, name: &str) {
        self.operations(name).note("sign out", "Administration", "");
    }
}

fn account_of(found: &Administrator) -> Account {
    let name = found.name.to_string();
    let stamp = Stamp::of(&[name.as_bytes(), found.role.name().as_bytes(), found.password.expose().as_bytes()]);
    let permission = match found.role {
        Role::Administrator => Permission::Write,
        Role::ReadOnly => Permission::Read,
    };
    Account { name, permission, stamp, signed_out_at: 0 }
}
