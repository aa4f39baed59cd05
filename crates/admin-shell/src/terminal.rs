//! What a command talks to, and how it ends.

use async_trait::async_trait;
use std::io;

/// Whether what is typed is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// It is.
    Shown,
    /// It is a secret.
    Hidden,
}

/// Where a command prints and asks.
#[async_trait]
pub trait Terminal: Send + Sync {
    /// Shows text; lines end with a line feed.
    async fn print(&mut self, text: &str) -> io::Result<()>;

    /// Asks for a line; none when there is nobody to answer.
    async fn ask(&mut self, prompt: &str, echo: Echo) -> io::Result<Option<String>>;
}

/// The last line of a certificate in PEM (RFC 7468 §3).
const PEM_END: &str = "-----END CERTIFICATE-----";

/// More lines than these are no certificate that anybody pastes.
const MOST_LINES: usize = 1000;

/// Asks a question that has to be answered.
///
/// # Errors
/// When it is not, or nobody is there any more.
pub async fn answer(terminal: &mut dyn Terminal, prompt: &str, echo: Echo) -> Result<String, Failure> {
    let answer = terminal.ask(prompt, echo).await?;
    answer.ok_or_else(|| Failure::refused("the question was not answered; nothing was changed"))
}

/// Asks for a certificate in PEM, line by line.
///
/// # Errors
/// When its end does not come, or nobody is there any more.
pub async fn certificate(terminal: &mut dyn Terminal) -> Result<String, Failure> {
    let mut pem = String::new();
    let mut prompt = "Paste the certificate in PEM:\n";
    for _ in 0..MOST_LINES {
        let line = answer(terminal, prompt, Echo::Shown).await?;
        pem += line.trim();
        pem.push('\n');
        if line.trim() == PEM_END {
            return Ok(pem);
        }
        prompt = "";
    }
    Err(Failure::refused("the text is too long for a certificate"))
}

/// Asks for a chain of certificates in PEM, line by line, until an empty line after one.
///
/// # Errors
/// When nobody answers, or the text is longer than a chain.
pub async fn chain(terminal: &mut dyn Terminal) -> Result<String, Failure> {
    let mut pem = String::new();
    let mut prompt = "Paste the certificate and its chain in PEM, then an empty line:\n";
    for _ in 0..MOST_LINES {
        let line = answer(terminal, prompt, Echo::Shown).await?;
        if line.trim().is_empty() && pem.contains(PEM_END) {
            return Ok(pem);
        }
        pem += line.trim();
        pem.push('\n');
        prompt = "";
    }
    Err(Failure::refused("the text is too long for a chain of certificates"))
}

/// Why a command did not do what it says.
#[derive(Debug)]
pub enum Failure {
    /// It was not given right: exit code 2.
    Usage(String),
    /// It was understood and refused, or failed: exit code 1.
    Refused(String),
    /// Nobody is there any more.
    Gone(io::Error),
}

impl Failure {
    /// A command that was understood and refused, or failed.
    pub fn refused(reason: impl ToString) -> Self {
        Self::Refused(reason.to_string())
    }
}

/// How a command ended: its exit code, and why it is not 0. The codes are the same wherever a command is given.
///
/// # Errors
/// When nobody is there any more.
pub fn ending(outcome: Result<(), Failure>) -> io::Result<(u8, Option<String>)> {
    match outcome {
        Ok(()) => Ok((0, None)),
        Err(Failure::Refused(reason)) => Ok((1, Some(reason))),
        Err(Failure::Usage(reason)) => Ok((2, Some(reason))),
        Err(Failure::Gone(error)) => Err(error),
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

impl From<administration::AdministrationError> for Failure {
    fn from(error: administration::AdministrationError) -> Self {
        Self::refused(error)
    }
}

impl From<directory::Violation> for Failure {
    fn from(violation: directory::Violation) -> Self {
        Self::refused(violation)
    }
}
