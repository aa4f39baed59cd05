//! What is wrong with a configuration file, where, and how it is put right.

use std::path::{Path, PathBuf};

/// A configuration file that cannot be used.
#[derive(Debug)]
pub enum ConfigError {
    /// It cannot be read.
    File(PathBuf, std::io::Error),
    /// A line does not parse, a key is unknown or missing, or a value has the wrong type.
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The text of the line.
        text: String,
        /// What is wrong with it.
        message: String,
    },
    /// A value parses but cannot be used.
    Value {
        /// The file.
        path: PathBuf,
        /// The key, with its section.
        key: String,
        /// What is wrong with it.
        message: String,
        /// How it is put right.
        remedy: String,
    },
}

impl ConfigError {
    pub(super) fn toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        Self::Line {
            path: path.into(),
            line,
            column: before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1,
            text: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
            message: error.message().to_owned(),
        }
    }

    pub(super) fn value(path: &Path, key: &str, message: String, remedy: &str) -> Self {
        Self::Value { path: path.into(), key: key.into(), message, remedy: remedy.into() }
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, error) => write!(out, "{}: {error}", path.display()),
            Self::Line { path, line, column, text, message } => {
                write!(out, "{}:{line}:{column}: {message}\n    {}", path.display(), text.trim_end())
            }
            Self::Value { path, key, message, remedy } => write!(out, "{}: {key}: {message}; {remedy}", path.display()),
        }
    }
}

impl std::error::Error for ConfigError {}
