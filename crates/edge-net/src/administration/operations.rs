//! What changes something: each operation does it, and notes in the audit log who did. Whoever faces an administrator goes
//! through here.

use std::sync::Arc;
use std::time::Duration;

use directory::{Author, PasswordHash, UserId};
use edge::MraAccessControl;
use runtime::certificate::CertificateFacts;

use super::administrators::{AdministratorError, Role};
use super::control::{CoreControl, ExpresswayControl};
use super::discovery::Wanted;
use crate::discovery::Step;
use crate::expressway_c::{ServersError, Version};

/// The operations of an Expressway, in the name of an administrator. An `Err` is a sentence for them where no type says more.
#[derive(Clone)]
pub struct Operations {
    node: Arc<dyn ExpresswayControl>,
    author: Author,
}

impl std::fmt::Debug for Operations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operations").field("author", &self.author).finish_non_exhaustive()
    }
}

impl Operations {
    /// In the name of `author`.
    #[must_use]
    pub fn new(node: Arc<dyn ExpresswayControl>, author: Author) -> Self {
        Self { node, author }
    }

    /// Writes a row of the audit log. An act is not undone when the disk does not take the row: an alarm says so.
    pub fn note(&self, action: &str, object: &str, detail: &str) {
        let Author { name, surface } = &self.author;
        tracing::info!(target: "audit", administrator = name, %surface, action, object, detail, "administrative act");
        let monitor = self.node.monitor();
        match self.node.audit_log().append(&self.author, action, object, detail) {
            Ok(()) => monitor.lower("audit-log", "disk"),
            Err(error) => {
                tracing::error!(%error, action, object, "the audit log does not have this act");
                monitor.raise(
                    "audit-log",
                    "disk",
                    format!("the audit log cannot be written: {error}; make room on the disk"),
                );
            }
        }
    }

    /// Makes a new key and a self-signed server certificate.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn regenerate_certificate(&self) -> Result<CertificateFacts, String> {
        let facts = self.node.certificates().regenerate()?;
        self.note("regenerate", "server certificate", &facts.fingerprint);
        Ok(facts)
    }

    /// Adds the certificates of a PEM text to the trusted CA list; answers with the name of the entry.
    ///
    /// # Errors
    /// When it is no certificate, or a file cannot be written.
    pub fn trust(&self, pem: &str) -> Result<String, String> {
        let name = self.node.certificates().trust(pem)?;
        self.note("add", "trusted CA list", &name);
        Ok(name)
    }

    /// Removes an entry of the trusted CA list; says whether there was one.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn distrust(&self, name: &str) -> Result<bool, String> {
        let was_there = self.node.certificates().distrust(name)?;
        if was_there {
            self.note("remove", "trusted CA list", name);
        }
        Ok(was_there)
    }

    /// Makes the first administrator, in whose name it is noted.
    ///
    /// # Errors
    /// When there is one already, or the file cannot be written.
    pub fn add_first_administrator(&self, name: UserId, password: PasswordHash) -> Result<(), AdministratorError> {
        let object = format!("administrator {name}");
        self.node.administrators().add_first(name, password)?;
        self.note("set up", &object, Role::Administrator.name());
        Ok(())
    }

    /// Makes an account.
    ///
    /// # Errors
    /// When there is one of this name, or the file cannot be written.
    pub fn add_administrator(
        &self,
        name: UserId,
        role: Role,
        password: PasswordHash,
    ) -> Result<(), AdministratorError> {
        let object = format!("administrator {name}");
        self.node.administrators().add(name, role, password)?;
        self.note("add", &object, role.name());
        Ok(())
    }

    /// Removes an account.
    ///
    /// # Errors
    /// When there is none, it is the last administrator, or the file cannot be written.
    pub fn remove_administrator(&self, name: &str) -> Result<(), AdministratorError> {
        self.node.administrators().remove(name)?;
        self.note("remove", &format!("administrator {name}"), "");
        Ok(())
    }

    /// Changes what an account may do.
    ///
    /// # Errors
    /// As [`Self::remove_administrator`].
    pub fn set_role(&self, name: &str, role: Role) -> Result<(), AdministratorError> {
        self.node.administrators().set_role(name, role)?;
        self.note("set role", &format!("administrator {name}"), role.name());
        Ok(())
    }

    /// Sets the password of an account.
    ///
    /// # Errors
    /// When there is none, or the file cannot be written.
    pub fn set_password(&self, name: &str, password: PasswordHash) -> Result<(), AdministratorError> {
        self.node.administrators().set_password(name, password)?;
        self.note("set password", &format!("administrator {name}"), "");
        Ok(())
    }

    /// Starts a capture of the clear signalling; what the one before holds is dropped.
    pub fn start_capture(&self, octets: usize, duration: Duration) {
        self.node.monitor().diagnostics().start(octets, duration);
        let limits = format!("{octets} octets, {} s", duration.as_secs());
        self.note("start", "diagnostic logging", &limits);
    }

    /// Ends the capture; says whether one was running.
    pub fn stop_capture(&self) -> bool {
        let was_on = self.node.monitor().diagnostics().stop();
        if was_on {
            self.note("stop", "diagnostic logging", "");
        }
        was_on
    }

    /// Drops what was captured.
    pub fn discard_capture(&self) {
        self.node.monitor().diagnostics().discard();
        self.note("discard", "diagnostic logging", "");
    }

    /// Changes MRA access control. With a version, only when nobody has changed it since.
    ///
    /// # Errors
    /// When this is no Expressway-C, somebody else has changed it, or it cannot be written.
    pub async fn set_access_control(
        &self,
        access_control: MraAccessControl,
        expected: Option<Version>,
    ) -> Result<Version, ServersError> {
        let servers = &self.core()?.servers;
        let before = servers.access_control();
        let version = servers.set_access_control(access_control.clone(), expected).await?;
        self.note("set", "MRA access control", &access_control.differences(&before).join("; "));
        Ok(version)
    }

    /// Removes a publisher, with the zones, rules and keys of its nodes.
    ///
    /// # Errors
    /// When this is no Expressway-C, there is no such publisher, or the state cannot be written.
    pub async fn delete_server(&self, publisher: &str) -> Result<(), ServersError> {
        self.core()?.servers.delete(publisher).await?;
        self.note("remove", &format!("Unified CM server {publisher}"), "");
        Ok(())
    }

    /// Discovers a publisher and adds it, or discovers one of the list anew. Each step is handed to `report`, and to whoever
    /// watches [`super::Discoveries`].
    ///
    /// # Errors
    /// When this is no Expressway-C, one of this publisher runs already, or a step fails; then nothing is changed.
    pub async fn discover(&self, wanted: Wanted, report: &mut (dyn FnMut(Step) + Send)) -> Result<(), ServersError> {
        let core = Arc::clone(self.core()?);
        let publisher = wanted.publisher().to_owned();
        if !core.discoveries.begin(&wanted) {
            return Err(ServersError::Running(publisher));
        }
        let mut ending = Ending { core: &core, publisher: &publisher, outcome: Err("it was interrupted".to_owned()) };
        let outcome = self.run(&core, wanted, report).await;
        ending.outcome = match &outcome {
            Ok(()) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        drop(ending);
        outcome
    }

    async fn run(
        &self,
        core: &CoreControl,
        wanted: Wanted,
        report: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), ServersError> {
        let identity = self.node.certificates().identity().map_err(ServersError::Certificate)?;
        let publisher = wanted.publisher().to_owned();
        let object = format!("Unified CM server {publisher}");
        let mut watched = |step: Step| {
            core.discoveries.step(&publisher, step.clone());
            report(step);
        };
        let (action, outcome) = match wanted {
            Wanted::Add(server) => ("add", core.servers.add(*server, &identity, &mut watched).await),
            Wanted::Refresh(publisher) => ("refresh", core.servers.refresh(&publisher, &identity, &mut watched).await),
        };
        let detail = outcome.as_ref().err().map(|error| format!("failed: {error}"));
        self.note(action, &object, detail.as_deref().unwrap_or_default());
        outcome
    }

    /// What only an Expressway-C has.
    fn core(&self) -> Result<&Arc<CoreControl>, ServersError> {
        self.node.core().ok_or(ServersError::NotHere)
    }
}

/// Ends a discovery, also one whose future is dropped because a browser or a shell went away: it must not seem to run on.
struct Ending<'a> {
    core: &'a CoreControl,
    publisher: &'a str,
    outcome: Result<(), String>,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.core.discoveries.end(self.publisher, std::mem::replace(&mut self.outcome, Ok(())));
    }
}
