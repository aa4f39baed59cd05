//! Upload of a signed chain for an own certificate, or of a certificate to trust.

use administration::{OWN_CERTIFICATES, TRUST_STORES};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{CERTIFICATES, change::restart_notice, page_of};
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{Services, back_to, told};
use crate::submission::Submission;

#[derive(Template)]
#[template(path = "cmplatform/upload.html")]
struct UploadPage {
    frame: Frame,
    store: &'static str,
    is_own: bool,
    waiting: bool,
    pem: String,
    error: Option<String>,
}

fn find(store: &str) -> Result<&'static str, PageError> {
    let all = OWN_CERTIFICATES.into_iter().chain(TRUST_STORES);
    let mut all = all.filter(|own| own.eq_ignore_ascii_case(store));
    all.next().ok_or(PageError::NotFound)
}

fn page(
    services: &Services,
    frame: Frame,
    store: &'static str,
    (pem, error): (String, Option<String>),
) -> Result<UploadPage, PageError> {
    let is_own = OWN_CERTIFICATES.contains(&store);
    let waiting = is_own && services.administration.certificate_request(store)?.is_some();
    Ok(UploadPage { frame, store, is_own, waiting, pem, error })
}

/// `GET /cmplatform/upload/{store}`
pub(super) async fn get(
    State(services): State<Services>,
    frame: Frame,
    Path(store): Path<String>,
) -> Result<Response, PageError> {
    Ok(Page(page(&services, frame, find(&store)?, (String::new(), None))?).into_response())
}

/// `POST /cmplatform/upload/{store}`
pub(super) async fn post(
    State(services): State<Services>,
    administrator: Administrator,
    frame: Frame,
    Path(store): Path<String>,
    form: Submission,
) -> Result<Response, PageError> {
    let store = find(&store)?;
    let (language, author, operations) = (administrator.language, administrator.author(), &services.administration);
    let file = form.file("file").map(|file| String::from_utf8_lossy(&file.content).into_owned());
    let pem = match file.filter(|text| !text.trim().is_empty()) {
        Some(text) => text,
        None => form.text("pem").to_owned(),
    };
    let outcome = match OWN_CERTIFICATES.contains(&store) {
        true => operations.install_certificate(&author, store, &pem).await.map(|_| {
            let text = language.fill("{0} has the uploaded certificate.", &[&store]);
            (restart_notice(language, &text), page_of(store, store))
        }),
        false => operations
            .trust(&author, store, &pem)
            .await
            .map(|entry| (Flash::done(language.fill("{0} is in {1}.", &[&entry, &store])), CERTIFICATES.to_owned())),
    };
    match outcome {
        Ok((flash, path)) => {
            administrator.tell(flash);
            Ok(back_to(&path))
        }
        Err(error) => {
            let refused = page(&services, frame, store, (pem, Some(told(language, &error))))?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(refused)).into_response())
        }
    }
}
