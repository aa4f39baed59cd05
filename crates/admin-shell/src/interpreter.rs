//! What runs the lines of administrators: the shell of a Unified CM node, or that of an Expressway.

use async_trait::async_trait;

use crate::Administrator;
use crate::terminal::{Failure, Terminal};

/// A command interpreter in a node.
#[async_trait]
pub trait Interpreter: Send + Sync + 'static {
    /// Runs a line for an administrator. An empty line does nothing.
    ///
    /// # Errors
    /// Why the command did not do what it says.
    async fn execute(
        &self,
        administrator: &Administrator,
        line: &str,
        terminal: &mut dyn Terminal,
    ) -> Result<(), Failure>;

    /// The words that can stand where a line ends, in order.
    async fn complete(&self, line: &str) -> Vec<String>;

    /// What can follow a line as far as it is typed, as text of whole lines.
    async fn help(&self, line: &str) -> String;
}
