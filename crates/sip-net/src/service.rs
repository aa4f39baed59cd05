//! The CallManager service: started with the settings of the moment, stopped politely, asked how it is.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use authorization::AccessTokens;
use callmanager::admission::throttle::FailureThrottle;
use callmanager::call::limits::Occupancy;
use callmanager::flow::{FlowId, Listener, Transport};
use callmanager::node_view::RunningSettings;
use callmanager::registrar::{Binding, Registrar, UnregistrationReason};
use directory::Directory;
use runtime::identity::Identity;
use runtime::observation::Observation;
use rustls::pki_types::CertificateDer;
use sip::transport::Newcomers;
use token::UnixTime;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::calls::{CallMail, Calls};
use crate::counters::{Count, Counters};
use crate::datagram::DatagramPort;
use crate::edges::Edges;
use crate::flows::{FlowHandle, Flows, Mail};
use crate::listener::{self, Port, Secured};
use crate::node::{self, Node};
use crate::observer::Observer;
use crate::tls::{ClientTrust, KeyLogFile, ListedNames, MutualPort, TlsPort};
use crate::{limits, sweep};

/// What the service shares with the rest of the node while it runs.
#[derive(Clone)]
pub struct Shared {
    /// The directory; swapped when the cluster database changes.
    pub directory: Arc<ArcSwap<Directory>>,
    /// Token keys and revocations.
    pub access_tokens: Arc<AccessTokens>,
    /// Who is told what happens.
    pub observer: Arc<dyn Observer>,
    /// Where it is recorded for those who look at it.
    pub observation: Arc<Observation>,
}

/// The ports that are opened. 0 lets the system choose, which tests want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortPlan {
    /// SIP Phone Port, UDP and TCP.
    pub phone: Option<u16>,
    /// SIP Phone Secure Port.
    pub secure: Option<u16>,
    /// SIP Phone OAuth Port.
    pub oauth: Option<u16>,
    /// SIP Mobile and Remote Access OAuth Port.
    pub mra_oauth: Option<u16>,
}

impl PortPlan {
    /// The ports of the settings. Our choice: the OAuth ports are open whatever the mode is, and answer with the 403 of a port
    /// mismatch while it is off, because that is what tells an administrator which step is missing.
    #[must_use]
    pub fn of(settings: &RunningSettings) -> Self {
        let ports = &settings.node.ports;
        Self {
            phone: Some(ports.sip_phone()),
            secure: Some(ports.sip_phone_secure()),
            oauth: Some(ports.sip_phone_oauth()),
            mra_oauth: Some(ports.sip_mra_oauth()),
        }
    }
}

/// Certificates and whom they are checked against, as they are when the service starts.
#[derive(Debug, Clone)]
pub struct TlsMaterial {
    /// Shown on 5090 and 5091.
    pub tomcat: Identity,
    /// Checks the clients of 5091.
    pub tomcat_trust: Vec<CertificateDer<'static>>,
    /// Shown on 5061.
    pub callmanager: Identity,
    /// Checks the clients of 5061.
    pub callmanager_trust: Vec<CertificateDer<'static>>,
}

/// What a service is started with.
#[derive(Debug, Clone)]
pub struct ServiceConfig {
    /// The node's address.
    pub address: IpAddr,
    /// The ports.
    pub ports: PortPlan,
    /// What runs until the next restart.
    pub settings: RunningSettings,
    /// Certificates.
    pub tls: TlsMaterial,
    /// Where TLS secrets are written for Wireshark.
    pub danger_tls_key_log: Option<PathBuf>,
}

/// Why a service cannot start.
#[derive(Debug)]
pub enum StartError {
    /// A port cannot be opened.
    Port(Listener, SocketAddr, io::Error),
    /// A certificate cannot be used.
    Certificate(&'static str, rustls::Error),
    /// The key log cannot be opened.
    KeyLog(PathBuf, io::Error),
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Port(listener, address, error) if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "{address} ({listener:?} port) is taken by another process")
            }
            Self::Port(listener, address, error) => write!(f, "{address} ({listener:?} port): {error}"),
            Self::Certificate(name, error) => write!(f, "the {name} certificate cannot be used: {error}"),
            Self::KeyLog(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for StartError {}

/// A port that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenPort {
    /// Which.
    pub listener: Listener,
    /// Its transport; TLS runs over TCP.
    pub transport: Transport,
    /// Where.
    pub address: SocketAddr,
}

/// How the service is.
#[derive(Debug, Clone)]
pub struct Status {
    /// The ports that are open; none once it stops.
    pub ports: Vec<OpenPort>,
    /// Stream connections.
    pub connections: usize,
    /// Connections without a registration.
    pub unregistered: usize,
    /// Registered devices.
    pub devices: usize,
    /// Calls.
    pub calls: usize,
    /// What happened how often.
    pub counts: Vec<Count>,
}

/// What the tasks of a service share.
pub(crate) struct Service {
    pub(crate) node: Node,
    pub(crate) registrar: Registrar<FlowHandle>,
    pub(crate) flows: Flows,
    pub(crate) edges: Edges,
    pub(crate) calls: Calls,
    pub(crate) counters: Counters,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) observation: Arc<Observation>,
    throttle: Mutex<FailureThrottle>,
    newcomers: Mutex<Newcomers>,
    /// How often a trust store was replaced.
    pub(crate) trust_changes: AtomicU64,
}

/// The number of the next flow: counted over restarts of the service, so that none is used twice in a process.
static NEXT_FLOW: AtomicU64 = AtomicU64::new(1);

impl Service {
    /// A name for a new flow.
    pub(crate) fn next_flow(&self) -> FlowId {
        FlowId(NEXT_FLOW.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether another connection from this source is let in.
    pub(crate) fn has_room(&self, source: IpAddr) -> bool {
        self.newcomers().has_room(source) && self.flows.count() < limits::CONNECTIONS
    }

    /// The connections without a registration.
    pub(crate) fn newcomers(&self) -> std::sync::MutexGuard<'_, Newcomers> {
        self.newcomers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A credential was wrong.
    pub(crate) fn note_failure(&self, source: IpAddr) {
        self.throttle().note_failure(source, node::instant());
    }

    /// How long a source without a registration has to wait.
    pub(crate) fn retry_after(&self, source: IpAddr) -> Option<Duration> {
        self.throttle().retry_after(source, node::instant())
    }

    fn throttle(&self) -> std::sync::MutexGuard<'_, FailureThrottle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running CallManager service. Dropped without [`stop`](Self::stop), it goes on.
pub struct CallManagerService {
    service: Arc<Service>,
    ports: Vec<OpenPort>,
    stop_accepting: watch::Sender<bool>,
    stop_listening: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    tasks: Vec<JoinHandle<()>>,
}

/// The rows of `expresswaycconfiguration` at the moment of a handshake.
struct Expressways(Arc<ArcSwap<Directory>>);

impl ListedNames for Expressways {
    fn listed(&self) -> Option<Vec<String>> {
        let directory = self.0.load();
        Some(directory.expressways().iter().map(|row| row.subject_names.clone()).collect())
    }
}

/// 5061: which device a certificate may register is decided when it does.
struct AnyName;

impl ListedNames for AnyName {
    fn listed(&self) -> Option<Vec<String>> {
        None
    }
}

impl CallManagerService {
    /// Opens the ports and begins to serve.
    ///
    /// # Errors
    /// When a port is taken or a certificate cannot be used; then nothing is left open.
    pub fn start(config: ServiceConfig, shared: Shared) -> Result<Self, StartError> {
        let (tls, mra_port) = tls_ports(&config, &shared)?;
        let sockets = open(&config, tls)?;
        let service = Arc::new(Service {
            node: Node {
                directory: shared.directory,
                access_tokens: shared.access_tokens,
                settings: config.settings,
                occupancy: Occupancy::default(),
                draining: AtomicU32::new(0),
            },
            registrar: Registrar::new(),
            flows: Flows::default(),
            edges: Edges::new(mra_port),
            calls: Calls::default(),
            counters: Counters::default(),
            observer: shared.observer,
            observation: shared.observation,
            throttle: Mutex::default(),
            newcomers: Mutex::new(Newcomers::new(limits::UNREGISTERED)),
            trust_changes: AtomicU64::new(0),
        });
        let (stop_accepting, _) = watch::channel(false);
        let (stop_listening, _) = watch::channel(false);
        let (stop, _) = watch::channel(false);
        let mut running = Self {
            service,
            ports: Vec::new(),
            stop_accepting,
            stop_listening,
            stop,
            listeners: Vec::new(),
            tasks: Vec::new(),
        };
        running.spawn(sockets);
        Ok(running)
    }

    fn spawn(&mut self, sockets: Sockets) {
        for port in sockets.streams {
            if let Ok(address) = port.socket.local_addr() {
                let transport = if port.tls.is_some() { Transport::Tls } else { Transport::Tcp };
                self.ports.push(OpenPort { listener: port.listener, transport, address });
            }
            let accept = listener::accept(Arc::clone(&self.service), port, self.stop_accepting.subscribe());
            self.listeners.push(tokio::spawn(accept));
        }
        if let Some((socket, address)) = sockets.datagrams {
            let port = DatagramPort::new(Arc::clone(&self.service), socket, address);
            self.ports.push(OpenPort { listener: Listener::Phone, transport: Transport::Udp, address });
            self.listeners.push(tokio::spawn(port.run(self.stop_listening.subscribe())));
        }
        self.tasks.push(tokio::spawn(sweep::watch(Arc::clone(&self.service), self.stop.subscribe())));
    }

    /// How the service is.
    #[must_use]
    pub fn status(&self) -> Status {
        let service = &self.service;
        Status {
            ports: if *self.stop_listening.borrow() { Vec::new() } else { self.ports.clone() },
            connections: service.flows.count(),
            unregistered: service.newcomers().count(),
            devices: service.registrar.len(),
            calls: service.calls.len(),
            counts: service.counters.all(),
        }
    }

    /// What runs.
    #[must_use]
    pub fn settings(&self) -> &RunningSettings {
        &self.service.node.settings
    }

    /// Every registered device.
    #[must_use]
    pub fn registrations(&self) -> Vec<Arc<Binding>> {
        self.service.registrar.all().into_iter().map(|(binding, _)| binding).collect()
    }

    /// Where the Expressway-C connections come from, with the names in their certificates.
    #[must_use]
    pub fn edges(&self) -> Vec<(SocketAddr, Vec<String>)> {
        self.service.edges.all()
    }

    /// Where a device is registered.
    #[must_use]
    pub fn registration(&self, device: &str) -> Option<Arc<Binding>> {
        self.service.registrar.get(device).map(|(binding, _)| binding)
    }

    /// Ends a registration, at the administrator's wish. False when there is none.
    pub fn end_registration(&self, device: &str, reason: UnregistrationReason) -> bool {
        self.end_registration_before(device, UnixTime(u64::MAX), reason)
    }

    /// Ends a registration that was made no later than this: the device has registered on another node since. False when there is
    /// none.
    pub fn end_registration_before(&self, device: &str, before: UnixTime, reason: UnregistrationReason) -> bool {
        let registered = self.service.registrar.get(device);
        registered
            .filter(|(binding, _)| binding.registered_at <= before)
            .is_some_and(|(binding, handle)| handle.send(Mail::End(binding, reason)).is_ok())
    }

    /// Takes a changed tomcat-trust: it counts for the next connections on 5091, and an edge that it no longer covers is shut out
    /// within the second.
    pub fn set_tomcat_trust(&self, certificates: Vec<CertificateDer<'static>>) {
        let service = &self.service;
        service.edges.retrust(edge_trust(certificates, &service.node.directory));
        service.trust_changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Looks at once for registrations that revocations or the directory no longer allow; otherwise that happens within a second.
    pub fn sweep(&self) {
        // An edge that could not be told is told with the next change at the latest.
        let _ = sweep::sweep(&self.service);
    }

    /// Takes nothing new from now on: connections are not accepted, and what begins a registration or a call is answered with 503
    /// and this Retry-After. Calls in progress go on, with the registrations that they rest on.
    pub fn drain(&self, retry_after: Duration) {
        let seconds = u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX).max(1);
        self.service.node.draining.store(seconds, Ordering::Relaxed);
        self.stop_accepting.send_replace(true);
    }

    /// Closes the listening sockets, so that the next service can open the same ports. Connections go on.
    pub async fn stop_listening(&mut self) {
        self.stop_accepting.send_replace(true);
        self.stop_listening.send_replace(true);
        for listener in self.listeners.drain(..) {
            // A task that panicked has closed its socket too.
            let _ = listener.await;
        }
    }

    /// Stops: no new connections; calls that are not answered end, answered ones keep their media and get no BYE; connections are
    /// closed spread over this time, so that their devices come back, here or on the next node, one after the other.
    pub async fn stop(mut self, spread: Duration) {
        self.stop_listening().await;
        for call in self.service.calls.all() {
            let _ = call.try_send(Box::new(CallMail { input: callmanager::call::Input::Stop, flow: None }));
        }
        sweep::close_all(&self.service, spread).await;
        self.stop.send_replace(true);
        for task in self.tasks.drain(..) {
            let _ = task.await;
        }
        self.wait_for_connections().await;
    }

    /// The last connections have a second to say good-bye.
    async fn wait_for_connections(&self) {
        const LOOK: Duration = Duration::from_millis(10);
        let end = node::instant() + limits::CLOSE + limits::CLOSE / 2;
        while self.service.flows.count() > 0 && node::instant() < end {
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl std::fmt::Debug for CallManagerService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallManagerService").field("ports", &self.ports).finish_non_exhaustive()
    }
}

/// The TLS sides of 5061, 5090 and 5091.
struct TlsPorts {
    secure: TlsPort,
    oauth: TlsPort,
    mra_oauth: TlsPort,
}

fn tls_ports(config: &ServiceConfig, shared: &Shared) -> Result<(TlsPorts, Arc<MutualPort>), StartError> {
    let key_log = match &config.danger_tls_key_log {
        None => None,
        Some(path) => Some(Arc::new(KeyLogFile::open(path).map_err(|error| StartError::KeyLog(path.clone(), error))?)),
    };
    let TlsMaterial { tomcat, tomcat_trust, callmanager, callmanager_trust } = &config.tls;
    let edges = edge_trust(tomcat_trust.clone(), &shared.directory);
    let devices = ClientTrust::new(callmanager_trust.clone(), Box::new(AnyName));
    let of = |name| move |error| StartError::Certificate(name, error);
    let mra = MutualPort::new(tomcat, Arc::new(edges), key_log.clone()).map_err(of("tomcat"))?;
    let mra = Arc::new(mra);
    let ports = TlsPorts {
        secure: TlsPort::mutual(callmanager, Arc::new(devices), key_log.clone()).map_err(of("CallManager"))?,
        oauth: TlsPort::server_only(tomcat, key_log).map_err(of("tomcat"))?,
        mra_oauth: TlsPort::Mutual(Arc::clone(&mra)),
    };
    Ok((ports, mra))
}

/// Whom 5091 admits: holders of a certificate under tomcat-trust whose names are in a row.
fn edge_trust(tomcat_trust: Vec<CertificateDer<'static>>, directory: &Arc<ArcSwap<Directory>>) -> ClientTrust {
    ClientTrust::new(tomcat_trust, Box::new(Expressways(Arc::clone(directory))))
}

/// The open ports.
struct Sockets {
    streams: Vec<Port>,
    datagrams: Option<(UdpSocket, SocketAddr)>,
}

/// Opens every port before any is served: a service starts whole or not at all.
fn open(config: &ServiceConfig, tls: TlsPorts) -> Result<Sockets, StartError> {
    let [tomcat, callmanager] =
        [&config.tls.tomcat, &config.tls.callmanager].map(|identity| crate::observe::certificates(identity.chain()));
    let plan = [
        (Listener::Phone, config.ports.phone, None),
        (Listener::Secure, config.ports.secure, Some((tls.secure, callmanager))),
        (Listener::OAuth, config.ports.oauth, Some((tls.oauth, Arc::clone(&tomcat)))),
        (Listener::MraOAuth, config.ports.mra_oauth, Some((tls.mra_oauth, tomcat))),
    ];
    let mut sockets = Sockets { streams: Vec::new(), datagrams: None };
    for (listener, port, tls) in plan {
        let Some(port) = port else { continue };
        let address = SocketAddr::new(config.address, port);
        let failed = |error| StartError::Port(listener, address, error);
        let socket = listener::open_tcp(address).map_err(failed)?;
        if listener == Listener::Phone {
            // The system's choice for TCP, where it had one, is that for UDP too.
            let address = socket.local_addr().map_err(failed)?;
            sockets.datagrams = Some((listener::open_udp(address).map_err(failed)?, address));
        }
        let tls = tls.map(|(port, chain)| Secured { port, chain });
        sockets.streams.push(Port { listener, tls, socket });
    }
    Ok(sockets)
}
