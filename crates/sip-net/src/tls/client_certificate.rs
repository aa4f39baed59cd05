//! The check of a client's certificate during the handshake: path by rustls-webpki, the rest by
//! [`callmanager::admission`], and each refusal out as the TLS alert that names it.

use std::fmt;
use std::sync::Arc;

use callmanager::admission::{self, CertificateRefusal, ClientCertificate, PeerNames};
use certificate::CertificateFacts;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::{Authorities, PeerCheck};

/// The names that are let in, asked anew at each handshake so that a changed row counts at once.
pub trait ListedNames: Send + Sync {
    /// The rows of names, or `None` where any name is let in.
    fn listed(&self) -> Option<Vec<String>>;
}

/// Whom a port with client certificates trusts.
pub struct ClientTrust {
    authorities: Authorities,
    subjects: Vec<DistinguishedName>,
    names: Box<dyn ListedNames>,
}

impl ClientTrust {
    /// Trusts the authorities (and the very certificates) of a trust store; of the holders, those with listed names.
    #[must_use]
    pub fn new(certificates: Vec<CertificateDer<'static>>, names: Box<dyn ListedNames>) -> Self {
        let authorities = Authorities::new(certificates);
        let subjects = authorities.subjects();
        Self { authorities, subjects, names }
    }

    pub(super) fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<Vec<admission::Relaxation>, CertificateRefusal> {
        let facts = CertificateFacts::of(end_entity).map_err(|_| CertificateRefusal::Unreadable)?;
        let certificate = client_certificate(&facts);
        let chain = self.authorities.chain(end_entity, intermediates, &certificate, now, algorithms);
        let listed = self.names.listed();
        let mut rows = listed.iter().flatten().map(String::as_str);
        let rows: Option<&mut dyn Iterator<Item = &str>> = if listed.is_some() { Some(&mut rows) } else { None };
        admission::admit(&certificate, chain, token::UnixTime(now.as_secs()), rows)
    }
}

impl fmt::Debug for ClientTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTrust").field("authorities", &self.authorities).finish_non_exhaustive()
    }
}

/// The facts of a certificate that admission asks for.
#[must_use]
pub fn client_certificate(facts: &CertificateFacts) -> ClientCertificate {
    ClientCertificate {
        names: peer_names(facts),
        not_before: unix(facts.not_before),
        not_after: unix(facts.not_after),
        client_authentication: facts.client_authentication,
    }
}

/// The names of a certificate.
#[must_use]
pub fn peer_names(facts: &CertificateFacts) -> PeerNames {
    PeerNames { common_names: facts.common_names.clone(), alternative_names: facts.alternative_names.clone() }
}

/// A date before 1970 counts as 1970.
fn unix(seconds: i64) -> token::UnixTime {
    token::UnixTime(u64::try_from(seconds).unwrap_or(0))
}

/// The verifier of one connection.
#[derive(Debug)]
pub(super) struct ClientCertificateVerifier {
    provider: Arc<CryptoProvider>,
    trust: Arc<ClientTrust>,
    check: Arc<PeerCheck>,
}

impl ClientCertificateVerifier {
    pub(super) fn new(provider: Arc<CryptoProvider>, trust: Arc<ClientTrust>, check: Arc<PeerCheck>) -> Self {
        Self { provider, trust, check }
    }

    fn algorithms(&self) -> &WebPkiSupportedAlgorithms {
        &self.provider.signature_verification_algorithms
    }
}

impl ClientCertVerifier for ClientCertificateVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.trust.subjects
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let outcome = self.trust.check(end_entity, intermediates, now, self.algorithms());
        if outcome.is_err() {
            self.check.keep(end_entity, intermediates);
        }
        self.check.set(outcome.clone());
        outcome.map(|_| ClientCertVerified::assertion()).map_err(|refusal| Error::InvalidCertificate(error_of(refusal)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, self.algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, self.algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms().supported_schemes()
    }
}

/// The rustls error whose alert is the one that [`CertificateRefusal`] names.
fn error_of(refusal: CertificateRefusal) -> CertificateError {
    match refusal {
        CertificateRefusal::Unreadable => CertificateError::BadEncoding,
        CertificateRefusal::UnknownAuthority => CertificateError::UnknownIssuer,
        CertificateRefusal::Expired => CertificateError::Expired,
        CertificateRefusal::NotYetValid => CertificateError::NotValidYet,
        CertificateRefusal::NotForClients => CertificateError::InvalidPurpose,
        CertificateRefusal::NameNotListed => CertificateError::ApplicationVerificationFailure,
    }
}
