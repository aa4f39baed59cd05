//! What a command talks to, and how it ends.

use async_trait::async_trait;
use std::io;

/// Whether what is typed is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Echo {
    /// It is.
    Shown,
    /// It is a secret.
    Hidden,
}

/// Where a command prints and asks.
#[async_trait]
pub(crate) trait Terminal: Send + Sync {
    /// Shows text; lines end with a line feed.
    async fn print(&mut self, text: &str) -> io::Result<()>;

    /// Asks for a line; none when there is nobody to answer.
    async fn ask(&mut self, prompt: &str, echo: Echo) -> io::Result<Option<String>>;
}

/// Why a command did not do what it says.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was not given right: exit code 2.
    Usage(String),
    /// It was understood and refused, or failed: exit code 1.
    Refused(String),
    /// Nobody is there any more.
    Gone(io::Error),
}

impl Failure {
    pub(crate) fn refused(reason: impl ToString) -> Self {
        Self::Refused(reason.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

impl From<directory::RepositoryError> for Failure {
    fn from(error: directory::RepositoryError) -> Self {
        Self::refused(error)
    }
}

impl From<directory::Violation> for Failure {
    fn from(violation: directory::Violation) -> Self {
        Self::refused(violation)
    }
}
