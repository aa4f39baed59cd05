//! The listener that a monitor reads: metrics and health, on the loopback interface, without TLS and without accounts.
//!
//! `/livez` answers as long as the process does. `/readyz` names each check, and is 200 when all of them pass, else 503: a load
//! balancer sends phones elsewhere, and a person reads which one failed.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use runtime::shutdown::Stopping;
use serde_json::json;
use tokio::net::TcpListener;

/// Binds the listener, and gives what serves on it until the node stops.
///
/// # Errors
/// When the address is taken.
pub(crate) async fn listen(
    address: SocketAddr,
    router: Router,
    stopping: &Stopping,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.with_context(|| format!("listening on {address} for metrics ([metrics] in the configuration)"))?;
    Ok(web::serve::serve(listener, None, router, web::serve::Limits::default(), stopping.clone()))
}

/// Whether a node can do its work.
#[async_trait]
pub(crate) trait Health: Send + Sync + 'static {
    /// What was looked at now.
    async fn checks(&self) -> Vec<Check>;
}

/// One check of a node's health.
pub(crate) struct Check {
    name: &'static str,
    outcome: Result<String, String>,
}

impl Check {
    /// What was seen, or what is wrong.
    pub(crate) fn of(name: &'static str, outcome: Result<impl Display, impl Display>) -> Self {
        Self { name, outcome: outcome.map(|seen| seen.to_string()).map_err(|wrong| wrong.to_string()) }
    }

    /// Whether a certificate is still valid, by its last second.
    pub(crate) fn certificate(name: &'static str, not_after: Result<i64, String>) -> Self {
        const DAY: i64 = 86_400;
        let now = i64::try_from(runtime::clock::unix_seconds()).unwrap_or(i64::MAX);
        let outcome = not_after.and_then(|end| match end - now {
            left if left > 0 => Ok(format!("valid for {} days", left / DAY)),
            _ => Err("has expired".to_owned()),
        });
        Self { name, outcome }
    }

    /// Whether the node takes what is new.
    pub(crate) fn draining(is_draining: bool) -> Self {
        Self::of("serving", if is_draining { Err("draining: about to end") } else { Ok("takes what comes") })
    }
}

/// `/livez` and `/readyz`.
pub(crate) fn health(node: Arc<dyn Health>) -> Router {
    Router::new().route("/livez", get("ok\n")).route("/readyz", get(ready)).with_state(node)
}

async fn ready(State(node): State<Arc<dyn Health>>) -> impl IntoResponse {
    let checks = node.checks().await;
    let is_ready = checks.iter().all(|check| check.outcome.is_ok());
    let checks: Vec<_> = checks
        .iter()
        .map(|check| match &check.outcome {
            Ok(seen) => json!({"name": check.name, "passed": true, "detail": seen}),
            Err(wrong) => json!({"name": check.name, "passed": false, "detail": wrong}),
        })
        .collect();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": is_ready, "checks": checks})))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    struct Node(Vec<fn() -> Check>);

    #[async_trait]
    impl Health for Node {
        async fn checks(&self) -> Vec<Check> {
            self.0.iter().map(|check| check()).collect()
        }
    }

    async fn answer(path: &str, checks: Vec<fn() -> Check>) -> (u16, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = health(Arc::new(Node(checks))).oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        (status, String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_node_is_ready_when_every_check_passes_and_says_which_does_not() {
        let good: fn() -> Check = || Check::of("database", Ok::<_, String>("answers"));
        assert_eq!(
            answer("/readyz", vec![good, || Check::draining(false)]).await,
            (
                200,
                "{\"checks\":[{\"detail\":\"answers\",\"name\":\"database\",\"passed\":true},\
                   {\"detail\":\"takes what comes\",\"name\":\"serving\",\"passed\":true}],\"ready\":true}"
                    .into()
            )
        );
        assert_eq!(
            answer("/readyz", vec![good, || Check::certificate("tomcat", Ok(1))]).await,
            (
                503,
                "{\"checks\":[{\"detail\":\"answers\",\"name\":\"database\",\"passed\":true},\
                   {\"detail\":\"has expired\",\"name\":\"tomcat\",\"passed\":false}],\"ready\":false}"
                    .into()
            )
        );
        assert_eq!(answer("/livez", vec![|| Check::draining(true)]).await, (200, "ok\n".into()));
    }
}
