//! The process of an Expressway, from its configuration file to its last connection.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use runtime::config::ConfigError;
use runtime::shutdown::Stopping;
use runtime::telemetry::LogConfig;

/// Exit code for a usage or configuration error.
const USAGE: u8 = 2;

/// The arguments of an Expressway.
#[derive(clap::Args)]
#[command(after_help = "It prints `ready` on standard output when every socket is bound; SIGTERM ends it in order.")]
pub(crate) struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Reads the configuration, and serves until SIGTERM or SIGINT.
pub(crate) fn run<C, F>(
    subcommand: &str,
    arguments: &Arguments,
    read: impl FnOnce(&Path) -> Result<C, ConfigError>,
    log: impl FnOnce(&C) -> &LogConfig,
    serve: impl FnOnce(C, Stopping) -> F,
) -> ExitCode
where
    F: Future<Output = anyhow::Result<()>>,
{
    let config = match read(&arguments.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("ringbearer {subcommand}: {error}");
            return ExitCode::from(USAGE);
        }
    };
    let outcome = (|| {
        runtime::telemetry::start(log(&config))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
        runtime.block_on(async {
            let (stop, stopping) = runtime::shutdown::channel();
            tokio::spawn(async move {
                if runtime::shutdown::signalled().await.is_ok() {
                    stop.now();
                }
            });
            serve(config, stopping).await
        })
    })();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringbearer {subcommand}: {error:#}");
            ExitCode::FAILURE
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
