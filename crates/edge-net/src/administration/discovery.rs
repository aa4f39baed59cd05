//! Discoveries that run on while their steps are watched: a step may take as long as a publisher lets it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use edge::discovery::UnifiedCmServer;
use tokio::sync::watch;

use crate::discovery::Step;

/// Publishers whose last discovery is remembered.
const MOST: usize = 128;

/// What a discovery is for.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A publisher that is not in the list yet.
    Add(Box<UnifiedCmServer>),
    /// One that is, by its address.
    Refresh(String),
}

impl Wanted {
    /// The publisher.
    #[must_use]
    pub fn publisher(&self) -> &str {
        match self {
            Self::Add(server) => &server.publisher,
            Self::Refresh(publisher) => publisher,
        }
    }
}

/// A discovery, running or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// The publisher.
    pub publisher: String,
    /// Whether the publisher is to be added.
    pub adds: bool,
    /// When it began, in seconds since 1970.
    pub began_at: u64,
    /// The steps that are done.
    pub steps: Vec<Step>,
    /// How it ended; none while it runs.
    pub outcome: Option<Result<(), String>>,
}

/// The last discovery of each publisher.
#[derive(Debug, Default)]
pub struct Discoveries {
    last: Mutex<BTreeMap<String, Discovery>>,
    changes: watch::Sender<u64>,
}

impl Discoveries {
    /// The last discovery of each publisher, the newest first.
    #[must_use]
    pub fn all(&self) -> Vec<Discovery> {
        let mut all: Vec<_> = self.last().values().cloned().collect();
        all.sort_by_key(|discovery| std::cmp::Reverse(discovery.began_at));
        all
    }

    /// The last discovery of a publisher.
    #[must_use]
    pub fn of(&self, publisher: &str) -> Option<Discovery> {
        self.last().get(&publisher.to_ascii_lowercase()).cloned()
    }

    /// Returns when the discovery of a publisher has ended.
    pub async fn ended(&self, publisher: &str) {
        let mut changes = self.changes.subscribe();
        // The sender lives as long as we do: there is no error.
        while self.of(publisher).is_some_and(|discovery| discovery.outcome.is_none()) && changes.changed().await.is_ok()
        {
        }
    }

    /// Notes that one begins; says whether one of this publisher is running already.
    pub(super) fn begin(&self, wanted: &Wanted) -> bool {
        let key = wanted.publisher().to_ascii_lowercase();
        let mut last = self.last();
        if last.get(&key).is_some_and(|discovery| discovery.outcome.is_none()) {
            return false;
        }
        if last.len() >= MOST && !last.contains_key(&key) {
            let oldest = last.iter().filter(|(_, one)| one.outcome.is_some()).min_by_key(|(_, one)| one.began_at);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                last.remove(&oldest);
            }
        }
        let discovery = Discovery {
            publisher: wanted.publisher().to_owned(),
            adds: matches!(wanted, Wanted::Add(_)),
            began_at: runtime::clock::unix_seconds(),
            steps: Vec::new(),
            outcome: None,
        };
        last.insert(key, discovery);
        true
    }

    pub(super) fn step(&self, publisher: &str, step: Step) {
        if let Some(discovery) = self.last().get_mut(&publisher.to_ascii_lowercase()) {
            discovery.steps.push(step);
        }
        self.changed();
    }

    pub(super) fn end(&self, publisher: &str, outcome: Result<(), String>) {
        if let Some(discovery) = self.last().get_mut(&publisher.to_ascii_lowercase()) {
            discovery.outcome = Some(outcome);
        }
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<String, Discovery>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
