//! `set ssh key …` and `show ssh …`: the public keys with which users sign in to this shell over SSH.
//!
//! Our choice: all of it; the vendor's shell takes passwords only.

use super::object::missing;
use super::{Session, name_and_words, nothing, optional};
use crate::admin::columns::lay_out_text;
use crate::admin::terminal::{Echo, Failure};
use directory::{SshKeyRepository, UserId};

impl Session<'_> {
    pub(super) async fn add_ssh_key(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let user = self.user_id(&name).await?;
        let line = match words.as_slice() {
            [] => self.ask("Paste the line of the public key file: ", Echo::Shown).await?,
            words => words.join(" "),
        };
        let key = admin_ssh::read_key(&line).map_err(Failure::Refused)?;
        let fingerprint = key.fingerprint.clone();
        self.store.add_ssh_key(&self.author, &user, key).await?;
        self.print(&format!("{user} may sign in with {fingerprint}.\n")).await
    }

    pub(super) async fn delete_ssh_key(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let [fingerprint] = words.as_slice() else {
            return Err(Failure::Usage("a fingerprint is needed; show ssh key shows them".into()));
        };
        let user = self.user_id(&name).await?;
        if !self.store.remove_ssh_key(&self.author, &user, fingerprint).await? {
            return Err(Failure::Refused(format!("{user} has no key {fingerprint}")));
        }
        self.print(&format!("{user} may no longer sign in with {fingerprint}.\n")).await
    }

    pub(super) async fn show_ssh_keys(&mut self, rest: &str) -> Result<(), Failure> {
        let keys = match optional(rest)? {
            Some(name) => {
                let user = self.user_id(&name).await?;
                let keys = self.store.ssh_keys(&user).await?;
                keys.into_iter().map(|key| (user.clone(), key)).collect()
            }
            None => self.store.all_ssh_keys().await?,
        };
        let rows = keys.into_iter().map(|(user, key)| {
            let kind = key.key.split(' ').next().unwrap_or_default().to_owned();
            [user.to_string(), key.fingerprint, kind, key.comment]
        });
        let table = lay_out_text(["user", "fingerprint", "kind", "comment"], rows.collect());
        self.print(&table).await
    }

    pub(super) async fn show_ssh_host_key(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let fingerprint = self.ssh_host_key.ok_or_else(|| {
            Failure::refused("SSH is off on this node: [ssh] port in its configuration file turns it on")
        })?;
        self.print(&format!("{fingerprint} (ED25519)\n")).await
    }

    async fn user_id(&self, name: &str) -> Result<UserId, Failure> {
        let directory = self.directory().await?;
        directory.user(name).map(|user| user.user_id.clone()).ok_or_else(|| missing("End User", name))
    }
}
