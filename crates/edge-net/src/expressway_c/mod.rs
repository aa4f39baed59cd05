//! Expressway-C: it dials Expressway-E and each Unified CM node of a zone, and listens to nobody.

mod http_tunnel;
mod servers;
mod state;
mod view;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use edge::{ConnectFailure, CoreSettings, ExpresswayC, Flow, FlowKind, Input, Now, Output, Target, Zone, ZoneName};
use runtime::identity::Identity;
use runtime::shutdown::Stopping;
use rustls::pki_types::CertificateDer;
use tokio::sync::{Notify, mpsc};

use crate::connection::{Connection, Origin};
use crate::driver::{Driver, Machine, Plane};
use crate::error::{StartError, open_key_log};
use crate::expressway_e::close_all;
use crate::hosts::Hosts;
use crate::monitor::Monitor;
use crate::record::{Agreed, Broken, HandshakeRecord, Leg};
use crate::status::{self, Peer};
use crate::tls::{ALPN_H2, ALPN_SIP, Dialled, Dialler, Endpoint, Versions, names_of};
use crate::tunnel::HttpTunnel;

pub use servers::{ServersError, UnifiedCmServers, view_of};
pub use state::{ClusterKeys, CoreState, StateError, Version};
pub use view::CoreView;

/// What an Expressway-C is started with.
#[derive(Clone, Debug)]
pub struct ExpresswayCConfig {
    /// The address that connections come from.
    pub address: IpAddr,
    /// Expressway-E: a name or an address.
    pub edge: String,
    /// Its traversal port, 7001.
    pub edge_port: u16,
    /// The name that its certificate must carry.
    pub edge_name: String,
    /// What the machine is configured with.
    pub settings: CoreSettings,
    /// Shown to Expressway-E and to the nodes.
    pub identity: Identity,
    /// The trusted CA list.
    pub trusted: Vec<CertificateDer<'static>>,
    /// Names that are known without asking.
    pub hosts: Hosts,
    /// Where TLS secrets are written for Wireshark.
    pub danger_tls_key_log: Option<PathBuf>,
}

struct Core {
    machine: ExpresswayC,
    plane: Plane,
    view: Arc<ArcSwap<CoreView>>,
}

impl Machine for Core {
    fn handle(&mut self, now: Now, input: Input) {
        let view = self.view.load();
        self.machine.handle(now, view.as_ref(), &mut self.plane, input);
    }

    fn poll(&mut self) -> Option<Output> {
        self.machine.poll()
    }
}

/// A zone as the status page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneRow {
    /// `CEOAuth-<node>`.
    pub name: String,
    /// The node.
    pub node: String,
    /// Its MRA OAuth port.
    pub port: u16,
    /// `Active`, or why it is not.
    pub status: String,
    /// Whether it is active.
    pub is_active: bool,
    /// Phones that are registered through it.
    pub sessions: usize,
}

/// A phone that is registered through the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The user of its token.
    pub user: String,
    /// The device that it named.
    pub device: String,
    /// Its address as Expressway-E saw it.
    pub client: String,
    /// The zone of the node that it registered with.
    pub zone: String,
    /// When it registered, in seconds since 1970.
    pub started_at: u64,
}

/// A running Expressway-C. Dropped without [`stop`](Self::stop), it goes on.
pub struct ExpresswayCService {
    driver: Arc<Driver<Core>>,
    dialler: Arc<Dialler>,
    view: Arc<ArcSwap<CoreView>>,
    monitor: Arc<Monitor>,
    edge: Endpoint,
    tunnel: OnceLock<Arc<dyn HttpTunnel>>,
    link: Arc<Mutex<Option<ConnectFailure>>>,
    /// Wakes the one who waits to dial the tunnel again.
    again: Arc<Notify>,
}

impl ExpresswayCService {
    /// Begins to dial.
    ///
    /// # Errors
    /// When the certificate cannot be used.
    pub fn start(
        config: ExpresswayCConfig,
        view: CoreView,
        plane: Plane,
        stopping: &Stopping,
    ) -> Result<Self, StartError> {
        let key_log = open_key_log(config.danger_tls_key_log.as_deref())?;
        let dialler = Dialler::new(&config.identity, config.trusted, key_log, config.hosts, config.address);
        let dialler = Arc::new(dialler.map_err(StartError::Certificate)?);
        let monitor = Arc::new(Monitor::default());
        let view = Arc::new(ArcSwap::from_pointee(view));
        let machine = ExpresswayC::new(config.settings, runtime::random::bytes());
        let core = Core { machine, plane, view: Arc::clone(&view) };
        let (driver, wanted) = Driver::new(core, Arc::clone(&monitor));
        let edge = Endpoint {
            host: config.edge,
            port: config.edge_port,
            names: vec![config.edge_name],
            protocol: Some(ALPN_SIP),
            versions: Versions::Tls13,
            addresses: Vec::new(),
        };
        let link = Arc::default();
        tokio::spawn(Arc::clone(&driver).run_timer());
        let connector = Connector {
            driver: Arc::clone(&driver),
            dialler: Arc::clone(&dialler),
            view: Arc::clone(&view),
            edge: edge.clone(),
            link: Arc::clone(&link),
        };
        tokio::spawn(connector.run(wanted, stopping.clone()));
        driver.input(Input::Reconfigured);
        Ok(Self { driver, dialler, view, monitor, edge, tunnel: OnceLock::new(), link, again: Arc::default() })
    }

    /// Keeps the tunnel of HTTP open from now on. A second call changes nothing.
    pub fn start_tunnel(&self, tunnel: Arc<dyn HttpTunnel>, stopping: &Stopping) {
        if self.tunnel.set(Arc::clone(&tunnel)).is_ok() {
            let link = http_tunnel::Link {
                endpoint: Endpoint { protocol: Some(ALPN_H2), ..self.edge.clone() },
                dialler: Arc::clone(&self.dialler),
                tunnel,
                monitor: Arc::clone(&self.monitor),
                again: Arc::clone(&self.again),
            };
            tokio::spawn(link.run(stopping.clone()));
        }
    }

    /// Counters and alarms.
    #[must_use]
    pub fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// What dials: for discovery, and for its identity and list.
    #[must_use]
    pub fn dialler(&self) -> &Arc<Dialler> {
        &self.dialler
    }

    /// What the machine looks up, as of now.
    #[must_use]
    pub fn view(&self) -> Arc<CoreView> {
        self.view.load_full()
    }

    /// Other zones, rules, keys or settings from now on.
    pub fn replace_view(&self, view: CoreView) {
        self.view.store(Arc::new(view));
        self.driver.input(Input::Reconfigured);
    }

    /// From now on connections show this certificate and trust this list; those that there are stay. What failed is tried again
    /// at once.
    ///
    /// # Errors
    /// When the certificate cannot be used; then the one before stays.
    pub fn replace_tls(&self, identity: &Identity, trusted: Vec<CertificateDer<'static>>) -> Result<(), StartError> {
        self.dialler.replace_identity(identity).map_err(StartError::Certificate)?;
        self.dialler.replace_trusted(trusted).map_err(StartError::Certificate)?;
        self.driver.input(Input::Reconfigured);
        self.again.notify_one();
        Ok(())
    }

    /// Every zone with its status.
    #[must_use]
    pub fn zones(&self) -> Vec<ZoneRow> {
        let view = self.view();
        self.driver.look(|core| {
            let mut sessions: BTreeMap<&ZoneName, usize> = BTreeMap::new();
            for session in core.machine.sessions() {
                *sessions.entry(&session.zone).or_default() += 1;
            }
            let row = |(name, zone_status): (&ZoneName, &edge::ZoneStatus)| {
                let zone = view.zones.iter().find(|zone| zone.name == *name);
                ZoneRow {
                    name: name.to_string(),
                    node: zone.map(|zone| zone.node.clone()).unwrap_or_default(),
                    port: zone.map(|zone| zone.port).unwrap_or_default(),
                    status: zone_status.describe(zone.map_or("the node", |zone| zone.node.as_str())),
                    is_active: zone_status.is_active(),
                    sessions: sessions.get(name).copied().unwrap_or_default(),
                }
            };
            core.machine.zones().map(row).collect()
        })
    }

    /// Every phone that is registered through the edge.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionRow> {
        self.driver.look(|core| {
            let sessions = core.machine.sessions();
            let row = |session: &edge::Session| SessionRow {
                user: session.user.clone().unwrap_or_default(),
                device: session.device.clone().unwrap_or_default(),
                client: session.client.clone(),
                zone: session.zone.to_string(),
                started_at: session.started_at.0,
            };
            sessions.map(row).collect()
        })
    }

    /// Whether there is a traversal link for SIP.
    #[must_use]
    pub fn is_traversal_up(&self) -> bool {
        self.driver.look(|core| core.machine.is_traversal_up())
    }

    /// The traversal link: `Active`, or why it is not and what to do.
    #[must_use]
    pub fn traversal_status(&self) -> String {
        if self.is_traversal_up() {
            return "Active".to_owned();
        }
        match &*self.link.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(failure) => format!("Failed: {}", status::connect(failure, Peer::ExpresswayE)),
            None => "Connecting".to_owned(),
        }
    }

    /// Whether there is a tunnel for HTTP.
    #[must_use]
    pub fn is_tunnel_up(&self) -> bool {
        self.tunnel.get().is_some_and(|tunnel| tunnel.is_up())
    }

    /// Takes no new call from now on.
    pub fn drain(&self) {
        self.driver.look(|edge| edge.machine.drain());
    }

    /// Ends every connection.
    pub async fn stop(&self) {
        close_all(&self.driver).await;
    }
}

impl std::fmt::Debug for ExpresswayCService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExpresswayCService").finish_non_exhaustive()
    }
}

/// Opens what the machine wants.
struct Connector {
    driver: Arc<Driver<Core>>,
    dialler: Arc<Dialler>,
    view: Arc<ArcSwap<CoreView>>,
    edge: Endpoint,
    /// Why the last attempt at the traversal link failed.
    link: Arc<Mutex<Option<ConnectFailure>>>,
}

impl Connector {
    async fn run(self, mut wanted: mpsc::UnboundedReceiver<Target>, mut stopping: Stopping) {
        let connector = Arc::new(self);
        loop {
            let target = tokio::select! {
                () = stopping.wait() => return,
                target = wanted.recv() => target,
            };
            let Some(target) = target else { return };
            tokio::spawn(Arc::clone(&connector).connect(target));
        }
    }

    async fn connect(self: Arc<Self>, target: Target) {
        let Some(endpoint) = self.endpoint(&target) else {
            let gone = ConnectFailure::Other("the zone is no longer configured".to_owned());
            return self.driver.input(Input::ConnectFailed(target, gone));
        };
        let Dialled { outcome, peer_chain } = Box::pin(self.dialler.dial_and_see(&endpoint)).await;
        let leg = match &target {
            Target::Traversal => Leg::Traversal,
            Target::Zone(name) => Leg::Zone(name.to_string()),
        };
        let handshake = |outcome| HandshakeRecord {
            at: runtime::clock::unix_seconds(),
            number: 0,
            leg: leg.clone(),
            remote: format!("{}:{}", endpoint.host, endpoint.port),
            outcome,
            peer_chain: peer_chain.clone(),
        };
        let broken = |failure: &ConnectFailure| Broken::of(failure, describe(&target, &endpoint, failure));
        match outcome {
            Ok(stream) => {
                self.driver.monitor.handshake(handshake(Ok(Agreed::of(stream.get_ref().1))));
                let (socket, connection) = stream.get_ref();
                let (Ok(local), Ok(remote)) = (socket.local_addr(), socket.peer_addr()) else {
                    return self.driver.input(Input::ConnectFailed(target, ConnectFailure::ClosedInHandshake));
                };
                let names = names_of(connection.peer_certificates().and_then(|chain| chain.first()));
                let kind = match &target {
                    Target::Traversal => FlowKind::Traversal { names },
                    Target::Zone(name) => FlowKind::Zone { name: name.clone() },
                };
                let flow = Flow { id: self.driver.next_flow(), kind, local, remote };
                let origin = Origin::Dialled(target.clone());
                let connection = Connection::new(Arc::clone(&self.driver), stream.into(), flow, origin);
                let verdict = Box::pin(connection.run()).await;
                // In TLS 1.3 the peer's verdict on our certificate comes behind the handshake.
                if let Some(failure) = &verdict {
                    self.driver.monitor.handshake(handshake(Err(broken(failure))));
                }
                if target == Target::Traversal {
                    self.note_link(verdict);
                }
            }
            Err(failure) => {
                self.log(&target, &endpoint, &failure);
                self.driver.monitor.handshake(handshake(Err(broken(&failure))));
                if target == Target::Traversal {
                    self.note_link(Some(failure.clone()));
                }
                self.driver.input(Input::ConnectFailed(target, failure));
            }
        }
    }

    fn note_link(&self, failure: Option<ConnectFailure>) {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn log(&self, target: &Target, endpoint: &Endpoint, failure: &ConnectFailure) {
        let name = match target {
            Target::Traversal => "traversal",
            Target::Zone(name) => name.as_str(),
        };
        let detail = describe(target, endpoint, failure);
        let reason = status::code(failure);
        self.driver.monitor.count("connect-failed", reason);
        // An event of the machine tells it at a level of its own.
        tracing::debug!(
            target = name,
            host = endpoint.host,
            port = endpoint.port,
            reason,
            detail,
            "a connection cannot be opened"
        );
    }

    fn endpoint(&self, target: &Target) -> Option<Endpoint> {
        let name = match target {
            Target::Traversal => return Some(self.edge.clone()),
            Target::Zone(name) => name,
        };
        let view = self.view.load();
        let zone = view.zones.iter().find(|zone| zone.name == *name)?;
        Some(node_endpoint(zone))
    }
}

/// Why a connection cannot be opened, and what to do.
fn describe(target: &Target, endpoint: &Endpoint, failure: &ConnectFailure) -> String {
    match target {
        Target::Traversal => status::connect(failure, Peer::ExpresswayE),
        Target::Zone(_) => failure.describe(&endpoint.host),
    }
}

/// The MRA OAuth port of a zone's node: its certificate must carry the node's name as UCM returned it.
fn node_endpoint(zone: &Zone) -> Endpoint {
    Endpoint {
        host: zone.node.clone(),
        port: zone.port,
        names: vec![zone.node.clone()],
        protocol: None,
        versions: Versions::Tls12And13,
        addresses: zone.addresses.clone(),
    }
}
