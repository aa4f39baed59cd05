//! `GET /cmplatform/version`: what runs on this node, and the nodes of its cluster.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{Services, date};

#[derive(Template)]
#[template(path = "cmplatform/version.html")]
struct VersionPage {
    frame: Frame,
    facts: Vec<(&'static str, String)>,
    nodes: Vec<(String, String, String, bool)>,
}

pub(super) async fn get(State(services): State<Services>, frame: Frame) -> Result<Response, PageError> {
    let directory = services.repository.load().await?;
    let label = |key: &'static str| key;
    let operations = &services.administration;
    let tomcat = operations.node().services().into_iter().find(|one| one.name == directory::ServiceName::Tomcat);
    let facts = vec![
        (label("Active version"), env!("CARGO_PKG_VERSION").to_owned()),
        (label("Node"), services.own_name().to_owned()),
        (label("Cluster"), directory.cluster().to_string()),
        (label("Web services since"), tomcat.map(|tomcat| date(tomcat.since)).unwrap_or_default()),
        (label("Registered devices on this node"), operations.node().registered_devices().to_string()),
    ];
    let mut nodes = Vec::new();
    for node in operations.services().await? {
        if let Some(row) = directory.node(node.node.as_str()) {
            nodes.push((row.name.to_string(), row.address.to_string(), row.usage.to_string(), node.alive));
        }
    }
    Ok(Page(VersionPage { frame, facts, nodes }).into_response())
}
