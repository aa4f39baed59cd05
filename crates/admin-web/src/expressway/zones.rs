//! Configuration > Zones and Search rules: made by discovery, not editable, each with its status or the reason and the remedy.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use edge_net::administration::ZoneLine;

use super::Pages;
use super::handshakes::HandshakeView;
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;

#[derive(Template)]
#[template(path = "expressway/zones.html")]
struct Zones {
    frame: Frame,
    zones: Vec<ZoneLine>,
    is_core: bool,
}

#[derive(Template)]
#[template(path = "expressway/zone.html")]
struct Zone {
    frame: Frame,
    zone: ZoneLine,
    is_traversal: bool,
    handshake: Option<HandshakeView>,
}

/// A search rule of the table.
struct Rule {
    priority: u16,
    name: String,
    patterns: Vec<String>,
    target: String,
}

#[derive(Template)]
#[template(path = "expressway/search_rules.html")]
struct SearchRules {
    frame: Frame,
    rules: Vec<Rule>,
}

/// `GET /zones`
pub(super) async fn list(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    Page(Zones { frame, zones: pages.node.zones(), is_core: pages.node.core().is_some() })
}

/// `GET /zones/{name}`
pub(super) async fn show(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    frame: Frame,
) -> Result<impl IntoResponse, PageError> {
    let zone = pages.node.zones().into_iter().find(|zone| zone.name == name).ok_or(PageError::NotFound)?;
    Ok(Page(Zone {
        frame,
        is_traversal: zone.kind != "Neighbor",
        handshake: zone.handshake.as_ref().map(HandshakeView::of),
        zone,
    }))
}

/// `GET /search-rules`
pub(super) async fn search_rules(State(pages): State<Pages>, frame: Frame) -> Result<impl IntoResponse, PageError> {
    let mut rules: Vec<_> = pages.core()?.servers.search_rules();
    rules.sort_by(|one, other| (one.priority, &one.name).cmp(&(other.priority, &other.name)));
    let rule = |rule: edge::SearchRule| Rule {
        priority: rule.priority,
        patterns: rule.patterns.iter().map(ToString::to_string).collect(),
        target: rule.target.to_string(),
        name: rule.name,
    };
    Ok(Page(SearchRules { frame, rules: rules.into_iter().map(rule).collect() }))
}
