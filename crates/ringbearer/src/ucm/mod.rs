//! `ringbearer ucm`: a Unified CM node.

use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code for a usage or configuration error.
const USAGE: u8 = 2;

/// The arguments of `ringbearer ucm`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The node's configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs the node until SIGTERM or SIGINT.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    match runtime::config::NodeConfig::read(&arguments.config) {
        Ok(_config) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringbearer ucm: {error}");
            ExitCode::from(USAGE)
        }
    }
}
