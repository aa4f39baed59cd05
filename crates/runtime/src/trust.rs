//! A trust store: a folder of PEM files (`tomcat-trust`, `CallManager-trust`), as an administrator fills it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::durable;
use certificate::CertificateFacts;

/// The certificates of one trust folder. Reading it again picks up what was added or removed.
#[derive(Clone, Debug)]
pub struct TrustStore {
    folder: PathBuf,
}

/// Why a trust store cannot be used or changed.
#[derive(Debug)]
pub enum TrustError {
    /// The file system refused.
    File(PathBuf, std::io::Error),
    /// A file holds no certificate that can be read.
    NotACertificate(PathBuf),
}

impl std::fmt::Display for TrustError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, error) => write!(out, "{}: {error}", path.display()),
            Self::NotACertificate(path) => write!(out, "{}: holds no PEM certificate", path.display()),
        }
    }
}

impl std::error::Error for TrustError {}

impl TrustStore {
    /// The store in `folder`, which is made when it does not exist.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, TrustError> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder).map_err(|error| TrustError::File(folder.clone(), error))?;
        Ok(Self { folder })
    }

    /// Every certificate, in the order of the file names, with the file it came from.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be read.
    pub fn certificates(&self) -> Result<Vec<(PathBuf, CertificateDer<'static>)>, TrustError> {
        let refused = |error| TrustError::File(self.folder.clone(), error);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(refused)? {
            let path = entry.map_err(refused)?.path();
            if path.extension().is_some_and(|extension| extension == "pem") {
                files.push(path);
            }
        }
        files.sort();
        let mut certificates = Vec::new();
        for path in files {
            for certificate in read_certificates(&path)? {
                certificates.push((path.clone(), certificate));
            }
        }
        Ok(certificates)
    }

    /// The certificates as trust anchors. One that no path can be built from is left out and logged.
    ///
    /// # Errors
    /// As [`Self::certificates`].
    pub fn roots(&self) -> Result<Arc<RootCertStore>, TrustError> {
        let mut roots = RootCertStore::empty();
        for (path, certificate) in self.certificates()? {
            if let Err(error) = roots.add(certificate) {
                tracing::warn!(file = %path.display(), %error, "a certificate in the trust store cannot be a trust anchor");
            }
        }
        Ok(Arc::new(roots))
    }

    /// Adds the certificates of a PEM text under a name made from the first one's subject and fingerprint.
    ///
    /// # Errors
    /// When the text holds no certificate or the file cannot be written.
    pub fn add(&self, pem: &[u8]) -> Result<PathBuf, TrustError> {
        let not_a_certificate = || TrustError::NotACertificate(self.folder.clone());
        let first = CertificateDer::from_pem_slice(pem).map_err(|_| not_a_certificate())?;
        let facts = CertificateFacts::of(&first).map_err(|_| not_a_certificate())?;
        let path = self.folder.join(format!("{}.pem", facts.file_stem()));
        // A part of a certificate would keep the whole store from being read.
        durable::replace(&path, pem, 0o644).map_err(|(path, error)| TrustError::File(path, error))?;
        Ok(path)
    }

    /// Removes a certificate file by its name without `.pem`. Says whether there was one.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn remove(&self, name: &str) -> Result<bool, TrustError> {
        if name.contains(['/', '\\', '\0']) {
            return Ok(false);
        }
        let path = self.folder.join(format!("{name}.pem"));
        match std::fs::remove_file(&path) {
            Ok(()) => {
                let durable = durable::synchronise_folder(&path);
                durable.map(|()| true).map_err(|(path, error)| TrustError::File(path, error))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(TrustError::File(path, error)),
        }
    }
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// When the file cannot be read or holds none.
pub fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let text = std::fs::read(path).map_err(|error| TrustError::File(path.into(), error))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TrustError::NotACertificate(path.into())),
    }
}
