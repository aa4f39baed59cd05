//! API tokens: what a program shows at the REST interface in the place of a user's password.
//!
//! A token is 256 random bits, written down once for whoever made it; the database keeps a hash. It belongs to a user, has
//! scopes, and ends on a day. It never permits more than its owner's roles do at the moment of its use, so an administrator
//! who loses the role takes nothing along, and a user who is disabled or removed has no token any more.
//!
//! Our choice: a new password does not end a user's API tokens, since programs live on them; they are listed and revoked by name.

mod scope;

use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use directory::{Author, RepositoryError, Rule, UserId, Violation};
use token::{UnixTime, Uuid};
use zeroize::Zeroizing;

use crate::TokenHash;

pub use scope::{ApiArea, ApiScope};

/// What every token begins with, so that a scanner for leaked secrets knows one.
const PREFIX: &str = "ringbearer_";

/// How exactly it is known when a token was last used: so seldom does a request write it down.
pub const LAST_USED_SECONDS: u64 = 600;

/// The kind of object in a refusal.
const OBJECT: &str = "API Token";

/// A new token, before it is shown to whoever made it.
pub struct ApiTokenSecret(Zeroizing<String>);

impl ApiTokenSecret {
    /// The token of random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        let random = Zeroizing::new(random);
        Self(Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random.as_slice()))))
    }

    /// The token, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the database keeps of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for ApiTokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiTokenSecret(..)")
    }
}

/// A token as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Which.
    pub id: Uuid,
    /// What its maker calls it: one of each name a user.
    pub name: String,
    /// Whose.
    pub owner: UserId,
    /// What it may do, as far as its owner may.
    pub scopes: Vec<ApiScope>,
    /// When it was made.
    pub created: UnixTime,
    /// When it ends.
    pub expires: UnixTime,
    /// When it was last used, to [`LAST_USED_SECONDS`].
    pub last_used: Option<UnixTime>,
}

impl ApiToken {
    /// The most days that a token lives.
    pub const MOST_DAYS: u32 = 365;
    /// The days of a token whose maker says nothing.
    pub const DEFAULT_DAYS: u32 = 90;
    /// The most tokens of the cluster.
    pub const MOST_TOKENS: usize = 1000;

    /// A token as it is made.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn new(
        (id, name, owner): (Uuid, &str, UserId),
        scopes: &[ApiScope],
        days: u32,
        now: UnixTime,
    ) -> Result<Self, Violation> {
        let refuse = |field, rule| Err(Violation::new(OBJECT, field, rule));
        if name.is_empty() || scopes.is_empty() {
            return refuse(if name.is_empty() { "Name" } else { "Scopes" }, Rule::Required);
        }
        if name.chars().count() > 64 {
            return refuse("Name", Rule::TooLong { most: 64 });
        }
        if name.trim() != name || name.chars().any(char::is_control) {
            return refuse("Name", Rule::Character { allowed: "visible characters and spaces between them" });
        }
        if !(1..=Self::MOST_DAYS).contains(&days) {
            return refuse("Days", Rule::OutOfRange { least: 1, most: u64::from(Self::MOST_DAYS) });
        }
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let expires = UnixTime(now.0.saturating_add(u64::from(days) * 86_400));
        Ok(Self { id, name: name.to_owned(), owner, scopes, created: now, expires, last_used: None })
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_over(&self, now: UnixTime) -> bool {
        self.expires <= now
    }

    /// The refusal of a name that the owner has given already.
    #[must_use]
    pub fn duplicate_name(&self) -> Violation {
        Violation::new(OBJECT, "Name", Rule::Duplicate { value: self.name.clone() })
    }

    /// The refusal of one more token than there may be.
    #[must_use]
    pub fn too_many() -> Violation {
        Violation::new(OBJECT, "Tokens", Rule::OutOfRange { least: 0, most: Self::MOST_TOKENS as u64 })
    }
}

/// Where API tokens are kept. Each change is a row of the audit log in the same transaction.
#[async_trait]
pub trait ApiTokenRepository: Send + Sync {
    /// Keeps a new token; refused when its owner has one of its name already.
    async fn add_api_token(&self, author: &Author, token: ApiToken, hash: TokenHash) -> Result<(), RepositoryError>;

    /// The token of a hash, also when its time is over.
    async fn api_token(&self, hash: TokenHash) -> Result<Option<ApiToken>, RepositoryError>;

    /// All tokens, by owner and name.
    async fn api_tokens(&self) -> Result<Vec<ApiToken>, RepositoryError>;

    /// Ends a token; says whether there was one.
    async fn remove_api_token(&self, author: &Author, id: Uuid) -> Result<bool, RepositoryError>;

    /// Notes that a token was used.
    async fn note_api_token_use(&self, id: Uuid, at: UnixTime) -> Result<(), RepositoryError>;
}

#[cfg(test)]
mod tests;
