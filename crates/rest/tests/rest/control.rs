//! A node whose services and certificates are notes.

use std::sync::{Arc, Mutex};

use administration::{
    Administration, AuthorizationKey, CertificateFacts, EdgeConnection, ListedCertificate, NodeControl,
    ServedCertificate, Surroundings, Work,
};
use async_trait::async_trait;
use directory::{NodeName, NodeSettings, Service, ServiceName, ServiceState, StopReason};
use store::Store;

use crate::node::NOW;

/// What a node without a disk does.
pub(crate) struct Control {
    name: NodeName,
    services: Mutex<Vec<Service>>,
    trusted: Mutex<Vec<String>>,
    request: Mutex<Option<String>>,
}

/// The clock stands still, and nobody waits.
struct Still;

#[async_trait]
impl Surroundings for Still {
    fn unix_seconds(&self) -> u64 {
        NOW
    }

    async fn pause(&self, _: std::time::Duration) {
        tokio::task::yield_now().await;
    }

    fn go_on(&self, work: Work) {
        tokio::spawn(work);
    }
}

pub(crate) fn administration(store: &Store) -> Administration {
    let started = |name| Service { name, state: ServiceState::Started, since: 1_700_000_000 };
    let control = Control {
        name: "ucm-pub".parse().unwrap(),
        services: Mutex::new(ServiceName::ALL.map(started).to_vec()),
        trusted: Mutex::default(),
        request: Mutex::default(),
    };
    Administration::new(Arc::new(control), Arc::new(store.clone()), Arc::new(Still))
}

pub(crate) fn facts(name: &str) -> CertificateFacts {
    CertificateFacts {
        subject: format!("CN={name}"),
        issuer: "CN=Authority".into(),
        alternative_names: vec!["ucm-pub.example".into()],
        not_before: 1_700_000_000,
        not_after: 1_900_000_000,
        serial: "0a".into(),
        fingerprint: "ab".repeat(32),
        public_key: "EC P-256".into(),
        ..CertificateFacts::default()
    }
}

impl Control {
    fn set(&self, service: ServiceName, state: ServiceState) {
        let mut services = self.services.lock().unwrap();
        let found = services.iter_mut().find(|one| one.name == service).unwrap();
        (found.state, found.since) = (state, NOW);
    }
}

#[async_trait]
impl NodeControl for Control {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn export_controlled_functionality(&self) -> bool {
        true
    }

    fn running(&self) -> Option<NodeSettings> {
        None
    }

    fn tomcat_certificate(&self) -> String {
        facts("tomcat").fingerprint
    }

    fn services(&self) -> Vec<Service> {
        self.services.lock().unwrap().clone()
    }

    async fn start_service(&self, service: ServiceName) -> Result<(), String> {
        self.set(service, ServiceState::Started);
        Ok(())
    }

    async fn stop_service(&self, service: ServiceName, by: &str) -> Result<(), String> {
        self.set(service, ServiceState::Stopped(StopReason::Administrator(by.into())));
        Ok(())
    }

    async fn restart_service(&self, service: ServiceName) -> Result<(), String> {
        match service {
            ServiceName::Tftp => {
                self.set(service, ServiceState::Stopped(StopReason::Failure("port 6970 is in use".into())));
                Err("port 6970 is in use".into())
            }
            other => self.start_service(other).await,
        }
    }

    fn certificates(&self) -> Result<Vec<ListedCertificate>, String> {
        let of =
            |store: &str, name: &str| ListedCertificate { store: store.into(), name: name.into(), facts: facts(name) };
        let mut all = vec![of("tomcat", "tomcat"), of("CallManager", "CallManager")];
        all.extend(self.trusted.lock().unwrap().iter().map(|name| of("tomcat-trust", name)));
        Ok(all)
    }

    fn served_certificates(&self) -> Vec<ServedCertificate> {
        Vec::new()
    }

    fn certificate_pem(&self, store: &str, name: &str) -> Result<Option<String>, String> {
        Ok(Some(format!("{store}/{name} in PEM")))
    }

    async fn regenerate_certificate(&self, name: &str) -> Result<CertificateFacts, String> {
        Ok(facts(name))
    }

    async fn request_certificate(&self, name: &str) -> Result<String, String> {
        let request = format!("a request of {name}");
        *self.request.lock().unwrap() = Some(request.clone());
        Ok(request)
    }

    fn certificate_request(&self, _: &str) -> Result<Option<String>, String> {
        Ok(self.request.lock().unwrap().clone())
    }

    async fn install_certificate(&self, name: &str, pem: &str) -> Result<CertificateFacts, String> {
        match pem {
            "the chain" => Ok(facts(name)),
            _ => Err("the text holds no certificate".into()),
        }
    }

    async fn trust(&self, _: &str, pem: &str) -> Result<String, String> {
        if pem != "an authority" {
            return Err("the text holds no certificate".into());
        }
        self.trusted.lock().unwrap().push("Authority-1a2b3c4d".into());
        Ok("Authority-1a2b3c4d".into())
    }

    async fn distrust(&self, _: &str, name: &str) -> Result<bool, String> {
        let mut trusted = self.trusted.lock().unwrap();
        let before = trusted.len();
        trusted.retain(|one| one != name);
        Ok(trusted.len() < before)
    }

    async fn key_hash(&self, _: AuthorizationKey) -> Result<String, String> {
        Err("there are no keys here".into())
    }

    async fn regenerate_key(&self, _: AuthorizationKey) -> Result<String, String> {
        Err("there are no keys here".into())
    }

    fn set_up_code(&self) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn registered_devices(&self) -> usize {
        1
    }

    fn edge_connections(&self) -> Vec<EdgeConnection> {
        Vec::new()
    }
}
