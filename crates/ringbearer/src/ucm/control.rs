//! What the admin shell can do to this node.

use std::sync::Arc;

use admin_web::SetUpCode;
use async_trait::async_trait;
use directory::{NodeName, NodeSettings, Role};
use runtime::certificate::CertificateFacts;

use super::node::Node;
use super::{certificates, keys};
use crate::admin::node_control::{AuthorizationKey, ListedCertificate, NodeControl, Service, ServiceState};

/// The service that `utils service restart` restarts.
const CALL_MANAGER: &str = "Cisco CallManager";

#[async_trait]
impl NodeControl for Arc<Node> {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn export_controlled_functionality(&self) -> bool {
        self.config.licence.export_controlled_functionality
    }

    fn running(&self) -> Option<NodeSettings> {
        self.call_manager.running()
    }

    fn tomcat_certificate(&self) -> String {
        certificates::own(&self.config, "tomcat").map(|tomcat| tomcat.facts().fingerprint.clone()).unwrap_or_default()
    }

    fn services(&self) -> Vec<Service> {
        let started = |name| Service { name, state: ServiceState::Started };
        let call_manager = Service { name: CALL_MANAGER, state: self.call_manager.state() };
        vec![call_manager, started("Cisco Tftp"), started("Cisco Tomcat")]
    }

    async fn restart_service(&self, name: &str) -> Result<(), String> {
        if name != CALL_MANAGER {
            return Err(format!("{name} restarts with the node"));
        }
        self.restart_call_manager().await.map_err(|error| format!("{error:#}"))
    }

    fn certificates(&self) -> Result<Vec<ListedCertificate>, String> {
        certificates::list(&self.config).map_err(|error| format!("{error:#}"))
    }

    async fn regenerate_certificate(&self, name: &str) -> Result<CertificateFacts, String> {
        if !certificates::OWN.contains(&name) {
            return Err(format!("there is no own certificate {name}"));
        }
        certificates::regenerate(&self.config, name).map_err(|error| error.to_string())
    }

    async fn trust(&self, store: &str, pem: &str) -> Result<String, String> {
        let path = trust_store(self, store)?.add(pem.as_bytes()).map_err(|error| error.to_string())?;
        self.call_manager.take_trust(&self.config);
        Ok(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default())
    }

    async fn distrust(&self, store: &str, name: &str) -> Result<bool, String> {
        let removed = trust_store(self, store)?.remove(name).map_err(|error| error.to_string())?;
        self.call_manager.take_trust(&self.config);
        Ok(removed)
    }

    async fn key_hash(&self, key: AuthorizationKey) -> Result<String, String> {
        Ok(keys::hash(&self.tokens.keys(), key))
    }

    async fn regenerate_key(&self, key: AuthorizationKey) -> Result<String, String> {
        let ring = keys::regenerate(&self.store, key).await.map_err(|error| format!("{error:#}"))?;
        let hash = keys::hash(&ring, key);
        self.tokens.replace_keys(Arc::new(ring));
        Ok(hash)
    }

    fn set_up_code(&self) -> Result<Option<String>, String> {
        if self.directory().users().into_iter().any(|user| user.has_role(Role::Administrator)) {
            return Ok(None);
        }
        let code = SetUpCode::in_folder(&self.config.node.state);
        code.read_or_make().map(Some).map_err(|error| format!("{}: {error}", code.path().display()))
    }

    fn registered_devices(&self) -> usize {
        self.call_manager.registered_devices()
    }
}

fn trust_store(node: &Node, store: &str) -> Result<runtime::trust::TrustStore, String> {
    if !certificates::TRUST.contains(&store) {
        return Err(format!("there is no trust store {store}"));
    }
    certificates::trust(&node.config, store).map_err(|error| error.to_string())
}
