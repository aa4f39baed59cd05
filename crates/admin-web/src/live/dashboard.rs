//! `/live/`: how the node is, at a glance.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::IntoResponse;
use observation::{Bucket, CallView, Dialect, Event, Port, Record, RegistrationChange};
use serde::Deserialize;
use token::UnixTime;

use super::chart::{self, Block, Grid};
use super::query::escaped;
use super::{Live, NodeState, when, words};
use crate::{Frame, Page};

/// Buckets of five minutes in an hour.
const OF_AN_HOUR: usize = 12;
/// A certificate with fewer days left is a matter of now.
const FEW_DAYS: i64 = 30;
/// Rows of the lists.
const ROWS: usize = 8;

#[derive(Deserialize)]
pub(super) struct Asked {
    hours: Option<usize>,
}

/// A series of the chart.
struct Line {
    port: &'static str,
    dialect: &'static str,
    now: u32,
}

struct Reason {
    code: &'static str,
    count: u32,
    last: Option<u64>,
}

struct Happened {
    at: String,
    machine: String,
    /// `good`, `bad`, or neither.
    mood: &'static str,
    what: &'static str,
    detail: String,
    href: String,
}

struct CertificateLine {
    name: String,
    subject: String,
    days: i64,
}

#[derive(Template)]
#[template(path = "live/dashboard.html")]
struct Dashboard {
    frame: Frame,
    node: NodeState,
    hours: usize,
    /// The lengths of time to choose from, and which is chosen.
    choices: [(usize, bool); 3],
    registered: usize,
    devices: usize,
    calls: Vec<CallLine>,
    running_calls: usize,
    refused_last_hour: u32,
    failed_last_hour: u32,
    lines: Vec<Line>,
    blocks: Vec<Block>,
    grid: Vec<Grid>,
    columns: Vec<Column>,
    reasons: Vec<Reason>,
    most_refusals: u32,
    happened: Vec<Happened>,
    certificates: Vec<CertificateLine>,
    fewest_days: Option<i64>,
    keys_age: Option<String>,
    stopped: usize,
    octets: usize,
    octets_limit: usize,
}

/// A column of the chart in words.
struct Column {
    at: String,
    /// Whether its hour is written below it.
    is_marked: bool,
    x: u32,
    values: Vec<u32>,
    total: u32,
}

/// A call in a list.
pub(super) struct CallLine {
    pub(super) name: String,
    pub(super) calling: String,
    pub(super) called: String,
    pub(super) started: String,
    pub(super) seconds: String,
    /// A key of the catalogues.
    pub(super) state: &'static str,
    pub(super) mood: &'static str,
    pub(super) security: &'static str,
}

impl CallLine {
    pub(super) fn of(call: &CallView, now: UnixTime) -> Self {
        let calling = call.calling.as_ref();
        let (state, mood) = match (call.answered_at, call.ended_at) {
            (_, None) if call.answered_at.is_some() => ("talking", "good"),
            (_, None) => ("ringing", ""),
            (Some(_), Some(_)) => ("ended", ""),
            (None, Some(_)) => ("not answered", "warn"),
        };
        Self {
            name: call.name.to_string(),
            calling: calling.map_or_else(String::new, |party| format!("{} ({})", party.number, party.device)),
            called: match &call.connected {
                Some(party) => format!("{} ({})", call.called, party.device),
                None => call.called.to_string(),
            },
            started: when::full(call.started_at.unix()),
            seconds: call.answered_at.map_or_else(String::new, |_| when::span(call.connected_seconds(now))),
            state,
            mood,
            security: call.security.unwrap_or(""),
        }
    }
}

pub(super) async fn get(frame: Frame, State(live): State<Live>, Query(asked): Query<Asked>) -> impl IntoResponse {
    let hours = asked.hours.unwrap_or(6).clamp(1, 24);
    let (now, recorder) = (live.node.now(), live.observation.recorder());
    let buckets = recorder.series().last(hours * OF_AN_HOUR, now);
    let registrations = live.node.registrations();
    let kinds = kinds(&buckets);
    let columns = columns(&buckets, &kinds, hours);
    let values: Vec<Vec<u32>> = columns.iter().map(|column| column.values.clone()).collect();
    let (blocks, grid) = chart::stacked(&values);
    let lines = kinds.iter().enumerate().map(|(index, (port, dialect))| Line {
        port: port.name(),
        dialect: words::dialect(*dialect),
        now: values.last().and_then(|column| column.get(index)).copied().unwrap_or(0),
    });
    let last_hour = recorder.series().last(OF_AN_HOUR, now);
    let node = live.node.state().await;
    let certificates = certificates(&node, now);
    let mut reasons = reasons(&buckets);
    for reason in &mut reasons {
        let newest =
            recorder.refusals(1, |record| matches!(&record.event, Event::Refusal(one) if one.reason == reason.code));
        reason.last = newest.first().map(|record| record.number);
    }
    let calls = recorder.calls(ROWS);
    Page(Dashboard {
        hours,
        choices: [1, 6, 24].map(|choice| (choice, choice == hours)),
        registered: registrations.len(),
        devices: live.node.directory().devices().len(),
        running_calls: node.calls,
        calls: calls.iter().map(|call| CallLine::of(call, now)).collect(),
        refused_last_hour: last_hour.iter().flat_map(|bucket| bucket.refusals.values()).sum(),
        failed_last_hour: last_hour.iter().flat_map(|bucket| bucket.failed_handshakes.values()).sum(),
        lines: lines.collect(),
        blocks,
        grid,
        columns,
        most_refusals: reasons.iter().map(|reason| reason.count).max().unwrap_or(1),
        reasons,
        happened: happened(&live),
        fewest_days: certificates.iter().map(|one| one.days).min(),
        certificates,
        keys_age: node.keys_made.map(|made| when::span(now.since(made).as_secs())),
        stopped: node.services.iter().filter(|(_, why)| why.is_some()).count(),
        octets: recorder.message_octets() / 1024,
        octets_limit: recorder.limits().message_octets / 1024,
        node,
        frame,
    })
}

/// The series that have a device somewhere in the time that is shown.
fn kinds(buckets: &[Bucket]) -> Vec<(Port, Dialect)> {
    let mut kinds: Vec<_> = buckets.iter().flat_map(|bucket| bucket.registered.iter()).map(|(kind, _)| kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// At most 72 columns; each shows what was registered at its end.
fn columns(buckets: &[Bucket], kinds: &[(Port, Dialect)], hours: usize) -> Vec<Column> {
    let joined = buckets.len().div_ceil(72).max(1);
    let count = u32::try_from(buckets.len().div_ceil(joined)).unwrap_or(1).max(1);
    let step = chart::WIDTH / count;
    let every = if hours > 12 { 3 } else { 1 };
    let of = |(index, chunk): (usize, &[Bucket])| {
        let (first, last) = (chunk.first()?, chunk.last()?);
        let values: Vec<u32> = kinds.iter().map(|(port, dialect)| last.registered.of(*port, *dialect)).collect();
        let second = first.start.0 % 3_600;
        Some(Column {
            at: when::hour_and_minute(first.start),
            is_marked: u32::try_from(index).is_ok_and(|index| index * step + 36 < chart::WIDTH)
                && match hours {
                    1 => index % 3 == 0,
                    _ => second == 0 && first.start.0 / 3_600 % every == 0,
                },
            x: u32::try_from(index).ok()? * step,
            total: values.iter().sum(),
            values,
        })
    };
    buckets.chunks(joined).enumerate().filter_map(of).collect()
}

fn reasons(buckets: &[Bucket]) -> Vec<Reason> {
    let mut counted = std::collections::BTreeMap::<&'static str, u32>::new();
    for (code, count) in buckets.iter().flat_map(|bucket| &bucket.refusals) {
        *counted.entry(code).or_default() += count;
    }
    let mut reasons: Vec<Reason> =
        counted.into_iter().map(|(code, count)| Reason { code, count, last: None }).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    reasons
}

fn certificates(node: &NodeState, now: UnixTime) -> Vec<CertificateLine> {
    let now = i64::try_from(now.0).unwrap_or(i64::MAX);
    let line = |(name, subject, end): &(String, String, i64)| CertificateLine {
        name: name.clone(),
        subject: subject.clone(),
        days: (end - now).div_euclid(86_400),
    };
    node.certificates.iter().map(line).collect()
}

/// The last things that happened, newest first.
fn happened(live: &Live) -> Vec<Happened> {
    let recorder = live.observation.recorder();
    let mut records = recorder.registrations(ROWS, |_| true);
    records.extend(recorder.refusals(ROWS, |_| true));
    records.extend(
        recorder.handshakes(ROWS, |record| matches!(&record.event, Event::Handshake(one) if one.failure.is_some())),
    );
    records.sort_by_key(|record| std::cmp::Reverse(record.number));
    records.iter().take(ROWS).filter_map(|record| told(record)).collect()
}

fn told(record: &Record) -> Option<Happened> {
    let (mood, what, detail, href) = match &record.event {
        Event::Registration(one) => {
            let href = format!("/live/ladder?device={}", escaped(&one.device));
            match one.change {
                RegistrationChange::Registered => ("good", "registered", one.device.to_string(), href),
                RegistrationChange::Ended(..) => ("", "unregistered", one.device.to_string(), href),
            }
        }
        Event::Refusal(one) => {
            let detail = format!("{} {}: {}", one.request, one.device.as_deref().unwrap_or(""), one.reason);
            ("bad", "refused", detail, format!("/live/refusals/{}", record.number))
        }
        Event::Handshake(one) => {
            let reason = one.failure.as_ref().map_or("", |failure| failure.reason);
            (
                "bad",
                "handshake failed",
                format!("{}: {reason}", one.remote),
                format!("/live/handshakes/{}", record.number),
            )
        }
        Event::Call(_) | Event::Message(_) => return None,
    };
    let at = record.at.unix();
    Some(Happened { at: when::clock(at), machine: when::machine(at), mood, what, detail, href })
}

impl Dashboard {
    fn is_certificate_near(&self) -> bool {
        self.fewest_days.is_some_and(|days| days < FEW_DAYS)
    }
}
