//! `help` and what is said to a line that is no command.

use super::Session;
use crate::admin::command::{self, Command};
use crate::admin::terminal::Failure;

impl Session<'_> {
    pub(super) async fn help(&mut self, rest: &str) -> Result<(), Failure> {
        let commands = command::beginning_with(rest);
        match commands.as_slice() {
            [] => Err(unknown(rest)),
            [single] => self.print(&format!("{}\n    {}\n", single.usage(), single.help)).await,
            several => self.print(&list(several)).await,
        }
    }
}

/// The refusal of a line that begins no command or too many.
pub(super) fn unknown(line: &str) -> Failure {
    let line = line.trim();
    let mut words: Vec<&str> = line.split_whitespace().collect();
    while !words.is_empty() {
        let candidates = command::beginning_with(&words.join(" "));
        if !candidates.is_empty() {
            return Failure::Usage(format!(
                "\"{line}\" is not a command. Commands that begin like it:\n{}",
                list(&candidates).trim_end()
            ));
        }
        words.pop();
    }
    Failure::Usage(format!("\"{line}\" is not a command. help shows them all."))
}

fn list(commands: &[&Command]) -> String {
    let width = commands.iter().map(|command| command.words.len()).max().unwrap_or(0);
    commands.iter().map(|command| format!("{:<width$}  {}\n", command.words, command.help)).collect()
}
