//! The Cisco CallManager service of the node: what is staged becomes what runs when it starts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use administration::EdgeConnection;
use callmanager::node_view::RunningSettings;
use callmanager::registrar::{Binding, UnregistrationReason};
use directory::{DeviceLocation, DeviceName, NodeSettings, Service, ServiceName, ServiceState, StopReason};
use runtime::config::NodeConfig;
use sip::auth::NonceKey;
use sip_net::{CallManagerService, PortPlan, ServiceConfig, Shared, Status, TlsMaterial};
use token::UnixTime;

use super::certificates;
use super::line_events::LineEvents;
use super::node::Node;

/// Over how long a restart spreads the end of its connections, so that phones do not come back all at once.
const SPREAD: Duration = Duration::from_secs(2);

/// The service, and what it is between two of them.
pub(super) struct CallManager {
    current: Mutex<(Current, u64)>,
    /// One restart at a time.
    restarting: tokio::sync::Mutex<()>,
}

enum Current {
    Stopped(StopReason),
    Starting,
    Running(CallManagerService, Shown),
}

/// What the running service shows on 5061.
struct Shown {
    /// The SHA-256 of the CallManager certificate.
    certificate: String,
}

impl CallManager {
    pub(super) fn new() -> Self {
        let stopped = Current::Stopped(StopReason::Failure("not started yet".into()));
        Self { current: Mutex::new((stopped, runtime::clock::unix_seconds())), restarting: Default::default() }
    }

    /// Starts the service with what is staged now. The new service takes the ports before the old one's connections end, so
    /// that a phone that comes back finds it.
    ///
    /// # Errors
    /// When a port is taken or a certificate cannot be used: then the service does not run, and the state says why.
    pub(super) async fn restart(&self, node: &Arc<Node>) -> anyhow::Result<NodeSettings> {
        let _one_at_a_time = self.restarting.lock().await;
        self.end(Current::Starting).await;
        match start(node) {
            Ok((service, shown)) => {
                let settings = service.settings().node.clone();
                self.replace(Current::Running(service, shown));
                tracing::info!(node = %settings.node, sip_oauth_mode = settings.sip_oauth_mode, "the CallManager service runs");
                Ok(settings)
            }
            Err(error) => {
                self.replace(Current::Stopped(StopReason::Failure(format!("{error:#}"))));
                Err(error)
            }
        }
    }

    /// Stops the service for this reason: its sockets are closed when this returns, its connections end soon after.
    pub(super) async fn halt(&self, reason: StopReason) {
        let _one_at_a_time = self.restarting.lock().await;
        tracing::info!(%reason, "the CallManager service is stopped");
        self.end(Current::Stopped(reason)).await;
    }

    async fn end(&self, next: Current) {
        if let Current::Running(mut old, _) = self.replace(next) {
            old.stop_listening().await;
            tokio::spawn(old.stop(SPREAD));
        }
    }

    /// Ends the service with the node.
    pub(super) async fn stop(&self) {
        let stopped = Current::Stopped(StopReason::Failure("the node stops".into()));
        if let Current::Running(service, _) = self.replace(stopped) {
            service.stop(SPREAD).await;
        }
    }

    /// What runs, if it does.
    pub(super) fn running(&self) -> Option<NodeSettings> {
        self.service_of(|service| service.settings().node.clone())
    }

    /// Gives the running service the tomcat-trust of now: an Expressway-C whose CA was taken out loses its connection.
    pub(super) fn take_trust(&self, config: &NodeConfig) {
        match (&self.current().0, certificates::anchors(config, "tomcat-trust")) {
            (Current::Running(service, _), Ok(anchors)) => service.set_tomcat_trust(anchors),
            (_, Ok(_)) => {}
            (_, Err(error)) => {
                tracing::error!(%error, "tomcat-trust cannot be read: the service keeps the one that it has")
            }
        }
    }

    /// A device registered on another node: its registration here ends, if it is older than this.
    pub(super) fn device_moved(&self, location: &DeviceLocation, before: u64) {
        if let Current::Running(service, _) = &self.current().0 {
            let reason = UnregistrationReason::DeviceSwitch;
            if service.end_registration_before(location.device.as_str(), UnixTime(before), reason) {
                tracing::info!(device = %location.device, node = %location.node, "the device registered on another node");
            }
        }
    }

    /// Ends the registration of a device, at the administrator's wish; says whether there was one.
    pub(super) fn end_registration(&self, device: &DeviceName, reason: UnregistrationReason) -> bool {
        self.service_of(|service| service.end_registration(device.as_str(), reason)).unwrap_or_default()
    }

    pub(super) fn service(&self) -> Service {
        let (current, since) = &*self.current();
        let state = match current {
            Current::Running(..) => ServiceState::Started,
            Current::Starting => ServiceState::Starting,
            Current::Stopped(reason) => ServiceState::Stopped(reason.clone()),
        };
        Service { name: ServiceName::CallManager, state, since: *since }
    }

    /// The SHA-256 of the CallManager certificate that 5061 shows, while the service runs.
    pub(super) fn certificate(&self) -> Option<String> {
        match &self.current().0 {
            Current::Running(_, shown) => Some(shown.certificate.clone()),
            _ => None,
        }
    }

    /// How the running service is.
    pub(super) fn status(&self) -> Option<Status> {
        self.service_of(CallManagerService::status)
    }

    /// The Expressway-C connections of now.
    pub(super) fn edge_connections(&self) -> Vec<EdgeConnection> {
        let edges = self.service_of(CallManagerService::edges).unwrap_or_default();
        edges.into_iter().map(|(remote, names)| EdgeConnection { remote, names }).collect()
    }

    /// Every device that is registered here.
    pub(super) fn registrations(&self) -> Vec<Arc<Binding>> {
        self.service_of(CallManagerService::registrations).unwrap_or_default()
    }

    /// Takes nothing new from now on; calls in progress go on.
    pub(super) fn drain(&self, retry_after: Duration) {
        if let Current::Running(service, _) = &self.current().0 {
            service.drain(retry_after);
        }
    }

    /// The calls in progress.
    pub(super) fn calls(&self) -> usize {
        self.service_of(|service| service.status().calls).unwrap_or_default()
    }

    pub(super) fn registered_devices(&self) -> usize {
        self.service_of(|service| service.status().devices).unwrap_or_default()
    }

    fn service_of<T>(&self, read: impl FnOnce(&CallManagerService) -> T) -> Option<T> {
        match &self.current().0 {
            Current::Running(service, _) => Some(read(service)),
            _ => None,
        }
    }

    fn replace(&self, next: Current) -> Current {
        std::mem::replace(&mut *self.current(), (next, runtime::clock::unix_seconds())).0
    }

    fn current(&self) -> MutexGuard<'_, (Current, u64)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(node: &Arc<Node>) -> anyhow::Result<(CallManagerService, Shown)> {
    let config = &node.config;
    let tls = TlsMaterial {
        tomcat: certificates::own(config, "tomcat")?,
        tomcat_trust: certificates::anchors(config, "tomcat-trust")?,
        callmanager: certificates::own(config, "CallManager")?,
        callmanager_trust: certificates::anchors(config, "CallManager-trust")?,
    };
    let shown = Shown { certificate: tls.callmanager.facts().fingerprint.clone() };
    let directory = node.directory();
    let staged = NodeSettings::staged(&directory, node.name.as_str(), &tls.tomcat.facts().fingerprint);
    let staged = staged.ok_or_else(|| anyhow::anyhow!("{} is not a node of the cluster any more", node.name))?;
    let nonce_key = NonceKey::new(node.tokens.keys().derive("digest nonce", b""));
    let mut settings = RunningSettings::new(staged, config.issuer(), nonce_key);
    settings.realm.clone_from(&config.callmanager.realm);
    settings.server.clone_from(&config.callmanager.server_header);
    settings.srtp_fallback_allowed = directory.parameters().srtp_fallback_allowed();
    let config = ServiceConfig {
        address: config.node.address,
        ports: PortPlan::of(&settings),
        settings,
        tls,
        danger_tls_key_log: config.callmanager.danger_tls_key_log.clone(),
    };
    let shared = Shared {
        directory: Arc::clone(&node.directory),
        access_tokens: Arc::clone(&node.tokens),
        observer: Arc::new(LineEvents::start(node.name.clone(), node.store.clone())),
        observation: Arc::clone(&node.observation),
    };
    Ok((CallManagerService::start(config, shared)?, shown))
}
