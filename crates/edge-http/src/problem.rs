//! Refusals and failures as problem details (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A refusal: its status, a stable word, and what to do about it.
pub(crate) fn problem(status: StatusCode, reason: &str, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = serde_json::json!({
        "type": "about:blank", "title": title, "status": status.as_u16(), "reason": reason, "detail": detail,
    });
    let headers = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

/// The same, after which the connection is closed.
pub(crate) fn closing(status: StatusCode, reason: &str, detail: &str) -> Response {
    let mut response = problem(status, reason, detail);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The same, with when to try again.
pub(crate) fn later(status: StatusCode, reason: &str, detail: &str, seconds: u64) -> Response {
    let mut response = problem(status, reason, detail);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
