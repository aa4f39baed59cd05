//! Failed sign-ins, counted by user and source.
//!
//! The bounds are those of the nodes ([`LoginGuard`]): five failures of a user from one source lock that pair, and a source has a budget that
//! whoever signed in from there before does not need. So neither an office behind one address nor a user whose
//! name is known is shut out by somebody else's guesses. E counts before a request costs anybody inside anything.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use authorization::{Locked, LoginGuard};
use axum::http::request::Parts;
use axum::http::{Method, Response, StatusCode, header};
use hyper::body::Incoming;
use oauth::Parameters;

use crate::credentials::{Basic, Credentials};
use crate::target::{Resource, Target};

/// A request that carries a password, on its way.
pub(super) struct Attempt {
    user: String,
    source: IpAddr,
    now: Instant,
    form: bool,
}

impl Attempt {
    /// Counts a request as a failure until its answer says otherwise. `None`: it carries no password.
    pub(super) fn begin(
        guard: &Mutex<LoginGuard>,
        target: &Target,
        head: &Parts,
        body: &[u8],
        source: IpAddr,
    ) -> Result<Option<Self>, Locked> {
        let form = target.resource == Resource::OAuth && head.method == Method::POST;
        let user = match form {
            true if target.path.ends_with("/authorize") => {
                Parameters::parse(body).ok().and_then(|form| form.get("username").map(str::to_owned))
            }
            // Client credentials, not a user's.
            true => None,
            false => match Credentials::of(&head.headers) {
                Some(Credentials::Basic(Basic { user, .. })) => Some(user),
                _ => None,
            },
        };
        let Some(user) = user else { return Ok(None) };
        let now = runtime::clock::now().monotonic;
        lock(guard).attempt(&user, source, now)?;
        Ok(Some(Self { user, source, now, form }))
    }

    /// The answer came, or none.
    pub(super) fn end(self, guard: &Mutex<LoginGuard>, response: Option<&Response<Incoming>>) {
        let mut guard = lock(guard);
        match response.map(|response| self.outcome(response)) {
            Some(Outcome::Succeeded) => guard.succeeded(&self.user, self.source, self.now),
            Some(Outcome::Failed) => {}
            Some(Outcome::Undecided) | None => guard.undecided(&self.user, self.source),
        }
    }

    fn outcome(&self, response: &Response<Incoming>) -> Outcome {
        match response.status() {
            StatusCode::UNAUTHORIZED => Outcome::Failed,
            // The login page comes again with 403; a setting that forbids passwords has the same status, and counts.
            StatusCode::FORBIDDEN => Outcome::Failed,
            status if self.form && status.is_redirection() => {
                let location = response.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
                let query = location.and_then(|location| location.split_once('?')).map(|(_, query)| query);
                match query.is_some_and(|query| query.split('&').any(|pair| pair.starts_with("code="))) {
                    true => Outcome::Succeeded,
                    false => Outcome::Undecided,
                }
            }
            status if !self.form && status.is_success() => Outcome::Succeeded,
            _ => Outcome::Undecided,
        }
    }
}

enum Outcome {
    Succeeded,
    Failed,
    Undecided,
}

fn lock(guard: &Mutex<LoginGuard>) -> MutexGuard<'_, LoginGuard> {
    guard.lock().unwrap_or_else(PoisonError::into_inner)
}
