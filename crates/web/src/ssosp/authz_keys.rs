//! `GET /ssosp/ws/authz/keys`: the keys with which an Expressway-C verifies this cluster's access tokens.
//!
//! The answer is a JSON Web Key Set (RFC 7517 §5) of the public signing keys and of the secret keys that decrypt the inner
//! claims, as [`::token::KeyRing::publish`] writes it and [`::token::KeyRing::from_published`] reads it. It is for the account with
//! which the Expressway-C calls AXL: HTTP Basic and the role Standard AXL API Access. Nobody gets a key without a row in the
//! audit log, and nobody keeps the answer. Our choice, as the vendor's form of this exchange is not public.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::{AuditRecord, Author, Surface};
use oauth::{ErrorCode, ErrorResponse};

use super::Ssosp;
use super::basic::{BasicError, administrator};
use super::request::Source;
use crate::basic::BUSY_SECONDS;

/// Why there are no keys.
#[derive(Debug)]
pub(super) enum Error {
    Administrator(BasicError),
    /// The row of the audit log could not be written, or the keys could not.
    Unavailable,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Administrator(error) => error.into_response(),
            Self::Unavailable => {
                let error = ErrorResponse::new(ErrorCode::TemporarilyUnavailable, "try again in a moment");
                let retry = [(header::RETRY_AFTER, HeaderValue::from(BUSY_SECONDS))];
                (StatusCode::SERVICE_UNAVAILABLE, retry, axum::Json(error)).into_response()
            }
        }
    }
}

pub(super) async fn get(
    State(ssosp): State<Arc<Ssosp>>,
    Source(source): Source,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let directory = (ssosp.directory)();
    let user = administrator(&ssosp, &directory, &headers, source).await.map_err(Error::Administrator)?;
    let keys = ssosp.server.tokens().keys();
    let record = AuditRecord {
        unix_time: ssosp.now().0,
        author: Author { name: user.user_id.to_string(), surface: Surface::Web },
        action: "fetch token keys".to_owned(),
        object: "authz".to_owned(),
        detail: format!("from {source}: signing {}, encryption {}", keys.signing_hash(), keys.encryption_hash()),
    };
    if let Err(error) = ssosp.audit.append(record).await {
        tracing::error!(%error, "no token keys without a row in the audit log");
        return Err(Error::Unavailable);
    }
    let published = keys.publish().map_err(|error| {
        tracing::error!(%error, "the token keys cannot be written");
        Error::Unavailable
    })?;
    // RFC 7517 §8.5.1
    Ok(([(header::CONTENT_TYPE, "application/jwk-set+json")], published.to_vec()).into_response())
}
