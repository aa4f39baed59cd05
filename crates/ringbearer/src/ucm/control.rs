//! What an administrator can do to this node.

use std::sync::Arc;

use admin_web::SetUpCode;
use administration::{
    Administration, AuthorizationKey, CertificateFacts, EdgeConnection, ListedCertificate, NodeControl,
    ServedCertificate,
};
use async_trait::async_trait;
use directory::{NodeName, NodeSettings, Role, Service, ServiceName, ServiceState, StopReason};
use runtime::surroundings::Process;

use super::node::Node;
use super::{certificates, keys};

impl Node {
    /// The operations of an administrator, as they are on this node.
    pub(super) fn administration(self: &Arc<Self>) -> Administration {
        Administration::new(Arc::new(Control(Arc::clone(self))), Arc::new(self.store.clone()), Arc::new(Process))
    }
}

/// The node, as the operations of an administrator see it.
struct Control(Arc<Node>);

#[async_trait]
impl NodeControl for Control {
    fn node(&self) -> &NodeName {
        &self.0.name
    }

    fn export_controlled_functionality(&self) -> bool {
        self.0.config.licence.export_controlled_functionality
    }

    fn running(&self) -> Option<NodeSettings> {
        self.0.call_manager.running()
    }

    fn tomcat_certificate(&self) -> String {
        certificates::own(&self.0.config, "tomcat").map(|tomcat| tomcat.facts().fingerprint.clone()).unwrap_or_default()
    }

    fn services(&self) -> Vec<Service> {
        let since = self.0.web_certificate.since();
        let tomcat = Service { name: ServiceName::Tomcat, state: ServiceState::Started, since };
        vec![self.0.call_manager.service(), self.0.tftp.service(), tomcat]
    }

    async fn start_service(&self, service: ServiceName) -> Result<(), String> {
        self.restart_service(service).await
    }

    async fn stop_service(&self, service: ServiceName, by: &str) -> Result<(), String> {
        let reason = StopReason::Administrator(by.to_owned());
        match service {
            ServiceName::CallManager => self.0.call_manager.halt(reason).await,
            ServiceName::Tftp => self.0.tftp.stop(reason).await,
            ServiceName::Tomcat => return Err(format!("{service} cannot stop itself")),
        }
        Ok(())
    }

    async fn restart_service(&self, service: ServiceName) -> Result<(), String> {
        let restarted = match service {
            ServiceName::CallManager => self.0.restart_call_manager().await,
            ServiceName::Tftp => self.0.tftp.restart(&self.0).await,
            ServiceName::Tomcat => self.0.web_certificate.take(&self.0.config),
        };
        restarted.map_err(|error| format!("{error:#}"))
    }

    fn certificates(&self) -> Result<Vec<ListedCertificate>, String> {
        certificates::list(&self.0.config).map_err(|error| format!("{error:#}"))
    }

    fn served_certificates(&self) -> Vec<ServedCertificate> {
        let of =
            |certificate, service, ports, fingerprint| ServedCertificate { certificate, service, ports, fingerprint };
        let mut served = Vec::new();
        if let Some(settings) = self.0.call_manager.running() {
            let ports = &settings.ports;
            let oauth = vec![ports.sip_phone_oauth(), ports.sip_mra_oauth()];
            served.push(of("tomcat", ServiceName::CallManager, oauth, settings.tomcat_certificate.clone()));
            let secure = vec![ports.sip_phone_secure()];
            let fingerprint = self.0.call_manager.certificate().unwrap_or_default();
            served.push(of("CallManager", ServiceName::CallManager, secure, fingerprint));
        }
        if let Some(fingerprint) = self.0.tftp.certificate() {
            served.push(of("tomcat", ServiceName::Tftp, vec![self.0.config.config_files.https_port], fingerprint));
        }
        let web = vec![self.0.config.web.port];
        served.push(of("tomcat", ServiceName::Tomcat, web, self.0.web_certificate.fingerprint()));
        served
    }

    fn certificate_pem(&self, store: &str, name: &str) -> Result<Option<String>, String> {
        certificates::pem(&self.0.config, store, name).map_err(|error| format!("{error:#}"))
    }

    async fn regenerate_certificate(&self, name: &str) -> Result<CertificateFacts, String> {
        certificates::regenerate(&self.0.config, name).map_err(|error| error.to_string())
    }

    async fn request_certificate(&self, name: &str) -> Result<String, String> {
        certificates::request_signing(&self.0.config, name).map_err(|error| error.to_string())
    }

    fn certificate_request(&self, name: &str) -> Result<Option<String>, String> {
        certificates::signing_request(&self.0.config, name).map_err(|error| error.to_string())
    }

    async fn install_certificate(&self, name: &str, pem: &str) -> Result<CertificateFacts, String> {
        certificates::install(&self.0.config, name, pem).map_err(|error| format!("{error:#}"))
    }

    async fn trust(&self, store: &str, pem: &str) -> Result<String, String> {
        let trust = certificates::trust(&self.0.config, store).map_err(|error| error.to_string())?;
        let path = trust.add(pem.as_bytes()).map_err(|error| error.to_string())?;
        self.0.call_manager.take_trust(&self.0.config);
        Ok(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default())
    }

    async fn distrust(&self, store: &str, name: &str) -> Result<bool, String> {
        let trust = certificates::trust(&self.0.config, store).map_err(|error| error.to_string())?;
        let removed = trust.remove(name).map_err(|error| error.to_string())?;
        self.0.call_manager.take_trust(&self.0.config);
        Ok(removed)
    }

    async fn key_hash(&self, key: AuthorizationKey) -> Result<String, String> {
        Ok(keys::hash(&self.0.tokens.keys(), key))
    }

    async fn regenerate_key(&self, key: AuthorizationKey) -> Result<String, String> {
        let ring = keys::regenerate(&self.0.store, key).await.map_err(|error| format!("{error:#}"))?;
        let hash = keys::hash(&ring, key);
        self.0.tokens.replace_keys(Arc::new(ring));
        Ok(hash)
    }

    fn set_up_code(&self) -> Result<Option<String>, String> {
        if self.0.directory().users().into_iter().any(|user| user.has_role(Role::Administrator)) {
            return Ok(None);
        }
        let code = SetUpCode::in_folder(&self.0.config.node.state);
        code.read_or_make().map(Some).map_err(|error| format!("{}: {error}", code.path().display()))
    }

    fn registered_devices(&self) -> usize {
        self.0.call_manager.registered_devices()
    }

    fn edge_connections(&self) -> Vec<EdgeConnection> {
        self.0.call_manager.edge_connections()
    }
}
