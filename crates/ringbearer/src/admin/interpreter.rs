//! What runs the lines of administrators: the shell of a Unified CM node, or that of an Expressway.

use super::terminal::{Failure, Terminal};
use async_trait::async_trait;

/// A command interpreter in a node.
#[async_trait]
pub(crate) trait Interpreter: Send + Sync + 'static {
    /// Runs a line for an administrator. An empty line does nothing.
    async fn execute(&self, administrator: &str, line: &str, terminal: &mut dyn Terminal) -> Result<(), Failure>;

    /// The words that can stand where a line ends.
    fn complete(&self, line: &str) -> Vec<&'static str>;
}
