//! A node's own certificates (`tomcat`, `CallManager`): made self-signed at first start, regenerated on command, or
//! replaced by an uploaded chain.
//!
//! Our choice: the key is ECDSA P-256 unless the configuration asks for RSA, because the vendor's default (RSA 2048)
//! makes a handshake about twenty times dearer for the server. Private keys are files of mode 0600.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

mod signing;

use ::certificate::ChainFault;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, RsaKeySize, SerialNumber};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::durable;
use crate::trust::{TrustError, read_certificates};
use certificate::CertificateFacts;

/// How long a self-signed certificate is valid: five years, as at the vendor.
const SELF_SIGNED_DAYS: u64 = 5 * 365;

const KEY: &str = "key.pem";
const CERTIFICATE: &str = "certificate.pem";

/// Held while a pair of files is read or replaced, so that nobody reads the key of one and the certificate of another.
static PAIRS: Mutex<()> = Mutex::new(());

/// The kind of key of a certificate that the node makes.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// ECDSA on P-256.
    #[default]
    EcdsaP256,
    /// RSA with 2048 bits.
    Rsa2048,
}

/// What goes into a certificate that the node makes.
#[derive(Clone, Debug)]
pub struct IdentityRequest {
    /// The common name.
    pub common_name: String,
    /// DNS names and addresses.
    pub alternative_names: Vec<String>,
    /// The key.
    pub key: KeyKind,
}

/// Why an identity cannot be used.
#[derive(Debug)]
pub enum IdentityError {
    /// The certificate file.
    Certificate(TrustError),
    /// The key file cannot be read or written.
    File(PathBuf, std::io::Error),
    /// The key file is open to others than its owner.
    ReadableByOthers(PathBuf),
    /// The key does not parse.
    Key(PathBuf),
    /// The key is not that of the certificate.
    KeyMismatch(PathBuf),
    /// An uploaded chain breaks a rule.
    Chain(ChainFault),
    /// No uploaded certificate is for the key of the request or the key in use; the subject of the first.
    NoKeyFor(String),
    /// The certificate could not be made: a name in it is not allowed.
    Make(rcgen::Error),
}

impl std::fmt::Display for IdentityError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Certificate(error) => write!(out, "{error}"),
            Self::File(path, error) => write!(out, "{}: {error}", path.display()),
            Self::ReadableByOthers(path) => {
                write!(
                    out,
                    "{0}: a private key must be readable by its owner alone; run: chmod 600 {0}",
                    path.display()
                )
            }
            Self::Key(path) => write!(out, "{}: holds no private key in PEM", path.display()),
            Self::KeyMismatch(path) => {
                write!(out, "{}: the key does not belong to the certificate beside it", path.display())
            }
            Self::Chain(fault) => write!(out, "{fault}"),
            Self::NoKeyFor(subject) => write!(
                out,
                "the certificate of {subject} is not for a key of this node: neither for that of the signing request nor for \
                 the one in use"
            ),
            Self::Make(error) => write!(out, "the certificate cannot be made: {error}"),
        }
    }
}

impl std::error::Error for IdentityError {}

/// A certificate chain and its private key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    facts: CertificateFacts,
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key(), facts: self.facts.clone() }
    }
}

impl Identity {
    /// The chain, the node's own certificate first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// The private key.
    #[must_use]
    pub fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key()
    }

    /// What the node's own certificate says.
    #[must_use]
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// Reads `certificate.pem` and `key.pem` of a folder.
    ///
    /// # Errors
    /// When a file is missing, not PEM, open to others, or the key belongs to another certificate.
    pub fn load(folder: &Path) -> Result<Self, IdentityError> {
        let key_path = folder.join(KEY);
        let guard = PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
        finish_interrupted(folder)?;
        refuse_open_permissions(&key_path)?;
        let chain = read_certificates(&folder.join(CERTIFICATE)).map_err(IdentityError::Certificate)?;
        let key = PrivateKeyDer::from_pem_file(&key_path).map_err(|_| IdentityError::Key(key_path.clone()))?;
        drop(guard);
        let facts = chain
            .first()
            .and_then(|own| CertificateFacts::of(own).ok())
            .ok_or_else(|| IdentityError::Certificate(TrustError::NotACertificate(folder.join(CERTIFICATE))))?;
        let identity = Self { chain, key, facts };
        identity.check_key(&key_path)?;
        Ok(identity)
    }

    /// Reads the identity of a folder, and makes a self-signed one at the first start.
    ///
    /// # Errors
    /// As [`Self::load`] and [`Self::regenerate`].
    pub fn load_or_make(folder: &Path, request: &IdentityRequest) -> Result<Self, IdentityError> {
        if folder.join(CERTIFICATE).exists() { Self::load(folder) } else { Self::regenerate(folder, request) }
    }

    /// Makes a new key and a self-signed certificate and puts them in the folder's place at once.
    ///
    /// # Errors
    /// When a name is not allowed in a certificate, or a file cannot be written.
    pub fn regenerate(folder: &Path, request: &IdentityRequest) -> Result<Self, IdentityError> {
        let key = key_pair(request.key)?;
        let certificate = parameters(request)?.self_signed(&key).map_err(IdentityError::Make)?;
        store(folder, &certificate.pem(), &key.serialize_pem())?;
        Self::load(folder)
    }

    fn check_key(&self, path: &Path) -> Result<(), IdentityError> {
        crate::tls::certified_key(self).map(|_| ()).map_err(|_| IdentityError::KeyMismatch(path.into()))
    }
}

fn key_pair(kind: KeyKind) -> Result<KeyPair, IdentityError> {
    let made = match kind {
        KeyKind::EcdsaP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyKind::Rsa2048 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
    };
    made.map_err(IdentityError::Make)
}

fn parameters(request: &IdentityRequest) -> Result<CertificateParams, IdentityError> {
    let mut parameters = CertificateParams::new(request.alternative_names.clone()).map_err(IdentityError::Make)?;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, request.common_name.as_str());
    parameters.serial_number = Some(SerialNumber::from_slice(&crate::random::bytes::<16>()));
    // Clients with a clock that is a little behind must not refuse a certificate of a minute ago.
    let now = std::time::SystemTime::now();
    parameters.not_before = (now - std::time::Duration::from_secs(3600)).into();
    parameters.not_after = (now + std::time::Duration::from_secs(SELF_SIGNED_DAYS * 86_400)).into();
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    Ok(parameters)
}

/// Leaves the old pair or the new one, whenever the node dies. Both files are written before either takes its place, and the
/// key goes first: so a certificate that waits alone has its key in place already, and [`finish_interrupted`] does the rest.
fn store(folder: &Path, certificate: &str, key: &str) -> Result<(), IdentityError> {
    let failed = |(path, error)| IdentityError::File(path, error);
    std::fs::create_dir_all(folder).map_err(|error| failed((folder.to_owned(), error)))?;
    let paths = [folder.join(KEY), folder.join(CERTIFICATE)];
    let _guard = PAIRS.lock().unwrap_or_else(PoisonError::into_inner);
    for (path, text) in paths.iter().zip([key, certificate]) {
        durable::write_beside(path, text.as_bytes(), 0o600).map_err(failed)?;
    }
    for path in &paths {
        durable::take_place(path).map_err(failed)?;
    }
    durable::synchronise_folder(&folder.join(KEY)).map_err(failed)
}

/// Ends what a node began that died between the two renames: otherwise it would never start again.
fn finish_interrupted(folder: &Path) -> Result<(), IdentityError> {
    let waits = |name| durable::beside(&folder.join(name)).exists();
    if waits(CERTIFICATE) && !waits(KEY) {
        durable::take_place(&folder.join(CERTIFICATE)).map_err(|(path, error)| IdentityError::File(path, error))?;
    }
    Ok(())
}

fn refuse_open_permissions(path: &Path) -> Result<(), IdentityError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_err(|error| IdentityError::File(path.into(), error))?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { Err(IdentityError::ReadableByOthers(path.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> IdentityRequest {
        IdentityRequest {
            common_name: "ucm-pub".into(),
            alternative_names: vec!["ucm-pub".into(), "127.0.0.11".into()],
            key: KeyKind::EcdsaP256,
        }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringbearer-identity-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_first_start_makes_what_the_next_start_reads() {
        let folder = folder("first");
        let made = Identity::load_or_make(&folder, &request()).unwrap();
        let read = Identity::load_or_make(&folder, &request()).unwrap();
        assert_eq!(made.facts(), read.facts());
        assert_eq!(made.facts().names(), ["ucm-pub", "127.0.0.11"]);
        assert_eq!((made.facts().is_ca, made.facts().client_authentication), (false, Some(true)));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn f1_a_kill_while_a_new_pair_is_put_in_place_leaves_the_old_or_the_new() {
        let (folder, other) = (folder("killed"), folder("killed-next"));
        let old = Identity::load_or_make(&folder, &request()).unwrap();
        let new = Identity::load_or_make(&other, &request()).unwrap();
        let stage = |name: &str| std::fs::copy(other.join(name), folder.join(format!("{name}.new"))).unwrap();
        stage(KEY);
        assert_eq!(Identity::load(&folder).unwrap().facts(), old.facts());
        stage(CERTIFICATE);
        assert_eq!(Identity::load(&folder).unwrap().facts(), old.facts());
        std::fs::rename(folder.join("key.pem.new"), folder.join(KEY)).unwrap();
        assert_eq!(Identity::load(&folder).unwrap().facts(), new.facts());
        assert!(!folder.join("certificate.pem.new").exists());
        Identity::regenerate(&folder, &request()).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        std::fs::remove_dir_all(other).unwrap();
    }

    #[test]
    fn a_key_open_to_others_is_refused_with_the_command_that_mends_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder("open");
        Identity::load_or_make(&folder, &request()).unwrap();
        let key = folder.join("key.pem");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = Identity::load(&folder).unwrap_err().to_string();
        assert!(error.ends_with(&format!("run: chmod 600 {}", key.display())), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_key_of_another_certificate_is_refused() {
        let (one, two) = (folder("one"), folder("two"));
        Identity::load_or_make(&one, &request()).unwrap();
        Identity::load_or_make(&two, &request()).unwrap();
        std::fs::copy(two.join("key.pem"), one.join("key.pem")).unwrap();
        assert!(matches!(Identity::load(&one), Err(IdentityError::KeyMismatch(_))));
        std::fs::remove_dir_all(one).unwrap();
        std::fs::remove_dir_all(two).unwrap();
    }
}
