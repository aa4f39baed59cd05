//! `GET /cmplatform/open-ports`: whether the ports that are set are open, and every socket on which this node really listens, as
//! `show open ports` prints them.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use directory::PortName;
use runtime::open_ports::open_sockets;

use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::Services;

/// The settings for which something listens.
const SERVED: [PortName; 4] =
    [PortName::SipPhone, PortName::SipPhoneSecure, PortName::SipPhoneOAuth, PortName::SipMraOAuth];

#[derive(Template)]
#[template(path = "cmplatform/open_ports.html")]
struct OpenPortsPage {
    frame: Frame,
    node: String,
    /// Setting, number, whether it is open.
    settings: Vec<(&'static str, u16, bool)>,
    sockets: Vec<String>,
}

pub(super) async fn get(State(services): State<Services>, frame: Frame) -> Result<Response, PageError> {
    let directory = services.repository.load().await?;
    let node = directory.node(services.own_name()).ok_or(PageError::NotFound)?;
    let sockets = open_sockets().map_err(|error| {
        tracing::error!(%error, "the kernel does not show the open ports");
        PageError::Internal
    })?;
    let is_open = |port: u16| sockets.iter().any(|socket| socket.listens_on(port));
    let settings = SERVED.into_iter().map(|name| {
        let port = node.ports.get(name);
        (name.label(), port, is_open(port))
    });
    let page = OpenPortsPage {
        frame,
        node: node.name.to_string(),
        settings: settings.collect(),
        sockets: sockets.iter().map(|socket| socket.line(std::process::id())).collect(),
    };
    Ok(Page(page).into_response())
}
