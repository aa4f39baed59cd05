//! Maintenance > Security: the server certificate and the trusted CA list.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect};

use super::Pages;
use super::certificate_view::CertificateView;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

#[derive(Template)]
#[template(path = "expressway/server_certificate.html")]
struct ServerCertificate {
    frame: Frame,
    chain: Vec<CertificateView>,
    pem: String,
    is_core: bool,
}

#[derive(Template)]
#[template(path = "expressway/trusted_ca.html")]
struct TrustedCa {
    frame: Frame,
    entries: Vec<(String, CertificateView)>,
    error: Option<String>,
}

/// `GET /server-certificate`
pub(super) async fn server(State(pages): State<Pages>, frame: Frame) -> Result<impl IntoResponse, PageError> {
    let certificates = pages.node.certificates();
    let identity = certificates.identity().map_err(failed)?;
    let chain = edge_net::administration::facts_of_chain(&identity).iter().map(CertificateView::of).collect();
    let pem = certificates.pem().map_err(failed)?;
    Ok(Page(ServerCertificate { frame, chain, pem, is_core: pages.node.core().is_some() }))
}

/// `GET /server-certificate/certificate.pem`
pub(super) async fn server_pem(State(pages): State<Pages>) -> Result<impl IntoResponse, PageError> {
    let pem = pages.node.certificates().pem().map_err(failed)?;
    let name = format!("attachment; filename=\"{}.pem\"", file_name(&pages.node.facts().name));
    Ok(([(CONTENT_TYPE, "application/x-pem-file".to_owned()), (CONTENT_DISPOSITION, name)], pem))
}

/// `POST /server-certificate/regenerate`
pub(super) async fn regenerate(
    State(pages): State<Pages>,
    who: Administrator,
    form: Submission,
) -> Result<Redirect, PageError> {
    if !form.has("sure") {
        who.tell(Flash::failed(
            who.language.tr("Nothing was changed: confirm that the peers will have to trust the new certificate."),
        ));
        return Ok(Redirect::to("/server-certificate"));
    }
    pages.operations(&who).regenerate_certificate().map_err(failed)?;
    let text = who.language.tr(
        "New connections show the new certificate. Let the other half of the edge trust it, and the Unified CM nodes.",
    );
    who.tell(match pages.node.core() {
        Some(_) => {
            Flash::notice(text).with_link(who.language.tr("Refresh the Unified CM servers"), "/unified-cm-servers")
        }
        None => Flash::notice(text),
    });
    Ok(Redirect::to("/server-certificate"))
}

/// `GET /trusted-ca`
pub(super) async fn trusted(State(pages): State<Pages>, frame: Frame) -> Result<impl IntoResponse, PageError> {
    list(&pages, frame, None)
}

fn list(pages: &Pages, frame: Frame, error: Option<String>) -> Result<Page<TrustedCa>, PageError> {
    let trusted = pages.node.certificates().trusted().map_err(failed)?;
    let entries = trusted.into_iter().map(|(name, facts)| (name, CertificateView::of(&facts))).collect();
    Ok(Page(TrustedCa { frame, entries, error }))
}

/// `POST /trusted-ca/add`: a file or a text.
pub(super) async fn add_trusted(
    State(pages): State<Pages>,
    who: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<impl IntoResponse, PageError> {
    let file = form.file("file").map(|file| String::from_utf8_lossy(&file.content).into_owned());
    let pem = file.filter(|text| !text.trim().is_empty()).unwrap_or_else(|| form.text("pem").to_owned());
    match pages.operations(&who).trust(&pem) {
        Ok(name) => {
            who.tell(Flash::done(
                who.language.fill("{0} is in the list, and connections that failed are tried again.", &[&name]),
            ));
            Ok(Redirect::to("/trusted-ca").into_response())
        }
        Err(reason) => {
            tracing::info!(reason, "an upload to the trusted CA list is refused");
            let error = who.language.tr("This is no certificate in PEM: the text between BEGIN CERTIFICATE and END CERTIFICATE, both lines with it.");
            let page = list(&pages, frame, Some(error.to_owned()))?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `POST /trusted-ca/remove`
pub(super) async fn remove_trusted(
    State(pages): State<Pages>,
    who: Administrator,
    form: Submission,
) -> Result<Redirect, PageError> {
    let name = form.text("name");
    if !pages.operations(&who).distrust(name).map_err(failed)? {
        return Err(PageError::NotFound);
    }
    who.tell(Flash::done(
        who.language
            .fill("{0} is out of the list. Connections that are open stay; new ones do not trust it.", &[&name]),
    ));
    Ok(Redirect::to("/trusted-ca"))
}

fn failed(reason: String) -> PageError {
    tracing::error!(reason, "the certificates cannot be read or written");
    PageError::Internal
}

/// A name that any file system takes.
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' }).collect()
}
