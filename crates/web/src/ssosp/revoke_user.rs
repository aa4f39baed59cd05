//! `GET /ssosp/token/revoke?user_id=…[&client_id=…]`: an administrator ends a user's tokens, the vendor's way.
//!
//! The request changes things and is a GET all the same. So that no page can make an administrator's browser send it,
//! what a browser marks as coming from another site is refused.

use std::sync::Arc;

use authorization::RevokeError;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use oauth::{ErrorCode, ErrorResponse};
use serde::Serialize;

use super::Ssosp;
use super::basic::{BasicError, administrator};
use super::request::{Query, Source};
use super::revoke::refused;

/// Why nothing is revoked.
#[derive(Debug)]
pub(super) enum Error {
    Administrator(BasicError),
    CrossSite,
    NoUser,
    Revoke(RevokeError),
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Administrator(error) => error.into_response(),
            Self::CrossSite => {
                let error = ErrorResponse::new(ErrorCode::AccessDenied, "the request comes from another site");
                (StatusCode::FORBIDDEN, Json(error)).into_response()
            }
            Self::NoUser => {
                let error = ErrorResponse::new(ErrorCode::InvalidRequest, "user_id is required");
                (StatusCode::BAD_REQUEST, Json(error)).into_response()
            }
            Self::Revoke(error) => refused(&error),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Reply {
    revoked_tokens: RevokedTokens,
}

#[derive(Serialize)]
struct RevokedTokens {
    status: &'static str,
    user_id: String,
    #[serde(rename = "clientID_tokens")]
    client_id_tokens: Vec<ClientToken>,
}

#[derive(Serialize)]
struct ClientToken {
    client_id: String,
    /// What the database knows the refresh token by; not the token.
    refresh_token: String,
}

pub(super) async fn get(
    State(ssosp): State<Arc<Ssosp>>,
    Source(source): Source,
    headers: HeaderMap,
    Query { parameters, .. }: Query,
) -> Result<Json<Reply>, Error> {
    if super::login_page::is_cross_site(&headers) {
        return Err(Error::CrossSite);
    }
    let directory = (ssosp.directory)();
    administrator(&ssosp, &directory, &headers, source).await.map_err(Error::Administrator)?;
    let user = parameters.get("user_id").ok_or(Error::NoUser)?;
    let revoking = ssosp.server.revoke_user(&directory, user, parameters.get("client_id"), ssosp.now());
    let revoked = revoking.await.map_err(Error::Revoke)?;
    let client_id_tokens = revoked
        .families
        .into_iter()
        .map(|family| ClientToken { client_id: family.client_id, refresh_token: family.current.to_string() });
    let client_id_tokens = client_id_tokens.collect();
    Ok(Json(Reply { revoked_tokens: RevokedTokens { status: "success", user_id: revoked.user, client_id_tokens } }))
}
