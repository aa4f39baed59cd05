//! `POST /ssosp/oauth/introspect` (RFC 7662).
//!
//! Who asks is a confidential client, or an administrator who may use the programming interfaces; a public client may not, as
//! it could be anybody (RFC 7662 §4).

use std::sync::Arc;

use authorization::{ClientKind, RepositoryError};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::{ErrorCode, ErrorResponse, IntrospectionResponse, TokenArgument};

use super::Ssosp;
use super::basic::{BasicError, administrator};
use super::client::authenticate;
use super::request::{Form, NoQuery, Source};

/// Why nothing is told.
#[derive(Debug)]
pub(super) enum Error {
    Administrator(BasicError),
    Request(ErrorResponse),
    Repository(RepositoryError),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Administrator(error) => error.into_response(),
            Self::Request(error) => (StatusCode::BAD_REQUEST, Json(error)).into_response(),
            Self::Repository(error) => {
                tracing::error!(%error, "introspection failed");
                let body = ErrorResponse::new(ErrorCode::TemporarilyUnavailable, "try again in a moment");
                let retry = [(header::RETRY_AFTER, HeaderValue::from(2))];
                (StatusCode::SERVICE_UNAVAILABLE, retry, Json(body)).into_response()
            }
        }
    }
}

pub(super) async fn post(
    State(ssosp): State<Arc<Ssosp>>,
    Source(source): Source,
    _: NoQuery,
    headers: HeaderMap,
    Form(parameters): Form,
) -> Result<Json<IntrospectionResponse>, Error> {
    let client = authenticate(&ssosp.server, &headers, &parameters);
    if !client.is_ok_and(|client| matches!(client.kind, ClientKind::Confidential(_))) {
        let directory = (ssosp.directory)();
        administrator(&ssosp, &directory, &headers, source).await.map_err(Error::Administrator)?;
    }
    let token = TokenArgument::parse(&parameters).map_err(Error::Request)?;
    let answer = ssosp.server.introspect(token.as_bytes(), ssosp.now()).await;
    answer.map(Json).map_err(Error::Repository)
}
