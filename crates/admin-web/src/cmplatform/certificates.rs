//! `GET /cmplatform/certificates`: the node's own certificates, what shows them, and the trust stores.

use administration::{ListedCertificate, OWN_CERTIFICATES, ServedCertificate, TRUST_STORES};
use askama::Template;
use axum::extract::State;
use directory::Directory;

use super::page_of;
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{Services, date};

/// Days before its end from which a certificate is warned of.
const WARNING_DAYS: i64 = 30;

#[derive(Template)]
#[template(path = "cmplatform/certificates.html")]
pub(super) struct CertificatesPage {
    frame: Frame,
    node: String,
    elsewhere: Vec<(String, String)>,
    own: Vec<OwnRow>,
    trust: Vec<(&'static str, Vec<Row>)>,
}

/// A certificate as a row.
pub(super) struct Row {
    pub(super) page: String,
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) until: String,
    pub(super) style: &'static str,
    pub(super) days: String,
}

struct OwnRow {
    row: Row,
    served: Vec<Served>,
    waiting: bool,
}

/// Where a certificate is shown.
pub(super) struct Served {
    pub(super) service: String,
    pub(super) ports: String,
    pub(super) current: bool,
}

pub(super) async fn get(State(services): State<Services>, frame: Frame) -> Result<Page<CertificatesPage>, PageError> {
    let directory: std::sync::Arc<Directory> = services.repository.load().await?;
    let operations = &services.administration;
    let all = operations.node().certificates().map_err(PageError::Request)?;
    let served = operations.node().served_certificates();
    let now = operations.unix_seconds();
    let mut own = Vec::new();
    for certificate in all.iter().filter(|one| OWN_CERTIFICATES.contains(&one.store.as_str())) {
        let waiting = operations.certificate_request(&certificate.store)?.is_some();
        own.push(OwnRow { row: Row::of(&frame, certificate, now), served: served_by(&served, certificate), waiting });
    }
    let rows = |store: &str| {
        let of_store = all.iter().filter(|one| one.store == store);
        of_store.map(|one| Row::of(&frame, one, now)).collect::<Vec<_>>()
    };
    let trust = TRUST_STORES.into_iter().map(|store| (store, rows(store))).collect();
    let elsewhere = services.elsewhere(&directory, super::CERTIFICATES);
    Ok(Page(CertificatesPage { node: services.own_name().to_owned(), elsewhere, own, trust, frame }))
}

impl Row {
    pub(super) fn of(frame: &Frame, certificate: &ListedCertificate, now: u64) -> Self {
        let facts = &certificate.facts;
        let left = facts.days_left(now);
        let (style, days) = match left {
            ..0 => ("bad", frame.tr("expired").to_owned()),
            left if left < WARNING_DAYS => ("warn", frame.fill("{0} days left", &[&left])),
            left => ("good", frame.fill("{0} days left", &[&left])),
        };
        let issuer = if facts.is_self_issued() { frame.tr("self-signed").to_owned() } else { facts.issuer.clone() };
        Self {
            page: page_of(&certificate.store, &certificate.name),
            name: certificate.name.clone(),
            subject: facts.subject.clone(),
            issuer,
            until: date(u64::try_from(facts.not_after).unwrap_or(0)),
            style,
            days,
        }
    }
}

/// What shows the certificates of a name, and whether it is this one.
pub(super) fn served_by(served: &[ServedCertificate], certificate: &ListedCertificate) -> Vec<Served> {
    let here = served.iter().filter(|one| one.certificate == certificate.store);
    let of = |one: &ServedCertificate| Served {
        service: one.service.to_string(),
        ports: one.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        current: one.fingerprint == certificate.facts.fingerprint,
    };
    here.map(of).collect()
}
