//! `show key authz` and `set key regen authz`.
//!
//! Our choice: the layout, and that a new key needs no restart, since every node takes it from the change feed.

use super::{Session, single};
use crate::admin::node_control::AuthorizationKey;
use crate::admin::terminal::Failure;

impl Session<'_> {
    pub(super) async fn show_key(&mut self, rest: &str) -> Result<(), Failure> {
        let (key, name) = read(rest)?;
        let hash = self.node.key_hash(key).await.map_err(Failure::Refused)?;
        self.print(&format!("authz {name} key hash: {hash}\n")).await
    }

    pub(super) async fn regenerate_key(&mut self, rest: &str) -> Result<(), Failure> {
        let (key, name) = read(rest)?;
        let directory = self.directory().await?;
        self.on_publisher(&directory)?;
        let question = format!(
            "This makes a new authz {name} key: every access and refresh token that was issued so far ends, \
             and all users have to sign in again.\nPlease enter yes to continue: "
        );
        self.confirm(&question).await?;
        let hash = self.node.regenerate_key(key).await.map_err(Failure::Refused)?;
        self.audit("regenerate key", format!("authz {name}"), hash.clone()).await?;
        self.print(&format!(
            "authz {name} key regenerated. Hash: {hash}\n\
             All nodes take it over within seconds. Refresh the Unified CM servers on each Expressway-C.\n"
        ))
        .await
    }
}

fn read(rest: &str) -> Result<(AuthorizationKey, &'static str), Failure> {
    match single(rest)?.to_ascii_lowercase().as_str() {
        "signing" => Ok((AuthorizationKey::Signing, "signing")),
        "encryption" => Ok((AuthorizationKey::Encryption, "encryption")),
        other => Err(Failure::Usage(format!("unknown key \"{other}\"; known are: signing, encryption"))),
    }
}
