//! Browser sessions: who is signed in with which browser.
//!
//! A session is known by 256 random bits in a cookie. Only their hash is kept, so that what could be read of this process's
//! memory is no key to a session. Signing in always makes a new one: an identifier that somebody else put into the browser
//! gains nothing. A session ends when it was idle too long, when it is too old, at sign-out, and when the account changes in
//! what its [`Stamp`] covers.
//!
//! Sessions are of one node, and do not outlive its process. Our choice: 30 minutes idle, 12 hours in all, 16 for one
//! account, 1024 altogether; of too many the one that was idle longest makes room.

mod cookie;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use authorization::TokenHash;

use crate::account::{Account, Stamp};
use crate::flash::Flash;

pub(crate) use cookie::{CookieName, clear_cookie, read_cookie, set_cookie};

/// Messages that wait in a session.
const MOST_FLASHES: usize = 8;

/// How long sessions last, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Without a request.
    pub idle: Duration,
    /// Since the sign-in.
    pub absolute: Duration,
    /// Of one account.
    pub per_account: usize,
    /// Of all accounts.
    pub all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30 * 60),
            absolute: Duration::from_secs(12 * 60 * 60),
            per_account: 16,
            all: 1024,
        }
    }
}

/// What a session is kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key(TokenHash);

impl Key {
    fn of(identifier: &str) -> Self {
        Self(TokenHash::of(identifier.as_bytes()))
    }
}

struct Session {
    account: String,
    stamp: Stamp,
    form_token: String,
    began: Instant,
    /// Seconds since 1970.
    began_at: u64,
    seen: Instant,
    flashes: Vec<Flash>,
}

/// A session that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) key: Key,
    pub(crate) account: String,
    pub(crate) form_token: String,
    stamp: Stamp,
    began_at: u64,
}

impl Found {
    /// Whether the account is still the one that signed in: with the same password, the same permission, and not signed out
    /// everywhere since.
    pub(crate) fn is_of(&self, account: &Account) -> bool {
        self.stamp == account.stamp && self.began_at >= account.signed_out_at
    }
}

/// All sessions of a node.
pub(crate) struct Sessions {
    limits: Limits,
    sessions: Mutex<HashMap<Key, Session>>,
}

impl Sessions {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, sessions: Mutex::default() }
    }

    /// Begins a session; the answer is its identifier, for the cookie.
    pub(crate) fn begin(&self, account: &Account, now: Instant, unix_seconds: u64) -> String {
        let identifier = random_hexadecimal();
        let session = Session {
            account: account.name.clone(),
            stamp: account.stamp,
            form_token: random_hexadecimal(),
            began: now,
            began_at: unix_seconds,
            seen: now,
            flashes: Vec::new(),
        };
        let mut sessions = self.sessions();
        sessions.retain(|_, session| self.limits.hold(session, now));
        make_room(&mut sessions, self.limits.per_account, |session| session.account == account.name);
        make_room(&mut sessions, self.limits.all, |_| true);
        sessions.insert(Key::of(&identifier), session);
        identifier
    }

    /// The session of an identifier. It counts as used now.
    pub(crate) fn find(&self, identifier: &str, now: Instant) -> Option<Found> {
        let key = Key::of(identifier);
        let mut sessions = self.sessions();
        let session = sessions.get_mut(&key)?;
        if !self.limits.hold(session, now) {
            sessions.remove(&key);
            return None;
        }
        session.seen = now;
        let (account, form_token) = (session.account.clone(), session.form_token.clone());
        Some(Found { key, account, form_token, stamp: session.stamp, began_at: session.began_at })
    }

    /// Ends a session.
    pub(crate) fn end(&self, key: Key) {
        self.sessions().remove(&key);
    }

    /// Ends all sessions of an account.
    pub(crate) fn end_all_of(&self, account: &str) {
        self.sessions().retain(|_, session| !session.account.eq_ignore_ascii_case(account));
    }

    /// Leaves a message for the session's next page.
    pub(crate) fn tell(&self, key: Key, flash: Flash) {
        if let Some(session) = self.sessions().get_mut(&key).filter(|session| session.flashes.len() < MOST_FLASHES) {
            session.flashes.push(flash);
        }
    }

    /// The messages that wait, once.
    pub(crate) fn take_flashes(&self, key: Key) -> Vec<Flash> {
        self.sessions().get_mut(&key).map(|session| std::mem::take(&mut session.flashes)).unwrap_or_default()
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Key, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Limits {
    fn hold(&self, session: &Session, now: Instant) -> bool {
        now.saturating_duration_since(session.seen) < self.idle
            && now.saturating_duration_since(session.began) < self.absolute
    }
}

/// Makes room for one more of those that count.
fn make_room(sessions: &mut HashMap<Key, Session>, most: usize, counts: impl Fn(&Session) -> bool) {
    while sessions.values().filter(|session| counts(session)).count() >= most.max(1) {
        let idlest = sessions.iter().filter(|(_, session)| counts(session)).min_by_key(|(_, session)| session.seen);
        let Some(key) = idlest.map(|(key, _)| *key) else { return };
        sessions.remove(&key);
    }
}

/// 256 random bits.
pub(crate) fn random_hexadecimal() -> String {
    let random: [u8; 32] = runtime::random::bytes();
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
