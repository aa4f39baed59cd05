//! Status > Overview.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;

use super::certificate_view::CertificateView;
use super::{Pages, moment};
use crate::frame::Frame;
use crate::page::Page;

#[derive(Template)]
#[template(path = "expressway/overview.html")]
struct Overview {
    frame: Frame,
    half: &'static str,
    name: String,
    address: String,
    domain: String,
    version: &'static str,
    up: String,
    ports: Vec<(&'static str, String)>,
    phones: usize,
    zones: (usize, usize),
    links: Vec<(&'static str, bool)>,
    streams: Vec<(&'static str, String)>,
    alarms: usize,
    refused: u64,
    certificate: Option<CertificateView>,
    is_core: bool,
}

/// `GET /overview`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    let node = &pages.node;
    let facts = node.facts().clone();
    let zones = node.zones();
    let refused = node.monitor().counts().into_iter().filter(|count| count.kind == "refused");
    Page(Overview {
        frame,
        half: match node.core() {
            Some(_) => "Expressway-C",
            None => "Expressway-E",
        },
        up: moment::ago(facts.started_at),
        name: facts.name,
        address: facts.address.to_string(),
        domain: facts.domain,
        version: env!("CARGO_PKG_VERSION"),
        ports: facts.ports,
        phones: node.phones(),
        zones: (zones.iter().filter(|zone| zone.is_active()).count(), zones.len()),
        links: node.links().into_iter().map(|link| (link.name, link.status == "Active")).collect(),
        streams: node.media_sessions(),
        alarms: node.monitor().alarms().iter().filter(|alarm| alarm.is_active).count(),
        refused: refused.map(|count| count.count).sum(),
        certificate: node.certificates().identity().ok().map(|identity| CertificateView::of(identity.facts())),
        is_core: node.core().is_some(),
    })
}
