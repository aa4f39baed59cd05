//! The restart of the service on all nodes in turn: the question before it, and how far it is.
//!
//! The progress is a part of the page that loads itself again while the restart is under way; without scripts the page is loaded
//! again by hand.

use administration::{ClusterRestart, NodeRestart, NodeRestartState};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::CONTROL_CENTER;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{ConfirmPage, Services, back_to, date, told};

/// How far the last restart is.
pub(super) struct Progress {
    pub(super) last: Option<Last>,
}

pub(super) struct Last {
    pub(super) title: String,
    pub(super) under_way: bool,
    pub(super) rows: Vec<(String, &'static str, String, String)>,
}

#[derive(Template)]
#[template(path = "ccmservice/progress.html")]
pub(super) struct ProgressPart {
    frame: Frame,
    progress: Progress,
}

impl Progress {
    pub(super) fn of(frame: &Frame, restart: Option<ClusterRestart>) -> Self {
        Self { last: restart.map(|restart| Last::of(frame, &restart)) }
    }
}

impl Last {
    fn of(frame: &Frame, restart: &ClusterRestart) -> Self {
        let (begun, under_way) = (date(restart.begun), restart.ended.is_none());
        let title = match (under_way, restart.failure()) {
            (true, _) => frame.fill("Restart of all nodes, begun by {0}, is under way", &[&restart.author]),
            (false, None) => frame.fill("Last restart of all nodes, by {0}: {1}", &[&restart.author, &begun]),
            (false, Some((node, _))) => frame.fill("The restart of all nodes stopped at {0}", &[node]),
        };
        let rows = restart.nodes.iter().map(|node| {
            let (style, state) = state(frame, node);
            (node.node.to_string(), style, state, date(node.since))
        });
        Self { title, under_way, rows: rows.collect() }
    }
}

fn state(frame: &Frame, node: &NodeRestart) -> (&'static str, String) {
    match &node.state {
        NodeRestartState::Waiting => ("", frame.tr("Waiting").to_owned()),
        NodeRestartState::Restarting => ("warn", frame.tr("Restarting").to_owned()),
        NodeRestartState::Started => ("good", frame.tr("Started").to_owned()),
        NodeRestartState::Failed(reason) => ("bad", frame.fill("Failed: {0}", &[reason])),
        NodeRestartState::Skipped(reason) => ("warn", frame.fill("Not restarted: {0}", &[reason])),
    }
}

/// `GET /ccmservice/cluster-restart/progress`
pub(super) async fn progress(State(services): State<Services>, frame: Frame) -> Result<Page<ProgressPart>, PageError> {
    let progress = Progress::of(&frame, services.administration.cluster_restart().await?);
    Ok(Page(ProgressPart { frame, progress }))
}

/// `GET /ccmservice/cluster-restart`
pub(super) async fn confirm(frame: Frame) -> Response {
    ConfirmPage {
        title: frame.tr("Restart Cisco CallManager on all nodes").to_owned(),
        sentences: vec![
            frame.tr("The nodes restart one after the other. Each has to run again before the next begins.").to_owned(),
            frame.tr("A node that does not start ends it: the nodes after it keep running as they are.").to_owned(),
        ],
        action: "/ccmservice/cluster-restart/begin".to_owned(),
        fields: Vec::new(),
        button: frame.tr("Restart all nodes").to_owned(),
        back: CONTROL_CENTER.to_owned(),
        frame,
    }
    .into_response()
}

/// `POST /ccmservice/cluster-restart/begin`
pub(super) async fn post(State(services): State<Services>, administrator: Administrator) -> Response {
    let language = administrator.language;
    match services.administration.restart_cluster(&administrator.author()).await {
        Ok(_) => administrator.tell(Flash::notice(language.tr("The restart of all nodes has begun."))),
        Err(error) => administrator.tell(Flash::failed(told(language, &error))),
    }
    back_to(CONTROL_CENTER)
}
