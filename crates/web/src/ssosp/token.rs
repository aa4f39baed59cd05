//! `POST /ssosp/oauth/token` (RFC 6749 §3.2).

use std::sync::Arc;

use authorization::{CodeGrant, GrantError, RefreshGrant, UnixTime};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oauth::{ErrorResponse, Grant, TokenRequest, TokenResponse};

use super::Ssosp;
use super::client::{ClientError, authenticate};
use super::request::{Form, NoQuery, Source};

/// Why there is no token.
#[derive(Debug)]
pub(super) enum Error {
    Client(ClientError),
    Request(ErrorResponse),
    Grant(GrantError),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Client(error) => error.into_response(),
            Self::Request(error) => (StatusCode::BAD_REQUEST, Json(error)).into_response(),
            Self::Grant(error) => {
                let body = Json(ErrorResponse::from(&error));
                match error {
                    GrantError::Repository(_) | GrantError::Keys(_) => {
                        tracing::error!(?error, "no token can be issued");
                        let retry = [(header::RETRY_AFTER, HeaderValue::from(2))];
                        (StatusCode::SERVICE_UNAVAILABLE, retry, body).into_response()
                    }
                    refused => {
                        tracing::info!(target: "security", reason = refused.reason(), event = "grant_refused");
                        (StatusCode::BAD_REQUEST, body).into_response()
                    }
                }
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
) -> Result<Json<TokenResponse>, Error> {
    let client = authenticate(&ssosp.server, &headers, &parameters).map_err(Error::Client)?;
    let request = TokenRequest::parse(&parameters).map_err(Error::Request)?;
    let directory = (ssosp.directory)();
    let reading = (ssosp.clock)();
    let now = UnixTime(reading.unix_seconds);
    let response = match &request.grant {
        Grant::AuthorizationCode { code, redirect_uri, code_verifier } => {
            let grant = CodeGrant {
                client,
                code,
                redirect_uri: redirect_uri.as_deref(),
                code_verifier: code_verifier.as_ref(),
                source,
            };
            ssosp.server.redeem(&directory, grant, (now, reading.monotonic)).await
        }
        Grant::RefreshToken { refresh_token, scope } => {
            let device = request.device.as_deref();
            let grant = RefreshGrant { client, refresh_token, scope: scope.as_ref(), device };
            ssosp.server.refresh(&directory, grant, now).await
        }
    };
    response.map(Json).map_err(Error::Grant)
}
