//! `ringbearer load`: plays many phones against a server and measures it.
//!
//! Each mode is what a fleet does: `storm` comes up after an outage, `steady` is challenged on every refresh, `refresh`
//! shows a token that the server knows, `keep` does that at a fleet's own pace, `hold` only stays connected, `call` makes calls between pairs. The load is bounded in
//! count and time, and goes to loopback and private addresses only unless told otherwise.

mod answer;
mod call;
mod connection;
mod hold;
mod measure;
mod register;
mod request;
mod server_process;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;

use measure::Measured;
use target::Target;

/// What the phones do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Connect, TLS, REGISTER, 407, REGISTER with token, 200, close; again until the time is over.
    Storm,
    /// REGISTER, 407, REGISTER with token, 200 on held connections.
    Steady,
    /// REGISTER with a known token on held connections.
    Refresh,
    /// Register, then REGISTER with the known token every so many seconds, as a fleet does that is at work.
    Keep,
    /// INVITE to BYE between pairs of registered phones.
    Call,
    /// Register once and stay connected: the server's memory per connection.
    Hold,
}

/// The arguments of `ringbearer load`.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    ringbearer load refresh --server 127.0.0.11:5090 --trust tomcat.pem --token token.txt --phones 200 --seconds 10\n  \
    ringbearer load keep --server 127.0.0.22:5061 --node 127.0.0.11 --trust trust.pem --token token.txt --phones 500 --seconds 180\n  \
    ringbearer load hold --server 127.0.0.11:5090 --trust tomcat.pem --token token.txt --phones 2000 --server-pid 4711 --json")]
pub(crate) struct Arguments {
    /// What the phones do.
    mode: Mode,
    /// The server's OAuth port, or the SIP port of an Expressway-E.
    #[arg(long, value_name = "ADDRESS:PORT")]
    server: std::net::SocketAddr,
    /// The node that the phones register with through an Expressway-E; the server itself when absent.
    #[arg(long, value_name = "HOST")]
    node: Option<String>,
    /// The name in the server's certificate; its address when absent.
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// PEM file with the certificates to trust.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// File with access tokens, one a line: each serves ten phones in turn, a single one all. Its user must own their devices.
    #[arg(long, value_name = "FILE")]
    token: PathBuf,
    /// How many phones.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    phones: u32,
    /// How long, at most.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// With keep: how often each phone refreshes, in seconds.
    #[arg(long, default_value_t = 20, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
    /// Device names: the prefix before a number of five digits.
    #[arg(long, default_value = "CSFLOAD", value_name = "PREFIX")]
    device: String,
    /// The directory number of the first phone; the others count on.
    #[arg(long, default_value_t = 700_000, value_name = "NUMBER")]
    line: u32,
    /// The server process, for its memory and processor time.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
    /// Take every answer for the right one: for a server that answers a canned 200.
    #[arg(long)]
    any_answer: bool,
    /// Allow a server that is on neither a loopback nor a private address.
    #[arg(long)]
    danger_allow_public: bool,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Runs the load and prints what it measured: exit code 0 when there was no error, 1 when there was, 2 for usage.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let target = match Target::from_arguments(&arguments) {
        Ok(target) => target,
        Err(error) => {
            eprintln!("ringbearer load: {error:#}");
            return ExitCode::from(2);
        }
    };
    match measure(&arguments, target) {
        Ok(measured) => {
            if arguments.json {
                println!("{}", measured.to_json());
            } else {
                print!("{}", measured.to_table());
            }
            if measured.errors() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("ringbearer load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// One thread, so that a generator pinned to a core leaves the others to the server.
fn measure(arguments: &Arguments, target: Target) -> anyhow::Result<Measured> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("the runtime")?;
    let length = Duration::from_secs(arguments.seconds);
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        match arguments.mode {
            Mode::Storm => register::storm(target, arguments.phones, length).await,
            Mode::Steady => register::held(target, arguments.phones, length, register::Each::Challenged).await,
            Mode::Refresh => register::held(target, arguments.phones, length, register::Each::WithToken).await,
            Mode::Keep => {
                let every = Duration::from_secs(arguments.every);
                register::kept(target, arguments.phones, length, every).await
            }
            Mode::Call => call::pairs(target, arguments.phones, length).await,
            Mode::Hold => hold::hold(target, arguments.phones, length).await,
        }
    })
}
