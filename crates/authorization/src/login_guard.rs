//! Bounds on failed sign-ins: by user and source, by source, and by user.
//!
//! Five failures of a user from one source lock that pair, for one minute and then for twice as long each time, up to
//! fifteen minutes. A source, and a user over all sources, has a budget of failures that refills. A pair that
//! signed in before is not held up by the two budgets: so neither a guesser behind an office's shared address, nor one
//! who knows a colleague's name, shuts out people where they usually work. Our choice, all of it.
//!
//! An attempt counts as a failure from its start and is forgiven when it succeeds, so that parallel guesses count too. Everything
//! is in memory, of one node, and bounded.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Failures of a pair before it is locked.
const TRIES: u32 = 5;
const FIRST_LOCK: Duration = Duration::from_secs(60);
const LONGEST_LOCK: Duration = Duration::from_secs(15 * 60);
/// How long failures of a pair are remembered after the last.
const MEMORY: Duration = Duration::from_secs(60 * 60);
/// How long a pair counts as known after a success.
const KNOWN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Entries of each table.
const CAPACITY: usize = 16_384;

/// Failed sign-ins.
#[derive(Debug)]
pub struct LoginGuard {
    pairs: HashMap<Pair, Failures>,
    known: HashMap<Pair, Instant>,
    sources: Budget<IpAddr>,
    users: Budget<Box<str>>,
}

type Pair = (Box<str>, IpAddr);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Instant,
    locked_until: Option<Instant>,
}

/// The sign-in is not tried; how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locked {
    /// At least a second.
    pub retry_after: Duration,
}

impl Default for LoginGuard {
    fn default() -> Self {
        Self {
            pairs: HashMap::new(),
            known: HashMap::new(),
            sources: Budget::new(60, Duration::from_secs(1)),
            users: Budget::new(50, Duration::from_secs(30)),
        }
    }
}

impl LoginGuard {
    /// Begins an attempt, which counts as failed until [`Self::succeeded`] says otherwise.
    pub fn attempt(&mut self, user: &str, source: IpAddr, now: Instant) -> Result<(), Locked> {
        let (user, source) = pair(user, source);
        if let Some(retry_after) = self.wait(&user, source, now) {
            return Err(Locked { retry_after: retry_after.max(Duration::from_secs(1)) });
        }
        self.sources.spend(source, now);
        self.users.spend(user.clone(), now);
        make_room(&mut self.pairs, |failures| now.saturating_duration_since(failures.last) < MEMORY);
        let failures = self.pairs.entry((user, source)).or_insert(Failures { count: 0, last: now, locked_until: None });
        if now.saturating_duration_since(failures.last) >= MEMORY {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
        if let Some(over) = failures.count.checked_sub(TRIES) {
            let lock = FIRST_LOCK.saturating_mul(2_u32.saturating_pow(over)).min(LONGEST_LOCK);
            failures.locked_until = Some(now + lock);
        }
        Ok(())
    }

    /// The attempt was right: its pair starts anew, and is known from now on.
    pub fn succeeded(&mut self, user: &str, source: IpAddr, now: Instant) {
        let (user, source) = pair(user, source);
        self.sources.give_back(&source);
        self.users.give_back(&user);
        self.pairs.remove(&(user.clone(), source));
        make_room(&mut self.known, |since| now.saturating_duration_since(*since) < KNOWN);
        self.known.insert((user, source), now);
    }

    /// The attempt was never decided: the server could not. It does not count.
    pub fn undecided(&mut self, user: &str, source: IpAddr) {
        let (user, source) = pair(user, source);
        self.sources.give_back(&source);
        self.users.give_back(&user);
        if let Some(failures) = self.pairs.get_mut(&(user, source)) {
            failures.count = failures.count.saturating_sub(1);
            failures.locked_until = None;
        }
    }

    /// Whether the user is locked at this source: asked again when a code is redeemed.
    #[must_use]
    pub fn is_locked(&self, user: &str, source: IpAddr, now: Instant) -> bool {
        let (user, source) = pair(user, source);
        self.locked_until((user, source), now).is_some()
    }

    fn wait(&self, user: &str, source: IpAddr, now: Instant) -> Option<Duration> {
        let pair = (Box::from(user), source);
        let is_known = self.known.get(&pair).is_some_and(|since| now.saturating_duration_since(*since) < KNOWN);
        if let Some(until) = self.locked_until(pair, now) {
            return Some(until.saturating_duration_since(now));
        }
        if is_known {
            return None;
        }
        self.sources.wait(&source, now).max(self.users.wait(&Box::from(user), now))
    }

    fn locked_until(&self, pair: Pair, now: Instant) -> Option<Instant> {
        self.pairs.get(&pair).and_then(|failures| failures.locked_until).filter(|until| *until > now)
    }
}

/// Failures that refill: `size` at once, one per `refill` after that.
#[derive(Debug)]
struct Budget<K> {
    size: u32,
    refill: Duration,
    /// When all failures of the key will be forgiven.
    forgiven_at: HashMap<K, Instant>,
}

impl<K: Hash + Eq> Budget<K> {
    fn new(size: u32, refill: Duration) -> Self {
        Self { size, refill, forgiven_at: HashMap::new() }
    }

    fn spend(&mut self, key: K, now: Instant) {
        make_room(&mut self.forgiven_at, |at| *at > now);
        let at = self.forgiven_at.entry(key).or_insert(now);
        *at = (*at).max(now) + self.refill;
    }

    fn give_back(&mut self, key: &K) {
        if let Some(at) = self.forgiven_at.get_mut(key) {
            *at = at.checked_sub(self.refill).unwrap_or(*at);
        }
    }

    /// How long until one more failure is affordable.
    fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let debt = self.forgiven_at.get(key)?.saturating_duration_since(now) + self.refill;
        debt.checked_sub(self.refill * self.size).filter(|wait| !wait.is_zero())
    }
}

/// Keeps a table below its capacity: first without what no longer matters, then without anything. Forgetting guesses
/// is better than unbounded memory, and better than refusing strangers.
fn make_room<K: Hash + Eq, V>(table: &mut HashMap<K, V>, matters: impl Fn(&V) -> bool) {
    if table.len() >= CAPACITY {
        table.retain(|_, value| matters(value));
        if table.len() >= CAPACITY {
            table.clear();
        }
    }
}

/// Users are named without regard to case; an IPv6 source counts by its /64.
fn pair(user: &str, source: IpAddr) -> Pair {
    const LONGEST: usize = 128;
    let user: String = user.chars().take(LONGEST).collect::<String>().to_lowercase();
    let source = match source.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    };
    (user.into(), source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(number: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, number])
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn oau_6_five_failures_lock_the_pair_and_no_other() {
        let (mut guard, start) = (LoginGuard::default(), Instant::now());
        for _ in 0..5 {
            guard.attempt("alice", source(1), start).unwrap();
        }
        assert_eq!(guard.attempt("ALICE", source(1), start), Err(Locked { retry_after: seconds(60) }));
        assert!(guard.is_locked("alice", source(1), start));
        guard.attempt("alice", source(2), start).unwrap();
        guard.attempt("bob", source(1), start).unwrap();
        assert_eq!(guard.attempt("alice", source(1), start + seconds(59)), Err(Locked { retry_after: seconds(1) }));
        guard.attempt("alice", source(1), start + seconds(60)).unwrap();
        let locked = guard.attempt("alice", source(1), start + seconds(60));
        assert_eq!(locked, Err(Locked { retry_after: seconds(120) }), "each time twice as long");
    }

    #[test]
    fn the_lock_grows_up_to_fifteen_minutes() {
        let (mut guard, mut now) = (LoginGuard::default(), Instant::now());
        let mut last = Duration::ZERO;
        for _ in 0..20 {
            while guard.attempt("alice", source(1), now).is_ok() {}
            last = guard.attempt("alice", source(1), now).unwrap_err().retry_after;
            now += last;
        }
        assert_eq!(last, LONGEST_LOCK);
    }

    #[test]
    fn a_success_forgives() {
        let (mut guard, now) = (LoginGuard::default(), Instant::now());
        for _ in 0..100 {
            guard.attempt("alice", source(1), now).unwrap();
            guard.succeeded("alice", source(1), now);
        }
        for _ in 0..100 {
            guard.attempt("alice", source(1), now).unwrap();
            guard.undecided("alice", source(1));
        }
    }

    #[test]
    fn a_guesser_does_not_shut_out_the_office() {
        let (mut guard, now) = (LoginGuard::default(), Instant::now());
        guard.attempt("alice", source(1), now).unwrap();
        guard.succeeded("alice", source(1), now);
        for number in 0..60 {
            guard.attempt(&format!("guess{number}"), source(1), now).unwrap();
        }
        let stranger = guard.attempt("one more", source(1), now);
        assert_eq!(stranger, Err(Locked { retry_after: seconds(1) }));
        guard.attempt("alice", source(1), now).unwrap();
        guard.attempt("one more", source(1), now + seconds(2)).unwrap();
        guard.attempt("one more", source(2), now).unwrap();
    }

    #[test]
    fn many_guessers_do_not_shut_out_the_user_at_home() {
        let (mut guard, now) = (LoginGuard::default(), Instant::now());
        guard.attempt("alice", source(250), now).unwrap();
        guard.succeeded("alice", source(250), now);
        for number in 0..50 {
            guard.attempt("alice", source(number), now).unwrap();
        }
        assert_eq!(guard.attempt("alice", source(60), now), Err(Locked { retry_after: seconds(30) }));
        guard.attempt("alice", source(250), now).unwrap();
        guard.attempt("bob", source(60), now).unwrap();
    }

    #[test]
    fn the_tables_are_bounded() {
        let (mut guard, now) = (LoginGuard::default(), Instant::now());
        for number in 0..(CAPACITY as u32 + 10) {
            let source = IpAddr::from(number.to_be_bytes());
            guard.attempt(&number.to_string(), source, now).unwrap();
            guard.succeeded(&number.to_string(), source, now);
            guard.attempt(&number.to_string(), source, now).unwrap();
        }
        let largest = guard.pairs.len().max(guard.known.len());
        let largest = largest.max(guard.sources.forgiven_at.len()).max(guard.users.forgiven_at.len());
        assert!(largest <= CAPACITY);
    }
}
