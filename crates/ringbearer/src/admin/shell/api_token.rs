//! `utils api token create|list|revoke`: tokens for the REST interface.
//!
//! Our choice: a token belongs to an end user, whose role bounds it, so that an administrator who has no end user of the same
//! name says whose it is.

use super::{Session, name_and_words, nothing, single};
use crate::admin::arguments::Pairs;
use crate::admin::columns::lay_out_text;
use crate::admin::terminal::Failure;
use authorization::{ApiScope, ApiToken, ApiTokenRepository, ApiTokenSecret, UnixTime};
use runtime::clock;
use uuid::Uuid;

impl Session<'_> {
    pub(super) async fn create_api_token(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, mut words) = name_and_words(rest)?;
        if words.is_empty() {
            return Err(Failure::Usage("the scopes are missing".into()));
        }
        let scopes = words.remove(0);
        let scopes = scopes.split(',').map(str::parse).collect::<Result<Vec<ApiScope>, _>>();
        let scopes = scopes.map_err(|violation| Failure::Usage(violation.to_string()))?;
        let mut pairs = Pairs::read(&words, &["days", "owner"])?;
        let (mut days, mut owner) = (ApiToken::DEFAULT_DAYS, self.author.name.clone());
        pairs.parsed("days", &mut days)?;
        pairs.text("owner", &mut owner);
        let directory = self.directory().await?;
        let user = directory.user(&owner).ok_or_else(|| {
            Failure::Refused(format!("There is no end user \"{owner}\": name the token's owner with \"owner user\"."))
        })?;
        if let Some(beyond) = scopes.iter().find(|scope| !scope.is_permitted(user)) {
            return Err(Failure::Refused(format!("{owner} has no role that permits the scope {beyond}.")));
        }
        let id = uuid::Builder::from_random_bytes(runtime::random::bytes()).into_uuid();
        let now = UnixTime(clock::unix_seconds());
        let token = ApiToken::new((id, &name, user.user_id.clone()), &scopes, days, now).map_err(Failure::refused)?;
        let secret = ApiTokenSecret::new(runtime::random::bytes());
        self.store.add_api_token(&self.author, token, secret.hash()).await?;
        self.print(&format!("{}\nKeep it: it is not shown again.\n", secret.expose())).await
    }

    pub(super) async fn list_api_tokens(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let rows = self.store.api_tokens().await?.into_iter().map(|token| {
            let scopes: Vec<_> = token.scopes.iter().map(ToString::to_string).collect();
            [
                token.id.to_string(),
                token.owner.to_string(),
                token.name,
                scopes.join(","),
                super::date(token.expires.0),
                token.last_used.map_or_else(|| "never".to_owned(), |at| super::date(at.0)),
            ]
        });
        let columns = ["id", "owner", "name", "scopes", "expires", "last used"];
        self.print(&lay_out_text(columns, rows.collect())).await
    }

    pub(super) async fn revoke_api_token(&mut self, rest: &str) -> Result<(), Failure> {
        let id = single(rest)?;
        let id = Uuid::try_parse(&id).map_err(|_| Failure::Usage("a token is named by its id".into()))?;
        if !self.store.remove_api_token(&self.author, id).await? {
            return Err(Failure::Refused(format!("There is no API token {id}.")));
        }
        self.print(&format!("API token {id} revoked.\n")).await
    }
}
