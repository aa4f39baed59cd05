//! A list of trusted certificates, and whether a chain leads to it.
//!
//! webpki looks at dates and purpose before it looks for an issuer. The order of SPEC §3 is the other way round, so the path
//! is built first at an instant when the peer's own certificate is valid, for any purpose, and dates and purpose are
//! compared afterwards. A certificate that lies itself in the list is taken without a path (our choice: self-signed
//! certificates often carry CA:TRUE, which webpki refuses for an end entity).

use std::fmt;
use std::time::Duration;

use callmanager::admission::{ChainVerdict, ClientCertificate};
use rustls::DistinguishedName;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};

/// The certificates of a trust store.
pub struct Authorities {
    /// As they are, for pinned ones.
    certificates: Vec<CertificateDer<'static>>,
    anchors: Vec<TrustAnchor<'static>>,
}

impl Authorities {
    /// Trusts the authorities, and the very certificates, of a trust store.
    #[must_use]
    pub fn new(certificates: Vec<CertificateDer<'static>>) -> Self {
        let anchors: Vec<_> = certificates
            .iter()
            .filter_map(|certificate| webpki::anchor_from_trusted_cert(certificate).ok())
            .map(|anchor| anchor.to_owned())
            .collect();
        Self { certificates, anchors }
    }

    /// The subjects, as a server names them to its clients.
    #[must_use]
    pub fn subjects(&self) -> Vec<DistinguishedName> {
        self.anchors.iter().map(|anchor| DistinguishedName::in_sequence(&anchor.subject)).collect()
    }

    /// Whether a certificate's chain leads here; its own dates and purpose are left out.
    #[must_use]
    pub fn chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        certificate: &ClientCertificate,
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> ChainVerdict {
        if self.certificates.iter().any(|trusted| trusted == end_entity) {
            return ChainVerdict::Pinned;
        }
        let Ok(parsed) = EndEntityCert::try_from(end_entity) else {
            return ChainVerdict::Unreadable;
        };
        let at = valid_instant(certificate, now);
        match parsed.verify_for_usage(algorithms.all, &self.anchors, intermediates, at, AnyPurpose, None, None) {
            Ok(_) => ChainVerdict::Trusted,
            Err(webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. }) => {
                ChainVerdict::AuthorityExpired
            }
            Err(webpki::Error::BadDer | webpki::Error::BadDerTime | webpki::Error::TrailingData(_)) => {
                ChainVerdict::Unreadable
            }
            Err(_) => ChainVerdict::UnknownAuthority,
        }
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities").field("anchors", &self.anchors.len()).finish_non_exhaustive()
    }
}

/// The instant nearest to now at which the certificate itself is valid.
fn valid_instant(certificate: &ClientCertificate, now: UnixTime) -> UnixTime {
    let seconds = now.as_secs().min(certificate.not_after.0).max(certificate.not_before.0);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// Purpose is compared after the path: RFC 5280 leaves it out of path validation.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}
