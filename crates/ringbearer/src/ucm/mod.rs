//! `ringbearer ucm`: a Unified CM node, from its configuration file to its last connection.

mod axl;
mod call_manager;
mod certificates;
mod change_feed;
mod control;
mod first_start;
mod http;
mod keys;
mod line_events;
mod metrics;
mod moved_devices;
mod node;
mod oauth;
mod registrations;
mod ris;
mod uds;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use runtime::config::NodeConfig;

use node::Node;

/// Exit code for a usage or configuration error.
const USAGE: u8 = 2;

/// The arguments of `ringbearer ucm`.
#[derive(clap::Args)]
#[command(
    after_help = "The node prints `ready` on standard output when every socket is bound; SIGTERM ends it in order."
)]
pub(crate) struct Arguments {
    /// The node's configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs the node until SIGTERM or SIGINT.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let config = match NodeConfig::read(&arguments.config) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("ringbearer ucm: {error}");
            return ExitCode::from(USAGE);
        }
    };
    match serve(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringbearer ucm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(config: NodeConfig) -> anyhow::Result<()> {
    runtime::telemetry::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")?;
    runtime.block_on(async {
        let (stop, stopping) = runtime::shutdown::channel();
        let node = Node::open(config).await?;
        tokio::spawn(async move {
            if runtime::shutdown::signalled().await.is_ok() {
                stop.now();
            }
        });
        node.serve(stopping, || println!("ready")).await
    })
}
