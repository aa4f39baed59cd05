//! The node's own certificates and its trust stores, each act with its row in the audit log.

use crate::administration::Administration;
use crate::error::AdministrationError;
use crate::node_control::{ListedCertificate, OWN_CERTIFICATES, TRUST_STORES};
use certificate::CertificateFacts;
use directory::Author;

impl Administration {
    /// A certificate of an own name (`tomcat`), or of a trust store by its name within it.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    pub fn certificate(&self, store: &str, name: &str) -> Result<ListedCertificate, AdministrationError> {
        let mut all = self.node.certificates().map_err(AdministrationError::Failed)?.into_iter();
        let wanted =
            |one: &ListedCertificate| one.store.eq_ignore_ascii_case(store) && (!one.is_trust() || one.name == name);
        let unknown = || AdministrationError::UnknownCertificate { store: store.into(), name: name.into() };
        all.find(wanted).ok_or_else(unknown)
    }

    /// Makes a new key and a self-signed certificate.
    ///
    /// # Errors
    /// When there is no such own certificate, or it could not be made: then the old pair stays.
    pub async fn regenerate_certificate(
        &self,
        author: &Author,
        name: &str,
    ) -> Result<CertificateFacts, AdministrationError> {
        let name = own(name)?;
        let facts = self.node.regenerate_certificate(name).await.map_err(AdministrationError::Failed)?;
        self.audit(author, "regenerate certificate", self.on_node(name), facts.fingerprint.clone()).await?;
        Ok(facts)
    }

    /// Makes a new key and a request to sign it; answers with the request as PEM.
    ///
    /// # Errors
    /// When there is no such own certificate, or it could not be made.
    pub async fn request_certificate(&self, author: &Author, name: &str) -> Result<String, AdministrationError> {
        let name = own(name)?;
        let request = self.node.request_certificate(name).await.map_err(AdministrationError::Failed)?;
        self.audit(author, "request certificate", self.on_node(name), String::new()).await?;
        Ok(request)
    }

    /// The request that waits for its certificate, as PEM.
    ///
    /// # Errors
    /// When there is no such own certificate, or the request cannot be read.
    pub fn certificate_request(&self, name: &str) -> Result<Option<String>, AdministrationError> {
        self.node.certificate_request(own(name)?).map_err(AdministrationError::Failed)
    }

    /// Takes a signed chain into the place of an own certificate.
    ///
    /// # Errors
    /// Which rule the chain breaks: then the old pair stays.
    pub async fn install_certificate(
        &self,
        author: &Author,
        name: &str,
        pem: &str,
    ) -> Result<CertificateFacts, AdministrationError> {
        let name = own(name)?;
        let facts = self.node.install_certificate(name, pem).await.map_err(AdministrationError::Failed)?;
        self.audit(author, "install certificate", self.on_node(name), facts.fingerprint.clone()).await?;
        Ok(facts)
    }

    /// Adds the certificates of a PEM text to a trust store; answers with the name of the entry.
    ///
    /// # Errors
    /// When there is no such store, or the text holds no certificate.
    pub async fn trust(&self, author: &Author, store: &str, pem: &str) -> Result<String, AdministrationError> {
        let store = trust_store(store)?;
        let entry = self.node.trust(store, pem).await.map_err(AdministrationError::Failed)?;
        self.audit(author, "trust certificate", self.on_node(store), entry.clone()).await?;
        Ok(entry)
    }

    /// Removes a certificate from a trust store.
    ///
    /// # Errors
    /// When there is no such store or entry, or it cannot be removed.
    pub async fn distrust(&self, author: &Author, store: &str, name: &str) -> Result<(), AdministrationError> {
        let store = trust_store(store)?;
        if !self.node.distrust(store, name).await.map_err(AdministrationError::Failed)? {
            return Err(AdministrationError::UnknownCertificate { store: store.into(), name: name.into() });
        }
        self.audit(author, "distrust certificate", self.on_node(store), name.into()).await
    }

    fn on_node(&self, what: &str) -> String {
        format!("{what} on {}", self.own_name())
    }
}

fn own(name: &str) -> Result<&'static str, AdministrationError> {
    let found = OWN_CERTIFICATES.into_iter().find(|own| own.eq_ignore_ascii_case(name));
    found.ok_or_else(|| AdministrationError::Failed(format!("there is no own certificate {name}")))
}

fn trust_store(name: &str) -> Result<&'static str, AdministrationError> {
    let found = TRUST_STORES.into_iter().find(|store| store.eq_ignore_ascii_case(name));
    found.ok_or_else(|| AdministrationError::Failed(format!("there is no trust store {name}")))
}
