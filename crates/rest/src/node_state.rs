//! What a node runs, beside what is staged for it.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::{NodeSettings, Pending};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::context::{Context, answer};
use crate::problem::{Kind, Problem};
use crate::resource::Ports;
use crate::route::{Route, schema};

/// What the CallManager service of a node took over when it started.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunningSettings {
    /// The node.
    node: String,
    /// Cluster SIPOAuth Mode.
    #[serde(rename = "sipOAuthMode")]
    sip_oauth_mode: bool,
    /// Whether Cluster Security Mode is mixed.
    mixed_mode: bool,
    /// The ports.
    ports: Ports,
    /// SHA-256 of the tomcat certificate, in hexadecimal.
    tomcat_certificate: String,
    /// What of the cluster's settings waits for the next restart of the service. A new certificate is known to its own node.
    #[schema(schema_with = pending_words)]
    pending: Vec<&'static str>,
}

const PENDING: [(Pending, &str); 4] = [
    (Pending::SipOAuthMode, "sipOAuthMode"),
    (Pending::ClusterSecurityMode, "mixedMode"),
    (Pending::Ports, "ports"),
    (Pending::TomcatCertificate, "tomcatCertificate"),
];

fn pending_words() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::words(PENDING.map(|(_, word)| word))
}

pub(crate) fn routes() -> Vec<Route> {
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9._-]+$" });
    let running = Route::new(Method::GET, "/nodes/{name}/running", "getRunningSettings", running)
        .about(
            "Nodes",
            "Read what a node runs",
            "What its CallManager service took over when it started, and what waits for its next restart.",
        )
        .for_scope(ApiScope::Read)
        .in_path("name", "The node's name.", name)
        .answering(StatusCode::OK, "What runs.", schema("RunningSettings"));
    vec![running]
}

async fn running(context: Context) -> Result<Response, Problem> {
    let directory = context.directory().await?;
    let node = directory.node(context.part(0));
    let node = node.ok_or_else(|| Problem::new(Kind::NotFound, "the node does not exist"))?;
    let running = context.rest.repository.running(&node.name).await;
    let running = running.map_err(|error| Problem::of_repository(error, &[]))?;
    let never = || Problem::new(Kind::NotFound, "the node has not said what it runs: it never started");
    let running = running.ok_or_else(never)?;
    let staged = NodeSettings::staged(&directory, node.name.as_str(), &running.tomcat_certificate);
    let pending = staged.map(|staged| running.pending(&staged)).unwrap_or_default();
    let word = |pending: &Pending| PENDING.iter().find(|(own, _)| own == pending).map(|(_, word)| *word);
    let answered = RunningSettings {
        node: running.node.to_string(),
        sip_oauth_mode: running.sip_oauth_mode,
        mixed_mode: running.mixed_mode,
        ports: Ports::of(&running.ports),
        tomcat_certificate: running.tomcat_certificate.clone(),
        pending: pending.iter().filter_map(word).collect(),
    };
    Ok(answer(StatusCode::OK, &answered))
}
