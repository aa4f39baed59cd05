//! What goes over the admin socket: JSON, one message a line.

use serde::{Deserialize, Serialize};

/// The most bytes of a line: a pasted certificate goes line by line, a query is at most this long.
pub(crate) const MOST_LINE: u64 = 64 * 1024;

/// From the administrator's side.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ToNode {
    /// Run a command.
    Run(String),
    /// Say which words can stand where this line ends.
    Complete(String),
    /// Say what can follow this line as far as it is typed.
    Help(String),
    /// The answer to a question; none when there is nobody to ask.
    Answer(Option<String>),
}

/// From the node.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FromNode {
    /// Show text.
    Print(String),
    /// Ask.
    Ask {
        /// What to show before the answer.
        prompt: String,
        /// Whether the answer is a secret.
        hidden: bool,
    },
    /// The words that can stand there.
    Words(Vec<String>),
    /// What can follow there.
    Help(String),
    /// The command ended.
    End {
        /// 0, 1 (refused or failed) or 2 (not given right).
        code: u8,
        /// Why, for standard error.
        error: Option<String>,
    },
}
