//! Admission of a client certificate on 5061 and 5091: chain, dates, purpose, name, in this order.
//!
//! Whether the chain leads to the trust store is the adapter's finding ([`ChainVerdict`]); everything that follows is
//! decided here. A comparison of names is case-insensitive and of the whole name: no wildcard on either side.
//!
//! Our choices: names are those of the subject's common name and of subjectAltName alike, because Expressway pushes
//! both and old certificates have a common name only; a certificate without any extended key usage is fit for clientAuth
//! (RFC 5280 §4.2.1.12); a name list is what the administrator wrote in `x509subjectnameoraltname`, never the row's host.

use token::UnixTime;

/// The names of a peer's certificate: subject common names and subject alternative names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerNames {
    /// The common names of the subject.
    pub common_names: Vec<String>,
    /// subjectAltName: DNS names, addresses, URIs and mailboxes as text.
    pub alternative_names: Vec<String>,
}

impl PeerNames {
    /// All names, common names first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.common_names.iter().chain(&self.alternative_names).map(String::as_str)
    }

    /// Whether one of the names is `name`, in any case.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|own| own.eq_ignore_ascii_case(name))
    }
}

/// What a client certificate says, as far as admission asks.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// Its names.
    pub names: PeerNames,
    /// Valid from then on.
    pub not_before: UnixTime,
    /// Valid until then, inclusive.
    pub not_after: UnixTime,
    /// Whether the extended key usage allows clientAuth; `None` when there is no such extension.
    pub client_authentication: Option<bool>,
}

/// What path building found (RFC 5280 §6), dates and purpose of the end entity left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainVerdict {
    /// A path leads to a certificate of the trust store.
    Trusted,
    /// The certificate itself is in the trust store.
    Pinned,
    /// No path leads to the trust store.
    UnknownAuthority,
    /// A certificate of the path, not the client's own, is outside its dates.
    AuthorityExpired,
    /// It is not readable, or a name in it is not text.
    Unreadable,
}

/// Why a client certificate is refused. Each is a fatal TLS alert of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CertificateRefusal {
    /// It cannot be read: `bad_certificate`.
    Unreadable,
    /// Its authority is not in the trust store: `unknown_ca`.
    UnknownAuthority,
    /// It, or a certificate above it, is past its dates: `certificate_expired`.
    Expired,
    /// It is not valid yet: `certificate_expired`, which covers both (RFC 8446 §6.2).
    NotYetValid,
    /// Its extended key usage does not allow clientAuth: `unsupported_certificate`.
    NotForClients,
    /// None of its names is in a row of `expresswaycconfiguration`: `access_denied`.
    NameNotListed,
}

impl CertificateRefusal {
    /// The reason code of logs and counters.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "certificate-unreadable",
            Self::UnknownAuthority => "certificate-unknown-ca",
            Self::Expired => "certificate-expired",
            Self::NotYetValid => "certificate-not-yet-valid",
            Self::NotForClients => "certificate-no-client-auth",
            Self::NameNotListed => "certificate-name-not-listed",
        }
    }
}

/// A departure from strict path validation that let a certificate in; logged with each admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relaxation {
    /// The certificate itself is in the trust store, so its path and CA flag were not looked at.
    PinnedCertificate,
    /// Only the common name matched; no subject alternative name did.
    CommonName,
}

impl Relaxation {
    /// The word of logs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PinnedCertificate => "pinned-certificate",
            Self::CommonName => "common-name",
        }
    }
}

/// Admits or refuses a client certificate. `listed` are the names that are let in, `None` where any name is (5061).
///
/// # Errors
/// The first check that fails, in the order of [`CertificateRefusal`].
pub fn admit(
    certificate: &ClientCertificate,
    chain: ChainVerdict,
    now: UnixTime,
    listed: Option<&mut dyn Iterator<Item = &str>>,
) -> Result<Vec<Relaxation>, CertificateRefusal> {
    let mut relaxations = Vec::new();
    match chain {
        ChainVerdict::Trusted => {}
        ChainVerdict::Pinned => relaxations.push(Relaxation::PinnedCertificate),
        ChainVerdict::UnknownAuthority => return Err(CertificateRefusal::UnknownAuthority),
        ChainVerdict::AuthorityExpired => return Err(CertificateRefusal::Expired),
        ChainVerdict::Unreadable => return Err(CertificateRefusal::Unreadable),
    }
    if now < certificate.not_before {
        return Err(CertificateRefusal::NotYetValid);
    }
    if now > certificate.not_after {
        return Err(CertificateRefusal::Expired);
    }
    if certificate.client_authentication == Some(false) {
        return Err(CertificateRefusal::NotForClients);
    }
    if let Some(listed) = listed {
        relaxations.extend(match_names(&certificate.names, listed)?);
    }
    Ok(relaxations)
}

fn match_names(
    names: &PeerNames,
    listed: &mut dyn Iterator<Item = &str>,
) -> Result<Option<Relaxation>, CertificateRefusal> {
    let mut by_common_name = false;
    for entry in listed.flat_map(|row| row.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
        if names.alternative_names.iter().any(|name| name.eq_ignore_ascii_case(entry)) {
            return Ok(None);
        }
        by_common_name |= names.common_names.iter().any(|name| name.eq_ignore_ascii_case(entry));
    }
    if by_common_name { Ok(Some(Relaxation::CommonName)) } else { Err(CertificateRefusal::NameNotListed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_000);

    fn certificate() -> ClientCertificate {
        ClientCertificate {
            names: PeerNames {
                common_names: vec!["exp-c.lab.test".into()],
                alternative_names: vec!["EXP-C.lab.test".into(), "lab.test".into()],
            },
            not_before: UnixTime(500),
            not_after: UnixTime(1_500),
            client_authentication: Some(true),
        }
    }

    fn admit_listed(
        certificate: &ClientCertificate,
        chain: ChainVerdict,
        rows: &[&str],
    ) -> Result<Vec<Relaxation>, CertificateRefusal> {
        admit(certificate, chain, NOW, Some(&mut rows.iter().copied()))
    }

    #[test]
    fn a_listed_name_is_compared_whole_and_in_any_case() {
        let rows = ["other.test", "domain-1.com, Exp-C.Lab.Test"];
        assert_eq!(admit_listed(&certificate(), ChainVerdict::Trusted, &rows), Ok(vec![]));
        for near in ["exp-c.lab.test.evil.test", "c.lab.test", "*.lab.test", "exp-c", ""] {
            assert_eq!(
                admit_listed(&certificate(), ChainVerdict::Trusted, &[near]),
                Err(CertificateRefusal::NameNotListed),
                "{near}"
            );
        }
    }

    #[test]
    fn a_match_by_common_name_alone_is_a_named_relaxation() {
        let mut certificate = certificate();
        certificate.names.alternative_names.clear();
        assert_eq!(
            admit_listed(&certificate, ChainVerdict::Pinned, &["exp-c.lab.test"]),
            Ok(vec![Relaxation::PinnedCertificate, Relaxation::CommonName])
        );
    }

    #[test]
    fn the_first_failing_check_gives_the_reason() {
        let mut certificate = certificate();
        certificate.names = PeerNames::default();
        certificate.client_authentication = Some(false);
        certificate.not_after = UnixTime(999);
        let refused =
            |certificate: &ClientCertificate, chain| admit_listed(certificate, chain, &["lab.test"]).unwrap_err();
        assert_eq!(refused(&certificate, ChainVerdict::UnknownAuthority), CertificateRefusal::UnknownAuthority);
        assert_eq!(refused(&certificate, ChainVerdict::AuthorityExpired), CertificateRefusal::Expired);
        assert_eq!(refused(&certificate, ChainVerdict::Trusted), CertificateRefusal::Expired);
        certificate.not_after = UnixTime(1_000);
        certificate.not_before = UnixTime(1_001);
        assert_eq!(refused(&certificate, ChainVerdict::Trusted), CertificateRefusal::NotYetValid);
        certificate.not_before = UnixTime(1_000);
        assert_eq!(refused(&certificate, ChainVerdict::Trusted), CertificateRefusal::NotForClients);
        certificate.client_authentication = None;
        assert_eq!(refused(&certificate, ChainVerdict::Trusted), CertificateRefusal::NameNotListed);
    }

    #[test]
    fn where_no_list_is_given_any_name_is_let_in() {
        assert_eq!(admit(&certificate(), ChainVerdict::Trusted, NOW, None), Ok(vec![]));
    }
}
