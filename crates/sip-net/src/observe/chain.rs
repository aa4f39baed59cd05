//! Certificates of a handshake, and at which of them it failed.

use std::sync::Arc;

use callmanager::admission::CertificateRefusal;
use observation::{Certificate, ChainSide, FailingLink, LinkFault, clip};
use runtime::certificate::CertificateFacts;
use rustls::pki_types::CertificateDer;

/// The certificates of a chain that are shown.
const SHOWN: usize = 8;
/// The names of a certificate that are shown.
const NAMES: usize = 32;

/// A chain in the recorder's words, end entity first.
#[must_use]
pub fn certificates(chain: &[CertificateDer<'_>]) -> Arc<[Certificate]> {
    chain.iter().take(SHOWN).map(certificate).collect()
}

fn certificate(der: &CertificateDer<'_>) -> Certificate {
    let Ok(facts) = CertificateFacts::of(der) else {
        return Certificate {
            subject: "".into(),
            issuer: "".into(),
            names: Box::default(),
            not_before: 0,
            not_after: 0,
            serial: "".into(),
            fingerprint: "".into(),
            is_ca: false,
            client_authentication: None,
            server_authentication: None,
        };
    };
    Certificate {
        subject: clip(&facts.subject),
        issuer: clip(&facts.issuer),
        names: facts.names().into_iter().take(NAMES).map(clip).collect(),
        not_before: facts.not_before,
        not_after: facts.not_after,
        serial: clip(&facts.serial),
        fingerprint: clip(&facts.fingerprint),
        is_ca: facts.is_ca,
        client_authentication: facts.client_authentication,
        server_authentication: facts.server_authentication,
    }
}

/// The link of the peer's chain that a refusal is about.
#[must_use]
pub fn fault_of(refusal: CertificateRefusal, chain: &[Certificate], now: i64) -> FailingLink {
    let (index, fault) = match refusal {
        CertificateRefusal::Unreadable => (0, LinkFault::Unreadable),
        CertificateRefusal::UnknownAuthority => (top(chain), LinkFault::UnknownIssuer),
        CertificateRefusal::Expired => (first(chain, |one| one.not_after < now), LinkFault::Expired),
        CertificateRefusal::NotYetValid => (first(chain, |one| one.not_before > now), LinkFault::NotYetValid),
        CertificateRefusal::NotForClients => (0, LinkFault::WrongPurpose),
        CertificateRefusal::NameNotListed => (0, LinkFault::NameNotListed),
    };
    FailingLink { side: ChainSide::Peer, index, fault }
}

/// The last certificate that issuers lead to from the end entity: its own issuer is what is missing.
pub(super) fn top(chain: &[Certificate]) -> usize {
    let mut index = 0;
    // No longer than the chain: issuers may name each other in a circle.
    for _ in 1..chain.len() {
        let Some(current) = chain.get(index) else { break };
        let issuer = chain.iter().position(|one| one.subject == current.issuer && !one.subject.is_empty());
        match issuer {
            Some(next) if next != index => index = next,
            _ => break,
        }
    }
    index
}

/// The first certificate of which this is so, else the end entity.
pub(super) fn first(chain: &[Certificate], is_so: impl Fn(&Certificate) -> bool) -> usize {
    chain.iter().position(is_so).unwrap_or(0)
}
