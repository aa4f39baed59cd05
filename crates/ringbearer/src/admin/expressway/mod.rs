//! The shell of the Expressways: the same socket and client as a Unified CM node's, with commands of its own.

mod administrator;
mod certificate;
mod command;
mod configuration;
mod diagnostics;
mod server;
mod status;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use admin_shell::{Administrator, Interpreter};
use async_trait::async_trait;
use directory::{Author, Surface};
use edge_net::administration::{CoreControl, ExpresswayControl, Operations};

use super::terminal::{self, Echo, Failure, Terminal};
use command::{EXPRESSWAY_C, EXPRESSWAY_E, Verb};

/// The interpreter of an Expressway.
pub(crate) struct ExpresswayShell(Arc<dyn ExpresswayControl>);

/// One command of one administrator.
struct Session<'a> {
    node: &'a dyn ExpresswayControl,
    operations: Operations,
    terminal: &'a mut dyn Terminal,
}

impl ExpresswayShell {
    pub(crate) fn new(node: Arc<dyn ExpresswayControl>) -> Self {
        Self(node)
    }

    fn commands(&self) -> super::command_table::CommandTable<Verb> {
        if self.0.core().is_some() { EXPRESSWAY_C } else { EXPRESSWAY_E }
    }
}

#[async_trait]
impl Interpreter for ExpresswayShell {
    async fn execute(
        &self,
        administrator: &Administrator,
        line: &str,
        terminal: &mut dyn Terminal,
    ) -> Result<(), Failure> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let (command, rest) = self.commands().command_of(administrator, line)?;
        let author = Author { name: administrator.name.clone(), surface: Surface::Cli };
        let operations = Operations::new(Arc::clone(&self.0), author);
        let mut session = Session { node: &*self.0, operations, terminal };
        let outcome = match command.verb {
            Verb::Help => match self.commands().help(rest) {
                Ok(text) => session.print(&text).await,
                Err(failure) => Err(failure),
            },
            verb => session.run(verb, rest).await,
        };
        outcome.map_err(|failure| command.with_usage(failure))
    }

    async fn complete(&self, line: &str) -> Vec<String> {
        self.commands().complete(line).into_iter().map(str::to_owned).collect()
    }

    async fn help(&self, line: &str) -> String {
        self.commands().follow(line)
    }
}

impl Session<'_> {
    async fn run(&mut self, verb: Verb, rest: &str) -> Result<(), Failure> {
        match verb {
            // Answered from the table of commands.
            Verb::Help => Ok(()),
            Verb::StatusAdministrators => self.administrators(rest).await,
            Verb::StatusAuditLog => self.audit_log(rest).await,
            Verb::StatusDiagnostics => self.diagnostics(rest).await,
            Verb::AdministratorAdd => self.add_administrator(rest).await,
            Verb::AdministratorDelete => self.delete_administrator(rest).await,
            Verb::AdministratorPassword => self.set_password(rest).await,
            Verb::SetUpCode => self.set_up_code(rest).await,
            Verb::DiagnosticsStart => self.start_diagnostics(rest).await,
            Verb::DiagnosticsStop => self.stop_diagnostics(rest).await,
            Verb::DiagnosticsShow => self.show_diagnostics(rest).await,
            Verb::StatusAlarms => self.alarms(rest).await,
            Verb::StatusCounters => self.counters(rest).await,
            Verb::StatusMedia => self.media(rest).await,
            Verb::StatusMra => self.mra(rest).await,
            Verb::StatusSearchRules => self.search_rules(rest).await,
            Verb::StatusTraversal => self.traversal(rest).await,
            Verb::StatusUnifiedCmServers => self.servers(rest).await,
            Verb::StatusZones => self.zones(rest).await,
            Verb::Configuration => self.configuration(rest).await,
            Verb::Configure(setting) => self.configure(setting, rest).await,
            Verb::ServerAdd => self.add_server(rest).await,
            Verb::ServerDelete => self.delete_server(rest).await,
            Verb::ServersRefresh => self.refresh_servers(rest).await,
            Verb::TrustedCaAdd => self.add_trusted(rest).await,
            Verb::TrustedCaDelete => self.delete_trusted(rest).await,
            Verb::TrustedCaList => self.list_trusted(rest).await,
            Verb::CertificateRegenerate => self.regenerate_certificate(rest).await,
            Verb::CertificateShow => self.show_certificate(rest).await,
        }
    }

    async fn print(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.terminal.print(text).await?)
    }

    async fn ask(&mut self, prompt: &str, echo: Echo) -> Result<String, Failure> {
        terminal::answer(self.terminal, prompt, echo).await
    }

    /// What only an Expressway-C has.
    fn core(&self) -> Result<&CoreControl, Failure> {
        self.node.core().map(|core| &**core).ok_or_else(|| Failure::refused("this is not an Expressway-C"))
    }
}

/// Refuses arguments where a command takes none.
fn nothing(rest: &str) -> Result<(), Failure> {
    if rest.is_empty() { Ok(()) } else { Err(Failure::Usage(format!("\"{rest}\" is not expected"))) }
}
