//! Expressway-E: phones on 5061, the other half of the edge on 7001. It dials nobody.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use edge::{CloseReason, EdgeSettings, ExpresswayE, Flow, FlowKind, Input, Now, Output};
use runtime::identity::Identity;
use runtime::shutdown::Stopping;
use rustls::pki_types::CertificateDer;
use sip_net::listener::open_tcp;
use sip_net::tls::{ClientTrust, KeyLogFile, ListedNames, TlsPort};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::accept::{self, Accepted, Port};
use crate::connection::{Connection, Origin};
use crate::driver::{Driver, Machine, Plane};
use crate::error::StartError;
use crate::flows::{Capacity, Command};
use crate::monitor::Monitor;
use crate::record::Leg;
use crate::tls::{ALPN_H2, ALPN_SIP, names_of};
use crate::tunnel::HttpTunnel;

/// What an Expressway-E is started with.
#[derive(Clone, Debug)]
pub struct ExpresswayEConfig {
    /// The address of every port.
    pub address: IpAddr,
    /// The port of phones, 5061; 0 lets the system choose.
    pub sip_port: u16,
    /// The port of Expressway-C, 7001; 0 lets the system choose.
    pub traversal_port: u16,
    /// What the machine is configured with; its port is that which was opened.
    pub settings: EdgeSettings,
    /// Shown on both ports.
    pub identity: Identity,
    /// The trusted CA list.
    pub trusted: Vec<CertificateDer<'static>>,
    /// TLS verify subject name: one that the certificate of Expressway-C must carry.
    pub verify_subject_name: String,
    /// Where TLS secrets are written for Wireshark.
    pub danger_tls_key_log: Option<PathBuf>,
}

struct Edge {
    machine: ExpresswayE,
    plane: Plane,
}

impl Machine for Edge {
    fn handle(&mut self, now: Now, input: Input) {
        self.machine.handle(now, &mut self.plane, input);
    }

    fn poll(&mut self) -> Option<Output> {
        self.machine.poll()
    }
}

/// A running Expressway-E. Dropped without [`stop`](Self::stop), it goes on.
pub struct ExpresswayEService {
    driver: Arc<Driver<Edge>>,
    monitor: Arc<Monitor>,
    sip: (Arc<Port>, SocketAddr),
    traversal: (Arc<Port>, SocketAddr),
    verify_subject_name: String,
    key_log: Option<Arc<KeyLogFile>>,
    tunnel: Arc<dyn HttpTunnel>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// The one name that Expressway-C must have.
struct VerifySubjectName(String);

impl ListedNames for VerifySubjectName {
    fn listed(&self) -> Option<Vec<String>> {
        Some(vec![self.0.clone()])
    }
}

impl ExpresswayEService {
    /// Opens both ports and begins to serve.
    ///
    /// # Errors
    /// When a port is taken or the certificate cannot be used; then nothing is left open.
    pub fn start(
        config: ExpresswayEConfig,
        plane: Plane,
        tunnel: Arc<dyn HttpTunnel>,
        stopping: &Stopping,
    ) -> Result<Self, StartError> {
        let key_log = crate::error::open_key_log(config.danger_tls_key_log.as_deref())?;
        let monitor = Arc::new(Monitor::default());
        let (sip_tls, traversal_tls) =
            ports(&config.identity, config.trusted, &config.verify_subject_name, key_log.as_ref())?;
        let (sip_socket, sip_address) = open("sip", config.address, config.sip_port)?;
        let (traversal_socket, traversal_address) = open("traversal", config.address, config.traversal_port)?;
        let mut settings = config.settings;
        settings.port = sip_address.port();
        let machine = ExpresswayE::new(settings, runtime::random::bytes());
        // E connects nowhere: nobody listens to what it would want.
        let (driver, _) = Driver::new(Edge { machine, plane }, Arc::clone(&monitor));
        let service = Self {
            driver,
            sip: (Port::new("sip", Leg::Phone, sip_tls, Arc::clone(&monitor)), sip_address),
            traversal: (
                Port::new("traversal", Leg::TraversalAccepted, traversal_tls, Arc::clone(&monitor)),
                traversal_address,
            ),
            monitor,
            verify_subject_name: config.verify_subject_name,
            key_log,
            tunnel,
            tasks: Mutex::default(),
        };
        service.spawn(sip_socket, traversal_socket, stopping);
        Ok(service)
    }

    fn spawn(&self, sip: TcpListener, traversal: TcpListener, stopping: &Stopping) {
        tokio::spawn(Arc::clone(&self.driver).run_timer());
        let driver = Arc::clone(&self.driver);
        let phones = accept::run(Arc::clone(&self.sip.0), sip, stopping.clone(), move |accepted| {
            phone(Arc::clone(&driver), accepted)
        });
        let (driver, tunnel, monitor) = (Arc::clone(&self.driver), Arc::clone(&self.tunnel), Arc::clone(&self.monitor));
        let links = accept::run(Arc::clone(&self.traversal.0), traversal, stopping.clone(), move |accepted| {
            link(Arc::clone(&driver), Arc::clone(&tunnel), Arc::clone(&monitor), accepted)
        });
        let tasks = [tokio::spawn(phones), tokio::spawn(links)];
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
    }

    /// Where phones connect.
    #[must_use]
    pub fn sip_address(&self) -> SocketAddr {
        self.sip.1
    }

    /// Where Expressway-C connects.
    #[must_use]
    pub fn traversal_address(&self) -> SocketAddr {
        self.traversal.1
    }

    /// Counters and alarms.
    #[must_use]
    pub fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// How many phones are connected.
    #[must_use]
    pub fn phones(&self) -> usize {
        self.driver.look(|edge| edge.machine.phones())
    }

    /// Whether there is a traversal link for SIP.
    #[must_use]
    pub fn is_traversal_up(&self) -> bool {
        self.driver.look(|edge| edge.machine.is_traversal_up())
    }

    /// Whether there is a tunnel for HTTP.
    #[must_use]
    pub fn is_tunnel_up(&self) -> bool {
        self.tunnel.is_up()
    }

    /// From now on handshakes show this certificate and trust this list.
    ///
    /// # Errors
    /// When the certificate cannot be used; then the ones before stay.
    pub fn replace_tls(&self, identity: &Identity, trusted: Vec<CertificateDer<'static>>) -> Result<(), StartError> {
        let (sip, traversal) = ports(identity, trusted, &self.verify_subject_name, self.key_log.as_ref())?;
        self.sip.0.tls.store(Arc::new(sip));
        self.traversal.0.tls.store(Arc::new(traversal));
        Ok(())
    }

    /// Takes no new call from now on.
    pub fn drain(&self) {
        self.driver.look(|edge| edge.machine.drain());
    }

    /// Ends, when the process stops listening: phones are closed spread over this time, then the links.
    pub async fn stop(&self, spread: Duration) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A task that panicked has closed its socket too.
            let _ = task.await;
        }
        let phones = self.driver.flows.of(Capacity::Phone);
        let step = (phones.len() / 100).max(1);
        let pause = spread / u32::try_from(phones.len().div_ceil(step).max(1)).unwrap_or(u32::MAX);
        for chunk in phones.chunks(step) {
            for id in chunk {
                let _ = self.driver.flows.send(*id, Command::Close(CloseReason::Silent));
            }
            tokio::time::sleep(pause).await;
        }
        close_all(&self.driver).await;
    }
}

impl std::fmt::Debug for ExpresswayEService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExpresswayEService").field("sip", &self.sip.1).field("traversal", &self.traversal.1).finish()
    }
}

/// Closes what is left, and gives it a moment to say good-bye.
pub(crate) async fn close_all<M: Machine>(driver: &Driver<M>) {
    const LOOK: Duration = Duration::from_millis(10);
    for id in driver.flows.of(Capacity::Link) {
        let _ = driver.flows.send(id, Command::Close(CloseReason::Silent));
    }
    let end = crate::driver::instant() + sip_net::limits::CLOSE;
    while driver.flows.len() > 0 && crate::driver::instant() < end {
        tokio::time::sleep(LOOK).await;
    }
}

fn open(name: &'static str, address: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let wanted = SocketAddr::new(address, port);
    let failed = |error: io::Error| StartError::Port(name, wanted, error);
    let socket = open_tcp(wanted).map_err(failed)?;
    let local = socket.local_addr().map_err(failed)?;
    Ok((socket, local))
}

fn ports(
    identity: &Identity,
    trusted: Vec<CertificateDer<'static>>,
    verify_subject_name: &str,
    key_log: Option<&Arc<KeyLogFile>>,
) -> Result<(TlsPort, TlsPort), StartError> {
    let names = Box::new(VerifySubjectName(verify_subject_name.to_owned()));
    let trust = Arc::new(ClientTrust::new(trusted, names));
    let sip = TlsPort::server_only(identity, key_log.cloned()).map_err(StartError::Certificate)?;
    let traversal = TlsPort::mutual(identity, trust, key_log.cloned()).map_err(StartError::Certificate)?;
    Ok((sip, traversal.with_protocols(&[ALPN_SIP, ALPN_H2])))
}

async fn phone(driver: Arc<Driver<Edge>>, accepted: Accepted) {
    let flow = Flow { id: driver.next_flow(), kind: FlowKind::Phone, local: accepted.local, remote: accepted.remote };
    let (stream, _counted) = accepted.into_parts();
    Box::pin(Connection::new(driver, stream.into(), flow, Origin::Accepted).run()).await;
}

/// A connection of the traversal port: SIP for the machine, or the tunnel of HTTP.
async fn link(driver: Arc<Driver<Edge>>, tunnel: Arc<dyn HttpTunnel>, monitor: Arc<Monitor>, accepted: Accepted) {
    let (local, remote) = (accepted.local, accepted.remote);
    let (stream, _counted) = accepted.into_parts();
    let connection = stream.get_ref().1;
    let names = names_of(connection.peer_certificates().and_then(|chain| chain.first()));
    match connection.alpn_protocol() {
        Some(ALPN_H2) if tunnel.is_up() => monitor.second_traversal(&names, &remote.to_string()),
        Some(ALPN_H2) => {
            tracing::info!(?names, %remote, "the HTTP tunnel is up");
            let ended = tunnel.serve(stream.into()).await;
            tracing::info!(%remote, reason = ended, "the HTTP tunnel is down");
        }
        Some(ALPN_SIP) => {
            let flow = Flow { id: driver.next_flow(), kind: FlowKind::Traversal { names }, local, remote };
            Box::pin(Connection::new(driver, stream.into(), flow, Origin::Accepted).run()).await;
        }
        _ => {
            monitor.count("handshake-failed", "no-application-protocol");
            tracing::info!(%remote, reason = "no-application-protocol", "a peer on the traversal port speaks neither sip nor h2");
        }
    }
}
