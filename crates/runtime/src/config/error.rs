//! What is wrong with a configuration file, where, and how it is put right.

use std::path::{Path, PathBuf};

use super::position::Position;

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
        /// The key, with its section, where the line has one.
        key: Option<String>,
        /// The text of the line.
        text: String,
        /// What is wrong with it, and how it is put right where that can be said.
        message: String,
    },
    /// A value parses but cannot be used.
    Value {
        /// The file.
        path: PathBuf,
        /// The line and the column of the value, from 1; none when the file leaves the key out.
        place: Option<(usize, usize)>,
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
        let span = error.span().unwrap_or(0..text.len());
        let mut position = Position::at(text, span.start);
        let mut message = error.message().trim_end().to_owned();
        let is_header = text.get(span).is_some_and(|text| text.starts_with('[') && !text.contains('\n'));
        if message.starts_with("missing field") && !is_header {
            // It is the whole file that lacks something.
            position.key = None;
        }
        if let Some(remedy) = remedy(&message) {
            message += &format!("; {remedy}");
        }
        Self::Line {
            path: path.into(),
            line: position.line,
            column: position.column,
            key: position.key,
            text: text.lines().nth(position.line - 1).unwrap_or_default().to_owned(),
            message,
        }
    }

    pub(crate) fn value(path: &Path, key: &str, message: String, remedy: &str) -> Self {
        Self::Value { path: path.into(), place: None, key: key.into(), message, remedy: remedy.into() }
    }

    /// Says where in this text the value stands.
    #[must_use]
    pub(super) fn located(mut self, text: &str) -> Self {
        if let Self::Value { place, key, .. } = &mut self {
            *place = Position::of_value(text, key);
        }
        self
    }
}

/// What to do about a key that is unknown or missing, by what the parser says of it.
fn remedy(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let unknown = quoted.next()?;
        let near = quoted.map(|known| (strsim::osa_distance(unknown, known), known)).min()?;
        // Further apart than that, two keys do not look like a slip of the hand.
        let most = unknown.chars().count().div_ceil(3);
        return (near.0 <= most).then(|| format!("did you mean `{}`?", near.1));
    }
    let missing = message.strip_prefix("missing field").and_then(|_| quoted.next())?;
    Some(format!("add `{missing}`; `ringbearer config example` shows every key"))
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, error) => write!(out, "{}: {error}", path.display()),
            Self::Line { path, line, column, key, text, message } => {
                write!(out, "{}:{line}:{column}: ", path.display())?;
                if let Some(key) = key {
                    write!(out, "{key}: ")?;
                }
                write!(out, "{message}\n    {}", text.trim_end())
            }
            Self::Value { path, place, key, message, remedy } => {
                write!(out, "{}:", path.display())?;
                if let Some((line, column)) = place {
                    write!(out, "{line}:{column}:")?;
                }
                write!(out, " {key}: {message}; {remedy}")
            }
        }
    }
}

impl std::error::Error for ConfigError {}
