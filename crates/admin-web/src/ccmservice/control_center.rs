//! `GET /ccmservice/control-center`: the services of every node, how each is, and what can be done with it.

use administration::{NodeServices, Service, ServiceAct, ServiceName, ServiceState, StopReason};
use askama::Template;
use axum::extract::State;

use super::cluster::Progress;
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{Services, date};

#[derive(Template)]
#[template(path = "ccmservice/control_center.html")]
pub(super) struct ControlCenterPage {
    frame: Frame,
    nodes: Vec<NodeRows>,
    progress: Progress,
}

struct NodeRows {
    name: String,
    here: bool,
    alive: bool,
    link: Option<String>,
    rows: Vec<Row>,
}

struct Row {
    service: ServiceName,
    style: &'static str,
    state: String,
    since: String,
    acts: Vec<(ServiceAct, &'static str)>,
}

pub(super) async fn get(State(services): State<Services>, frame: Frame) -> Result<Page<ControlCenterPage>, PageError> {
    let directory = services.repository.load().await?;
    let elsewhere = services.elsewhere(&directory, super::CONTROL_CENTER);
    let link = |name: &str| elsewhere.iter().find(|(own, _)| own == name).map(|(_, link)| link.clone());
    let nodes = services.administration.services().await?;
    let nodes = nodes.into_iter().map(|node| NodeRows::of(&frame, &node, link(node.node.as_str()))).collect();
    let progress = Progress::of(&frame, services.administration.cluster_restart().await?);
    Ok(Page(ControlCenterPage { frame, nodes, progress }))
}

impl NodeRows {
    fn of(frame: &Frame, node: &NodeServices, link: Option<String>) -> Self {
        let rows = node.services.iter().map(|service| Row::of(frame, service)).collect();
        Self { name: node.node.to_string(), here: node.here, alive: node.alive, link, rows }
    }
}

impl Row {
    fn of(frame: &Frame, service: &Service) -> Self {
        let (style, state) = state(frame, service);
        let acts: &[_] = match (&service.state, service.name) {
            (ServiceState::Stopped(_), _) => &[(ServiceAct::Start, "Start")],
            (_, ServiceName::Tomcat) => &[(ServiceAct::Restart, "Restart")],
            _ => &[(ServiceAct::Restart, "Restart"), (ServiceAct::Stop, "Stop")],
        };
        Self { service: service.name, style, state, since: date(service.since), acts: acts.to_vec() }
    }
}

/// The style and the words for how a service is.
fn state(frame: &Frame, service: &Service) -> (&'static str, String) {
    match &service.state {
        ServiceState::Started => ("good", frame.tr("Started").to_owned()),
        ServiceState::Starting => ("warn", frame.tr("Starting").to_owned()),
        ServiceState::Stopped(StopReason::Administrator(name)) => ("warn", frame.fill("Stopped by {0}", &[name])),
        ServiceState::Stopped(StopReason::Failure(reason)) => ("bad", frame.fill("Stopped: {0}", &[reason])),
    }
}
