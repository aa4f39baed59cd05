//! Maintenance > Diagnostics > Diagnostic logging: a capture of the clear signalling.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};
use edge_net::diagnostics::{CaptureStatus, LONGEST, MOST_OCTETS};

use super::certificates::file_name;
use super::{Pages, moment};
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

const MEGABYTE: usize = 1024 * 1024;

#[derive(Template)]
#[template(path = "expressway/diagnostics.html")]
struct Diagnostics {
    frame: Frame,
    status: CaptureStatus,
    started: String,
    ends: String,
    most_minutes: u64,
    most_megabytes: usize,
    percent: usize,
    size: String,
}

/// `GET /diagnostics`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    let status = pages.node.monitor().diagnostics().status();
    Page(Diagnostics {
        frame,
        started: status.started_at.map(moment::shown).unwrap_or_default(),
        ends: status.ends_at.map(moment::shown).unwrap_or_default(),
        most_minutes: LONGEST.as_secs() / 60,
        most_megabytes: MOST_OCTETS / MEGABYTE,
        percent: (status.octets * 100).checked_div(status.most).unwrap_or(0),
        size: format!("{} KiB / {} KiB", status.octets.div_ceil(1024), status.most / 1024),
        status,
    })
}

/// `POST /diagnostics/start`
pub(super) async fn start(
    State(pages): State<Pages>,
    who: Administrator,
    form: Submission,
) -> Result<Redirect, PageError> {
    let number = |name: &str| form.text(name).trim().parse::<u64>().ok();
    let minutes = number("minutes").filter(|minutes| (1..=LONGEST.as_secs() / 60).contains(minutes));
    let megabytes = number("megabytes").and_then(|most| usize::try_from(most).ok());
    let megabytes = megabytes.filter(|most| (1..=MOST_OCTETS / MEGABYTE).contains(most));
    match (minutes, megabytes) {
        (Some(minutes), Some(megabytes)) => {
            pages.operations(&who).start_capture(megabytes * MEGABYTE, Duration::from_secs(minutes * 60));
            who.tell(Flash::done(who.language.tr("The clear signalling is being captured.")));
        }
        _ => who.tell(Flash::failed(who.language.tr("Minutes or megabytes are outside their limits."))),
    }
    Ok(Redirect::to("/diagnostics"))
}

/// `POST /diagnostics/stop`
pub(super) async fn stop(State(pages): State<Pages>, who: Administrator) -> Redirect {
    match pages.operations(&who).stop_capture() {
        true => {
            who.tell(Flash::done(who.language.tr("The capture is stopped. What it holds stays until the next one.")))
        }
        false => who.tell(Flash::notice(who.language.tr("No capture was running."))),
    }
    Redirect::to("/diagnostics")
}

/// `POST /diagnostics/discard`
pub(super) async fn discard(State(pages): State<Pages>, who: Administrator) -> Redirect {
    pages.operations(&who).discard_capture();
    who.tell(Flash::done(who.language.tr("The capture is deleted.")));
    Redirect::to("/diagnostics")
}

/// `GET /diagnostics/capture.pcapng`
pub(super) async fn pcapng(State(pages): State<Pages>, who: Administrator) -> Result<impl IntoResponse, PageError> {
    let node = &pages.node.facts().name;
    let file = pages.node.monitor().diagnostics().pcapng(node).ok_or(PageError::NotFound)?;
    pages.operations(&who).note("download", "diagnostic logging", "pcapng");
    Ok((headers("application/x-pcapng", node, "pcapng"), file))
}

/// `GET /diagnostics/capture.txt`
pub(super) async fn text(State(pages): State<Pages>, who: Administrator) -> Result<impl IntoResponse, PageError> {
    let node = &pages.node.facts().name;
    let file = pages.node.monitor().diagnostics().text(node).ok_or(PageError::NotFound)?;
    pages.operations(&who).note("download", "diagnostic logging", "text");
    Ok((headers("text/plain; charset=utf-8", node, "txt"), file))
}

fn headers(kind: &str, node: &str, ending: &str) -> [(axum::http::HeaderName, String); 2] {
    let name = format!("attachment; filename=\"{}-signalling.{ending}\"", file_name(node));
    [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)]
}
