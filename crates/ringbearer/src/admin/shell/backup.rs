//! `utils backup create|list|verify`, and `utils audit verify`.
//!
//! The archives are those of `ringbearer backup`; they lie in the folder `backups` of the node's state folder. Our choice: the
//! shell takes a name there and no path, so that whoever has it over SSH writes and reads nothing else of the machine. Restoring
//! needs a stopped node, and so is not here.

use std::path::PathBuf;

use ::backup::Passphrase;
use directory::{AuditRecord, DirectoryRepository};
use runtime::clock;

use super::{Session, nothing, single};
use crate::admin::terminal::{Echo, Failure};
use crate::backup;

impl Session<'_> {
    pub(super) async fn create_backup(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let node = self.backed_up()?;
        let passphrase = self.passphrase().await?;
        let folder = backup::folder(&node);
        crate::process::make_private_folder(&folder).map_err(|error| Failure::refused(format!("{error:#}")))?;
        let name = backup::name(&node);
        let to = folder.join(&name);
        let version = env!("CARGO_PKG_VERSION");
        let manifest = blocking(move || ::backup::create(&node, version, &to, &passphrase)).await?;
        let summary = backup::summary(&manifest);
        let unix_time = clock::unix_seconds();
        let (author, action) = (self.author.clone(), "create backup".into());
        let record = AuditRecord { unix_time, author, action, object: name.clone(), detail: String::new() };
        self.store.audit(record).await?;
        self.print(&format!("{name}: {summary}\n")).await
    }

    pub(super) async fn list_backups(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let names = backup::list(&self.backed_up()?).map_err(|error| Failure::refused(format!("{error:#}")))?;
        let text: String = names.iter().map(|name| format!("{name}\n")).collect();
        self.print(&text).await
    }

    pub(super) async fn verify_backup(&mut self, rest: &str) -> Result<(), Failure> {
        let name = single(rest)?;
        let node = self.backed_up()?;
        let names = backup::list(&node).map_err(|error| Failure::refused(format!("{error:#}")))?;
        if !names.contains(&name) {
            return Err(Failure::Refused(format!("There is no backup {name} here. utils backup list shows them.")));
        }
        let passphrase = self.passphrase().await?;
        let archive = backup::folder(&node).join(name);
        let manifest = blocking(move || ::backup::verify(&archive, &passphrase)).await?;
        self.print(&backup::contents(&manifest)).await
    }

    pub(super) async fn verify_audit(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let broken = self.store.audit_break().await.map_err(Failure::refused)?;
        match broken {
            None => self.print("The audit log is whole: each row follows from the one before it.\n").await,
            Some(row) => Err(Failure::Refused(format!(
                "The audit log was changed from outside: row {row} does not follow from the one before it. \
                 A backup from before shows what stood there."
            ))),
        }
    }

    /// What a backup of this node holds, by its configuration file as it is now.
    fn backed_up(&self) -> Result<::backup::Node, Failure> {
        let Some(configuration) = self.configuration else {
            return Err(Failure::refused("this node does not know its configuration file"));
        };
        backup::node(configuration).map_err(|error| Failure::refused(format!("{error:#}")))
    }

    /// The credential of the service manager where there is one, else what the administrator types.
    async fn passphrase(&mut self) -> Result<Passphrase, Failure> {
        let text = match backup::credential() {
            Some(file) => read(file)?,
            None => self.ask("Passphrase of the backup: ", Echo::Hidden).await?,
        };
        Passphrase::new(text).map_err(Failure::refused)
    }
}

fn read(file: PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(&file).map_err(|error| Failure::Refused(format!("{}: {error}", file.display())))
}

/// Away from the reactor: an archive is read or written in one go, and its key is slow on purpose.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ::backup::BackupError> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Failure::refused),
        Err(error) => Err(Failure::refused(error)),
    }
}
