//! Status > Traversal: the links between the two halves.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use edge_net::administration::LinkLine;

use super::Pages;
use crate::frame::Frame;
use crate::page::Page;

#[derive(Template)]
#[template(path = "expressway/traversal.html")]
struct Traversal {
    frame: Frame,
    links: Vec<LinkLine>,
    is_core: bool,
}

/// `GET /traversal`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    Page(Traversal { frame, links: pages.node.links(), is_core: pages.node.core().is_some() })
}
