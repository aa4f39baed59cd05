//! An Expressway's server certificate and its trusted CA list. A change is used by the next connection.

use std::path::PathBuf;

use certificate::CertificateFacts;
use runtime::config::{CertificatesSection, ExpresswayNodeSection};
use runtime::identity::{Identity, IdentityError, IdentityRequest};
use runtime::trust::{TrustError, TrustStore};
use rustls::pki_types::CertificateDer;

/// The folder of the server certificate.
const SERVER: &str = "server";
/// The folder of the trusted CA list.
const TRUSTED_CA: &str = "trusted-ca";

/// Takes a changed certificate or list into use.
type Replace = Box<dyn Fn(&Identity, Vec<CertificateDer<'static>>) -> Result<(), String> + Send + Sync>;

/// Where certificate and list are.
#[derive(Clone, Debug)]
pub struct Folders {
    server: PathBuf,
    trusted: PathBuf,
    request: IdentityRequest,
}

impl Folders {
    /// Those of a node.
    #[must_use]
    pub fn of(node: &ExpresswayNodeSection, certificates: &CertificatesSection) -> Self {
        Self {
            server: node.certificate_folder(SERVER),
            trusted: node.certificate_folder(TRUSTED_CA),
            request: node.identity_request(certificates),
        }
    }

    /// Below a folder.
    #[must_use]
    pub fn at(folder: &std::path::Path, request: IdentityRequest) -> Self {
        Self { server: folder.join(SERVER), trusted: folder.join(TRUSTED_CA), request }
    }

    /// The server certificate, for both purposes (serverAuth, clientAuth), made at the first start.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn identity(&self) -> Result<Identity, IdentityError> {
        Identity::load_or_make(&self.server, &self.request)
    }

    /// The trusted CA list.
    ///
    /// # Errors
    /// When the folder or a file of it cannot be read.
    pub fn anchors(&self) -> Result<Vec<CertificateDer<'static>>, TrustError> {
        let certificates = TrustStore::open(&self.trusted)?.certificates()?;
        Ok(certificates.into_iter().map(|(_, certificate)| certificate).collect())
    }
}

/// What the certificates of an identity's chain say, its own first.
#[must_use]
pub fn facts_of_chain(identity: &Identity) -> Vec<CertificateFacts> {
    identity.chain().iter().filter_map(|certificate| CertificateFacts::of(certificate).ok()).collect()
}

/// Certificate and list, with what uses them. An `Err` is a sentence for the administrator.
pub struct Certificates {
    folders: Folders,
    replace: Replace,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").field("folders", &self.folders).finish_non_exhaustive()
    }
}

impl Certificates {
    /// Those of these folders; `replace` takes what changed into use.
    pub fn new(
        folders: Folders,
        replace: impl Fn(&Identity, Vec<CertificateDer<'static>>) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { folders, replace: Box::new(replace) }
    }

    /// The server certificate.
    ///
    /// # Errors
    /// A sentence for the administrator.
    pub fn identity(&self) -> Result<Identity, String> {
        self.folders.identity().map_err(|error| error.to_string())
    }

    /// The server certificate with its chain as PEM: what others have to trust.
    ///
    /// # Errors
    /// A sentence for the administrator.
    pub fn pem(&self) -> Result<String, String> {
        let path = self.folders.server.join("certificate.pem");
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Makes a new key and a self-signed certificate.
    ///
    /// # Errors
    /// A sentence for the administrator.
    pub fn regenerate(&self) -> Result<CertificateFacts, String> {
        let made = Identity::regenerate(&self.folders.server, &self.folders.request);
        let identity = made.map_err(|error| error.to_string())?;
        self.take()?;
        Ok(identity.facts().clone())
    }

    /// The trusted CA list, by name.
    ///
    /// # Errors
    /// A sentence for the administrator.
    pub fn trusted(&self) -> Result<Vec<(String, CertificateFacts)>, String> {
        let mut all = Vec::new();
        for (path, certificate) in self.store()?.certificates().map_err(|error| error.to_string())? {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            all.push((name, CertificateFacts::of(&certificate).map_err(|error| error.to_string())?));
        }
        Ok(all)
    }

    /// Adds the certificates of a PEM text; answers with the name of the entry.
    ///
    /// # Errors
    /// A sentence for the administrator.
    pub fn trust(&self, pem: &str) -> Result<String, String> {
        let path = self.store()?.add(pem.as_bytes()).map_err(|error| error.to_string())?;
        self.take()?;
        Ok(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default())
    }

    /// Removes a certificate by its name; says whether there was one.
    ///
    /// # Errors
    /// A sentence for the administrator.
    pub fn distrust(&self, name: &str) -> Result<bool, String> {
        let was_there = self.store()?.remove(name).map_err(|error| error.to_string())?;
        self.take()?;
        Ok(was_there)
    }

    fn store(&self) -> Result<TrustStore, String> {
        TrustStore::open(&self.folders.trusted).map_err(|error| error.to_string())
    }

    /// Takes the certificate and the list from the disk into use.
    ///
    /// # Errors
    /// A sentence for the administrator.
    pub fn take(&self) -> Result<(), String> {
        let identity = self.identity()?;
        let anchors = self.folders.anchors().map_err(|error| error.to_string())?;
        (self.replace)(&identity, anchors)
    }
}
