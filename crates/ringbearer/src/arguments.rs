//! The arguments of every node.

use std::path::PathBuf;

/// What every node is told.
#[derive(clap::Args)]
#[command(
    after_help = "It prints `ready` on standard output, and tells the service manager, when every socket is bound.\n\n\
                        Signals: SIGHUP reads the configuration, the certificates and the trust stores again; SIGUSR1 opens \
                        the log file again; SIGTERM takes nothing new and ends when the calls in progress have ended or \
                        [node] drain-seconds are over, a second one ends it at once, as SIGINT does."
)]
pub(crate) struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
}
