//! Certificates for clients of every kind.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A certificate with its key.
#[derive(Debug)]
pub(crate) struct ClientIdentity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Clone for ClientIdentity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// What a client's certificate says.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) common_name: String,
    pub(crate) alternative_names: Vec<String>,
    pub(crate) usages: Vec<ExtendedKeyUsagePurpose>,
    /// Days from now.
    pub(crate) valid: std::ops::Range<i64>,
    pub(crate) is_ca: bool,
}

impl Request {
    /// A good one with this name.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            common_name: "client".into(),
            alternative_names: vec![name.into()],
            usages: vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth],
            valid: -1..30,
            is_ca: false,
        }
    }

    fn parameters(&self) -> CertificateParams {
        let mut parameters = CertificateParams::new(self.alternative_names.clone()).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, self.common_name.as_str());
        parameters.extended_key_usages = self.usages.clone();
        parameters.not_before = day(self.valid.start).into();
        parameters.not_after = day(self.valid.end).into();
        if self.is_ca {
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        parameters
    }

    /// Signed by itself.
    pub(crate) fn self_signed(&self) -> ClientIdentity {
        let key = KeyPair::generate().unwrap();
        let certificate = self.parameters().self_signed(&key).unwrap();
        identity(vec![certificate.der().clone()], &key)
    }
}

/// A certificate authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Signs a client's certificate.
    pub(crate) fn issue(&self, request: &Request) -> ClientIdentity {
        let key = KeyPair::generate().unwrap();
        let certificate = request.parameters().signed_by(&key, &self.0).unwrap();
        identity(vec![certificate.der().clone()], &key)
    }
}

fn identity(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> ClientIdentity {
    ClientIdentity { chain, key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())) }
}

fn day(from_now: i64) -> SystemTime {
    let days = Duration::from_secs(from_now.unsigned_abs() * 86_400);
    if from_now < 0 { SystemTime::now() - days } else { SystemTime::now() + days }
}
