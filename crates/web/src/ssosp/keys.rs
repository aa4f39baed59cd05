//! `GET /ssosp/oauth/keys`: the public keys that access tokens are signed with (RFC 7517 §5).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::Ssosp;

pub(super) async fn get(State(ssosp): State<Arc<Ssosp>>) -> Json<::token::JwkSet> {
    Json(ssosp.server.tokens().keys().jwks())
}
