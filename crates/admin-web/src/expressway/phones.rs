//! Status > Unified Communications: the phones.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;

use super::{Pages, moment};
use crate::frame::Frame;
use crate::page::Page;

/// A phone of the table.
struct Row {
    user: String,
    device: String,
    client: String,
    node: String,
    zone: String,
    since: String,
    ago: String,
}

#[derive(Template)]
#[template(path = "expressway/phones.html")]
struct Phones {
    frame: Frame,
    /// Who they are, where that is known: Expressway-E sees only that they are there.
    rows: Option<Vec<Row>>,
    count: usize,
}

/// `GET /phones`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    let rows = pages.node.core().map(|core| {
        let mut sessions = core.service.sessions();
        sessions.sort_by(|one, other| (&one.user, &one.device).cmp(&(&other.user, &other.device)));
        let row = |session: edge_net::expressway_c::SessionRow| Row {
            node: session.zone.strip_prefix("CEOAuth-").unwrap_or(&session.zone).to_owned(),
            user: session.user,
            device: session.device,
            client: session.client,
            zone: session.zone,
            since: moment::shown(session.started_at),
            ago: moment::ago(session.started_at),
        };
        sessions.into_iter().map(row).collect::<Vec<_>>()
    });
    let count = rows.as_ref().map_or_else(|| pages.node.phones(), Vec::len);
    Page(Phones { frame, rows, count })
}
