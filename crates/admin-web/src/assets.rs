//! The files that pages load: one style sheet, htmx, and what marks them as of this version.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Name, type, content.
const FILES: [(&str, &str, &str); 5] = [
    ("style.css", "text/css; charset=utf-8", include_str!("../assets/style.css")),
    ("live.css", "text/css; charset=utf-8", include_str!("../assets/live.css")),
    ("htmx.min.js", "text/javascript; charset=utf-8", include_str!("../assets/htmx/htmx.min.js")),
    ("sse.min.js", "text/javascript; charset=utf-8", include_str!("../assets/htmx/sse.min.js")),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// Changes with the files, so that browsers may keep them for ever.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: String = FILES.iter().map(|(_, _, content)| *content).collect();
    let digest = digest(&SHA256, all.as_bytes());
    digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
});

/// The version in the addresses of the files.
pub(crate) fn version() -> &'static str {
    &VERSION
}

/// `GET /assets/{version}/{name}`
pub(crate) async fn get(Path((version, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, content)) = FILES.iter().find(|(own, _, _)| *own == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // Of another version than asked for: not to be kept under that address.
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, keep)], *content).into_response()
}
