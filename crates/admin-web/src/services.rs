//! What the pages of services, certificates and SIP OAuth mode share: the operations behind them, and how their outcomes are told.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use administration::{Administration, AdministrationError, Remark};
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use directory::{Directory, DirectoryRepository};

use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::language::Language;
use crate::page::Page;

/// How long a page waits for an act that goes on without it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the pages work on.
#[derive(Clone)]
pub struct Services {
    /// The operations of an administrator.
    pub administration: Administration,
    /// What they read of the cluster.
    pub repository: Arc<dyn DirectoryRepository>,
    /// The port of the pages, on every node.
    pub port: u16,
}

impl Services {
    pub(crate) fn own_name(&self) -> &str {
        self.administration.node().node().as_str()
    }

    /// The other nodes, with the address of a page of theirs.
    pub(crate) fn elsewhere(&self, directory: &Directory, path: &str) -> Vec<(String, String)> {
        let others = directory.nodes().into_iter().filter(|node| node.name.as_str() != self.own_name());
        others.map(|node| (node.name.to_string(), format!("https://{}:{}{path}", node.address, self.port))).collect()
    }
}

/// Does something that goes on even when the browser has left, and tells how it ended, or that it has not yet.
pub(crate) async fn carry_out(
    administrator: &Administrator,
    work: impl Future<Output = Result<(), AdministrationError>> + Send + 'static,
    done: Flash,
) {
    let language = administrator.language;
    match tokio::time::timeout(PATIENCE, tokio::spawn(work)).await {
        Ok(Ok(Ok(()))) => administrator.tell(done),
        Ok(Ok(Err(error))) => administrator.tell(Flash::failed(told(language, &error))),
        Ok(Err(_)) => {
            administrator.tell(Flash::failed(language.tr("The act was broken off. The node's log says why.")))
        }
        Err(_) => administrator.tell(Flash::notice(language.tr("It takes longer. It goes on without this page."))),
    }
}

/// Why an operation was not done, in the reader's language.
pub(crate) fn told(language: Language, error: &AdministrationError) -> String {
    match error {
        AdministrationError::UnknownNode(name) => language.fill("The cluster has no node {0}.", &[name]),
        AdministrationError::OnPublisherOnly(Some(name)) => {
            language.fill("This is done on the publisher only: {0}.", &[name])
        }
        AdministrationError::OnPublisherOnly(None) => language.tr("This is done on the publisher only.").to_owned(),
        AdministrationError::Licence => language
            .tr("The licence does not allow export-controlled functionality. Register the cluster with an account that allows it.")
            .to_owned(),
        AdministrationError::CannotStop(service) => {
            language.fill("{0} serves these pages and cannot stop itself. Stop the node instead.", &[service])
        }
        AdministrationError::AlreadyStarted(service) => language.fill("{0} is started already.", &[service]),
        AdministrationError::AlreadyStopped(service) => language.fill("{0} is stopped already.", &[service]),
        AdministrationError::NoAnswer(node) => language.fill("{0} does not answer.", &[node]),
        AdministrationError::UnderWay(restart) => {
            language.fill("A restart of the cluster is under way, begun by {0} on {1}.", &[&restart.author, &restart.leader])
        }
        AdministrationError::UnknownCertificate { store, name } => {
            language.fill("There is no such certificate: {0} {1}", &[store, name])
        }
        AdministrationError::Repository(_) | AdministrationError::Failed(_) => error.to_string(),
    }
}

impl From<AdministrationError> for PageError {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::Repository(error) => error.into(),
            AdministrationError::UnknownNode(_) | AdministrationError::UnknownCertificate { .. } => Self::NotFound,
            error => Self::Request(error.to_string()),
        }
    }
}

/// A sentence of the operations in the reader's language.
pub(crate) fn remark(language: Language, remark: &Remark) -> String {
    let values: Vec<&dyn std::fmt::Display> =
        remark.values.iter().map(|value| value as &dyn std::fmt::Display).collect();
    language.fill(remark.text, &values)
}

/// A time as HTTP writes it (RFC 9110 §5.6.7).
pub(crate) fn date(unix_time: u64) -> String {
    // The greatest year that the format has.
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(unix_time.min(253_402_300_799)))
}

/// A question before an act that one may regret.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) frame: Frame,
    pub(crate) title: String,
    pub(crate) sentences: Vec<String>,
    pub(crate) action: String,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) button: String,
    pub(crate) back: String,
}

impl IntoResponse for ConfirmPage {
    fn into_response(self) -> Response {
        Page(self).into_response()
    }
}

/// Back to a page, after a form.
pub(crate) fn back_to(path: &str) -> Response {
    Redirect::to(path).into_response()
}
