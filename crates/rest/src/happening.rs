//! What happened as JSON: the same in the event stream, in webhooks and in lists.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::EventKind;
use observation::{
    Call, CallChange, CallParty, CallView, Event, Record, Refusal, Registration, RegistrationChange, StepOutcome,
    Timestamp,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::context::{Context, answer};
use crate::page::{DEFAULT, MOST, Page};
use crate::problem::Problem;
use crate::query::Parameter;
use crate::route::Route;

/// Something that happened: what, when, and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Happening {
    /// What happened: `registration.registered`, `registration.ended`, `call.started`, `call.answered`, `call.ended`,
    /// `refusal`.
    #[serde(rename = "type")]
    pub(crate) name: &'static str,
    /// When, in milliseconds since 1970.
    pub(crate) timestamp: u64,
    /// What is known of it. Names of members are those of the lists; what is not known is null.
    #[schema(value_type = Object)]
    pub(crate) data: Value,
}

/// The kind of an event, if it is one that is told.
pub(crate) fn kind(record: &Record) -> Option<EventKind> {
    match record.event {
        Event::Registration(_) => Some(EventKind::Registration),
        Event::Call(_) => Some(EventKind::Call),
        Event::Refusal(_) => Some(EventKind::Refusal),
        Event::Handshake(_) | Event::Message(_) => None,
    }
}

/// An event as it is told.
pub(crate) fn of(record: &Record) -> Option<Happening> {
    let (name, data) = match &record.event {
        Event::Registration(registration) => of_registration(registration),
        Event::Call(call) => of_call(call)?,
        Event::Refusal(refusal) => ("refusal", of_refusal(refusal)),
        Event::Handshake(_) | Event::Message(_) => return None,
    };
    Some(Happening { name, timestamp: milliseconds(record.at), data })
}

fn milliseconds(at: Timestamp) -> u64 {
    at.0 / 1000
}

fn of_registration(registration: &Registration) -> (&'static str, Value) {
    let (name, reason) = match registration.change {
        RegistrationChange::Registered => ("registration.registered", None),
        RegistrationChange::Ended(reason, _) => ("registration.ended", Some(reason)),
    };
    let data = json!({
        "device": registration.device,
        "user": registration.user,
        "port": registration.port.name(),
        "dialect": registration.dialect.code(),
        "credentials": registration.credentials.code(),
        "address": registration.remote.ip(),
        "userAgent": registration.user_agent,
        "since": registration.since.0,
        "expiresAt": registration.expires_at.0,
        "reason": reason,
    });
    (name, data)
}

fn party(party: &CallParty) -> Value {
    json!({ "device": party.device, "number": party.number, "user": party.user })
}

fn of_call(call: &Call) -> Option<(&'static str, Value)> {
    let name = call.name.to_string();
    Some(match &call.change {
        CallChange::Started { calling, called, call_id } => {
            ("call.started", json!({ "call": name, "calling": party(calling), "called": called, "callId": call_id }))
        }
        CallChange::Leg { .. } | CallChange::Over => return None,
        CallChange::Answered { connected, security, suites } => (
            "call.answered",
            json!({ "call": name, "connected": party(connected), "security": security, "cipherSuites": suites }),
        ),
        CallChange::Ended(record) => {
            let data = json!({
                "call": name,
                "calling": party(&record.calling),
                "originalCalled": record.original_called,
                "finalCalled": record.final_called,
                "connected": record.connected.as_ref().map(party),
                "start": record.start.0,
                "connect": record.connect.map(|at| at.0),
                "disconnect": record.disconnect.0,
                "cause": record.cause,
                "endedBy": record.ended_by,
                "status": record.status,
                "security": record.security,
                "cipherSuites": record.suites,
            });
            ("call.ended", data)
        }
    })
}

fn of_refusal(refusal: &Refusal) -> Value {
    let steps = refusal.steps.iter().map(|step| {
        let passed = step.outcome == StepOutcome::Passed;
        json!({ "check": step.check, "question": step.question, "passed": passed, "evidence": step.evidence })
    });
    json!({
        "reason": refusal.reason,
        "explanation": refusal.explanation,
        "request": refusal.request,
        "status": refusal.status,
        "port": refusal.port.name(),
        "address": refusal.remote.ip(),
        "callId": refusal.call_id,
        "device": refusal.device,
        "user": refusal.user,
        "steps": steps.collect::<Vec<_>>(),
        "advice": refusal.remedy.advice,
    })
}

/// A call as far as this node knows it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Call)]
pub(crate) struct LiveCall {
    /// Its name within the life of the node's process.
    call: String,
    /// Whether it rings, is connected, or has ended.
    #[schema(schema_with = states)]
    state: &'static str,
    /// The device that called.
    calling_device: Option<String>,
    /// The number that was dialled.
    called: String,
    /// The device that answered.
    connected_device: Option<String>,
    /// How well it is protected, once it is answered.
    security: Option<&'static str>,
    /// When it began, in milliseconds since 1970.
    start: u64,
    /// When it was answered.
    connect: Option<u64>,
    /// When it ended.
    end: Option<u64>,
}

const STATES: [&str; 3] = ["ringing", "connected", "ended"];

fn states() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::word(STATES)
}

impl LiveCall {
    fn of(call: &CallView) -> Self {
        let state = match (call.answered_at, call.ended_at) {
            (_, Some(_)) => "ended",
            (Some(_), None) => "connected",
            (None, None) => "ringing",
        };
        Self {
            call: call.name.to_string(),
            state,
            calling_device: call.calling.as_ref().map(|party| party.device.to_string()),
            called: call.called.to_string(),
            connected_device: call.connected.as_ref().map(|party| party.device.to_string()),
            security: call.security,
            start: milliseconds(call.started_at),
            connect: call.answered_at.map(milliseconds),
            end: call.ended_at.map(milliseconds),
        }
    }
}

pub(crate) fn routes() -> Vec<Route> {
    let state = json!({ "type": "string", "enum": STATES });
    let state = Parameter::new("state", "Only calls in this state.", state);
    let calls = Route::new(Method::GET, "/calls", "listCalls", calls)
        .about("Calls", "List calls", "The calls of this node, running ones and those that ended lately, newest first.")
        .for_scope(ApiScope::Read)
        .with_query([Parameter::limit(), state])
        .answering(StatusCode::OK, "The calls.", Page::schema("Call"));
    let reason = json!({ "type": "string", "minLength": 1, "maxLength": 64 });
    let reason = Parameter::new("reason", "Only refusals for this reason.", reason);
    let refusals = Route::new(Method::GET, "/refusals", "listRefusals", refusals)
        .about(
            "Refusals",
            "List refusals",
            "What this node refused lately, newest first, with each check of the decision and what puts it right.",
        )
        .for_scope(ApiScope::Read)
        .with_query([Parameter::limit(), reason])
        .answering(StatusCode::OK, "The refusals.", Page::schema("Happening"));
    vec![calls, refusals]
}

async fn calls(context: Context) -> Result<Response, Problem> {
    let limit = context.query.number("limit", 1, MOST)?.unwrap_or(DEFAULT) as usize;
    let wanted = context.query.word("state", &STATES.map(|state| (state, state)))?;
    let all = context.rest.observation.recorder().calls(usize::MAX);
    let items = all.iter().map(LiveCall::of).filter(|call| wanted.is_none_or(|wanted| wanted == call.state));
    let items: Vec<_> = items.collect();
    let total = items.len();
    Ok(answer(StatusCode::OK, &Page { items: items.into_iter().take(limit).collect(), next: None, total }))
}

async fn refusals(context: Context) -> Result<Response, Problem> {
    let limit = context.query.number("limit", 1, MOST)?.unwrap_or(DEFAULT) as usize;
    let reason = context.query.text("reason", 64)?;
    let passes = |record: &Record| match &record.event {
        Event::Refusal(refusal) => reason.is_none_or(|reason| refusal.reason == reason),
        _ => false,
    };
    let records = context.rest.observation.recorder().refusals(usize::MAX, passes);
    let total = records.len();
    let items: Vec<_> = records.iter().take(limit).filter_map(|record| of(record)).collect();
    Ok(answer(StatusCode::OK, &Page { items, next: None, total }))
}
