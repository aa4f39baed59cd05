//! The audit log, newest first. It is only read.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::AuditRecord;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::context::{Context, answer};
use crate::page::{DEFAULT, MOST};
use crate::problem::Problem;
use crate::query::Parameter;
use crate::route::{Route, schema};

/// What an administrator did.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEntry {
    /// Its number; later ones are greater.
    id: u64,
    /// When, in seconds since 1970.
    time: u64,
    /// Who.
    author: String,
    /// Where it came from: cli, web, axl, rest or system.
    surface: String,
    /// What was done.
    action: String,
    /// To what.
    object: String,
    /// With which result.
    detail: String,
}

impl AuditEntry {
    fn of((id, record): (u64, AuditRecord)) -> Self {
        Self {
            id,
            time: record.unix_time,
            author: record.author.name,
            surface: record.author.surface.to_string(),
            action: record.action,
            object: record.object,
            detail: record.detail,
        }
    }
}

#[derive(Serialize)]
struct Entries {
    items: Vec<AuditEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

fn page() -> Value {
    json!({
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": schema("AuditEntry") },
            "next": { "type": "string", "description": "The cursor of the next page; absent on the last." },
        },
    })
}

pub(crate) fn routes() -> Vec<Route> {
    let cursor = json!({ "type": "string", "pattern": "^[1-9][0-9]{0,17}$" });
    let cursor = Parameter::new("cursor", "Goes on behind the page that answered with this as its `next`.", cursor);
    let list = Route::new(Method::GET, "/audit-log", "listAuditLog", list)
        .about(
            "Audit log",
            "List the audit log",
            "What administrators did, in every face of the product, newest first.",
        )
        .for_scope(ApiScope::Read)
        .with_query([Parameter::limit(), cursor])
        .answering(StatusCode::OK, "A page.", page());
    vec![list]
}

async fn list(context: Context) -> Result<Response, Problem> {
    let limit = context.query.number("limit", 1, MOST)?.unwrap_or(DEFAULT) as usize;
    let before = context.query.number("cursor", 1, 999_999_999_999_999_999)?;
    let rows = context.rest.repository.audit_page(before, limit + 1).await;
    let mut rows = rows.map_err(|error| Problem::of_repository(error, &[]))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|(id, _)| id.to_string());
    Ok(answer(StatusCode::OK, &Entries { items: rows.into_iter().map(AuditEntry::of).collect(), next }))
}
