//! One certificate with all its fields, and as a file.

use administration::{ListedCertificate, OWN_CERTIFICATES};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::certificates::{Row, Served, served_by};
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{Services, date};

#[derive(Template)]
#[template(path = "cmplatform/certificate.html")]
struct CertificatePage {
    frame: Frame,
    node: String,
    store: String,
    is_own: bool,
    row: Row,
    served: Vec<Served>,
    facts: Vec<(&'static str, String)>,
}

/// `GET /cmplatform/certificates/{store}/{name}`
pub(super) async fn get(
    State(services): State<Services>,
    frame: Frame,
    Path((store, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let operations = &services.administration;
    let certificate = operations.certificate(&store, &name)?;
    let served = served_by(&operations.node().served_certificates(), &certificate);
    let page = CertificatePage {
        node: services.own_name().to_owned(),
        is_own: OWN_CERTIFICATES.contains(&certificate.store.as_str()),
        row: Row::of(&frame, &certificate, operations.unix_seconds()),
        served,
        facts: fields(&frame, &certificate),
        store: certificate.store,
        frame,
    };
    Ok(Page(page).into_response())
}

/// The fields by their labels: keys of the catalogues.
fn fields(frame: &Frame, certificate: &ListedCertificate) -> Vec<(&'static str, String)> {
    let facts = &certificate.facts;
    let seconds = |time: i64| date(u64::try_from(time).unwrap_or(0));
    let list = |words: &[String]| match words {
        [] => frame.tr("not restricted").to_owned(),
        words => words.join(", "),
    };
    let label = |key: &'static str| key;
    let mut authority = frame.tr(if facts.is_ca { "yes" } else { "no" }).to_owned();
    if let Some(length) = facts.path_length {
        authority = format!("{authority}, {}", frame.fill("path length {0}", &[&length]));
    }
    vec![
        (label("Subject"), facts.subject.clone()),
        (label("Issuer"), facts.issuer.clone()),
        (label("Subject alternative names"), facts.alternative_names.join(", ")),
        (label("Serial number"), facts.serial.clone()),
        (label("Valid from"), seconds(facts.not_before)),
        (label("Valid until"), seconds(facts.not_after)),
        (label("Public key"), facts.public_key.clone()),
        (label("Signature algorithm"), facts.signature_algorithm.clone()),
        (label("Key usage"), list(&facts.key_usage)),
        (label("Extended key usage"), list(&facts.extended_key_usage)),
        (label("Certificate authority"), authority),
        (label("Subject key identifier"), facts.subject_key_identifier.clone()),
        (label("Authority key identifier"), facts.authority_key_identifier.clone()),
        (label("SHA-256"), facts.fingerprint.clone()),
    ]
}

/// `GET /cmplatform/certificates/{store}/{name}/pem`
pub(super) async fn pem(
    State(services): State<Services>,
    Path((store, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let certificate = services.administration.certificate(&store, &name)?;
    let pem = services.administration.node().certificate_pem(&certificate.store, &certificate.name);
    let pem = pem.map_err(PageError::Request)?.ok_or(PageError::NotFound)?;
    Ok(file(&certificate.name, pem))
}

/// `GET /cmplatform/requests/{store}`
pub(super) async fn request(
    State(services): State<Services>,
    Path(store): Path<String>,
) -> Result<Response, PageError> {
    let request = services.administration.certificate_request(&store)?.ok_or(PageError::NotFound)?;
    Ok(file(&format!("{store}-csr"), request))
}

fn file(name: &str, pem: String) -> Response {
    let safe: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{safe}.pem\""));
    let mut response = ([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response();
    response.headers_mut().extend(disposition.ok().map(|value| (header::CONTENT_DISPOSITION, value)));
    response
}
