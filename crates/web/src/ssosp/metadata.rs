//! `GET /.well-known/oauth-authorization-server` (RFC 8414 §3).

use std::sync::Arc;

use authorization::DEFAULT_SCOPE;
use axum::Json;
use axum::extract::State;
use oauth::ServerMetadata;

use super::Ssosp;

pub(super) async fn get(State(ssosp): State<Arc<Ssosp>>) -> Json<ServerMetadata> {
    let mut metadata = ServerMetadata::new(&ssosp.issuer, &[DEFAULT_SCOPE]);
    if !(ssosp.directory)().parameters().refresh_login_flow() {
        metadata.grant_types_supported.retain(|grant| grant != "refresh_token");
    }
    Json(metadata)
}
