//! `GET /ccmadmin/`: what the cluster has, and what waits.

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
    /// Name, count, address.
    counts: [(&'static str, usize, &'static str); 6],
    sip_oauth_mode: bool,
    refresh_login_flow: bool,
    oauth_phones: usize,
}

pub(super) async fn get(State(ccmadmin): State<CcmAdmin>, frame: Frame) -> Result<Page<HomePage>, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let devices = directory.devices();
    let has_oauth = |device: &&&std::sync::Arc<directory::Device>| {
        directory.profile_of(device).is_some_and(|profile| profile.oauth_authentication)
    };
    let counts = [
        ("Phones", devices.len(), "/ccmadmin/phone"),
        ("Directory Numbers", directory.lines().len(), "/ccmadmin/directory-number"),
        ("End Users", directory.users().len(), "/ccmadmin/end-user"),
        ("Phone Security Profiles", directory.profiles().len(), "/ccmadmin/phone-security-profile"),
        ("Nodes", directory.nodes().len(), "/ccmadmin/cisco-unified-cm"),
        ("Expressway-Cs", directory.expressways().len(), "/ccmadmin/expressway-c"),
    ];
    let parameters = directory.parameters();
    Ok(Page(HomePage {
        counts,
        sip_oauth_mode: parameters.sip_oauth_mode(),
        refresh_login_flow: parameters.refresh_login_flow(),
        oauth_phones: devices.iter().filter(has_oauth).count(),
        frame,
    }))
}
