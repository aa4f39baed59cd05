//! `GET /metrics`.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

/// OpenMetrics 1.0.0.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The page of metrics, for the listener that is the monitor's alone.
pub fn router(registry: Arc<Registry>) -> Router {
    Router::new().route("/metrics", get(move || std::future::ready(answer(&registry))))
}

/// All metrics as text.
///
/// # Errors
/// When a collector fails.
pub fn exposition(registry: &Registry) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    encode(&mut text, registry)?;
    Ok(text)
}

fn answer(registry: &Registry) -> Response {
    match exposition(registry) {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_scrape_gets_the_registry_as_openmetrics() {
        let router = router(Arc::new(crate::registry("ucm", "ucm-pub", None)));
        let request = Request::get("/metrics").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "# HELP ringbearer_build Which build runs here, and as what.\n# TYPE ringbearer_build info\n\
             ringbearer_build_info{{version=\"{version}\",role=\"ucm\",node=\"ucm-pub\"}} 1\n# EOF\n"
        );
        assert_eq!(String::from_utf8_lossy(&body), expected);
    }
}
