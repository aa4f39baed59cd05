//! `show key authz` and `set key regen authz`.
//!
//! Our choice: the layout, and that a new key needs no restart, since every node takes it from the change feed.

use super::{Session, single};
use crate::admin::terminal::Failure;
use administration::AuthorizationKey;

impl Session<'_> {
    pub(super) async fn show_key(&mut self, rest: &str) -> Result<(), Failure> {
        let (key, name) = read(rest)?;
        let hash = self.administration.key_hash(key).await?;
        self.print(&format!("authz {name} key hash: {hash}\n")).await
    }

    pub(super) async fn regenerate_key(&mut self, rest: &str) -> Result<(), Failure> {
        let (key, name) = read(rest)?;
        let directory = self.directory().await?;
        self.administration.on_publisher(&directory)?;
        let question = format!(
            "This makes a new authz {name} key: every access and refresh token that was issued so far ends, \
             and all users have to sign in again.\nPlease enter yes to continue: "
        );
        self.confirm(&question).await?;
        let hash = self.administration.regenerate_key(&self.author, key).await?;
        self.print(&format!(
            "authz {name} key regenerated. Hash: {hash}\n\
             All nodes take it over within seconds. Refresh the Unified CM servers on each Expressway-C.\n"
        ))
        .await
    }
}

fn read(rest: &str) -> Result<(AuthorizationKey, &'static str), Failure> {
    let word = single(rest)?;
    let unknown = || Failure::Usage(format!("unknown key \"{word}\"; known are: signing, encryption"));
    AuthorizationKey::find(&word).map(|key| (key, key.as_str())).ok_or_else(unknown)
}
