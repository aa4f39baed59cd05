//! `ringbearer config`: checks a configuration file, says what it comes to, and writes an example of one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use runtime::config::{ConfigError, FileKind};

/// Exit code for a file that is wrong.
const FAULTS: u8 = 1;
/// Exit code for a usage error, and for a file that cannot be read.
const USAGE: u8 = 2;

/// The arguments of `ringbearer config`.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 the file can be used, 1 something in it is wrong, 2 usage or no file.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Check a file as the node does at its start: a fault is named with its line, column, key and remedy.
    Check {
        /// The configuration file.
        file: PathBuf,
    },
    /// Show what a file comes to: every key with its value, and whether the file or the default says so.
    Dump {
        /// The configuration file.
        file: PathBuf,
    },
    /// Write a commented file with every key there is.
    Example {
        /// What the file configures.
        #[arg(value_enum)]
        kind: Kind,
    },
    /// Write the JSON Schema of a file, for editors that complete and check it.
    Schema {
        /// What the file configures.
        #[arg(value_enum)]
        kind: Kind,
    },
}

/// What a file configures.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// A Unified CM node.
    Ucm,
    /// The inner half of the edge.
    ExpresswayC,
    /// The outer half of the edge.
    ExpresswayE,
}

impl From<Kind> for FileKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Ucm => Self::Ucm,
            Kind::ExpresswayC => Self::ExpresswayC,
            Kind::ExpresswayE => Self::ExpresswayE,
        }
    }
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let outcome = match &arguments.command {
        Command::Check { file } => read(file, FileKind::check).map(|()| format!("{}: can be used\n", file.display())),
        Command::Dump { file } => read(file, FileKind::effective),
        Command::Example { kind } => Ok(FileKind::from(*kind).example()),
        Command::Schema { kind } => Ok(format!("{:#}\n", FileKind::from(*kind).schema())),
    };
    match outcome {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("ringbearer config: {error}");
            ExitCode::from(if matches!(error, ConfigError::File(..)) { USAGE } else { FAULTS })
        }
    }
}

fn read<T>(path: &Path, ask: impl FnOnce(FileKind, &Path, &str) -> Result<T, ConfigError>) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.into(), error))?;
    ask(FileKind::of(path, &text)?, path, &text)
}
