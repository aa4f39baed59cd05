//! `/live/ladder`: the messages of a device, a call or a Call-ID, drawn between the phones and this node.

mod drawing;
mod lanes;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use observation::{CallView, Event, Message, MessageQuery, Record, RegistrationChange, StartLine};
use serde::Deserialize;

use super::dashboard::CallLine;
use super::query::{address, escaped};
use super::{Live, place, when};
use crate::{Frame, Page, PageError};
use drawing::Drawing;

/// The messages of a ladder: the newest.
const MESSAGES: usize = 200;
/// Calls and registrations to choose from.
const CHOICES: usize = 25;

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Asked {
    device: String,
    call: String,
    call_id: String,
    /// The record number of the message whose text is shown.
    message: Option<u64>,
}

struct Choice {
    at: String,
    device: String,
    user: String,
    port: &'static str,
    remote: String,
    /// A key of the catalogues.
    state: &'static str,
    mood: &'static str,
    href: String,
}

#[derive(Template)]
#[template(path = "live/ladder_choice.html")]
struct Choices {
    frame: Frame,
    calls: Vec<CallLine>,
    registrations: Vec<Choice>,
    is_recording: bool,
}

/// A message in the text beside the drawing.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) at: String,
    /// Since the one before it.
    pub(super) later: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) label: String,
    pub(super) note: String,
    pub(super) mood: &'static str,
    pub(super) href: String,
    pub(super) text: String,
    pub(super) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "live/ladder.html")]
struct Ladder {
    frame: Frame,
    /// What it is the ladder of.
    subject: String,
    kind: &'static str,
    call: Option<CallLine>,
    suites: String,
    phone: Option<String>,
    drawing: Drawing,
    lines: Vec<Line>,
    chosen: Option<Line>,
    is_cut: bool,
    is_recording: bool,
    has_refreshes: bool,
    left_out: u64,
    path: String,
}

pub(super) async fn get(
    frame: Frame,
    State(live): State<Live>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let recorder = live.observation.recorder();
    let device = asked.device.trim();
    let mut call = None;
    let query = if !asked.call.is_empty() {
        let name = asked.call.parse().map_err(|_| PageError::NotFound)?;
        let view = recorder.call(name).ok_or(PageError::NotFound)?;
        let query = MessageQuery { call_ids: view.call_ids.clone(), calls: vec![name], ..MessageQuery::default() };
        call = Some(view);
        query
    } else if !asked.call_id.is_empty() {
        MessageQuery { call_ids: vec![asked.call_id.as_str().into()], ..MessageQuery::default() }
    } else if !device.is_empty() {
        of_device(&live, device)
    } else {
        return Ok(choices(frame, &live).into_response());
    };
    let records = recorder.messages(&query, MESSAGES);
    let call = call.as_ref();
    let layout = lanes::of(&live.node.name(), &records, call);
    let lines = lines(&records, &layout, &asked);
    let (kind, subject) = match (call, device) {
        (Some(view), _) => ("Call", view.name.to_string()),
        (None, "") => ("Call-ID", asked.call_id.clone()),
        (None, device) => ("Device", device.to_owned()),
    };
    Ok(Page(Ladder {
        path: asked.address(asked.message),
        drawing: drawing::draw(&layout, &lines, &records),
        chosen: lines.iter().find(|line| line.is_chosen).cloned(),
        lines,
        is_cut: records.len() >= MESSAGES,
        is_recording: recorder.records_messages(),
        has_refreshes: recorder.records_refreshes(),
        left_out: recorder.left_out(),
        suites: call.map(|view| view.suites.join(", ")).unwrap_or_default(),
        call: call.map(|view| CallLine::of(view, live.node.now())),
        phone: (kind == "Device").then(|| place::edit("/ccmadmin/phone", device)),
        subject,
        kind,
        frame,
    })
    .into_response())
}

impl Asked {
    fn address(&self, message: Option<u64>) -> String {
        let message = message.map(|number| number.to_string()).unwrap_or_default();
        let parameters =
            [("device", &*self.device), ("call", &*self.call), ("call_id", &*self.call_id), ("message", &message)];
        address("/live/ladder", &parameters)
    }
}

/// The messages of a device: those that are known to be its own, and all others of their Call-IDs.
fn of_device(live: &Live, device: &str) -> MessageQuery {
    let recorder = live.observation.recorder();
    let own = MessageQuery { devices: vec![device.into()], ..MessageQuery::default() };
    let mut call_ids: Vec<Box<str>> = Vec::new();
    for record in recorder.messages(&own, MESSAGES) {
        if let Event::Message(message) = &record.event
            && !message.call_id.is_empty()
            && !call_ids.contains(&message.call_id)
        {
            call_ids.push(message.call_id.clone());
        }
    }
    MessageQuery { call_ids, ..own }
}

fn choices(frame: Frame, live: &Live) -> impl IntoResponse + use<> {
    let (recorder, now) = (live.observation.recorder(), live.node.now());
    let records = recorder.registrations(CHOICES, |_| true);
    let choice = |record: &Record| {
        let Event::Registration(one) = &record.event else { return None };
        let (state, mood) = match one.change {
            RegistrationChange::Registered => ("registered", "good"),
            RegistrationChange::Ended(..) => ("unregistered", ""),
        };
        Some(Choice {
            at: when::full(record.at.unix()),
            device: one.device.to_string(),
            user: one.user.as_deref().unwrap_or("").to_owned(),
            port: one.port.name(),
            remote: one.remote.to_string(),
            state,
            mood,
            href: format!("/live/ladder?device={}", escaped(&one.device)),
        })
    };
    Page(Choices {
        calls: recorder.calls(CHOICES).iter().map(|call| CallLine::of(call, now)).collect(),
        registrations: records.iter().filter_map(|record| choice(record)).collect(),
        is_recording: recorder.records_messages(),
        frame,
    })
}

fn lines(records: &[std::sync::Arc<Record>], layout: &lanes::Layout, asked: &Asked) -> Vec<Line> {
    let mut before = None;
    let line = |record: &std::sync::Arc<Record>| {
        let Event::Message(message) = &record.event else { return None };
        let (from, to) = layout.ends(message);
        let (label, mood) = label(&message.start_line);
        let later = before.map_or_else(String::new, |before| span(record.at.since(before)));
        before = Some(record.at);
        Some(Line {
            at: when::fine(record.at),
            later,
            from: from.to_owned(),
            to: to.to_owned(),
            label,
            note: note(message),
            mood,
            href: format!("{}#text", asked.address(Some(record.number))),
            text: message.text.to_string(),
            is_chosen: asked.message == Some(record.number),
        })
    };
    records.iter().filter_map(line).collect()
}

fn span(duration: std::time::Duration) -> String {
    match duration.as_millis() {
        0 => format!("+{} µs", duration.as_micros()),
        milliseconds @ 1..10_000 => format!("+{milliseconds} ms"),
        milliseconds => format!("+{} s", milliseconds / 1_000),
    }
}

/// What stands on the arrow, and how it is meant.
fn label(line: &StartLine) -> (String, &'static str) {
    match line {
        StartLine::Request(method) => (method.to_string(), ""),
        StartLine::Response(status, reason, _) => {
            let mood = match status {
                100..200 => "soft",
                200..300 => "good",
                401 | 407 => "warn",
                _ => "bad",
            };
            let mark = if mood == "bad" { "✗ " } else { "" };
            (format!("{mark}{status} {reason}"), mood)
        }
        StartLine::Unreadable(rule) => (format!("✗ {rule}"), "bad"),
    }
}

fn note(message: &Message) -> String {
    let method = match &message.start_line {
        StartLine::Response(_, _, method) => format!("{method} "),
        _ => String::new(),
    };
    message.cseq.map_or_else(String::new, |cseq| format!("{method}CSeq {cseq}"))
}

/// Whether a call has this leg.
fn is_leg(call: &CallView, device: &str) -> bool {
    call.calling.as_ref().is_some_and(|calling| calling.device.eq_ignore_ascii_case(device))
}
