//! The node's admin shell: its interpreter, and SSH in front of it.

use std::net::IpAddr;
use std::sync::Arc;

use admin_shell::{Access, Administrator, Interpreter};
use admin_ssh::accounts::{Accounts, Proof, Refusal};
use admin_ssh::{HostKey, Server, Texts};
use anyhow::Context;
use async_trait::async_trait;
use authorization::{Password, SignInError};
use directory::{AuditRecord, DirectoryRepository, EndUser, Role, SshKey, SshKeyRepository};
use runtime::clock;
use runtime::shutdown::Stopping;
use tokio::task::JoinSet;

use super::node::Node;
use super::oauth::SignIn;
use crate::admin::shell::Shell;

impl Node {
    /// Makes the interpreter of the shell and, when a port is configured, serves it over SSH.
    pub(super) async fn start_shell(
        self: &Arc<Self>,
        sign_in: SignIn,
        stopping: &Stopping,
        services: &mut JoinSet<()>,
    ) -> anyhow::Result<Arc<dyn Interpreter>> {
        let shell = Shell::new(self.store.clone(), self.administration());
        let Some(address) = self.config.ssh.address(self.config.node.address) else { return Ok(Arc::new(shell)) };
        let key = HostKey::of(&self.config.node.state).map_err(anyhow::Error::msg).context("the SSH host key")?;
        let shell: Arc<dyn Interpreter> = Arc::new(shell.with_ssh_host_key(Some(key.fingerprint())));
        let accounts = Arc::new(EndUsers { node: Arc::clone(self), sign_in });
        let texts = Texts::of("Unified CM", self.name.as_str(), env!("CARGO_PKG_VERSION"));
        let server = Server::bind(address, key, accounts, Arc::clone(&shell), texts).await;
        let server = server.with_context(|| format!("listening on {address} for SSH ([ssh] in the configuration)"))?;
        services.spawn(server.serve(stopping.clone()));
        Ok(shell)
    }
}

/// End users with a role that administers.
struct EndUsers {
    node: Arc<Node>,
    sign_in: SignIn,
}

#[async_trait]
impl Accounts for EndUsers {
    async fn by_password(&self, user: &str, password: Password, source: IpAddr) -> Result<Administrator, Refusal> {
        let directory = self.node.directory();
        let SignIn { server, passwords, .. } = &self.sign_in;
        let from = (source, clock::now().monotonic);
        match server.sign_in(&directory, &**passwords, (user, password), from).await {
            Ok(user) => administrator(user),
            Err(SignInError::Refused) => Err(Refusal::Wrong),
            Err(SignInError::Locked { retry_after }) => Err(Refusal::Locked { retry_after }),
            Err(SignInError::Busy) => Err(Refusal::Unavailable),
            Err(SignInError::Unavailable(reason)) => {
                tracing::error!(reason, "sign-in failed");
                Err(Refusal::Unavailable)
            }
        }
    }

    async fn by_key(&self, user: &str, key: &SshKey, _source: IpAddr) -> Result<Administrator, Refusal> {
        let directory = self.node.directory();
        let user = directory.user(user).filter(|user| user.active).ok_or(Refusal::Wrong)?;
        let known = self.node.store.ssh_keys(&user.user_id).await.map_err(|error| {
            tracing::error!(%error, "sign-in failed");
            Refusal::Unavailable
        })?;
        if known.iter().any(|known| known.key == key.key) { administrator(user) } else { Err(Refusal::Wrong) }
    }

    async fn signed_in(&self, administrator: &Administrator, proof: &Proof, source: IpAddr) -> Result<(), Refusal> {
        let proof = match proof {
            Proof::Password => "password".to_owned(),
            Proof::Key(fingerprint) => format!("key {fingerprint}"),
        };
        let record = AuditRecord {
            unix_time: clock::unix_seconds(),
            author: administrator.author(),
            action: "sign in".into(),
            object: format!("admin shell of {} over SSH", self.node.name),
            detail: format!("from {source}, {proof}"),
        };
        self.node.store.audit(record).await.map_err(|error| {
            tracing::error!(%error, "a sign-in cannot be noted");
            Refusal::Unavailable
        })
    }
}

fn administrator(user: &EndUser) -> Result<Administrator, Refusal> {
    let access = if user.has_role(Role::Administrator) {
        Access::Full
    } else if user.has_role(Role::ReadOnly) {
        Access::ReadOnly
    } else {
        return Err(Refusal::NoRole);
    };
    Ok(Administrator { name: user.user_id.to_string(), access })
}
