//! A request that was let in, and what carrying it out needs.

use std::sync::Arc;

use authorization::{ApiScope, TokenHash};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use directory::{AuditRecord, Author, Directory, Surface};
use runtime::clock::Reading;
use serde::Serialize;
use serde::de::DeserializeOwned;
use token::Uuid;

use crate::Rest;
use crate::json;
use crate::precondition::IfMatch;
use crate::problem::{Kind, Problem};
use crate::query::Query;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The user, as the directory spells it.
    pub(crate) name: String,
    /// The token, if it is one.
    pub(crate) token: Option<Uuid>,
    /// What the database knows the token by.
    pub(crate) hash: Option<TokenHash>,
    /// What is permitted: the token's scopes as far as its owner's role goes now.
    pub(crate) scopes: Vec<ApiScope>,
}

impl Caller {
    pub(crate) fn may(&self, scope: ApiScope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// A request that was let in.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) rest: Arc<Rest>,
    pub(crate) caller: Caller,
    pub(crate) now: Reading,
    pub(crate) path: Vec<String>,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) if_match: Option<IfMatch>,
}

impl Context {
    /// A part of the path in braces.
    pub(crate) fn part(&self, position: usize) -> &str {
        self.path.get(position).map_or("", String::as_str)
    }

    /// For the audit log.
    pub(crate) fn author(&self) -> Author {
        Author { name: self.caller.name.clone(), surface: Surface::Rest }
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        json::read(&self.body)
    }

    /// Which states a change is meant for.
    pub(crate) fn if_match(&self) -> Result<&IfMatch, Problem> {
        self.if_match.as_ref().ok_or_else(|| Problem::new(Kind::PreconditionRequired, "If-Match is needed"))
    }

    pub(crate) async fn directory(&self) -> Result<Arc<Directory>, Problem> {
        self.rest.repository.load().await.map_err(|error| Problem::of_repository(error, &[]))
    }

    pub(crate) fn needs(&self, scope: ApiScope, why: &str) -> Result<(), Problem> {
        if self.caller.may(scope) {
            return Ok(());
        }
        Err(Problem::new(Kind::Forbidden, format!("{why} needs the scope {scope}")))
    }

    /// Writes a row of the audit log.
    pub(crate) async fn audit(&self, action: &str, object: String, detail: &str) -> Result<(), Problem> {
        let record = AuditRecord {
            unix_time: self.now.unix_seconds,
            author: self.author(),
            action: action.into(),
            object,
            detail: detail.into(),
        };
        self.rest.repository.audit(record).await.map_err(|error| Problem::of_repository(error, &[]))
    }
}

/// An answer with JSON.
pub(crate) fn answer(status: StatusCode, value: &impl Serialize) -> Response {
    (status, [(header::CONTENT_TYPE, json::MEDIA_TYPE)], json::write(value)).into_response()
}

/// The same, of something that has an ETag.
pub(crate) fn answer_tagged(status: StatusCode, etag: HeaderValue, value: &impl Serialize) -> Response {
    let mut response = answer(status, value);
    response.headers_mut().insert(header::ETAG, etag);
    response
}
