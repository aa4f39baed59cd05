//! `POST /ssosp/oauth/revoke` (RFC 7009).

use std::sync::Arc;

use authorization::RevokeError;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::{ErrorResponse, TokenArgument};

use super::Ssosp;
use super::client::{ClientError, authenticate};
use super::request::{Form, NoQuery};

/// Why nothing is revoked.
#[derive(Debug)]
pub(super) enum Error {
    Client(ClientError),
    Request(ErrorResponse),
    Revoke(RevokeError),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Client(error) => error.into_response(),
            Self::Request(error) => (StatusCode::BAD_REQUEST, Json(error)).into_response(),
            Self::Revoke(error) => refused(&error),
        }
    }
}

pub(super) fn refused(error: &RevokeError) -> Response {
    let body = Json(ErrorResponse::from(error));
    match error {
        RevokeError::AnotherClient | RevokeError::UnknownUser => (StatusCode::BAD_REQUEST, body).into_response(),
        // RFC 7009 §2.2.1: the client must take it that the token still exists.
        RevokeError::Repository(error) => {
            tracing::error!(%error, "revocation failed");
            let retry = [(header::RETRY_AFTER, HeaderValue::from(2))];
            (StatusCode::SERVICE_UNAVAILABLE, retry, body).into_response()
        }
    }
}

pub(super) async fn post(
    State(ssosp): State<Arc<Ssosp>>,
    _: NoQuery,
    headers: HeaderMap,
    Form(parameters): Form,
) -> Result<StatusCode, Error> {
    let client = authenticate(&ssosp.server, &headers, &parameters).map_err(Error::Client)?;
    let token = TokenArgument::parse(&parameters).map_err(Error::Request)?;
    ssosp.server.revoke_token(client, token.as_bytes(), ssosp.now()).await.map_err(Error::Revoke)?;
    Ok(StatusCode::OK)
}
