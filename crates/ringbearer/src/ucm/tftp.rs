//! The Cisco Tftp service of the node: the configuration files of devices over HTTP and HTTPS.
//!
//! It is stopped and started by itself; its start takes the tomcat certificate of that moment for HTTPS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use directory::{Service, ServiceName, ServiceState, StopReason};
use runtime::config::NodeConfig;
use runtime::shutdown::Stop;
use runtime::tls::ReplaceableCertificate;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use web::config_files::ConfigFileSource;

use super::certificates;
use super::node::Node;

/// The service, and what it is between two of them.
pub(super) struct Tftp {
    current: Mutex<(Current, u64)>,
    /// One change at a time.
    changing: tokio::sync::Mutex<()>,
}

enum Current {
    Stopped(StopReason),
    Starting,
    Running(Running),
}

struct Running {
    stop: Stop,
    tasks: JoinSet<()>,
    /// The tomcat certificate that HTTPS shows, and its fingerprint.
    certificate: Arc<ReplaceableCertificate>,
    fingerprint: String,
}

impl Tftp {
    pub(super) fn new() -> Self {
        let stopped = Current::Stopped(StopReason::Failure("not started yet".into()));
        Self { current: Mutex::new((stopped, runtime::clock::unix_seconds())), changing: Default::default() }
    }

    /// Starts the service, or starts it again.
    ///
    /// # Errors
    /// When a port is taken or the certificate cannot be used: then the service does not run, and the state says why.
    pub(super) async fn restart(&self, node: &Arc<Node>) -> anyhow::Result<()> {
        let _one_at_a_time = self.changing.lock().await;
        self.end(Current::Starting).await;
        let (next, outcome) = match start(node).await {
            Ok(running) => (Current::Running(running), Ok(())),
            Err(error) => (Current::Stopped(StopReason::Failure(format!("{error:#}"))), Err(error)),
        };
        self.replace(next);
        outcome
    }

    /// Ends the service, for this reason.
    pub(super) async fn stop(&self, reason: StopReason) {
        let _one_at_a_time = self.changing.lock().await;
        self.end(Current::Stopped(reason)).await;
    }

    async fn end(&self, next: Current) {
        if let Current::Running(mut running) = self.replace(next) {
            running.stop.now();
            while running.tasks.join_next().await.is_some() {}
        }
    }

    /// Shows the tomcat certificate of now to the next connections, without a restart.
    ///
    /// # Errors
    /// When it cannot be used: then the one that is shown stays.
    pub(super) fn take_certificate(&self, config: &NodeConfig) -> anyhow::Result<()> {
        if let Current::Running(running) = &mut self.current().0 {
            let tomcat = certificates::own(config, "tomcat")?;
            running.certificate.replace(&tomcat).context("the tomcat certificate")?;
            running.fingerprint.clone_from(&tomcat.facts().fingerprint);
        }
        Ok(())
    }

    pub(super) fn service(&self) -> Service {
        let (current, since) = &*self.current();
        let state = match current {
            Current::Stopped(reason) => ServiceState::Stopped(reason.clone()),
            Current::Starting => ServiceState::Starting,
            Current::Running(_) => ServiceState::Started,
        };
        Service { name: ServiceName::Tftp, state, since: *since }
    }

    /// The fingerprint of the certificate that HTTPS shows, while the service runs.
    pub(super) fn certificate(&self) -> Option<String> {
        match &self.current().0 {
            Current::Running(running) => Some(running.fingerprint.clone()),
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

async fn start(node: &Arc<Node>) -> anyhow::Result<Running> {
    let tomcat = certificates::own(&node.config, "tomcat")?;
    let certificate = Arc::new(ReplaceableCertificate::new(&tomcat).context("the tomcat certificate")?);
    let tls = Arc::new(runtime::tls::server_config_of(Arc::clone(&certificate))?);
    let source: Arc<dyn ConfigFileSource> = Arc::<Node>::clone(node);
    let router = web::config_files::router(source);
    let section = &node.config.config_files;
    let ports: [(u16, Option<Arc<ServerConfig>>); 2] = [(section.http_port, None), (section.https_port, Some(tls))];
    let (stop, stopping) = runtime::shutdown::channel();
    let mut tasks = JoinSet::new();
    for (port, tls) in ports {
        let address = SocketAddr::new(node.config.node.address, port);
        let listener = TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        let limits = web::serve::Limits::default();
        tasks.spawn(web::serve::serve(listener, tls, router.clone(), limits, stopping.clone()));
    }
    Ok(Running { stop, tasks, certificate, fingerprint: tomcat.facts().fingerprint.clone() })
}
