//! `GET /ccmadmin/`: what the cluster has.

use askama::Template;
use axum::extract::State;

use super::CcmAdmin;
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;

#[derive(Template)]
#[template(path = "ccmadmin/home.html")]
pub(super) struct HomePage {
    frame: Frame,
    counts: [(&'static str, usize); 4],
}

pub(super) async fn get(State(ccmadmin): State<CcmAdmin>, frame: Frame) -> Result<Page<HomePage>, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let counts = [
        ("Phones", directory.devices().len()),
        ("Directory numbers", directory.lines().len()),
        ("End users", directory.users().len()),
        ("Nodes", directory.nodes().len()),
    ];
    Ok(Page(HomePage { frame, counts }))
}
