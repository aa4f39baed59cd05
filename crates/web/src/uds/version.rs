//! `GET /cucm-uds/version`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{Service, document};
use crate::release::release;

pub(super) async fn get(State(service): State<Arc<Service>>) -> Response {
    document(&service.resource("versionInformation", &["version"]).with_text("version", release()))
}
