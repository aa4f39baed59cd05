//! Status > Alarms.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;
use edge_net::Alarm;

use super::{Pages, moment};
use crate::frame::Frame;
use crate::page::Page;

#[derive(Template)]
#[template(path = "expressway/alarms.html")]
struct Alarms {
    frame: Frame,
    rows: Vec<(String, Alarm)>,
    counts: Vec<sip_net::Count>,
}

/// `GET /alarms`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    let monitor = pages.node.monitor();
    let mut alarms = monitor.alarms();
    alarms.sort_by_key(|alarm| (!alarm.is_active, std::cmp::Reverse(alarm.raised_at)));
    let rows = alarms.into_iter().map(|alarm| (moment::shown(alarm.raised_at), alarm)).collect();
    Page(Alarms { frame, rows, counts: monitor.counts() })
}
