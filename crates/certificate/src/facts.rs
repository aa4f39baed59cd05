//! What a certificate says, for admission, for `show cert` and for the pages that explain a handshake.

use x509_parser::extensions::{ExtendedKeyUsage, GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::public_key;

/// The facts of one X.509 certificate that decisions and displays need (RFC 5280 §4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFacts {
    /// The subject, as one line.
    pub subject: String,
    /// The issuer, as one line.
    pub issuer: String,
    /// The subject's common names.
    pub common_names: Vec<String>,
    /// Subject alternative names: DNS names, addresses, URIs and mailboxes as text.
    pub alternative_names: Vec<String>,
    /// Seconds since 1970: valid from then on.
    pub not_before: i64,
    /// Seconds since 1970: valid until then.
    pub not_after: i64,
    /// The serial number in hexadecimal.
    pub serial: String,
    /// The SHA-256 of the certificate in hexadecimal.
    pub fingerprint: String,
    /// Whether the basic constraints say CA.
    pub is_ca: bool,
    /// Whether it may authenticate a TLS client: `Some(true)` when the EKU lists clientAuth or any, `Some(false)` when an
    /// EKU is present without it, `None` when there is no EKU extension.
    pub client_authentication: Option<bool>,
    /// The same for serverAuth.
    pub server_authentication: Option<bool>,
    /// The kind and strength of the public key: `RSA 2048`, `EC P-256`.
    pub public_key: String,
    /// How it is signed.
    pub signature_algorithm: String,
    /// Key usage; empty when there is no such extension.
    pub key_usage: Vec<String>,
    /// Extended key usage; empty when there is no such extension.
    pub extended_key_usage: Vec<String>,
    /// How many CAs may stand below this one, when it says so.
    pub path_length: Option<u32>,
    /// The subject key identifier in hexadecimal; empty when there is none.
    pub subject_key_identifier: String,
    /// The authority key identifier in hexadecimal; empty when there is none.
    pub authority_key_identifier: String,
}

/// A certificate that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableCertificate;

impl std::fmt::Display for UnreadableCertificate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the certificate is not readable X.509 (RFC 5280)")
    }
}

impl std::error::Error for UnreadableCertificate {}

impl CertificateFacts {
    /// Reads a certificate.
    ///
    /// # Errors
    /// When it is not X.509, or a name in it holds a NUL.
    pub fn of(certificate: &[u8]) -> Result<Self, UnreadableCertificate> {
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| UnreadableCertificate)?;
        let constraints = parsed.basic_constraints().map_err(|_| UnreadableCertificate)?;
        let key_usage = parsed.key_usage().map_err(|_| UnreadableCertificate)?;
        let usage = parsed.extended_key_usage().map_err(|_| UnreadableCertificate)?.map(|extension| extension.value);
        let mut alternative_names = Vec::new();
        if let Some(names) = parsed.subject_alternative_name().map_err(|_| UnreadableCertificate)? {
            alternative_names.extend(names.value.general_names.iter().filter_map(text_of));
        }
        let common_names: Vec<String> =
            parsed.subject().iter_common_name().filter_map(|name| name.as_str().ok()).map(str::to_owned).collect();
        if common_names.iter().chain(&alternative_names).any(|name| name.contains('\0')) {
            return Err(UnreadableCertificate);
        }
        Ok(Self {
            subject: parsed.subject().to_string(),
            issuer: parsed.issuer().to_string(),
            common_names,
            alternative_names,
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            serial: hexadecimal(parsed.raw_serial()),
            fingerprint: hexadecimal(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate).as_ref()),
            is_ca: parsed.is_ca(),
            client_authentication: usage.map(|usage| usage.client_auth || usage.any),
            server_authentication: usage.map(|usage| usage.server_auth || usage.any),
            public_key: public_key::describe(parsed.public_key()),
            signature_algorithm: public_key::name(&parsed.signature_algorithm.algorithm),
            key_usage: key_usage.map(|usage| words(&usage.value.to_string())).unwrap_or_default(),
            extended_key_usage: usage.map(purposes).unwrap_or_default(),
            path_length: constraints.and_then(|constraints| constraints.value.path_len_constraint),
            subject_key_identifier: identifier(&parsed, Identifier::Subject),
            authority_key_identifier: identifier(&parsed, Identifier::Authority),
        })
    }

    /// The CN and SANs, without repetition, CN first.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.common_names.iter().chain(&self.alternative_names) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// Whether subject and issuer are the same name: so a root is written, and a self-signed certificate.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether one of its names is this one: whole name, without regard to case; `*.` stands for one label (RFC 9525 §6.3).
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        self.names().iter().any(|own| match own.strip_prefix("*.") {
            Some(domain) => {
                name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(domain))
            }
            None => own.eq_ignore_ascii_case(name),
        })
    }

    /// Whole days until it is not valid any more; negative when it is past.
    #[must_use]
    pub fn days_left(&self, unix_now: u64) -> i64 {
        (self.not_after - i64::try_from(unix_now).unwrap_or(i64::MAX)).div_euclid(86_400)
    }

    /// A file name for it: the first name with anything but letters, digits, `.` and `-` replaced, and eight digits of the fingerprint.
    #[must_use]
    pub fn file_stem(&self) -> String {
        let name = self.names().first().copied().unwrap_or("certificate").to_owned();
        let safe: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' }).collect();
        let short: String = self.fingerprint.chars().take(8).collect();
        format!("{}-{short}", safe.trim_start_matches('.'))
    }
}

fn text_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) | GeneralName::URI(name) | GeneralName::RFC822Name(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => match *octets {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            _ => <[u8; 16]>::try_from(*octets).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        },
        _ => None,
    }
}

enum Identifier {
    Subject,
    Authority,
}

fn identifier(certificate: &X509Certificate<'_>, which: Identifier) -> String {
    let found = certificate.extensions().iter().find_map(|extension| match (extension.parsed_extension(), &which) {
        (ParsedExtension::SubjectKeyIdentifier(key), Identifier::Subject) => Some(key.0),
        (ParsedExtension::AuthorityKeyIdentifier(authority), Identifier::Authority) => {
            authority.key_identifier.as_ref().map(|key| key.0)
        }
        _ => None,
    });
    found.map(hexadecimal).unwrap_or_default()
}

fn words(list: &str) -> Vec<String> {
    list.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// RFC 5280 §4.2.1.12, by the names of its arc.
fn purposes(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let known = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    let others = usage.other.iter().map(|purpose| purpose.to_id_string());
    known.iter().filter(|(has, _)| *has).map(|(_, name)| (*name).to_owned()).chain(others).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
