//! `/live/handshakes`: TLS handshakes, and of each both chains with the link at which it failed.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use observation::{AlertSender, Certificate, ChainSide, Event, FailingLink, Handshake, Record, Role};
use serde::Deserialize;

use super::query::address;
use super::{Live, place, when, words};
use crate::{Frame, Page, PageError};

/// Rows of the list.
const ROWS: usize = 200;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    /// `failed`, or all.
    show: String,
    q: String,
}

struct Row {
    number: u64,
    at: String,
    machine: String,
    port: &'static str,
    remote: String,
    peer: String,
    version: &'static str,
    cipher: &'static str,
    is_resumed: bool,
    /// The reason code of one that failed.
    reason: Option<&'static str>,
    explanation: &'static str,
    alert: Option<AlertLine>,
}

struct AlertLine {
    name: String,
    number: u8,
    is_ours: bool,
}

impl Row {
    fn of(record: &Record, handshake: &Handshake) -> Self {
        let failure = handshake.failure.as_ref();
        let alert = failure.and_then(|failure| failure.alert.as_ref());
        Self {
            number: record.number,
            at: when::full(record.at.unix()),
            machine: when::machine(record.at.unix()),
            port: handshake.port.name(),
            remote: handshake.remote.to_string(),
            peer: handshake.peer_chain.first().map(|leaf| leaf.subject.to_string()).unwrap_or_default(),
            version: handshake.version.unwrap_or(""),
            cipher: handshake.cipher_suite.unwrap_or(""),
            is_resumed: handshake.is_resumed,
            reason: failure.map(|failure| failure.reason),
            explanation: failure.map_or("", |failure| words::handshake(failure.reason)),
            alert: alert.map(|alert| AlertLine {
                name: alert.name.to_string(),
                number: alert.number,
                is_ours: alert.sender == AlertSender::Us,
            }),
        }
    }
}

#[derive(Template)]
#[template(path = "live/handshakes.html")]
struct Handshakes {
    frame: Frame,
    asked: Asked,
    rows: Vec<Row>,
    count: usize,
    path: String,
}

pub(super) async fn list(frame: Frame, State(live): State<Live>, Query(asked): Query<Asked>) -> impl IntoResponse {
    let sought = asked.q.trim().to_ascii_lowercase();
    let has = |text: &str| text.to_ascii_lowercase().contains(&sought);
    let wanted = |record: &Record| {
        let Event::Handshake(one) = &record.event else { return false };
        let names = || one.peer_chain.iter().any(|certificate| has(&certificate.subject));
        let reason = one.failure.as_ref().map_or("", |failure| failure.reason);
        (asked.show != "failed" || one.failure.is_some())
            && (sought.is_empty() || has(&one.remote.to_string()) || has(reason) || names())
    };
    let records = live.observation.recorder().handshakes(ROWS, wanted);
    let rows = records.iter().filter_map(|record| match &record.event {
        Event::Handshake(one) => Some(Row::of(record, one)),
        _ => None,
    });
    Page(Handshakes {
        path: address("/live/handshakes", &[("show", &asked.show), ("q", &asked.q)]),
        count: records.len(),
        rows: rows.collect(),
        asked,
        frame,
    })
}

/// A link of a chain.
struct Link {
    /// A key of the catalogues: what it is in the chain.
    kind: &'static str,
    subject: String,
    issuer: String,
    is_self_signed: bool,
    names: String,
    not_before: String,
    not_after: String,
    is_outside_dates: bool,
    usage: &'static str,
    serial: String,
    fingerprint: String,
    /// What is wrong with it.
    fault: Option<&'static str>,
}

/// A chain as it is drawn.
struct Chain {
    title: &'static str,
    links: Vec<Link>,
    /// Why there is none: a key of the catalogues.
    nothing: &'static str,
    /// The issuer that would come next, where the chain does not end in a root.
    missing: Option<String>,
    is_broken: bool,
}

#[derive(Template)]
#[template(path = "live/handshake.html")]
struct One {
    frame: Frame,
    row: Row,
    local: String,
    server_name: String,
    is_mutual: bool,
    is_client: bool,
    detail: String,
    chains: [Chain; 2],
    advice: Option<&'static str>,
    link: Option<(&'static str, String, String)>,
    command: Option<String>,
}

pub(super) async fn one(
    frame: Frame,
    State(live): State<Live>,
    Path(number): Path<u64>,
) -> Result<impl IntoResponse, PageError> {
    let record = live.observation.recorder().find(number).ok_or(PageError::NotFound)?;
    let Event::Handshake(handshake) = &record.event else { return Err(PageError::NotFound) };
    let failure = handshake.failure.as_ref();
    let failing = failure.and_then(|failure| failure.failing);
    let nothing = match (handshake.is_mutual, handshake.is_resumed) {
        (_, true) => "An earlier session was resumed: no certificate was shown.",
        (false, false) => "No certificate was asked for.",
        (true, false) => "No certificate was shown, or the handshake did not come so far.",
    };
    let at = i64::try_from(handshake.at.0).unwrap_or(i64::MAX);
    let chains = [
        chain("This node shows", &handshake.own_chain, (ChainSide::Own, failing), at, ""),
        chain("The peer shows", &handshake.peer_chain, (ChainSide::Peer, failing), at, nothing),
    ];
    Ok(Page(One {
        row: Row::of(&record, handshake),
        local: handshake.local.to_string(),
        server_name: handshake.server_name.as_deref().unwrap_or("").to_owned(),
        is_mutual: handshake.is_mutual,
        is_client: handshake.role == Role::Client,
        detail: failure.map_or_else(String::new, |failure| failure.detail.to_string()),
        chains,
        advice: failure.map(|failure| failure.remedy.advice),
        link: failure.and_then(|failure| place::link(&failure.remedy.place)),
        command: failure.and_then(|failure| failure.remedy.command.as_deref().map(str::to_owned)),
        frame,
    }))
}

fn chain(
    title: &'static str,
    certificates: &[Certificate],
    (side, failing): (ChainSide, Option<FailingLink>),
    at: i64,
    nothing: &'static str,
) -> Chain {
    let fault =
        |index: usize| failing.filter(|one| one.side == side && one.index == index).map(|one| one.fault.explanation());
    let links: Vec<Link> =
        certificates.iter().enumerate().map(|(index, one)| link(one, index, fault(index), at)).collect();
    let missing = links.last().filter(|last| !last.is_self_signed).map(|last| last.issuer.clone());
    Chain { title, nothing, missing, is_broken: links.iter().any(|link| link.fault.is_some()), links }
}

fn link(certificate: &Certificate, index: usize, fault: Option<&'static str>, at: i64) -> Link {
    let is_self_signed = certificate.subject == certificate.issuer && !certificate.subject.is_empty();
    Link {
        kind: match (index, is_self_signed) {
            (0, true) => "End entity, self-signed",
            (0, false) => "End entity",
            (_, true) => "Root",
            (_, false) => "Intermediate",
        },
        subject: certificate.subject.to_string(),
        issuer: certificate.issuer.to_string(),
        is_self_signed,
        names: certificate.names.join(", "),
        not_before: when::of_certificate(certificate.not_before),
        not_after: when::of_certificate(certificate.not_after),
        is_outside_dates: at < certificate.not_before || at > certificate.not_after,
        usage: match (certificate.client_authentication, certificate.server_authentication) {
            (Some(true), Some(true)) => "clientAuth, serverAuth",
            (Some(true), _) => "clientAuth",
            (_, Some(true)) => "serverAuth",
            (None, None) => "any (no extension)",
            _ => "neither clientAuth nor serverAuth",
        },
        serial: certificate.serial.to_string(),
        fingerprint: certificate.fingerprint.to_string(),
        fault,
    }
}
