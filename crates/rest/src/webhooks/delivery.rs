//! Telling: a task for each webhook, one message after the other, tried again with growing pauses, then given up and listed.
//!
//! What is promised: while the node runs, a message is told at least once or is among the dead letters; each node tells of what
//! happens on it. What waits is in memory, and lost when the node ends. A receiver may hear a message twice, under one id.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use directory::{Version, Webhook};
use observation::Record;
use reqwest::redirect::Policy;
use serde::Serialize;
use token::Uuid;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use utoipa::ToSchema;

use super::address::{self, JudgingResolver};
use super::signature::signature;
use crate::Rest;
use crate::happening::{self, Happening};

/// How often a message is tried, and how long it takes from one time to the next.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(120)];
/// How long a receiver has for its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many messages wait for one webhook; further ones are dead at once.
const WAITING: usize = 256;
/// How many dead letters are kept of a webhook.
const DEAD: usize = 100;

/// A message that was given up. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadLetter {
    /// The message's `webhook-id`.
    pub(crate) id: String,
    /// What it told.
    #[serde(rename = "type")]
    pub(crate) name: &'static str,
    /// When that happened.
    pub(crate) timestamp: u64,
    /// How often it was tried.
    pub(crate) attempts: usize,
    /// Why the last time failed.
    pub(crate) reason: String,
}

/// How the telling is.
#[derive(Default)]
pub(crate) struct Deliveries(Mutex<HashMap<Uuid, VecDeque<DeadLetter>>>);

impl Deliveries {
    /// The dead letters of a webhook, newest first.
    pub(crate) fn dead(&self, webhook: Uuid) -> Vec<DeadLetter> {
        self.letters().get(&webhook).into_iter().flatten().rev().cloned().collect()
    }

    fn bury(&self, webhook: Uuid, letter: DeadLetter) {
        tracing::warn!(%webhook, id = letter.id, attempts = letter.attempts, reason = letter.reason, "a webhook's message is given up");
        let mut letters = self.letters();
        let own = letters.entry(webhook).or_default();
        if own.len() >= DEAD {
            own.pop_front();
        }
        own.push_back(letter);
    }

    fn keep_only(&self, webhooks: &[(Webhook, Version)]) {
        self.letters().retain(|id, _| webhooks.iter().any(|(webhook, _)| webhook.id == *id));
    }

    fn letters(&self) -> MutexGuard<'_, HashMap<Uuid, VecDeque<DeadLetter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message that waits.
struct Letter {
    id: String,
    happening: Happening,
}

/// The task of a webhook.
struct Courier {
    version: Version,
    webhook: Webhook,
    letters: mpsc::Sender<Letter>,
    task: tokio::task::AbortHandle,
}

/// Tells every webhook what it wants to hear, until the node stops.
pub(crate) async fn run(rest: Arc<Rest>) {
    let client = match client(&rest) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "webhooks are not told: the HTTP client cannot be made");
            return;
        }
    };
    let mut stopping = rest.stopping.clone();
    let mut follower = rest.kept.feed.follow(None);
    let mut couriers: HashMap<Uuid, Courier> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut seen = None;
    loop {
        let record = tokio::select! {
            () = stopping.wait() => return,
            heard = follower.live.recv() => match heard {
                Ok(record) => record,
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "webhooks do not keep up: some events are told to none");
                    continue;
                }
                Err(RecvError::Closed) => return,
            },
        };
        // A webhook is part of the sequence of administrative writes: it is read anew when that has moved.
        match rest.repository.change_sequence().await {
            Ok(sequence) if seen == Some(sequence) => {}
            Ok(sequence) => {
                if read(&rest, &client, &mut couriers, &mut tasks).await {
                    seen = Some(sequence);
                }
            }
            Err(error) => tracing::warn!(%error, "webhooks cannot be read; the last ones stay in use"),
        }
        tell(&rest, &couriers, &record);
        while tasks.try_join_next().is_some() {}
    }
}

fn client(rest: &Rest) -> reqwest::Result<reqwest::Client> {
    let allowed = Arc::clone(&rest.webhook_addresses);
    let mut builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(JudgingResolver { allowed }))
        .timeout(PATIENCE)
        .user_agent(concat!("ringbearer/", env!("CARGO_PKG_VERSION")));
    for certificate in &rest.webhook_authorities {
        builder = builder.add_root_certificate(reqwest::Certificate::from_der(certificate)?);
    }
    builder.build()
}

/// Begins and ends couriers as webhooks came and went; says whether the webhooks could be read.
async fn read(
    rest: &Arc<Rest>,
    client: &reqwest::Client,
    couriers: &mut HashMap<Uuid, Courier>,
    tasks: &mut JoinSet<()>,
) -> bool {
    let webhooks = match rest.webhooks.webhooks().await {
        Ok(webhooks) => webhooks,
        Err(error) => {
            tracing::warn!(%error, "webhooks cannot be read; the last ones stay in use");
            return false;
        }
    };
    rest.kept.deliveries.keep_only(&webhooks);
    couriers.retain(|id, courier| {
        let stays = webhooks.iter().any(|(webhook, version)| webhook.id == *id && *version == courier.version);
        if !stays {
            courier.task.abort();
        }
        stays
    });
    for (webhook, version) in webhooks {
        if !webhook.active || couriers.contains_key(&webhook.id) {
            continue;
        }
        let Ok(Some(secret)) = rest.webhooks.webhook_secret(webhook.id).await else { continue };
        let (letters, waiting) = mpsc::channel(WAITING);
        let task = tasks.spawn(deliver(Arc::clone(rest), client.clone(), webhook.clone(), secret, waiting));
        couriers.insert(webhook.id, Courier { version, webhook, letters, task });
    }
    true
}

fn tell(rest: &Rest, couriers: &HashMap<Uuid, Courier>, record: &Record) {
    let Some(kind) = happening::kind(record) else { return };
    let wanted = couriers.values().filter(|courier| courier.webhook.kinds.contains(&kind));
    for courier in wanted {
        let Some(happening) = happening::of(record) else { return };
        let letter = Letter { id: format!("msg_{}", rest.kept.feed.id(record)), happening };
        if let Err(refused) = courier.letters.try_send(letter) {
            let letter = refused.into_inner();
            let reason = format!("{WAITING} messages wait already");
            rest.kept.deliveries.bury(courier.webhook.id, dead(&letter, 0, reason));
        }
    }
}

fn dead(letter: &Letter, attempts: usize, reason: String) -> DeadLetter {
    let Happening { name, timestamp, .. } = letter.happening;
    DeadLetter { id: letter.id.clone(), name, timestamp, attempts, reason }
}

async fn deliver(
    rest: Arc<Rest>,
    client: reqwest::Client,
    webhook: Webhook,
    secret: Vec<u8>,
    mut waiting: mpsc::Receiver<Letter>,
) {
    let secret = zeroize::Zeroizing::new(secret);
    while let Some(letter) = waiting.recv().await {
        let mut pauses = PAUSES.iter();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let Err((reason, is_final)) = attempt(&rest, &client, &webhook, &secret, &letter).await else { break };
            match pauses.next().filter(|_| !is_final) {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => {
                    rest.kept.deliveries.bury(webhook.id, dead(&letter, attempts, reason));
                    break;
                }
            }
        }
    }
}

/// Tells once. The refusal says why, and whether it is no use to try again.
async fn attempt(
    rest: &Rest,
    client: &reqwest::Client,
    webhook: &Webhook,
    secret: &[u8],
    letter: &Letter,
) -> Result<(), (String, bool)> {
    let url = address::check(&webhook.url, &rest.webhook_addresses).map_err(|refused| (refused.to_string(), true))?;
    let body = crate::json::write(&letter.happening);
    let timestamp = (rest.clock)().unix_seconds;
    let sent = client
        .post(url)
        .header("content-type", crate::json::MEDIA_TYPE)
        .header("webhook-id", &letter.id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature(secret, &letter.id, timestamp, &body))
        .body(body)
        .send()
        .await;
    match sent {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => {
            let status = answer.status();
            let passes = status.is_server_error() || [408, 429].contains(&status.as_u16());
            Err((format!("it answered {}", status.as_u16()), !passes))
        }
        Err(error) => Err((cause(&error), false)),
    }
}

/// The innermost cause, which has no address and no secret in it.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
