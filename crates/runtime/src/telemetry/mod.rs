//! Logs: text for people on a terminal, JSON lines for machines.
//!
//! Levels follow `RINGBEARER_LOG` (the syntax of `tracing`'s environment filter) and else the configuration file.
//! Whoever logs a SIP message masks its tokens and keys before it comes here.

mod log_file;
mod one_line;

use std::io::Error;
use std::path::PathBuf;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, reload};

use log_file::{LogFile, Rotation};
use one_line::OneLine;

/// The environment variable that goes before the configured level.
const LEVEL: &str = "RINGBEARER_LOG";

/// The `[log]` section.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LogConfig {
    /// How a line looks.
    pub format: LogFormat,
    /// A level (`error`, `warn`, `info`, `debug`, `trace`) or a filter (`info,ringbearer_sip_net=debug`). SIGHUP takes a
    /// changed one into use.
    pub level: String,
    /// A file to append to; standard error when absent. SIGUSR1 opens it again by its name.
    pub file: Option<PathBuf>,
    /// The size at which a file is full, in megabytes (10^6 octets); the next line begins a new one. So does each day.
    pub rotate_megabytes: u64,
    /// How many full files are kept, named `.1` (the newest), `.2` and so on.
    pub keep_files: u32,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".into(), file: None, rotate_megabytes: 50, keep_files: 14 }
    }
}

impl LogConfig {
    fn rotation(&self) -> Rotation {
        Rotation { most: self.rotate_megabytes.max(1).saturating_mul(1_000_000), keep: self.keep_files }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line a person reads.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The log of the process, to change it while it runs.
#[derive(Clone, Default)]
pub struct Logging {
    filter: Option<reload::Handle<EnvFilter, Registry>>,
    file: Option<Arc<LogFile>>,
}

impl Logging {
    /// Takes another level, and other limits of the file, into use. Its format and its place stay until a restart.
    ///
    /// # Errors
    /// When the level does not parse; then everything stays.
    pub fn reload(&self, config: &LogConfig) -> std::io::Result<()> {
        let filter = filter(config)?;
        if let Some(handle) = &self.filter {
            handle.reload(filter).map_err(Error::other)?;
        }
        if let Some(file) = &self.file {
            file.rotate_by(config.rotation());
        }
        Ok(())
    }

    /// Opens the log file again by its name, for a program that renames it. Nothing to do on standard error.
    ///
    /// # Errors
    /// When it cannot be opened; then the old one is written on.
    pub fn reopen(&self) -> std::io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |file| file.reopen())
    }
}

impl std::fmt::Debug for Logging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logging").field("file", &self.file).finish_non_exhaustive()
    }
}

/// Starts logging for the process. A second call keeps the first one's settings.
///
/// # Errors
/// When the filter does not parse or the file cannot be opened.
pub fn start(config: &LogConfig) -> std::io::Result<Logging> {
    let (filter, handle) = reload::Layer::new(filter(config)?);
    let file = match &config.file {
        None => None,
        Some(path) => {
            let in_words = |error: Error| Error::new(error.kind(), format!("the log {}: {error}", path.display()));
            Some(Arc::new(LogFile::open(path, config.rotation()).map_err(in_words)?))
        }
    };
    let writer = match &file {
        None => BoxMakeWriter::new(std::io::stderr),
        Some(file) => BoxMakeWriter::new(Arc::clone(file)),
    };
    let ansi = file.is_none() && std::io::IsTerminal::is_terminal(&std::io::stderr());
    let writer = OneLine { inner: writer, ansi };
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(ansi);
    let lines = match config.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let started = tracing_subscriber::registry().with(filter).with(lines).try_init().is_ok();
    Ok(if started { Logging { filter: Some(handle), file } } else { Logging::default() })
}

/// Whether a level or a filter can be used; a sentence when it cannot.
///
/// # Errors
/// What is wrong with it.
pub fn check_level(level: &str) -> Result<(), String> {
    EnvFilter::try_new(level).map(drop).map_err(|error| format!("`{level}` is no level: {error}"))
}

fn filter(config: &LogConfig) -> std::io::Result<EnvFilter> {
    let text = std::env::var(LEVEL).unwrap_or_else(|_| config.level.clone());
    EnvFilter::try_new(&text).map_err(|error| Error::other(format!("log level `{text}`: {error}")))
}
