//! Regenerate, request, delete: each after a question that says what depends on it.

use administration::OWN_CERTIFICATES;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use directory::Directory;

use super::{CERTIFICATES, encode, page_of};
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::language::Language;
use crate::services::{ConfirmPage, Services, back_to, told};

fn own(store: &str) -> Result<&'static str, PageError> {
    OWN_CERTIFICATES.into_iter().find(|own| own.eq_ignore_ascii_case(store)).ok_or(PageError::NotFound)
}

/// What to do when a new certificate is in its place, with the way there.
pub(super) fn restart_notice(language: Language, text: &str) -> Flash {
    let notice = language.tr("The services show the old one until they are restarted.");
    Flash::notice(format!("{text} {notice}"))
        .with_link(language.tr("Control Center - Feature Services"), crate::ccmservice::CONTROL_CENTER)
}

/// `GET /cmplatform/regenerate/{store}`
pub(super) async fn confirm_regenerate(frame: Frame, Path(store): Path<String>) -> Result<Response, PageError> {
    let store = own(&store)?;
    let page = ConfirmPage {
        title: frame.fill("Regenerate {0}", &[&store]),
        sentences: vec![
            frame.tr("This makes a new key and a self-signed certificate.").to_owned(),
            frame.tr("Clients and Expressways that trust the present one have to trust the new one.").to_owned(),
            frame.tr("A signed certificate is replaced: to renew it, generate a CSR instead.").to_owned(),
        ],
        action: format!("/cmplatform/regenerate/{store}"),
        fields: Vec::new(),
        button: frame.tr("Regenerate").to_owned(),
        back: page_of(store, store),
        frame,
    };
    Ok(page.into_response())
}

/// `POST /cmplatform/regenerate/{store}`
pub(super) async fn regenerate(
    State(services): State<Services>,
    administrator: Administrator,
    Path(store): Path<String>,
) -> Result<Response, PageError> {
    let (store, language) = (own(&store)?, administrator.language);
    match services.administration.regenerate_certificate(&administrator.author(), store).await {
        Ok(_) => administrator.tell(restart_notice(language, &language.fill("{0} has a new certificate.", &[&store]))),
        Err(error) => administrator.tell(Flash::failed(told(language, &error))),
    }
    Ok(back_to(&page_of(store, store)))
}

/// `GET /cmplatform/generate-csr/{store}`
pub(super) async fn confirm_request(
    State(services): State<Services>,
    frame: Frame,
    Path(store): Path<String>,
) -> Result<Response, PageError> {
    let store = own(&store)?;
    let mut sentences = vec![
        frame
            .tr("This makes a new key, which stays on the node, and a request for an authority to sign it.")
            .to_owned(),
        frame.tr("The certificate in use stays until the signed chain is uploaded.").to_owned(),
    ];
    if services.administration.certificate_request(store)?.is_some() {
        sentences.push(frame.tr("The request that waits now is forgotten, with its key.").to_owned());
    }
    let page = ConfirmPage {
        title: frame.fill("Generate CSR for {0}", &[&store]),
        sentences,
        action: format!("/cmplatform/generate-csr/{store}"),
        fields: Vec::new(),
        button: frame.tr("Generate CSR").to_owned(),
        back: CERTIFICATES.to_owned(),
        frame,
    };
    Ok(page.into_response())
}

/// `POST /cmplatform/generate-csr/{store}`
pub(super) async fn request(
    State(services): State<Services>,
    administrator: Administrator,
    Path(store): Path<String>,
) -> Result<Response, PageError> {
    let (store, language) = (own(&store)?, administrator.language);
    match services.administration.request_certificate(&administrator.author(), store).await {
        Ok(_) => {
            let text = language.fill("The CSR for {0} is made. Have it signed, then upload the chain.", &[&store]);
            let link = (language.tr("Download CSR"), format!("/cmplatform/requests/{store}"));
            administrator.tell(Flash::done(text).with_link(link.0, link.1));
        }
        Err(error) => administrator.tell(Flash::failed(told(language, &error))),
    }
    Ok(back_to(CERTIFICATES))
}

/// `GET /cmplatform/certificates/{store}/{name}/delete`
pub(super) async fn confirm_delete(
    State(services): State<Services>,
    frame: Frame,
    Path((store, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let certificate = services.administration.certificate(&store, &name)?;
    if !certificate.is_trust() {
        return Err(PageError::NotFound);
    }
    let directory = services.repository.load().await?;
    let page = ConfirmPage {
        title: frame.fill("Delete {0} from {1}", &[&certificate.name, &certificate.store]),
        sentences: dependants(&services, &frame, &directory, &certificate.store),
        action: format!("{CERTIFICATES}/{}/{}/delete", encode(&certificate.store), encode(&certificate.name)),
        fields: Vec::new(),
        button: frame.tr("Delete").to_owned(),
        back: page_of(&certificate.store, &certificate.name),
        frame,
    };
    Ok(page.into_response())
}

/// What relies on a trust store.
fn dependants(services: &Services, frame: &Frame, directory: &Directory, store: &str) -> Vec<String> {
    if store != "tomcat-trust" {
        let text =
            "Phones whose certificates it signed cannot register on the SIP Phone Secure Port after the next restart.";
        return vec![frame.tr(text).to_owned()];
    }
    let edges = services.administration.node().edge_connections();
    let hosts: Vec<_> = directory.expressways().iter().map(|row| row.host.to_string()).collect();
    let mut sentences = Vec::new();
    if !hosts.is_empty() {
        let text = "Warning: these Expressway-C rely on this store: {0}. One whose certificate it signed is shut out.";
        sentences.push(frame.fill(text, &[&hosts.join(", ")]));
    }
    if !edges.is_empty() {
        let text = "Connections from Expressway-C now: {0}. Those that nothing else vouches for close within the second, and their phones are unregistered.";
        sentences.push(frame.fill(text, &[&edges.len()]));
    }
    if sentences.is_empty() {
        sentences.push(frame.tr("No Expressway-C relies on this store now.").to_owned());
    }
    sentences
}

/// `POST /cmplatform/certificates/{store}/{name}/delete`
pub(super) async fn delete(
    State(services): State<Services>,
    administrator: Administrator,
    Path((store, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let language = administrator.language;
    services.administration.distrust(&administrator.author(), &store, &name).await?;
    administrator.tell(Flash::done(language.fill("{0} is deleted from {1}.", &[&name, &store])));
    Ok(back_to(CERTIFICATES))
}
