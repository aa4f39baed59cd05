//! Whether an uploaded chain can be shown to clients: complete up to a root, in date, for servers, under the node's name
//! (RFC 5280 §6, RFC 9525).
//!
//! Our choices: the certificates may come in any order, the root may come along or be one of the node's trust store, and what is
//! shown to clients afterwards is the leaf and what stands between, without the root (RFC 8446 §4.4.2).

use std::fmt;
use std::time::Duration;

use pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage, anchor_from_trusted_cert};

use crate::facts::CertificateFacts;

/// More certificates than these are no chain that a client follows.
pub const MOST_CERTIFICATES: usize = 10;

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainFault {
    /// There is none.
    Empty,
    /// There are more than [`MOST_CERTIFICATES`].
    TooLong,
    /// One cannot be read.
    Unreadable,
    /// The issuer of one is neither among them nor trusted.
    Incomplete {
        /// Whose issuer is missing.
        subject: String,
        /// The issuer.
        issuer: String,
    },
    /// One is not signed by the issuer that it names.
    Signature {
        /// The subject of the leaf.
        subject: String,
    },
    /// One is not valid yet.
    NotYetValid {
        /// Which.
        subject: String,
    },
    /// One is not valid any more.
    Expired {
        /// Which.
        subject: String,
    },
    /// The leaf is for another purpose.
    NotForServers,
    /// The leaf is a CA's.
    LeafIsCa,
    /// The leaf does not cover the name.
    Name {
        /// The name.
        wanted: String,
        /// The names of the leaf.
        names: Vec<String>,
    },
    /// It breaks another rule.
    Other(String),
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no certificate in it"),
            Self::TooLong => write!(f, "there are more than {MOST_CERTIFICATES} certificates in it"),
            Self::Unreadable => f.write_str("a certificate in it is not readable X.509 (RFC 5280)"),
            Self::Incomplete { subject, issuer } => write!(
                f,
                "the chain is not complete: the certificate of {subject} is signed by {issuer}, whose certificate is \
                 neither in the upload nor in the trust store; add it"
            ),
            Self::Signature { subject } => {
                write!(f, "the certificate of {subject} is not signed by the issuer that it names")
            }
            Self::NotYetValid { subject } => write!(f, "the certificate of {subject} is not valid yet"),
            Self::Expired { subject } => write!(f, "the certificate of {subject} is not valid any more"),
            Self::NotForServers => {
                f.write_str("the certificate may not authenticate a server: its extended key usage lacks serverAuth")
            }
            Self::LeafIsCa => f.write_str("the certificate is that of an authority, not that of a server"),
            Self::Name { wanted, names } => {
                write!(f, "the certificate does not name {wanted}: its names are {}", names.join(", "))
            }
            Self::Other(reason) => write!(f, "the chain does not hold: {reason}"),
        }
    }
}

impl std::error::Error for ChainFault {}

/// Checks the chain of a leaf against these roots at a time, and answers with the positions of those among `others` that
/// clients need beside the leaf, in their order.
///
/// # Errors
/// The first rule that it breaks.
pub fn check_chain(
    leaf: &[u8],
    others: &[Vec<u8>],
    trusted: &[Vec<u8>],
    name: &str,
    unix_now: u64,
) -> Result<Vec<usize>, ChainFault> {
    if others.len() >= MOST_CERTIFICATES {
        return Err(ChainFault::TooLong);
    }
    let facts = read(leaf)?;
    let others_facts = others.iter().map(|other| read(other)).collect::<Result<Vec<_>, _>>()?;
    // A trust store may hold what no path can be built from; it is not the upload's fault.
    let trusted_facts: Vec<CertificateFacts> = trusted.iter().filter_map(|other| read(other).ok()).collect();
    if facts.is_ca && !facts.is_self_issued() {
        return Err(ChainFault::LeafIsCa);
    }
    if !facts.covers(name) {
        let names = facts.names().into_iter().map(str::to_owned).collect();
        return Err(ChainFault::Name { wanted: name.to_owned(), names });
    }
    if facts.server_authentication == Some(false) {
        return Err(ChainFault::NotForServers);
    }
    for one in std::iter::once(&facts).chain(&others_facts) {
        in_date(one, unix_now)?;
    }
    let between = climb(&facts, &others_facts, &trusted_facts)?;
    verify(leaf, others, trusted, unix_now).map_err(|error| fault(&error, &facts))?;
    Ok(between)
}

fn read(certificate: &[u8]) -> Result<CertificateFacts, ChainFault> {
    CertificateFacts::of(certificate).map_err(|_| ChainFault::Unreadable)
}

fn in_date(facts: &CertificateFacts, unix_now: u64) -> Result<(), ChainFault> {
    let now = i64::try_from(unix_now).unwrap_or(i64::MAX);
    let subject = || facts.subject.clone();
    if now < facts.not_before {
        return Err(ChainFault::NotYetValid { subject: subject() });
    }
    if now > facts.not_after {
        return Err(ChainFault::Expired { subject: subject() });
    }
    Ok(())
}

/// Follows the issuers' names from the leaf to a root.
fn climb(
    leaf: &CertificateFacts,
    others: &[CertificateFacts],
    trusted: &[CertificateFacts],
) -> Result<Vec<usize>, ChainFault> {
    let mut between = Vec::new();
    let mut last = leaf;
    while !last.is_self_issued() && !trusted.iter().any(|root| root.subject == last.issuer) {
        let next =
            others.iter().enumerate().find(|(place, one)| one.subject == last.issuer && !between.contains(place));
        let Some((place, next)) = next else {
            return Err(ChainFault::Incomplete { subject: last.subject.clone(), issuer: last.issuer.clone() });
        };
        if !next.is_self_issued() {
            between.push(place);
        }
        last = next;
    }
    Ok(between)
}

fn verify(leaf: &[u8], others: &[Vec<u8>], trusted: &[Vec<u8>], unix_now: u64) -> Result<(), Error> {
    let leaf = CertificateDer::from(leaf);
    let others: Vec<CertificateDer<'_>> = others.iter().map(|one| CertificateDer::from(one.as_slice())).collect();
    let own_root = [&leaf];
    let is_root = |one: &&CertificateDer<'_>| CertificateFacts::of(one).is_ok_and(|facts| facts.is_self_issued());
    let trusted: Vec<CertificateDer<'_>> = trusted.iter().map(|one| CertificateDer::from(one.as_slice())).collect();
    let roots = own_root.into_iter().chain(&others).filter(is_root).chain(&trusted);
    let anchors: Vec<_> = roots.filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(unix_now));
    EndEntityCert::try_from(&leaf)?
        .verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &others, time, KeyUsage::server_auth(), None, None)
        .map(|_| ())
}

fn fault(error: &Error, leaf: &CertificateFacts) -> ChainFault {
    match error {
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => {
            ChainFault::Signature { subject: leaf.subject.clone() }
        }
        Error::RequiredEkuNotFoundContext(_) => ChainFault::NotForServers,
        Error::CaUsedAsEndEntity => ChainFault::LeafIsCa,
        other => ChainFault::Other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

    const NOW: u64 = 1_800_000_000;
    const DAY: u64 = 86_400;

    /// An authority, or a server, and what it signs with.
    struct Made {
        der: Vec<u8>,
        parameters: CertificateParams,
        key: KeyPair,
    }

    fn parameters(name: &str, days: std::ops::Range<i64>) -> CertificateParams {
        let mut made = CertificateParams::new(vec![name.to_owned()]).unwrap();
        made.distinguished_name = rcgen::DistinguishedName::new();
        made.distinguished_name.push(DnType::CommonName, name);
        let at = |day: i64| {
            let seconds = NOW.checked_add_signed(day * i64::try_from(DAY).unwrap()).unwrap();
            std::time::UNIX_EPOCH + Duration::from_secs(seconds)
        };
        made.not_before = at(days.start).into();
        made.not_after = at(days.end).into();
        made
    }

    fn authority(mut parameters: CertificateParams, by: Option<&Made>) -> Made {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        sign(parameters, by)
    }

    fn sign(parameters: CertificateParams, by: Option<&Made>) -> Made {
        let key = KeyPair::generate().unwrap();
        let certificate = match by {
            None => parameters.self_signed(&key),
            Some(by) => parameters.signed_by(&key, &Issuer::from_params(&by.parameters, &by.key)),
        };
        Made { der: certificate.unwrap().der().to_vec(), parameters, key }
    }

    fn years() -> std::ops::Range<i64> {
        -10..3650
    }

    /// Root, intermediate and leaf.
    fn three() -> [Made; 3] {
        let root = authority(parameters("Root", years()), None);
        let middle = authority(parameters("Middle", years()), Some(&root));
        let leaf = sign(parameters("ucm-pub", -1..300), Some(&middle));
        [root, middle, leaf]
    }

    fn check(leaf: &Made, others: &[&Made], trusted: &[&Made]) -> Result<Vec<usize>, ChainFault> {
        let bytes = |made: &[&Made]| made.iter().map(|made| made.der.clone()).collect::<Vec<_>>();
        check_chain(&leaf.der, &bytes(others), &bytes(trusted), "UCM-pub", NOW)
    }

    #[test]
    fn a_chain_holds_in_any_order_and_the_root_is_not_shown() {
        let [root, middle, leaf] = three();
        assert_eq!(check(&leaf, &[&root, &middle], &[]), Ok(vec![1]));
        assert_eq!(check(&leaf, &[&middle], &[&root]), Ok(vec![0]));
        let own = sign(parameters("ucm-pub", years()), None);
        assert_eq!(check(&own, &[], &[]), Ok(vec![]));
    }

    #[test]
    fn a_missing_link_is_named() {
        let [root, middle, leaf] = three();
        let incomplete = |subject: &str, issuer: &str| {
            Err(ChainFault::Incomplete { subject: format!("CN={subject}"), issuer: format!("CN={issuer}") })
        };
        assert_eq!(check(&leaf, &[&root], &[]), incomplete("ucm-pub", "Middle"));
        assert_eq!(check(&leaf, &[&middle], &[]), incomplete("Middle", "Root"));
    }

    #[test]
    fn another_authority_of_the_same_name_did_not_sign() {
        let [root, _, leaf] = three();
        let forged = authority(parameters("Middle", years()), Some(&root));
        assert_eq!(check(&leaf, &[&root, &forged], &[]), Err(ChainFault::Signature { subject: "CN=ucm-pub".into() }));
    }

    #[test]
    fn dates_purpose_and_name_are_checked() {
        let root = authority(parameters("Root", years()), None);
        let late = sign(parameters("ucm-pub", 1..9), Some(&root));
        assert_eq!(check(&late, &[&root], &[]), Err(ChainFault::NotYetValid { subject: "CN=ucm-pub".into() }));
        let past = sign(parameters("ucm-pub", -9..-1), Some(&root));
        assert_eq!(check(&past, &[&root], &[]), Err(ChainFault::Expired { subject: "CN=ucm-pub".into() }));
        let mut client = parameters("ucm-pub", years());
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        assert_eq!(check(&sign(client, Some(&root)), &[&root], &[]), Err(ChainFault::NotForServers));
        let other = sign(parameters("ucm-sub", years()), Some(&root));
        let name = ChainFault::Name { wanted: "UCM-pub".into(), names: vec!["ucm-sub".into()] };
        assert_eq!(check(&other, &[&root], &[]), Err(name));
        let ca = authority(parameters("ucm-pub", years()), Some(&root));
        assert_eq!(check(&ca, &[&root], &[]), Err(ChainFault::LeafIsCa));
        let old_root = authority(parameters("Root", -9..-1), None);
        let leaf = sign(parameters("ucm-pub", years()), Some(&old_root));
        assert_eq!(check(&leaf, &[&old_root], &[]), Err(ChainFault::Expired { subject: "CN=Root".into() }));
    }

    #[test]
    fn rubbish_is_refused() {
        let [root, ..] = three();
        assert_eq!(check_chain(b"no", &[], &[], "ucm-pub", NOW), Err(ChainFault::Unreadable));
        let many = vec![root.der.clone(); MOST_CERTIFICATES];
        assert_eq!(check_chain(&root.der, &many, &[], "ucm-pub", NOW), Err(ChainFault::TooLong));
    }
}
