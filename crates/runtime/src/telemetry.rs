//! Logs: text for people on a terminal, JSON lines for machines.
//!
//! Levels follow `RINGBEARER_LOG` (the syntax of `tracing`'s environment filter) and else the configuration file.
//! Whoever logs a SIP message masks its tokens and keys before it comes here.

use std::path::PathBuf;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// The `[log]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LogConfig {
    /// `text` or `json`.
    pub format: LogFormat,
    /// A level (`info`) or a filter (`info,ringbearer_sip_net=debug`).
    pub level: String,
    /// A file to append to; standard error when absent.
    pub file: Option<PathBuf>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".into(), file: None }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line a person reads.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging for the process. A second call keeps the first one's settings.
///
/// # Errors
/// When the filter does not parse or the file cannot be opened.
pub fn start(config: &LogConfig) -> std::io::Result<()> {
    let text = std::env::var("RINGBEARER_LOG").unwrap_or_else(|_| config.level.clone());
    let filter =
        EnvFilter::try_new(&text).map_err(|error| std::io::Error::other(format!("log level `{text}`: {error}")))?;
    let writer = match &config.file {
        None => BoxMakeWriter::new(std::io::stderr),
        Some(path) => {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
            BoxMakeWriter::new(std::sync::Mutex::new(file))
        }
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(config.file.is_none() && std::io::IsTerminal::is_terminal(&std::io::stderr()));
    let _already_started = match config.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}
