//! The accounts of a Unified CM node: end users with the role of an administrator, or the one that only reads.
//!
//! Signing in goes through the authorization server, so that failures count towards the lock-out of all web services, and
//! through the bounded queue of password hashes. A stamp covers the password's hash, which is read again when the user's
//! version moves, and not for every request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use authorization::{AuthorizationServer, Password, PasswordError, PasswordVerifier, SignInError};
use directory::{
    AuditRecord, Author, Directory, DirectoryRepository, EndUser, Object, ObjectKey, Precondition, RepositoryError,
    Role, Surface, UserId, Version,
};
use web::passwords::{self, HashQueue};

use crate::account::{Account, Accounts, Permission, SetUpRefusal, SignInRefusal, Stamp, Unavailable};

/// Users whose stamps are remembered.
const REMEMBERED: usize = 1024;

/// End users as accounts of the pages.
pub struct DirectoryAccounts {
    server: Arc<AuthorizationServer>,
    passwords: Arc<dyn PasswordVerifier>,
    hashes: Arc<HashQueue>,
    repository: Arc<dyn DirectoryRepository>,
    /// By user, as of a version.
    stamps: Mutex<HashMap<UserId, (Version, Stamp)>>,
    /// One first administrator.
    setting_up: tokio::sync::Mutex<()>,
}

impl DirectoryAccounts {
    /// Accounts over the lock-out, the verifier and the hashing that all web services of the node share.
    pub fn new(
        (server, passwords): (Arc<AuthorizationServer>, Arc<dyn PasswordVerifier>),
        hashes: Arc<HashQueue>,
        repository: Arc<dyn DirectoryRepository>,
    ) -> Self {
        Self { server, passwords, hashes, repository, stamps: Mutex::default(), setting_up: Default::default() }
    }

    async fn directory(&self) -> Result<Arc<Directory>, Unavailable> {
        self.repository.load().await.map_err(logged)
    }

    async fn account_of(&self, directory: &Directory, user: &EndUser) -> Result<Option<Account>, Unavailable> {
        let Some(permission) = permission_of(user) else { return Ok(None) };
        let Some(version) = directory.version(&ObjectKey::User(user.user_id.clone())) else { return Ok(None) };
        let stamp = self.stamp(user, permission, version).await?;
        let name = user.user_id.to_string();
        let signed_out_at = self.server.tokens().revocations().user_revoked_at(&name).map_or(0, |at| at.0);
        Ok(Some(Account { name, permission, stamp, signed_out_at }))
    }

    async fn stamp(&self, user: &EndUser, permission: Permission, version: Version) -> Result<Stamp, Unavailable> {
        let known = self.stamps.lock().unwrap_or_else(PoisonError::into_inner).get(&user.user_id).copied();
        if let Some((_, stamp)) = known.filter(|(of, _)| *of == version) {
            return Ok(stamp);
        }
        let hash = self.repository.password_hash(&user.user_id).await.map_err(logged)?;
        let hash = hash.as_ref().map_or("", |hash| hash.expose());
        let permission: &[u8] = match permission {
            Permission::Read => b"read",
            Permission::Write => b"write",
        };
        let stamp = Stamp::of(&[user.user_id.as_str().as_bytes(), permission, hash.as_bytes()]);
        let mut stamps = self.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        if stamps.len() >= REMEMBERED {
            stamps.clear();
        }
        stamps.insert(user.user_id.clone(), (version, stamp));
        Ok(stamp)
    }

    /// A row of the audit log. Who signs in must not be kept out by a full disk: then only the log has it.
    async fn note(&self, name: &str, action: &str) {
        let record = AuditRecord {
            unix_time: runtime::clock::unix_seconds(),
            author: Author { name: name.to_owned(), surface: Surface::Web },
            action: action.to_owned(),
            object: "Administration".to_owned(),
            detail: String::new(),
        };
        if let Err(error) = self.repository.audit(record).await {
            tracing::warn!(%error, user = name, action, "the audit log does not have this");
        }
    }

    /// Gives the user its password first and the role last: no administrator is left without a password.
    async fn make(&self, user: &UserId, password: Password) -> Result<(), RepositoryError> {
        let hash = self.hashes.hash(password).await.map_err(|error| match error {
            PasswordError::Busy => RepositoryError::Unavailable("too many passwords are being hashed".into()),
            PasswordError::Unavailable(reason) => RepositoryError::Unavailable(reason),
        })?;
        let author = Author { name: user.to_string(), surface: Surface::Web };
        if self.repository.load().await?.user(user.as_str()).is_none() {
            let new = Object::User(EndUser::new(user.clone()));
            self.repository.put(&author, vec![(new, Precondition::Absent)]).await?;
        }
        self.repository.set_password_hash(&author, user, hash).await?;
        let directory = self.repository.load().await?;
        let key = ObjectKey::User(user.clone());
        let (Some(found), Some(version)) = (directory.user(user.as_str()), directory.version(&key)) else {
            return Err(RepositoryError::NotFound(key));
        };
        let mut administrator = EndUser::clone(found);
        administrator.active = true;
        administrator.roles.push(Role::Administrator);
        self.repository.put(&author, vec![(Object::User(administrator), Precondition::Version(version))]).await
    }
}

#[async_trait]
impl Accounts for DirectoryAccounts {
    async fn sign_in(&self, name: &str, password: Password, from: (IpAddr, Instant)) -> Result<Account, SignInRefusal> {
        let directory = self.directory().await.map_err(|Unavailable| SignInRefusal::Unavailable)?;
        let signing_in = self.server.sign_in(&directory, self.passwords.as_ref(), (name, password), from);
        let user = signing_in.await.map_err(|error| match error {
            SignInError::Refused => SignInRefusal::Wrong,
            SignInError::Locked { retry_after } => SignInRefusal::Locked { retry_after: retry_after.as_secs().max(1) },
            SignInError::Busy => SignInRefusal::Unavailable,
            SignInError::Unavailable(reason) => {
                tracing::error!(reason, "sign-in failed");
                SignInRefusal::Unavailable
            }
        })?;
        let account = self.account_of(&directory, user).await.map_err(|Unavailable| SignInRefusal::Unavailable)?;
        let account = account.ok_or(SignInRefusal::NoPermission)?;
        self.note(&account.name, "sign in").await;
        Ok(account)
    }

    async fn account(&self, name: &str) -> Result<Option<Account>, Unavailable> {
        let directory = self.directory().await?;
        match directory.user(name) {
            Some(user) => self.account_of(&directory, user).await,
            None => Ok(None),
        }
    }

    async fn needs_set_up(&self) -> Result<bool, Unavailable> {
        let directory = self.directory().await?;
        Ok(!directory.users().into_iter().any(|user| permission_of(user) == Some(Permission::Write)))
    }

    async fn set_up(&self, name: &str, password: Password) -> Result<Account, SetUpRefusal> {
        let user = UserId::new(name).map_err(|violation| SetUpRefusal::Name(violation.rule.to_string()))?;
        passwords::check_administrator(&user, password.expose()).map_err(SetUpRefusal::Password)?;
        let _one_at_a_time = self.setting_up.lock().await;
        if !self.needs_set_up().await.map_err(|Unavailable| SetUpRefusal::Unavailable)? {
            return Err(SetUpRefusal::Done);
        }
        self.make(&user, password).await.map_err(|error| {
            tracing::error!(%error, "the first administrator cannot be made");
            SetUpRefusal::Unavailable
        })?;
        self.note(user.as_str(), "set up").await;
        let account = self.account(user.as_str()).await.map_err(|Unavailable| SetUpRefusal::Unavailable)?;
        account.ok_or(SetUpRefusal::Unavailable)
    }

    async fn signed_out(&self, name: &str) {
        self.note(name, "sign out").await;
    }
}

/// What a user may do on the pages, if anything.
fn permission_of(user: &EndUser) -> Option<Permission> {
    if user.has_role(Role::Administrator) {
        return Some(Permission::Write);
    }
    user.has_role(Role::ReadOnly).then_some(Permission::Read)
}

fn logged(error: RepositoryError) -> Unavailable {
    tracing::error!(%error, "the accounts cannot be read");
    Unavailable
}
