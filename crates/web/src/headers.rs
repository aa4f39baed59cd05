//! What every answer says beside its content.

use axum::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, PRAGMA, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;

/// RFC 6749 §5.1: nothing here is stored. Nothing is guessed, and no address leaks to the next page.
pub(crate) async fn add(mut response: Response) -> Response {
    let headers: [(HeaderName, &'static str); 4] = [
        (CACHE_CONTROL, "no-store"),
        (PRAGMA, "no-cache"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
