//! Status > Relayed media.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse;

use super::Pages;
use crate::frame::Frame;
use crate::page::Page;

#[derive(Template)]
#[template(path = "expressway/media.html")]
struct Media {
    frame: Frame,
    open: Vec<(&'static str, String)>,
    calls: u64,
    /// Of each side: packets and octets.
    sides: Vec<(&'static str, u64, u64)>,
    dropped: Vec<(&'static str, &'static str, u64)>,
}

/// `GET /media`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    let totals = pages.node.monitor().media();
    let dropped = totals.streams.dropped.iter().map(|&(code, count)| (code, meaning(code), count)).collect();
    let passed = totals.streams.packets.into_iter().zip(totals.streams.octets);
    let sides = SIDES.into_iter().zip(passed).map(|(side, (packets, octets))| (side, packets, octets)).collect();
    Page(Media { frame, open: pages.node.media_sessions(), calls: totals.calls, sides, dropped })
}

/// Names a text for the catalogues.
const fn key(text: &'static str) -> &'static str {
    text
}

/// The sides of a relay, outer first.
const SIDES: [&str; 2] = [key("from outside"), key("from inside")];

/// What a reason of the relay means: a key of the catalogues.
fn meaning(code: &str) -> &'static str {
    match code {
        "no_key" => key("Signalling had given no key for this side yet."),
        "forged" => key("Not protected with a key of the peer: somebody else's packet, or a key that has changed."),
        "replayed" => key("It came before, or much too late."),
        "malformed" => key("Neither RTP nor RTCP."),
        "unencrypted" => key("A control packet in clear."),
        "too_many_sources" => key("More sources than a call has use for."),
        "opener" => key("An opener of the way that is not the other half's."),
        "no_destination" => key("The other side had nobody to send to yet."),
        "congested" => key("The system had no room for it."),
        _ => "",
    }
}
