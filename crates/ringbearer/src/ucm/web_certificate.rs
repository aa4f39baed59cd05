//! The certificate that the web services show on 8443. Restarting them takes the tomcat certificate of that moment for the next
//! connections: those that are there go on, the administrator's too.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use runtime::config::NodeConfig;
use runtime::tls::ReplaceableCertificate;
use rustls::ServerConfig;

use super::certificates;

/// The certificate, its fingerprint, and since when it is shown.
pub(super) struct WebCertificate {
    certificate: Arc<ReplaceableCertificate>,
    config: Arc<ServerConfig>,
    shown: Mutex<(String, u64)>,
}

impl WebCertificate {
    /// The tomcat certificate of now.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) fn new(config: &NodeConfig) -> anyhow::Result<Self> {
        let tomcat = certificates::own(config, "tomcat")?;
        let certificate = Arc::new(ReplaceableCertificate::new(&tomcat).context("the tomcat certificate")?);
        let config = Arc::new(runtime::tls::server_config_of(Arc::clone(&certificate))?);
        let shown = Mutex::new((tomcat.facts().fingerprint.clone(), runtime::clock::unix_seconds()));
        Ok(Self { certificate, config, shown })
    }

    /// Takes the tomcat certificate of now.
    ///
    /// # Errors
    /// When it cannot be used: then the one that is shown stays.
    pub(super) fn take(&self, config: &NodeConfig) -> anyhow::Result<()> {
        let tomcat = certificates::own(config, "tomcat")?;
        self.certificate.replace(&tomcat).context("the tomcat certificate")?;
        *self.shown() = (tomcat.facts().fingerprint.clone(), runtime::clock::unix_seconds());
        Ok(())
    }

    /// How the web services do TLS.
    pub(super) fn config(&self) -> &Arc<ServerConfig> {
        &self.config
    }

    /// The SHA-256 of the certificate that is shown.
    pub(super) fn fingerprint(&self) -> String {
        self.shown().0.clone()
    }

    /// Since when it is shown.
    pub(super) fn since(&self) -> u64 {
        self.shown().1
    }

    fn shown(&self) -> MutexGuard<'_, (String, u64)> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
