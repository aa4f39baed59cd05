//! The HTTP client of the phone: it trusts what `--trust` names and nothing else, follows no redirection by itself, and
//! waits for nobody longer than [`TIMEOUT`].

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use reqwest::redirect::Policy;

use super::names::{HttpNames, Names};

/// How long an answer may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection is kept for another request. One sign-in needs it; a laptop that was carried away finds dead ones.
const IDLE: Duration = Duration::from_secs(1);

/// The longest body that is read: configuration files and pages are far shorter.
const BODY: usize = 1 << 20;

/// Makes a client with these TLS settings.
pub(crate) fn client(tls: &Arc<rustls::ClientConfig>, names: &Names) -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(rustls::ClientConfig::clone(tls))
        .redirect(Policy::none())
        .no_proxy()
        .dns_resolver(HttpNames::shared(names))
        .timeout(TIMEOUT)
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("ringbearer/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the HTTP client")
}

/// The whole body, if it is no longer than any body should be.
pub(crate) async fn body(mut response: reqwest::Response) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        anyhow::ensure!(body.len() + piece.len() <= BODY, "{} sends more than {BODY} bytes", response.url());
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// What problem details (RFC 9457) say, behind a colon; nothing of any other body.
pub(crate) fn problem(body: &[u8]) -> String {
    let details: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let detail = details.as_ref().and_then(|details| details.get("detail")).and_then(serde_json::Value::as_str);
    detail.map(|detail| format!(": {detail}")).unwrap_or_default()
}

/// The innermost cause of a failed request: "connection refused", "unknown issuer".
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
