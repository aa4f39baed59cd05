//! The process of a node, from its configuration file to its last connection.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use runtime::config::{ConfigFile, changed_keys};
use runtime::lifecycle::{self, Request, Requests};
use runtime::shutdown::{self, Stop, Stopping};
use runtime::telemetry::{self, Logging};
use tokio::time::Instant;

/// Exit code for a usage or configuration error.
const USAGE: u8 = 2;

/// How often a node that drains looks whether it has calls left.
const LOOK: Duration = Duration::from_millis(100);

/// What signals ask of a node while it runs.
pub(crate) trait Controlled {
    /// Takes certificates and trust stores from the disk where no staged rule keeps them for a restart. All or nothing.
    fn reload(&self) -> anyhow::Result<()>;

    /// Takes nothing new from now on: what comes is sent elsewhere for so many seconds.
    fn drain(&self, retry_after: Duration) -> impl Future<Output = ()> + Send;

    /// The calls in progress.
    fn calls(&self) -> usize;
}

/// What a node needs of its process.
pub(crate) struct Lifecycle<C> {
    path: PathBuf,
    config: C,
    logging: Logging,
    requests: Requests,
    stop: Stop,
    stopping: Stopping,
}

/// Reads the configuration, and serves until the process is asked to end.
pub(crate) fn run<C, F>(subcommand: &str, path: &Path, serve: impl FnOnce(C, Lifecycle<C>) -> F) -> ExitCode
where
    C: ConfigFile + Clone,
    F: Future<Output = anyhow::Result<()>>,
{
    let config = match C::read(path) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("ringbearer {subcommand}: {error}");
            return ExitCode::from(USAGE);
        }
    };
    match serve_until_the_end(path, config, serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringbearer {subcommand}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve_until_the_end<C, F>(path: &Path, config: C, serve: impl FnOnce(C, Lifecycle<C>) -> F) -> anyhow::Result<()>
where
    C: ConfigFile + Clone,
    F: Future<Output = anyhow::Result<()>>,
{
    let logging = telemetry::start(config.log())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    runtime.block_on(async {
        let (stop, stopping) = shutdown::channel();
        let requests = Requests::listen().context("the signal handlers")?;
        let lifecycle = Lifecycle { path: path.into(), config: config.clone(), logging, requests, stop, stopping };
        serve(config, lifecycle).await
    })
}

impl<C: ConfigFile> Lifecycle<C> {
    /// What every part of the node waits for.
    pub(crate) fn stopping(&self) -> Stopping {
        self.stopping.clone()
    }

    /// Says that the node is ready, and does what signals ask until it has to stop: then every part has been told.
    pub(crate) async fn run(mut self, node: &impl Controlled) {
        println!("ready");
        lifecycle::tell_ready();
        loop {
            match self.requests.next().await {
                Request::Reload => self.reload(node),
                Request::ReopenLog => self.reopen_log(),
                Request::Drain => {
                    self.drain(node).await;
                    break;
                }
                Request::Stop => break,
            }
        }
        lifecycle::tell_stopping("stopping");
        self.stop.now();
    }

    /// Old state is kept where something is wrong.
    fn reload(&mut self, node: &impl Controlled) {
        lifecycle::tell_reloading();
        match C::read(&self.path) {
            Ok(config) => self.take(config),
            Err(error) => tracing::error!(%error, "the configuration is not taken: the one before stays in use"),
        }
        match node.reload() {
            Ok(()) => tracing::info!("certificates and trust stores were read again"),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "certificates and trust stores are not taken: the ones before stay in use");
            }
        }
        lifecycle::tell_reloaded();
    }

    fn take(&mut self, config: C) {
        if let Err(error) = self.logging.reload(config.log()) {
            return tracing::error!(%error, "the configuration is not taken: the one before stays in use");
        }
        const TAKEN: [&str; 4] = ["log.level", "log.rotate-megabytes", "log.keep-files", "node.drain-seconds"];
        let changed = changed_keys(&self.config, &config);
        let (taken, staged): (Vec<_>, Vec<_>) = changed.into_iter().partition(|key| TAKEN.contains(&key.as_str()));
        tracing::info!(?taken, "the configuration was read again");
        if !staged.is_empty() {
            tracing::warn!(keys = ?staged, "these changes are taken at the next start");
        }
        self.config = config;
    }

    fn reopen_log(&self) {
        match self.logging.reopen() {
            Ok(()) => tracing::info!("the log file was opened again"),
            Err(error) => tracing::error!(%error, "the log file cannot be opened again: the old one is written on"),
        }
    }

    /// Until no call is left, the time is up, or nobody wants to wait any longer.
    async fn drain(&mut self, node: &impl Controlled) {
        let time = self.config.drain();
        node.drain(time.max(Duration::from_secs(1))).await;
        let end = Instant::now() + time;
        let mut told = None;
        loop {
            let calls = node.calls();
            if calls == 0 || Instant::now() >= end {
                tracing::info!(calls, "drained");
                return;
            }
            if told.replace(calls) != Some(calls) {
                tracing::info!(calls, seconds = time.as_secs(), "draining: nothing new is taken, calls may end");
                lifecycle::tell_stopping(&format!("draining: {calls} calls in progress"));
            }
            tokio::select! {
                request = self.requests.next() => match request {
                    Request::Stop => return,
                    Request::ReopenLog => self.reopen_log(),
                    Request::Reload | Request::Drain => {}
                },
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// Makes the state folder, for its owner alone.
pub(crate) fn make_private_folder(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("the state folder {}", folder.display()))
}
