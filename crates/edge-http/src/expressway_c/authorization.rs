//! Who asks: an access token that C verifies by itself, or a user and a password that a node's directory service takes.
//!
//! A password that was taken is remembered for a minute, by a keyed hash and in memory only, since a client asks for
//! several things in a row and comparing passwords is slow on purpose.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ::authorization::TokenHash;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use edge::MraAccessControl;
use token::{UnixTime, VerifiedAccessToken};
use zeroize::Zeroizing;

use super::ExpresswayC;
use super::access_control::{Refusal, takes_passwords};
use super::nodes::NodeError;
use crate::credentials::{Basic, Credentials};
use crate::problem::{later, problem};

/// How long a password that was taken is remembered, and how many.
const MEMORY: Duration = Duration::from_secs(60);
const CAPACITY: usize = 4096;

/// Who asks.
pub(crate) enum Asker {
    /// The bearer of a token.
    Token(VerifiedAccessToken),
    /// A user whose password was taken.
    User(String),
}

impl Asker {
    pub(crate) fn user(&self) -> &str {
        match self {
            Self::Token(token) => token.user(),
            Self::User(user) => user,
        }
    }

    /// The one device that the token is for.
    pub(crate) fn device(&self) -> Option<&str> {
        match self {
            Self::Token(token) => token.device(),
            Self::User(_) => None,
        }
    }
}

/// Why nobody is let in.
pub(crate) enum Failure {
    /// No credentials.
    Nobody,
    /// The token is not good.
    Token(&'static str),
    /// The user or the password is wrong.
    Password,
    /// A setting forbids this way.
    Setting(Refusal),
    /// No node can be asked.
    Unavailable(NodeError),
}

impl Failure {
    pub(crate) fn answer(self, client: &str, settings: &MraAccessControl) -> Response {
        let unauthorized = |reason: &str, detail: &str| {
            tracing::info!(target: "security", %client, reason, "edge http request refused");
            challenge(problem(StatusCode::UNAUTHORIZED, reason, detail), settings, reason == "invalid_token")
        };
        match self {
            Self::Nobody => unauthorized("no_credentials", "say who you are"),
            Self::Token(why) => {
                tracing::info!(target: "security", %client, why, "access token refused");
                unauthorized("invalid_token", "the access token is not valid")
            }
            Self::Password => unauthorized("wrong_credentials", "the user ID or the password is not right"),
            Self::Setting(refusal) => {
                tracing::info!(target: "security", %client, reason = refusal.reason(), "edge http request refused");
                problem(StatusCode::FORBIDDEN, refusal.reason(), refusal.detail())
            }
            Self::Unavailable(error) => {
                tracing::warn!(%client, %error, "no node takes a password");
                later(StatusCode::SERVICE_UNAVAILABLE, "no_node", "no Unified CM node can be asked", 5)
            }
        }
    }
}

/// The vendor's challenge. Our choice: beside it that of RFC 6750 §3 while tokens are taken.
fn challenge(mut response: Response, settings: &MraAccessControl, token_refused: bool) -> Response {
    let basic = HeaderValue::from_static("Basic realm=\"Cisco-Edge\"");
    response.headers_mut().append(header::WWW_AUTHENTICATE, basic);
    if settings.authorize_by_oauth_token_with_refresh {
        let bearer = match token_refused {
            true => "Bearer realm=\"Cisco-Edge\", error=\"invalid_token\"",
            false => "Bearer realm=\"Cisco-Edge\"",
        };
        response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(bearer));
    }
    response
}

/// Decides who asks.
pub(crate) struct Authorizer {
    /// Makes hashes that mean nothing outside this process.
    key: Zeroizing<[u8; 32]>,
    taken: Mutex<HashMap<TokenHash, Instant>>,
}

impl Default for Authorizer {
    fn default() -> Self {
        Self { key: Zeroizing::new(runtime::random::bytes()), taken: Mutex::default() }
    }
}

impl Authorizer {
    pub(crate) async fn authorize(
        &self,
        core: &ExpresswayC,
        settings: &MraAccessControl,
        headers: &HeaderMap,
        client: &str,
    ) -> Result<Asker, Failure> {
        match Credentials::of(headers).ok_or(Failure::Nobody)? {
            Credentials::Bearer(_) if !settings.authorize_by_oauth_token_with_refresh => {
                Err(Failure::Setting(Refusal::OAuthOff))
            }
            Credentials::Bearer(token) => {
                let now = UnixTime(runtime::clock::unix_seconds());
                let verified = core.view.verify_access_token(&token, now);
                verified.map(Asker::Token).map_err(|error| Failure::Token(error.reason()))
            }
            Credentials::Basic(_) if !settings.authorize_by_user_credential => {
                Err(Failure::Setting(Refusal::UserCredentialOff))
            }
            Credentials::Basic(_) if !takes_passwords(settings) => Err(Failure::Setting(Refusal::NoPasswords)),
            Credentials::Basic(basic) => self.password(core, basic, client).await,
        }
    }

    async fn password(&self, core: &ExpresswayC, basic: Basic, client: &str) -> Result<Asker, Failure> {
        let hash = self.hash(&basic);
        let now = runtime::clock::now().monotonic;
        if self.remembers(&hash, now) {
            return Ok(Asker::User(basic.user));
        }
        match core.nodes.takes_password(core.view.as_ref(), &basic, &core.statements(client)).await {
            Ok(true) => {
                self.remember(hash, now);
                Ok(Asker::User(basic.user))
            }
            Ok(false) => Err(Failure::Password),
            Err(error) => Err(Failure::Unavailable(error)),
        }
    }

    fn hash(&self, basic: &Basic) -> TokenHash {
        let mut text = Zeroizing::new(self.key.to_vec());
        text.extend_from_slice(basic.user.as_bytes());
        text.push(b':');
        text.extend_from_slice(basic.password.as_bytes());
        TokenHash::of(&text)
    }

    fn remembers(&self, hash: &TokenHash, now: Instant) -> bool {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.get(hash).is_some_and(|since| now.saturating_duration_since(*since) < MEMORY)
    }

    fn remember(&self, hash: TokenHash, now: Instant) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.len() >= CAPACITY {
            taken.retain(|_, since| now.saturating_duration_since(*since) < MEMORY);
        }
        if taken.len() < CAPACITY {
            taken.insert(hash, now);
        }
    }
}
