//! The check of the certificate of a server that we dial: its chain against the trusted CA list, then its dates, its
//! purpose and its name, in this order, so that the first thing that is wrong is the one that is told.
//!
//! Our choices: a certificate that lies itself in the list is trusted; the common name counts only when there is no
//! subject alternative name; names are compared whole, in any case.

use std::sync::{Arc, OnceLock};

use callmanager::admission::ChainVerdict;
use certificate::CertificateFacts;
use edge::{ConnectFailure, SentBy};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use sip_net::tls::{Authorities, client_certificate};

/// The verifier of one connection, and what it found.
#[derive(Debug)]
pub(super) struct ServerCertificateVerifier {
    provider: Arc<CryptoProvider>,
    /// None: whoever answers is believed.
    trust: Option<Trust>,
    found: Finding,
    seen: SeenChain,
}

/// The chain that a server showed, its own certificate first, whatever came of it.
pub(super) type SeenChain = Arc<OnceLock<Vec<CertificateFacts>>>;

/// Certificates of a chain that are looked at for a page.
const SHOWN: usize = 8;

#[derive(Debug)]
struct Trust {
    authorities: Arc<Authorities>,
    /// One of these names must be in the certificate; none: the name that is connected to.
    expected: Option<Vec<String>>,
}

/// What was found wrong with a server's certificate during the handshake, if that is what ended it.
pub type Finding = Arc<OnceLock<ConnectFailure>>;

impl ServerCertificateVerifier {
    pub(super) fn new(
        provider: Arc<CryptoProvider>,
        authorities: Arc<Authorities>,
        expected: Option<Vec<String>>,
    ) -> Self {
        let trust = Some(Trust { authorities, expected });
        Self { provider, trust, found: Finding::default(), seen: SeenChain::default() }
    }

    /// Verifies that the server has the key of its certificate, and nothing else.
    pub(super) fn of_anyone(provider: Arc<CryptoProvider>) -> Self {
        Self { provider, trust: None, found: Finding::default(), seen: SeenChain::default() }
    }

    pub(super) fn finding(&self) -> Finding {
        Arc::clone(&self.found)
    }

    pub(super) fn seen(&self) -> SeenChain {
        Arc::clone(&self.seen)
    }

    fn check(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), (ConnectFailure, CertificateError)> {
        let Some(Trust { authorities, expected }) = &self.trust else { return Ok(()) };
        let unreadable =
            || (ConnectFailure::Alert(SentBy::Us, "bad_certificate".to_owned()), CertificateError::BadEncoding);
        let facts = CertificateFacts::of(end_entity).map_err(|_| unreadable())?;
        let dates = client_certificate(&facts);
        let algorithms = &self.provider.signature_verification_algorithms;
        match authorities.chain(end_entity, intermediates, &dates, now, algorithms) {
            ChainVerdict::Trusted | ChainVerdict::Pinned => {}
            ChainVerdict::UnknownAuthority => {
                return Err((ConnectFailure::UnknownCa(SentBy::Us), CertificateError::UnknownIssuer));
            }
            ChainVerdict::AuthorityExpired => {
                return Err((ConnectFailure::CertificateExpired, CertificateError::Expired));
            }
            ChainVerdict::Unreadable => return Err(unreadable()),
        }
        if now.as_secs() < dates.not_before.0 {
            return Err((ConnectFailure::CertificateExpired, CertificateError::NotValidYet));
        }
        if now.as_secs() > dates.not_after.0 {
            return Err((ConnectFailure::CertificateExpired, CertificateError::Expired));
        }
        if facts.server_authentication == Some(false) {
            let failure = ConnectFailure::Alert(SentBy::Us, "unsupported_certificate".to_owned());
            return Err((failure, CertificateError::InvalidPurpose));
        }
        let names = if facts.alternative_names.is_empty() { &facts.common_names } else { &facts.alternative_names };
        let dialled = [server_name.to_str().into_owned()];
        let expected = expected.as_deref().unwrap_or(&dialled);
        let is_named = |name: &String| expected.iter().any(|expected| expected.eq_ignore_ascii_case(name));
        if !names.iter().any(is_named) {
            return Err((ConnectFailure::CertificateNames(names.clone()), CertificateError::NotValidForName));
        }
        Ok(())
    }
}

impl ServerCertVerifier for ServerCertificateVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).take(SHOWN);
        // A handshake has one chain: were there a second, the first is the one that counted.
        let _ = self.seen.set(chain.filter_map(|certificate| CertificateFacts::of(certificate).ok()).collect());
        self.check(end_entity, intermediates, server_name, now).map(|()| ServerCertVerified::assertion()).map_err(
            |(failure, error)| {
                // A handshake verifies one certificate; were there a second, the first verdict is the one that counted.
                let _ = self.found.set(failure);
                Error::InvalidCertificate(error)
            },
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
