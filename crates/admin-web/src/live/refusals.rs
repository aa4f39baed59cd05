//! `/live/refusals`: what was refused, and of each why.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse;
use observation::{Event, Record, Refusal, StepOutcome};
use serde::Deserialize;

use super::query::{address, escaped};
use super::{Live, place, when};
use crate::{Frame, Page, PageError};

/// Rows of the list.
const ROWS: usize = 200;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    reason: String,
}

struct Row {
    number: u64,
    at: String,
    machine: String,
    request: String,
    status: u16,
    reason: &'static str,
    explanation: &'static str,
    device: String,
    user: String,
    port: &'static str,
    remote: String,
}

impl Row {
    fn of(record: &Record, refusal: &Refusal) -> Self {
        Self {
            number: record.number,
            at: when::full(record.at.unix()),
            machine: when::machine(record.at.unix()),
            request: refusal.request.to_string(),
            status: refusal.status,
            reason: refusal.reason,
            explanation: refusal.explanation,
            device: refusal.device.as_deref().unwrap_or("").to_owned(),
            user: refusal.user.as_deref().unwrap_or("").to_owned(),
            port: refusal.port.name(),
            remote: refusal.remote.to_string(),
        }
    }
}

#[derive(Template)]
#[template(path = "live/refusals.html")]
struct Refusals {
    frame: Frame,
    asked: Asked,
    reasons: Vec<(&'static str, u64)>,
    rows: Vec<Row>,
    count: usize,
    path: String,
}

pub(super) async fn list(frame: Frame, State(live): State<Live>, Query(asked): Query<Asked>) -> impl IntoResponse {
    let recorder = live.observation.recorder();
    let sought = asked.q.trim().to_ascii_lowercase();
    let has = |text: &str| text.to_ascii_lowercase().contains(&sought);
    let wanted = |record: &Record| {
        let Event::Refusal(one) = &record.event else { return false };
        (asked.reason.is_empty() || one.reason == asked.reason)
            && (sought.is_empty()
                || one.device.as_deref().is_some_and(has)
                || one.user.as_deref().is_some_and(has)
                || has(one.reason)
                || has(&one.call_id)
                || has(&one.remote.to_string()))
    };
    let records = recorder.refusals(ROWS, wanted);
    let rows = records.iter().filter_map(|record| match &record.event {
        Event::Refusal(one) => Some(Row::of(record, one)),
        _ => None,
    });
    let series = recorder.series();
    let totals = series.totals().filter(|(kind, ..)| *kind == "refused");
    Page(Refusals {
        path: address("/live/refusals", &[("q", &asked.q), ("reason", &asked.reason)]),
        reasons: totals.map(|(_, reason, count)| (reason, count)).collect(),
        count: records.len(),
        rows: rows.collect(),
        asked,
        frame,
    })
}

struct StepLine {
    question: &'static str,
    check: &'static str,
    is_passed: bool,
    evidence: String,
}

#[derive(Template)]
#[template(path = "live/refusal.html")]
struct One {
    frame: Frame,
    row: Row,
    call_id: String,
    steps: Vec<StepLine>,
    advice: &'static str,
    link: Option<(&'static str, String, String)>,
    command: Option<String>,
    ladder: String,
    handshake: Option<u64>,
}

pub(super) async fn one(
    frame: Frame,
    State(live): State<Live>,
    Path(number): Path<u64>,
) -> Result<impl IntoResponse, PageError> {
    let record = live.observation.recorder().find(number).ok_or(PageError::NotFound)?;
    let Event::Refusal(refusal) = &record.event else { return Err(PageError::NotFound) };
    let step = |step: &observation::Step| StepLine {
        question: step.question,
        check: step.check,
        is_passed: step.outcome == StepOutcome::Passed,
        evidence: step.evidence.to_string(),
    };
    let handshake = live.observation.recorder().handshake_of_flow(refusal.flow);
    Ok(Page(One {
        row: Row::of(&record, refusal),
        call_id: refusal.call_id.to_string(),
        steps: refusal.steps.iter().map(step).collect(),
        advice: refusal.remedy.advice,
        link: place::link(&refusal.remedy.place),
        command: refusal.remedy.command.as_deref().map(str::to_owned),
        ladder: format!("/live/ladder?call_id={}", escaped(&refusal.call_id)),
        handshake: handshake.map(|record| record.number),
        frame,
    }))
}
