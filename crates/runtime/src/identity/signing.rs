//! A certificate signed by an authority: the request with a key that stays here (PKCS #10, RFC 2986), and the signed chain that
//! comes back.
//!
//! The pair in use is not touched by a request, and is replaced by a chain only when everything about the chain holds. A chain
//! for the key in use is taken too: that is a renewal.

use std::path::Path;

use certificate::{ChainFault, MOST_CERTIFICATES, check_chain};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{Identity, IdentityError, IdentityRequest, KEY, key_pair, parameters, refuse_open_permissions, store};
use crate::durable;
use crate::trust::TrustError;

const REQUEST: &str = "request.pem";
const REQUEST_KEY: &str = "request-key.pem";

impl Identity {
    /// Makes a new key and a request to sign it; answers with the request as PEM. An earlier request is forgotten.
    ///
    /// # Errors
    /// When a name is not allowed in a certificate, or a file cannot be written.
    pub fn request_signing(folder: &Path, request: &IdentityRequest) -> Result<String, IdentityError> {
        let failed = |(path, error)| IdentityError::File(path, error);
        let key = key_pair(request.key)?;
        let mut parameters = parameters(request)?;
        // The serial number and the time are the authority's.
        parameters.serial_number = None;
        let made = parameters.serialize_request(&key).map_err(IdentityError::Make)?;
        let pem = made.pem().map_err(IdentityError::Make)?;
        std::fs::create_dir_all(folder).map_err(|error| failed((folder.to_owned(), error)))?;
        durable::replace(&folder.join(REQUEST_KEY), key.serialize_pem().as_bytes(), 0o600).map_err(failed)?;
        durable::replace(&folder.join(REQUEST), pem.as_bytes(), 0o644).map_err(failed)?;
        Ok(pem)
    }

    /// The request that waits for its certificate, as PEM.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn signing_request(folder: &Path) -> Result<Option<String>, IdentityError> {
        let path = folder.join(REQUEST);
        match std::fs::read_to_string(&path) {
            Ok(pem) => Ok(Some(pem)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(IdentityError::File(path, error)),
        }
    }

    /// Takes a chain as PEM, in any order, for the key of the request or the key in use. `trusted` are roots that need not come
    /// along, `name` is what the certificate has to cover.
    ///
    /// # Errors
    /// The rule that the chain breaks; the pair in use stays.
    pub fn install(
        folder: &Path,
        pem: &[u8],
        trusted: &[CertificateDer<'static>],
        name: &str,
        unix_now: u64,
    ) -> Result<Self, IdentityError> {
        let chain = read_chain(pem)?;
        let (leaf, others, key_file) = split(folder, chain)?;
        let bytes = |all: &[CertificateDer<'static>]| all.iter().map(|one| one.to_vec()).collect::<Vec<_>>();
        let between = check_chain(&leaf, &bytes(&others), &bytes(trusted), name, unix_now);
        let between = between.map_err(IdentityError::Chain)?;
        let shown = std::iter::once(&leaf).chain(between.iter().filter_map(|place| others.get(*place)));
        let text: String = shown.map(|certificate| to_pem(certificate)).collect();
        let path = folder.join(key_file);
        let key = std::fs::read_to_string(&path).map_err(|error| IdentityError::File(path, error))?;
        store(folder, &text, &key)?;
        let identity = Self::load(folder)?;
        if key_file == REQUEST_KEY {
            forget_request(folder)?;
        }
        Ok(identity)
    }
}

fn read_chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let certificates = CertificateDer::pem_slice_iter(pem).take(MOST_CERTIFICATES + 1).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|_| IdentityError::Chain(ChainFault::Unreadable))?;
    match certificates.len() {
        0 => Err(IdentityError::Chain(ChainFault::Empty)),
        count if count > MOST_CERTIFICATES => Err(IdentityError::Chain(ChainFault::TooLong)),
        _ => Ok(certificates),
    }
}

/// The certificate of one of the two keys, the others, and that key's file.
type Split = (CertificateDer<'static>, Vec<CertificateDer<'static>>, &'static str);

fn split(folder: &Path, mut chain: Vec<CertificateDer<'static>>) -> Result<Split, IdentityError> {
    for key_file in [REQUEST_KEY, KEY] {
        let path = folder.join(key_file);
        if !path.exists() {
            continue;
        }
        refuse_open_permissions(&path)?;
        let key = PrivateKeyDer::from_pem_file(&path).map_err(|_| IdentityError::Key(path.clone()))?;
        if let Some(place) = chain.iter().position(|one| crate::tls::belongs(one, &key)) {
            let leaf = chain.remove(place);
            return Ok((leaf, chain, key_file));
        }
    }
    let not_ours = || IdentityError::Certificate(TrustError::NotACertificate(folder.into()));
    let first = chain.first().and_then(|first| certificate::CertificateFacts::of(first).ok()).ok_or_else(not_ours)?;
    Err(IdentityError::NoKeyFor(first.subject))
}

fn to_pem(certificate: &CertificateDer<'_>) -> String {
    const WIDTH: usize = 64;
    let text = base64(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(WIDTH) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem + "-----END CERTIFICATE-----\n"
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn forget_request(folder: &Path) -> Result<(), IdentityError> {
    for file in [REQUEST, REQUEST_KEY] {
        let path = folder.join(file);
        std::fs::remove_file(&path).map_err(|error| IdentityError::File(path, error))?;
    }
    durable::synchronise_folder(&folder.join(KEY)).map_err(|(path, error)| IdentityError::File(path, error))
}

#[cfg(test)]
mod tests {
    use super::super::KeyKind;
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    struct Authority {
        pem: String,
        parameters: CertificateParams,
        key: KeyPair,
    }

    impl Authority {
        fn new() -> Self {
            let mut parameters = CertificateParams::new(Vec::new()).unwrap();
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let key = KeyPair::generate().unwrap();
            let pem = parameters.self_signed(&key).unwrap().pem();
            Self { pem, parameters, key }
        }

        /// Signs for the key of a file, as an authority does for the key in the request.
        fn sign(&self, folder: &Path, key_file: &str) -> String {
            let key = KeyPair::from_pem(&std::fs::read_to_string(folder.join(key_file)).unwrap()).unwrap();
            let issuer = Issuer::from_params(&self.parameters, &self.key);
            super::super::parameters(&request()).unwrap().signed_by(&key, &issuer).unwrap().pem()
        }
    }

    fn request() -> IdentityRequest {
        let alternative_names = vec!["ucm-pub".into(), "127.0.0.11".into()];
        IdentityRequest { common_name: "ucm-pub".into(), alternative_names, key: KeyKind::EcdsaP256 }
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ringbearer-signing-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    fn install(folder: &Path, pem: &str) -> Result<Identity, IdentityError> {
        Identity::install(folder, pem.as_bytes(), &[], "ucm-pub", crate::clock::unix_seconds())
    }

    #[test]
    fn a_signed_request_takes_the_place_of_the_self_signed_pair() {
        let (folder, authority) = (folder("taken"), Authority::new());
        let old = Identity::load_or_make(&folder, &request()).unwrap();
        let pem = Identity::request_signing(&folder, &request()).unwrap();
        assert_eq!(Identity::signing_request(&folder).unwrap().as_deref(), Some(pem.as_str()));
        let mode = std::fs::metadata(folder.join(REQUEST_KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Identity::load(&folder).unwrap().facts(), old.facts(), "a request touches nothing");
        let signed = authority.sign(&folder, REQUEST_KEY);
        let new = install(&folder, &format!("{}{signed}", authority.pem)).unwrap();
        assert_eq!(new.chain().len(), 1, "the root is not shown");
        assert_eq!(new.facts().names(), ["ucm-pub", "127.0.0.11"]);
        assert_eq!(Identity::load(&folder).unwrap().facts(), new.facts());
        assert_eq!(Identity::signing_request(&folder).unwrap(), None);
        assert!(!folder.join(REQUEST_KEY).exists());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_chain_that_does_not_hold_leaves_the_old_pair_and_the_request() {
        let (folder, authority) = (folder("refused"), Authority::new());
        let old = Identity::load_or_make(&folder, &request()).unwrap();
        Identity::request_signing(&folder, &request()).unwrap();
        let signed = authority.sign(&folder, REQUEST_KEY);
        let alone = install(&folder, &signed).unwrap_err();
        assert!(matches!(alone, IdentityError::Chain(ChainFault::Incomplete { .. })), "{alone}");
        let of_another = install(&folder, &authority.pem).unwrap_err();
        assert!(matches!(of_another, IdentityError::NoKeyFor(_)), "{of_another}");
        assert!(matches!(install(&folder, "").unwrap_err(), IdentityError::Chain(ChainFault::Empty)));
        assert_eq!(Identity::load(&folder).unwrap().facts(), old.facts());
        assert!(Identity::signing_request(&folder).unwrap().is_some());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_certificate_for_the_key_in_use_is_a_renewal() {
        let (folder, authority) = (folder("renewal"), Authority::new());
        Identity::load_or_make(&folder, &request()).unwrap();
        let renew = || install(&folder, &format!("{}{}", authority.sign(&folder, KEY), authority.pem)).unwrap();
        let (first, again) = (renew(), renew());
        assert_ne!(first.facts().serial, again.facts().serial);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_root_of_the_trust_store_need_not_come_along() {
        let (folder, authority) = (folder("trusted"), Authority::new());
        Identity::request_signing(&folder, &request()).unwrap();
        let root = CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap();
        let signed = authority.sign(&folder, REQUEST_KEY);
        let now = crate::clock::unix_seconds();
        let taken = Identity::install(&folder, signed.as_bytes(), &[root], "ucm-pub", now).unwrap();
        assert_eq!(
            taken.facts().issuer,
            certificate::CertificateFacts::of(&CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap())
                .unwrap()
                .subject
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
