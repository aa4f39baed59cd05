//! `GET /ssosp/style.css`: the pages' one style sheet.

use axum::http::header;
use axum::response::IntoResponse;

pub(super) async fn get() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../templates/style.css"))
}
