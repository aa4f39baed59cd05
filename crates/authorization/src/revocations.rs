//! What has been revoked, for as long as an access token could still be in use.
//!
//! Access tokens are not stored, so their revocation is a small set that every node keeps in memory and compares each
//! token with. An entry is needed only until the last access token that it may hit has expired; the database keeps the
//! set and the change feed carries it.
//!
//! Our choice: revoking a user, or a user's client, enters every family that it has, and beside these the user (and
//! client) with the time. The families decide precisely, even within one second; the user entry catches what has no known
//! family, and hits only tokens issued before that second.

use std::collections::HashMap;

use token::{UnixTime, Uuid, VerifiedAccessToken};

use crate::{AuthorizationCode, RefreshTokenFamily};

/// One thing that is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Revocation {
    /// All tokens of one refresh-token family.
    Family(Uuid),
    /// All tokens of a user that were issued before.
    User(String),
    /// All tokens of a user that were issued to one client before.
    UserClient {
        /// The user.
        user: String,
        /// The client.
        client_id: String,
    },
}

impl Revocation {
    /// Whether it hits this family.
    #[must_use]
    pub fn covers(&self, family: &RefreshTokenFamily) -> bool {
        match self {
            Self::Family(id) => *id == family.id,
            Self::User(user) => *user == family.user,
            Self::UserClient { user, client_id } => *user == family.user && *client_id == family.client_id,
        }
    }

    /// Whether it hits the family that this code would begin: who signed in before the revocation gets nothing after it.
    #[must_use]
    pub fn covers_code(&self, code: &AuthorizationCode) -> bool {
        match self {
            Self::Family(id) => *id == code.family,
            Self::User(user) => *user == code.user,
            Self::UserClient { user, client_id } => *user == code.user && *client_id == code.client_id,
        }
    }
}

/// The set of revocations that may still matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revocations {
    families: HashMap<Uuid, UnixTime>,
    users: HashMap<String, UnixTime>,
    user_clients: HashMap<String, HashMap<String, UnixTime>>,
}

impl Revocations {
    /// Nothing is revoked.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; of two for the same thing the later time counts.
    pub fn insert(&mut self, revocation: Revocation, at: UnixTime) {
        let slot = match revocation {
            Revocation::Family(family) => self.families.entry(family).or_insert(at),
            Revocation::User(user) => self.users.entry(user).or_insert(at),
            Revocation::UserClient { user, client_id } => {
                self.user_clients.entry(user).or_default().entry(client_id).or_insert(at)
            }
        };
        *slot = at.max(*slot);
    }

    /// Whether the token is revoked.
    #[must_use]
    pub fn cover(&self, token: &VerifiedAccessToken) -> bool {
        let before = |at: Option<&UnixTime>| at.is_some_and(|at| token.issued_at() < *at);
        self.families.contains_key(&token.family())
            || before(self.users.get(token.user()))
            || before(self.user_clients.get(token.user()).and_then(|clients| clients.get(token.client_id())))
    }

    /// When all tokens of a user were revoked last, if they were.
    #[must_use]
    pub fn user_revoked_at(&self, user: &str) -> Option<UnixTime> {
        self.users.get(user).copied()
    }

    /// Drops what was revoked before `horizon`: every access token of that time has expired.
    pub fn forget_before(&mut self, horizon: UnixTime) {
        self.families.retain(|_, at| *at >= horizon);
        self.users.retain(|_, at| *at >= horizon);
        for clients in self.user_clients.values_mut() {
            clients.retain(|_, at| *at >= horizon);
        }
        self.user_clients.retain(|_, clients| !clients.is_empty());
    }

    /// The revoked families.
    pub fn families(&self) -> impl Iterator<Item = Uuid> {
        self.families.keys().copied()
    }

    /// Everything that is revoked, and when it was.
    pub fn iter(&self) -> impl Iterator<Item = (Revocation, UnixTime)> {
        let families = self.families.iter().map(|(family, at)| (Revocation::Family(*family), *at));
        let users = self.users.iter().map(|(user, at)| (Revocation::User(user.clone()), *at));
        let user_clients = self.user_clients.iter().flat_map(|(user, clients)| {
            clients.iter().map(|(client_id, at)| {
                (Revocation::UserClient { user: user.clone(), client_id: client_id.clone() }, *at)
            })
        });
        families.chain(users).chain(user_clients)
    }

    /// How many things are revoked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.families.len() + self.users.len() + self.user_clients.values().map(HashMap::len).sum::<usize>()
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Extend<(Revocation, UnixTime)> for Revocations {
    fn extend<I: IntoIterator<Item = (Revocation, UnixTime)>>(&mut self, revocations: I) {
        for (revocation, at) in revocations {
            self.insert(revocation, at);
        }
    }
}

impl FromIterator<(Revocation, UnixTime)> for Revocations {
    fn from_iter<I: IntoIterator<Item = (Revocation, UnixTime)>>(revocations: I) -> Self {
        let mut out = Self::new();
        out.extend(revocations);
        out
    }
}
