//! Status > Refusals: why a request was refused at the edge, and where that is put right.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use edge::Reason;
use edge_net::record::RefusalRecord;

use super::{Pages, moment};
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;

/// A refusal of the table.
struct Row {
    number: u64,
    at: String,
    from: String,
    peer: String,
    what: String,
    status: u16,
    reason: String,
}

#[derive(Template)]
#[template(path = "expressway/refusals.html")]
struct Refusals {
    frame: Frame,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "expressway/refusal.html")]
struct Refusal {
    frame: Frame,
    row: Row,
    flow: u64,
    call_id: String,
    code: &'static str,
    warning: Option<String>,
    retry_after: Option<u32>,
    remedy: &'static str,
    /// Where it is put right: a title and a path.
    place: Option<(&'static str, &'static str)>,
}

/// `GET /refusals`
pub(super) async fn list(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    let rows = pages.node.monitor().refusals().iter().map(row).collect();
    Page(Refusals { frame, rows })
}

/// `GET /refusals/{number}`
pub(super) async fn show(
    State(pages): State<Pages>,
    Path(number): Path<u64>,
    frame: Frame,
) -> Result<impl IntoResponse, PageError> {
    let record = pages.node.monitor().refusals().into_iter().find(|record| record.number == number);
    let record = record.ok_or(PageError::NotFound)?;
    let answer = record.reason.answer("");
    Ok(Page(Refusal {
        frame,
        row: row(&record),
        flow: record.flow,
        call_id: record.call_id.clone(),
        code: record.reason.code(),
        warning: answer.warning,
        retry_after: answer.retry_after,
        remedy: record.reason.remedy(),
        place: place(&record.reason, pages.node.core().is_some()),
    }))
}

fn row(record: &RefusalRecord) -> Row {
    Row {
        number: record.number,
        at: moment::shown(record.at),
        from: record.remote.map(|remote| remote.to_string()).unwrap_or_default(),
        peer: record.peer.clone(),
        what: record.method.clone(),
        status: if record.method.is_empty() { 0 } else { record.reason.answer("").status.as_u16() },
        reason: record.reason.to_string(),
    }
}

/// The page where a refusal is put right, on this half of the edge.
fn place(reason: &Reason, is_core: bool) -> Option<(&'static str, &'static str)> {
    match reason {
        Reason::NoTraversal | Reason::StatementPending | Reason::StatementUnanswered => {
            Some(("Traversal", "/traversal"))
        }
        _ if !is_core => None,
        Reason::AccessOff | Reason::OAuthOff | Reason::UserCredentialOff => {
            Some(("MRA access control", "/access-control"))
        }
        Reason::InvalidToken(_) | Reason::NoSearchRule(_) => Some(("Unified CM servers", "/unified-cm-servers")),
        Reason::ZoneInactive(_) => Some(("Zones", "/zones")),
        _ => None,
    }
}
