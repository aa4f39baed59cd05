//! The three kinds of configuration file, and what can be asked of any of them.

use std::path::Path;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::telemetry::LogConfig;

use super::{ConfigError, ExpresswayCConfig, ExpresswayEConfig, ExpresswayKind, NodeConfig};

/// Which node a file configures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A Unified CM node.
    Ucm,
    /// An Expressway-C.
    ExpresswayC,
    /// An Expressway-E.
    ExpresswayE,
}

/// A configuration file, as a type.
pub trait ConfigFile: DeserializeOwned + Serialize + JsonSchema {
    /// The least that a file of this kind has to say.
    const REQUIRED: &'static str;
    /// A value for each key that has no default.
    const OPTIONAL: &'static str;

    /// Checks the text of a file that came from `path`.
    ///
    /// # Errors
    /// When a line of it is wrong: the error names file, line, column, key and remedy.
    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError>;

    /// Reads and checks the file. Paths in it are relative to its own folder.
    ///
    /// # Errors
    /// As [`Self::parse`], and when it cannot be read.
    fn read(path: &Path) -> Result<Self, ConfigError>;

    /// Its `[log]`.
    fn log(&self) -> &LogConfig;

    /// How long calls in progress may go on after SIGTERM.
    fn drain(&self) -> Duration;
}

impl FileKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ucm, Self::ExpresswayC, Self::ExpresswayE];

    /// The subcommand that runs such a node.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ucm => "ucm",
            Self::ExpresswayC => ExpresswayKind::ExpresswayC.subcommand(),
            Self::ExpresswayE => ExpresswayKind::ExpresswayE.subcommand(),
        }
    }

    /// Which kind a file is, by its `[node]`. One that does not say `kind` is that of a Unified CM node.
    ///
    /// # Errors
    /// When the text is not TOML, or names a kind that there is not.
    pub fn of(path: &Path, text: &str) -> Result<Self, ConfigError> {
        #[derive(Deserialize)]
        struct AnyFile {
            node: Option<AnyNode>,
        }
        #[derive(Deserialize)]
        struct AnyNode {
            kind: Option<ExpresswayKind>,
        }
        let file: AnyFile = toml::from_str(text).map_err(|error| ConfigError::toml(path, text, &error))?;
        Ok(match file.node.and_then(|node| node.kind) {
            None => Self::Ucm,
            Some(ExpresswayKind::ExpresswayC) => Self::ExpresswayC,
            Some(ExpresswayKind::ExpresswayE) => Self::ExpresswayE,
        })
    }

    /// Checks a file as the node does at its start.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line, its column, its key and the remedy.
    pub fn check(self, path: &Path, text: &str) -> Result<(), ConfigError> {
        match self {
            Self::Ucm => NodeConfig::parse(path, text).map(drop),
            Self::ExpresswayC => ExpresswayCConfig::parse(path, text).map(drop),
            Self::ExpresswayE => ExpresswayEConfig::parse(path, text).map(drop),
        }
    }

    /// A file with every key there is, its meaning and its default.
    #[must_use]
    pub fn example(self) -> String {
        match self {
            Self::Ucm => super::example::of::<NodeConfig>(self),
            Self::ExpresswayC => super::example::of::<ExpresswayCConfig>(self),
            Self::ExpresswayE => super::example::of::<ExpresswayEConfig>(self),
        }
    }

    /// The JSON Schema of a file, for editors that complete and check while one types.
    #[must_use]
    pub fn schema(self) -> serde_json::Value {
        match self {
            Self::Ucm => super::example::schema::<NodeConfig>(),
            Self::ExpresswayC => super::example::schema::<ExpresswayCConfig>(),
            Self::ExpresswayE => super::example::schema::<ExpresswayEConfig>(),
        }
    }

    /// What a file comes to: every key with its value, and whether the file or the default says so. Secrets are masked.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn effective(self, path: &Path, text: &str) -> Result<String, ConfigError> {
        match self {
            Self::Ucm => super::effective::of::<NodeConfig>(path, text),
            Self::ExpresswayC => super::effective::of::<ExpresswayCConfig>(path, text),
            Self::ExpresswayE => super::effective::of::<ExpresswayEConfig>(path, text),
        }
    }
}
