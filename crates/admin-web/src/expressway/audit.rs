//! Maintenance > Audit log: who did what.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use edge_net::administration::AuditEntry;

use super::{Pages, moment};
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;

/// Rows of the page.
const ROWS: usize = 500;

#[derive(Template)]
#[template(path = "expressway/audit_log.html")]
struct AuditLog {
    frame: Frame,
    rows: Vec<(String, AuditEntry, bool)>,
    is_whole: bool,
    file: String,
}

/// `GET /audit-log`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> Result<impl IntoResponse, PageError> {
    let log = pages.node.audit_log();
    let rows = log.recent(ROWS).map_err(|error| {
        tracing::error!(%error, "the audit log cannot be read");
        PageError::Internal
    })?;
    let is_whole = rows.iter().all(|(_, follows)| *follows);
    let rows = rows.into_iter().map(|(row, follows)| (moment::shown(row.at), row, follows)).collect();
    Ok(Page(AuditLog { frame, rows, is_whole, file: log.path().display().to_string() }))
}
