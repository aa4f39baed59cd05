//! The records of calls that ended, newest first.

use async_trait::async_trait;
use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::context::{Context, answer};
use crate::page::{DEFAULT, MOST, Page};
use crate::problem::{Kind, Problem};
use crate::query::Parameter;
use crate::route::Route;

/// A call that ended: who called whom, when, how well protected, and why it ended. Times are in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// The record.
    pub id: String,
    /// The call; one that was transferred has several records.
    pub call: String,
    /// The node that it ran on.
    pub node: String,
    /// The device that called.
    pub calling_device: String,
    /// Its number.
    pub calling_number: String,
    /// Its user, if one is known.
    pub calling_user: Option<String>,
    /// The number that was dialled.
    pub original_called: String,
    /// The number that it went to in the end.
    pub final_called: String,
    /// The device that answered.
    pub connected_device: Option<String>,
    /// When it began.
    pub start: u64,
    /// When it was answered.
    pub connect: Option<u64>,
    /// When it ended.
    pub disconnect: u64,
    /// The seconds that it was connected.
    pub duration_seconds: u64,
    /// Why it ended: the cause of ITU-T Q.850.
    pub cause: u32,
    /// Who ended it: calling, called or node.
    pub ended_by: String,
    /// The SIP status of one that was not answered.
    pub status: Option<u16>,
    /// How well it was protected: Encrypted, Authenticated or NotAuthenticated.
    pub security: String,
    /// The cipher suites of its media.
    pub cipher_suites: Vec<String>,
}

/// Where the records are.
#[async_trait]
pub trait CallRecords: Send + Sync {
    /// The records that come behind the one that ended at a time under an identifier, or the newest; newest first.
    ///
    /// # Errors
    /// What the database says.
    async fn page(&self, behind: Option<(u64, String)>, most: usize) -> Result<Vec<CallRecord>, String>;

    /// How many there are.
    ///
    /// # Errors
    /// What the database says.
    async fn count(&self) -> Result<usize, String>;
}

#[derive(Serialize, Deserialize)]
struct Cursor(u64, String);

pub(crate) fn routes() -> Vec<Route> {
    let list = Route::new(Method::GET, "/call-records", "listCallRecords", list)
        .about("Calls", "List call records", "The calls of the cluster that ended within the last month, newest first.")
        .for_scope(ApiScope::Read)
        .with_query([Parameter::limit(), Parameter::cursor()])
        .answering(StatusCode::OK, "A page.", Page::schema("CallRecord"));
    vec![list]
}

async fn list(context: Context) -> Result<Response, Problem> {
    let limit = context.query.number("limit", 1, MOST)?.unwrap_or(DEFAULT) as usize;
    let behind = match context.query.text("cursor", 2048)? {
        None => None,
        Some(text) => {
            let read = || serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
            let invalid = || Problem::new(Kind::UnknownCursor, "cursor: only the `next` of a page is allowed");
            let Cursor(ended, id) = read().ok_or_else(invalid)?;
            Some((ended, id))
        }
    };
    let away = |reason: String| {
        tracing::error!(reason, "call records cannot be read");
        Problem::unavailable()
    };
    let records = &context.rest.call_records;
    let mut items = records.page(behind, limit + 1).await.map_err(away)?;
    let total = records.count().await.map_err(away)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|last| URL_SAFE_NO_PAD.encode(crate::json::write(&Cursor(last.disconnect, last.id.clone()))));
    Ok(answer(StatusCode::OK, &Page { items, next, total }))
}
