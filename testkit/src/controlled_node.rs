//! A node as the operations of an administrator see it, whose effects are notes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use administration::{
    AuthorizationKey, CertificateFacts, EdgeConnection, ListedCertificate, NodeControl, OWN_CERTIFICATES,
    ServedCertificate,
};
use async_trait::async_trait;
use directory::{NodeName, NodeSettings, Service, ServiceName, ServiceState, StopReason};

/// A node that does what it is told, or fails when the test wants that.
#[derive(Debug)]
pub struct ControlledNode {
    name: NodeName,
    state: Mutex<State>,
}

/// What a test may set.
#[derive(Debug)]
pub struct State {
    /// The services.
    pub services: Vec<Service>,
    /// Why nothing starts any more.
    pub start_fails: Option<String>,
    /// Whether the licence allows export-controlled functionality.
    pub licensed: bool,
    /// What the CallManager service runs.
    pub running: Option<NodeSettings>,
    /// The certificates.
    pub certificates: Vec<ListedCertificate>,
    /// What the services show.
    pub served: Vec<ServedCertificate>,
    /// The request that waits.
    pub request: Option<String>,
    /// The Expressway-C connections.
    pub edges: Vec<EdgeConnection>,
}

impl ControlledNode {
    /// A node on which everything runs, with its own certificates and nobody trusted.
    #[must_use]
    pub fn new(name: NodeName) -> Self {
        let started = |name| Service { name, state: ServiceState::Started, since: 1_800_000_000 };
        let own = |store: &str| ListedCertificate {
            store: store.to_owned(),
            name: store.to_owned(),
            facts: facts(name.as_str(), "aa"),
        };
        let state = State {
            services: ServiceName::ALL.map(started).to_vec(),
            start_fails: None,
            licensed: true,
            running: None,
            certificates: OWN_CERTIFICATES.map(own).to_vec(),
            served: Vec::new(),
            request: None,
            edges: Vec::new(),
        };
        Self { name, state: Mutex::new(state) }
    }

    /// What a test may set.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, name: ServiceName, state: ServiceState) {
        for service in self.state().services.iter_mut().filter(|service| service.name == name) {
            service.state = state.clone();
        }
    }
}

/// A self-signed certificate of a name; its serial number makes its fingerprint.
#[must_use]
pub fn facts(name: &str, serial: &str) -> CertificateFacts {
    CertificateFacts {
        subject: format!("CN={name}"),
        issuer: format!("CN={name}"),
        common_names: vec![name.to_owned()],
        not_before: 1_700_000_000,
        not_after: 1_900_000_000,
        serial: serial.to_owned(),
        fingerprint: serial.repeat(32),
        public_key: "EC P-256".to_owned(),
        ..CertificateFacts::default()
    }
}

#[async_trait]
impl NodeControl for ControlledNode {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn export_controlled_functionality(&self) -> bool {
        self.state().licensed
    }

    fn running(&self) -> Option<NodeSettings> {
        self.state().running.clone()
    }

    fn tomcat_certificate(&self) -> String {
        "aa".repeat(32)
    }

    fn services(&self) -> Vec<Service> {
        self.state().services.clone()
    }

    async fn start_service(&self, service: ServiceName) -> Result<(), String> {
        let fails = self.state().start_fails.clone();
        match fails {
            Some(reason) => {
                self.put(service, ServiceState::Stopped(StopReason::Failure(reason.clone())));
                Err(reason)
            }
            None => {
                self.put(service, ServiceState::Started);
                Ok(())
            }
        }
    }

    async fn stop_service(&self, service: ServiceName, by: &str) -> Result<(), String> {
        self.put(service, ServiceState::Stopped(StopReason::Administrator(by.to_owned())));
        Ok(())
    }

    async fn restart_service(&self, service: ServiceName) -> Result<(), String> {
        self.start_service(service).await
    }

    fn certificates(&self) -> Result<Vec<ListedCertificate>, String> {
        Ok(self.state().certificates.clone())
    }

    fn served_certificates(&self) -> Vec<ServedCertificate> {
        self.state().served.clone()
    }

    fn certificate_pem(&self, _store: &str, name: &str) -> Result<Option<String>, String> {
        Ok(Some(format!("-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n")))
    }

    async fn regenerate_certificate(&self, name: &str) -> Result<CertificateFacts, String> {
        let new = facts(self.name.as_str(), "bb");
        for one in self.state().certificates.iter_mut().filter(|one| one.store == name) {
            one.facts = new.clone();
        }
        Ok(new)
    }

    async fn request_certificate(&self, name: &str) -> Result<String, String> {
        let pem = format!("-----BEGIN CERTIFICATE REQUEST-----\n{name}\n-----END CERTIFICATE REQUEST-----\n");
        self.state().request = Some(pem.clone());
        Ok(pem)
    }

    fn certificate_request(&self, _name: &str) -> Result<Option<String>, String> {
        Ok(self.state().request.clone())
    }

    async fn install_certificate(&self, name: &str, pem: &str) -> Result<CertificateFacts, String> {
        if !pem.starts_with("-----BEGIN CERTIFICATE-----") {
            return Err("there is no certificate in it".to_owned());
        }
        self.state().request = None;
        self.regenerate_certificate(name).await
    }

    async fn trust(&self, store: &str, pem: &str) -> Result<String, String> {
        if !pem.starts_with("-----BEGIN CERTIFICATE-----") {
            return Err("holds no certificate".to_owned());
        }
        let entry = ListedCertificate { store: store.to_owned(), name: "ca-1".to_owned(), facts: facts("ca", "dd") };
        self.state().certificates.push(entry);
        Ok("ca-1".to_owned())
    }

    async fn distrust(&self, store: &str, name: &str) -> Result<bool, String> {
        let certificates = &mut self.state().certificates;
        let before = certificates.len();
        certificates.retain(|one| one.store != store || one.name != name);
        Ok(certificates.len() < before)
    }

    async fn key_hash(&self, key: AuthorizationKey) -> Result<String, String> {
        Ok(format!("hash of the {} key", key.as_str()))
    }

    async fn regenerate_key(&self, key: AuthorizationKey) -> Result<String, String> {
        Ok(format!("hash of a new {} key", key.as_str()))
    }

    fn set_up_code(&self) -> Result<Option<String>, String> {
        Ok(Some("ABCDE-FGHIJ-KLMNO-PQRST".into()))
    }

    fn registered_devices(&self) -> usize {
        3
    }

    fn edge_connections(&self) -> Vec<EdgeConnection> {
        self.state().edges.clone()
    }
}
