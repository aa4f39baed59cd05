//! Status > TLS handshakes: what was agreed on, or which alert ended it, who sent it, and what helps.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use edge::SentBy;
use edge_net::record::{HandshakeRecord, Leg};

use super::certificate_view::CertificateView;
use super::{Pages, moment};
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;

/// A handshake as the pages show it.
pub(super) struct HandshakeView {
    pub(super) number: u64,
    pub(super) at: String,
    /// What the connection is for: a key of the catalogues.
    pub(super) purpose: &'static str,
    /// The zone, where it is for one.
    pub(super) zone: String,
    pub(super) remote: String,
    pub(super) is_good: bool,
    /// Version, cipher suite and application protocol.
    pub(super) agreed: String,
    /// The alert that ended it.
    pub(super) alert: String,
    pub(super) is_sent_by_us: bool,
    pub(super) code: &'static str,
    pub(super) detail: String,
    pub(super) peer_chain: Vec<CertificateView>,
    /// Whether we opened the connection.
    pub(super) is_dialled: bool,
}

impl HandshakeView {
    pub(super) fn of(record: &HandshakeRecord) -> Self {
        const fn key(text: &'static str) -> &'static str {
            text
        }
        let (purpose, zone) = match &record.leg {
            Leg::Phone => (key("phone"), String::new()),
            Leg::TraversalAccepted | Leg::Traversal => (key("traversal, SIP"), String::new()),
            Leg::HttpTunnel => (key("traversal, HTTP"), String::new()),
            Leg::Zone(name) => (key("zone"), name.clone()),
        };
        let (mut agreed, mut alert, mut code, mut detail) = (String::new(), String::new(), "", String::new());
        let mut is_sent_by_us = false;
        match &record.outcome {
            Ok(good) => {
                let version = good.version.replace("TLSv1_", "TLS 1.");
                agreed = [version, good.cipher_suite.clone(), good.protocol.clone().unwrap_or_default()].join(" ");
            }
            Err(broken) => {
                code = broken.code;
                detail.clone_from(&broken.detail);
                if let Some((name, sent_by)) = &broken.alert {
                    alert.clone_from(name);
                    is_sent_by_us = *sent_by == SentBy::Us;
                }
            }
        }
        Self {
            number: record.number,
            at: moment::shown(record.at),
            purpose,
            zone,
            remote: record.remote.clone(),
            is_good: record.outcome.is_ok(),
            agreed: agreed.trim_end().to_owned(),
            alert,
            is_sent_by_us,
            code,
            detail,
            peer_chain: record.peer_chain.iter().map(CertificateView::of).collect(),
            is_dialled: !matches!(record.leg, Leg::Phone | Leg::TraversalAccepted),
        }
    }

    /// Scenario 2: we do not know the authority of the other end's certificate.
    pub(super) fn is_unknown_to_us(&self) -> bool {
        self.alert == "unknown_ca" && self.is_sent_by_us
    }

    /// Scenario 3: the other end does not know the authority of ours.
    pub(super) fn is_unknown_to_peer(&self) -> bool {
        self.alert == "unknown_ca" && !self.is_sent_by_us
    }
}

#[derive(Template)]
#[template(path = "expressway/handshakes.html")]
struct Handshakes {
    frame: Frame,
    rows: Vec<HandshakeView>,
}

#[derive(Template)]
#[template(path = "expressway/handshake.html")]
struct Handshake {
    frame: Frame,
    handshake: HandshakeView,
    own: Option<CertificateView>,
}

/// `GET /handshakes`
pub(super) async fn list(State(pages): State<Pages>, frame: Frame) -> impl IntoResponse {
    let rows = pages.node.monitor().handshakes().iter().map(HandshakeView::of).collect();
    Page(Handshakes { frame, rows })
}

/// `GET /handshakes/{number}`
pub(super) async fn show(
    State(pages): State<Pages>,
    Path(number): Path<u64>,
    frame: Frame,
) -> Result<impl IntoResponse, PageError> {
    let record = pages.node.monitor().handshakes().into_iter().find(|record| record.number == number);
    let handshake = HandshakeView::of(&record.ok_or(PageError::NotFound)?);
    let own = pages.node.certificates().identity().ok().map(|identity| CertificateView::of(identity.facts()));
    Ok(Page(Handshake { frame, handshake, own }))
}
