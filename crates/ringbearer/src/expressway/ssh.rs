//! The admin shell of an Expressway over SSH: the same accounts, and the same lock-out, as its pages have.
//!
//! Our choice: passwords only; an Expressway keeps no public keys of its administrators.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use admin_shell::{Access, Administrator, Interpreter};
use admin_ssh::accounts::{Accounts, Proof, Refusal};
use admin_ssh::{HostKey, Server, Texts};
use admin_web::expressway::LocalAccounts;
use admin_web::{Account, Accounts as _, Permission, SignInRefusal};
use anyhow::Context;
use async_trait::async_trait;
use authorization::Password;
use directory::SshKey;
use edge_net::administration::{ExpresswayControl, Half};
use runtime::config::SshSection;
use std::time::Duration;

/// Opens the port, where there is one.
///
/// # Errors
/// When it is taken, or the host key cannot be used.
pub(crate) async fn bind(
    section: SshSection,
    state: &Path,
    node: &dyn ExpresswayControl,
    accounts: Arc<LocalAccounts>,
    shell: Arc<dyn Interpreter>,
) -> anyhow::Result<Option<Server>> {
    let facts = node.facts();
    let Some(address) = section.address(facts.address) else { return Ok(None) };
    let key = HostKey::of(state).map_err(anyhow::Error::msg).context("the SSH host key")?;
    let kind = match facts.half {
        Half::Core => "Expressway-C",
        Half::Edge => "Expressway-E",
    };
    let texts = Texts::of(kind, &facts.name, env!("CARGO_PKG_VERSION"));
    let server = Server::bind(address, key, Arc::new(OwnAccounts(accounts)), shell, texts).await;
    let server = server.with_context(|| format!("listening on {address} for SSH ([ssh] in the configuration)"))?;
    Ok(Some(server))
}

/// The Expressway's own accounts.
struct OwnAccounts(Arc<LocalAccounts>);

#[async_trait]
impl Accounts for OwnAccounts {
    async fn by_password(&self, user: &str, password: Password, source: IpAddr) -> Result<Administrator, Refusal> {
        // Who signed in, and from where, is noted there.
        let signed_in = self.0.sign_in(user, password, (source, runtime::clock::now().monotonic)).await;
        signed_in.map(administrator).map_err(|refusal| match refusal {
            SignInRefusal::Wrong => Refusal::Wrong,
            SignInRefusal::NoPermission => Refusal::NoRole,
            SignInRefusal::Locked { retry_after } => Refusal::Locked { retry_after: Duration::from_secs(retry_after) },
            SignInRefusal::Unavailable => Refusal::Unavailable,
        })
    }

    async fn by_key(&self, _user: &str, _key: &SshKey, _source: IpAddr) -> Result<Administrator, Refusal> {
        Err(Refusal::Wrong)
    }

    async fn signed_in(&self, _administrator: &Administrator, _proof: &Proof, _source: IpAddr) -> Result<(), Refusal> {
        Ok(())
    }
}

fn administrator(account: Account) -> Administrator {
    let access = match account.permission {
        Permission::Read => Access::ReadOnly,
        Permission::Write => Access::Full,
    };
    Administrator { name: account.name, access }
}
