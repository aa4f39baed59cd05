//! A node's parts, and the order in which they start and stop.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwap;
use authorization::{AccessTokens, Marks, Revocations};
use directory::{Directory, DirectoryRepository, NodeName, NodeSettings, ServiceName, StopReason};
use runtime::config::NodeConfig;
use runtime::observation::Observation;
use store::Store;
use token::UnixTime;
use tokio::task::JoinSet;

use super::call_manager::CallManager;
use super::tftp::Tftp;
use super::web_certificate::WebCertificate;
use super::{certificates, change_feed, first_start, http, keys, lease, moved_devices, oauth};
use crate::admin::server::AdminSocket;
use crate::process::{self, Controlled, Lifecycle};

/// How many verified access tokens the node remembers: about 400 bytes each.
const REMEMBERED_TOKENS: usize = 200_000;

/// How long after it could not be noted what the node runs this is tried again.
const RECORD_AGAIN: Duration = Duration::from_secs(1);

/// What every service of the node shares.
pub(crate) struct Node {
    pub(super) config: NodeConfig,
    pub(super) name: NodeName,
    pub(super) store: Store,
    pub(super) tokens: Arc<AccessTokens>,
    pub(super) call_manager: CallManager,
    pub(super) tftp: Tftp,
    pub(super) web_certificate: WebCertificate,
    pub(super) directory: Arc<ArcSwap<Directory>>,
    /// Whether it takes nothing new, because it is about to end.
    pub(super) is_draining: AtomicBool,
    /// What happens on the node, for those who look at it.
    pub(super) observation: Arc<Observation>,
    running: Mutex<HashMap<NodeName, NodeSettings>>,
}

impl Node {
    /// Opens the cluster database and makes what a first start finds missing. Nothing listens yet.
    ///
    /// # Errors
    /// What is missing or wrong, and where.
    pub(super) async fn open(config: NodeConfig) -> anyhow::Result<Arc<Self>> {
        process::make_private_folder(&config.node.state)?;
        for name in administration::OWN_CERTIFICATES {
            certificates::own(&config, name)?;
        }
        let path = config.cluster.database.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(&path)).await?;
        let store = store.with_context(|| config.cluster.database.display().to_string())?;
        first_start::prepare(&store, &config).await?;
        let directory = store.load().await?;
        let cluster = directory.cluster();
        let keys = authorization::open_keys(&store, || keys::make(cluster)).await?;
        let tokens = Arc::new(AccessTokens::new(Arc::new(keys), Revocations::default(), REMEMBERED_TOKENS));
        // Before anything listens: a token that was revoked before a crash is not good for a moment after it.
        let now = UnixTime(runtime::clock::unix_seconds());
        authorization::synchronize(&store, &tokens, Marks::default(), now).await?;
        let node = Arc::new(Self {
            name: certificates::node_name(&config)?,
            call_manager: CallManager::new(),
            tftp: Tftp::new(),
            web_certificate: WebCertificate::new(&config)?,
            directory: Arc::new(ArcSwap::new(directory)),
            is_draining: AtomicBool::new(false),
            observation: Arc::new(Observation::new(config.observation.limits())),
            running: Mutex::default(),
            config,
            store,
            tokens,
        });
        node.read_running().await;
        Ok(node)
    }

    /// Serves until the node stops: HTTP first, since phones fetch their configuration and their tokens before they register.
    ///
    /// # Errors
    /// When an address is taken or a certificate cannot be used. Then nothing is left running.
    pub(super) async fn serve(self: Arc<Self>, lifecycle: Lifecycle<NodeConfig>) -> anyhow::Result<()> {
        let stopping = lifecycle.stopping();
        let mut services = JoinSet::new();
        let sign_in = oauth::sign_in(&self).await?;
        http::start(&self, sign_in.clone(), &stopping, &mut services).await?;
        super::metrics::start(&self, &stopping, &mut services).await?;
        // With the addresses taken, no other process is this node.
        if let Err(error) = self.store.begin_node(&self.name).await {
            tracing::warn!(%error, "devices that were registered before this start are still noted as registered");
        }
        lease::renew(&self).await;
        self.start_services().await?;
        let shell = self.start_shell(sign_in, &stopping, &mut services).await?;
        let socket = AdminSocket::bind(&self.config.admin_socket()).context("the admin socket")?;
        let mut until = stopping.clone();
        services.spawn(async move {
            tokio::select! {
                () = until.wait() => {}
                () = socket.serve(shell) => {}
            }
        });
        services.spawn(change_feed::follow_directory(Arc::clone(&self), stopping.clone()));
        services.spawn(change_feed::follow_tokens(Arc::clone(&self), stopping.clone()));
        services.spawn(change_feed::purge(Arc::clone(&self), stopping.clone()));
        services.spawn(runtime::hep::export(self.config.hep.clone(), self.observation.subscribe(), stopping.clone()));
        services.spawn(lease::keep(Arc::clone(&self), stopping.clone()));
        services.spawn(moved_devices::follow(Arc::clone(&self), stopping.clone()));
        lifecycle.run(&*self).await;
        self.call_manager.stop().await;
        self.tftp.stop(StopReason::Failure("the node stops".into())).await;
        while services.join_next().await.is_some() {}
        Ok(())
    }

    /// Starts the services, but for those that an administrator stopped.
    async fn start_services(self: &Arc<Self>) -> anyhow::Result<()> {
        let administration = self.administration();
        let stopped = administration.stopped_before().await?;
        let by = |service| {
            let found = stopped.iter().find(|(name, _)| *name == service);
            found.map(|(_, by)| StopReason::Administrator(by.clone()))
        };
        match by(ServiceName::Tftp) {
            Some(reason) => self.tftp.stop(reason).await,
            None => self.tftp.restart(self).await?,
        }
        match by(ServiceName::CallManager) {
            Some(reason) => self.call_manager.halt(reason).await,
            None => self.restart_call_manager().await?,
        }
        administration.note_services().await;
        Ok(())
    }

    /// What the administrator set, as of now.
    pub(super) fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    pub(super) fn replace_directory(&self, directory: Arc<Directory>) {
        self.directory.store(directory);
    }

    /// Starts the CallManager service, or starts it again with what is staged.
    pub(super) async fn restart_call_manager(self: &Arc<Self>) -> anyhow::Result<()> {
        self.replace_directory(self.store.load().await?);
        let settings = self.call_manager.restart(self).await?;
        self.read_running().await;
        // The service runs, whether or not the database can take the note of it: its disk may be full.
        self.running().insert(settings.node.clone(), settings.clone());
        if let Err(error) = self.store.record_running(&settings).await {
            tracing::warn!(%error, "what the node runs is not noted for the others yet");
            tokio::spawn(Arc::clone(self).record_later(settings));
        }
        Ok(())
    }

    /// Tries until it is noted, or until it runs no more.
    async fn record_later(self: Arc<Self>, settings: NodeSettings) {
        loop {
            tokio::time::sleep(RECORD_AGAIN).await;
            if self.call_manager.running().as_ref() != Some(&settings) {
                return;
            }
            if self.store.record_running(&settings).await.is_ok() {
                return;
            }
        }
    }

    /// Reads what every node said that it runs. While the database is away, what was read last stays.
    pub(super) async fn read_running(&self) {
        for node in self.directory().nodes() {
            match self.store.running(&node.name).await {
                Ok(Some(settings)) => {
                    self.running().insert(node.name.clone(), settings);
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, node = %node.name, "what a node runs cannot be read"),
            }
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<NodeName, NodeSettings>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Controlled for Node {
    /// The tomcat certificate of the HTTPS ports, and tomcat-trust. Those of the SIP ports are staged for the next restart of the
    /// CallManager service.
    fn reload(&self) -> anyhow::Result<()> {
        certificates::anchors(&self.config, "tomcat-trust")?;
        self.web_certificate.take(&self.config)?;
        self.tftp.take_certificate(&self.config)?;
        self.call_manager.take_trust(&self.config);
        Ok(())
    }

    async fn drain(&self, retry_after: Duration) {
        self.is_draining.store(true, Ordering::Relaxed);
        self.call_manager.drain(retry_after);
    }

    fn calls(&self) -> usize {
        self.call_manager.calls()
    }
}

impl web::config_files::ConfigFileSource for Node {
    fn directory(&self) -> Arc<Directory> {
        self.directory()
    }

    fn running(&self, node: &NodeName) -> Option<NodeSettings> {
        self.running().get(node).cloned()
    }
}
