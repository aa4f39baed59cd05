//! The Cisco CallManager service of the node: what is staged becomes what runs when it starts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callmanager::node_view::RunningSettings;
use callmanager::registrar::{Binding, UnregistrationReason};
use directory::{DeviceLocation, DeviceName, NodeSettings};
use runtime::config::NodeConfig;
use sip::auth::NonceKey;
use sip_net::{CallManagerService, PortPlan, ServiceConfig, Shared, Status, TlsMaterial};
use token::UnixTime;

use super::certificates;
use super::line_events::LineEvents;
use super::node::Node;
use crate::admin::node_control::ServiceState;

/// Over how long a restart spreads the end of its connections, so that phones do not come back all at once.
const SPREAD: Duration = Duration::from_secs(2);

/// The service, and what it is between two of them.
pub(super) struct CallManager {
    current: Mutex<Current>,
    /// One restart at a time.
    restarting: tokio::sync::Mutex<()>,
}

enum Current {
    Stopped(String),
    Starting,
    Running(CallManagerService),
}

impl CallManager {
    pub(super) fn new() -> Self {
        Self { current: Mutex::new(Current::Stopped("not started yet".into())), restarting: Default::default() }
    }

    /// Starts the service with what is staged now. The new service takes the ports before the old one's connections end, so
    /// that a phone that comes back finds it.
    ///
    /// # Errors
    /// When a port is taken or a certificate cannot be used: then the service does not run, and the state says why.
    pub(super) async fn restart(&self, node: &Arc<Node>) -> anyhow::Result<NodeSettings> {
        let _one_at_a_time = self.restarting.lock().await;
        let old = self.replace(Current::Starting);
        if let Current::Running(mut old) = old {
            old.stop_listening().await;
            tokio::spawn(old.stop(SPREAD));
        }
        match start(node) {
            Ok(service) => {
                let settings = service.settings().node.clone();
                self.replace(Current::Running(service));
                tracing::info!(node = %settings.node, sip_oauth_mode = settings.sip_oauth_mode, "the CallManager service runs");
                Ok(settings)
            }
            Err(error) => {
                self.replace(Current::Stopped(format!("{error:#}")));
                Err(error)
            }
        }
    }

    /// Ends the service with the node.
    pub(super) async fn stop(&self) {
        if let Current::Running(service) = self.replace(Current::Stopped("the node stops".into())) {
            service.stop(SPREAD).await;
        }
    }

    /// What runs, if it does.
    pub(super) fn running(&self) -> Option<NodeSettings> {
        match &*self.current() {
            Current::Running(service) => Some(service.settings().node.clone()),
            _ => None,
        }
    }

    /// Gives the running service the tomcat-trust of now: an Expressway-C whose CA was taken out loses its connection.
    pub(super) fn take_trust(&self, config: &NodeConfig) {
        match (&*self.current(), certificates::anchors(config, "tomcat-trust")) {
            (Current::Running(service), Ok(anchors)) => service.set_tomcat_trust(anchors),
            (_, Ok(_)) => {}
            (_, Err(error)) => {
                tracing::error!(%error, "tomcat-trust cannot be read: the service keeps the one that it has")
            }
        }
    }

    /// A device registered on another node: its registration here ends, if it is older than this.
    pub(super) fn device_moved(&self, location: &DeviceLocation, before: u64) {
        if let Current::Running(service) = &*self.current() {
            let reason = UnregistrationReason::DeviceSwitch;
            if service.end_registration_before(location.device.as_str(), UnixTime(before), reason) {
                tracing::info!(device = %location.device, node = %location.node, "the device registered on another node");
            }
        }
    }

    /// Ends the registration of a device, at the administrator's wish; says whether there was one.
    pub(super) fn end_registration(&self, device: &DeviceName, reason: UnregistrationReason) -> bool {
        matches!(&*self.current(), Current::Running(service) if service.end_registration(device.as_str(), reason))
    }

    pub(super) fn state(&self) -> ServiceState {
        match &*self.current() {
            Current::Running(_) => ServiceState::Started,
            Current::Starting => ServiceState::Starting,
            Current::Stopped(why) => ServiceState::Stopped(why.clone()),
        }
    }

    /// How the running service is.
    pub(super) fn status(&self) -> Option<Status> {
        match &*self.current() {
            Current::Running(service) => Some(service.status()),
            _ => None,
        }
    }

    /// Every device that is registered here.
    pub(super) fn registrations(&self) -> Vec<Arc<Binding>> {
        match &*self.current() {
            Current::Running(service) => service.registrations(),
            _ => Vec::new(),
        }
    }

    /// Takes nothing new from now on; calls in progress go on.
    pub(super) fn drain(&self, retry_after: Duration) {
        if let Current::Running(service) = &*self.current() {
            service.drain(retry_after);
        }
    }

    /// The calls in progress.
    pub(super) fn calls(&self) -> usize {
        match &*self.current() {
            Current::Running(service) => service.status().calls,
            _ => 0,
        }
    }

    pub(super) fn registered_devices(&self) -> usize {
        match &*self.current() {
            Current::Running(service) => service.status().devices,
            _ => 0,
        }
    }

    fn replace(&self, next: Current) -> Current {
        std::mem::replace(&mut *self.current(), next)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(node: &Arc<Node>) -> anyhow::Result<CallManagerService> {
    let config = &node.config;
    let tls = TlsMaterial {
        tomcat: certificates::own(config, "tomcat")?,
        tomcat_trust: certificates::anchors(config, "tomcat-trust")?,
        callmanager: certificates::own(config, "CallManager")?,
        callmanager_trust: certificates::anchors(config, "CallManager-trust")?,
    };
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
    Ok(CallManagerService::start(config, shared)?)
}
