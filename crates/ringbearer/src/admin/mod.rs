//! The admin shell: `ringbearer admin`, and the half of it that runs in the node.
//!
//! The client only carries lines: every command runs in the node, in [`shell`], over the cluster database and
//! [`administration::Administration`]. A node serves it like this:
//!
//! ```text
//! let shell = Arc::new(Shell::new(store, node.administration()));
//! tokio::spawn(AdminSocket::bind(&config.admin_socket())?.serve(shell));
//! ```

mod arguments;
mod client;
mod columns;
mod command;
mod command_table;
pub(crate) mod expressway;
mod password;
mod person;
pub(crate) mod server;
pub(crate) mod shell;
mod wire;

pub(crate) use admin_shell::terminal;

use client::Client;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where a node that was installed as a package listens.
const SOCKET: &str = "/var/lib/ringbearer/admin.sock";

/// The arguments of `ringbearer admin`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The node's admin socket
    #[arg(long, value_name = "PATH", conflicts_with = "config")]
    socket: Option<PathBuf>,
    /// The node's configuration file, which says where the socket is
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Run this command and end; may be repeated, and stops at the first that fails
    #[arg(short, long = "command", value_name = "COMMAND")]
    commands: Vec<String>,
}

/// Runs commands: 0 when all did what they say, 1 when one was refused or failed, 2 when one was not given right.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    match run_commands(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("ringbearer admin: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_commands(arguments: Arguments) -> anyhow::Result<u8> {
    let socket = match (arguments.socket, arguments.config) {
        (Some(socket), _) => socket,
        (None, Some(config)) => runtime::config::admin_socket(&config)?,
        (None, None) => SOCKET.into(),
    };
    let mut client = Client::connect(&socket)?;
    if arguments.commands.is_empty() {
        return if std::io::stdin().is_terminal() { person::interact(socket) } else { client.script() };
    }
    for command in &arguments.commands {
        let code = client.run(command)?;
        if code != 0 {
            return Ok(code);
        }
    }
    Ok(0)
}
