//! `help`.

use super::Session;
use crate::admin::command::COMMANDS;
use crate::admin::terminal::Failure;

impl Session<'_> {
    pub(super) async fn help(&mut self, rest: &str) -> Result<(), Failure> {
        self.print(&COMMANDS.help(rest)?).await
    }
}
