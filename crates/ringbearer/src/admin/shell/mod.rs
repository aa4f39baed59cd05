//! The command interpreter: it runs in the node, over the cluster database and [`Administration`].

mod api_token;
mod certificate;
mod device;
mod end_user;
mod help;
mod key;
mod node;
mod object;
mod parameter;
mod pool;
mod service;
mod sip_oauth_mode;
mod ssh_key;
mod system;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use certificate::describe as describe_certificate;
pub(crate) use system::date;

use super::command::{COMMANDS, Verb};
use super::terminal::{self, Echo, Failure, Terminal};
use admin_shell::{Administrator, Interpreter};
use administration::{Administration, NodeControl};
use async_trait::async_trait;
use directory::{Author, Directory, DirectoryRepository, Object, ObjectKey, Precondition, ServiceAct};
use std::sync::Arc;
use store::Store;

/// The interpreter of a node.
pub(crate) struct Shell {
    store: Store,
    administration: Administration,
    ssh_host_key: Option<String>,
}

/// One command of one administrator.
struct Session<'a> {
    store: &'a Store,
    administration: &'a Administration,
    node: &'a dyn NodeControl,
    author: Author,
    terminal: &'a mut dyn Terminal,
    ssh_host_key: Option<&'a str>,
}

impl Shell {
    pub(crate) fn new(store: Store, administration: Administration) -> Self {
        Self { store, administration, ssh_host_key: None }
    }

    /// With the fingerprint of the node's SSH host key, if SSH is on.
    pub(crate) fn with_ssh_host_key(self, ssh_host_key: Option<String>) -> Self {
        Self { ssh_host_key, ..self }
    }
}

#[async_trait]
impl Interpreter for Shell {
    async fn execute(
        &self,
        administrator: &Administrator,
        line: &str,
        terminal: &mut dyn Terminal,
    ) -> Result<(), Failure> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let (command, rest) = COMMANDS.command_of(administrator, line)?;
        let author = administrator.author();
        let administration = &self.administration;
        let node = administration.node();
        let ssh_host_key = self.ssh_host_key.as_deref();
        let mut session = Session { store: &self.store, administration, node, author, terminal, ssh_host_key };
        session.run(command.verb, rest).await.map_err(|failure| command.with_usage(failure))
    }

    async fn complete(&self, line: &str) -> Vec<String> {
        COMMANDS.complete(line).into_iter().map(str::to_owned).collect()
    }

    async fn help(&self, line: &str) -> String {
        COMMANDS.follow(line)
    }
}

impl Session<'_> {
    async fn run(&mut self, verb: Verb, rest: &str) -> Result<(), Failure> {
        match verb {
            Verb::Help => self.help(rest).await,
            Verb::RunSql => self.run_sql(rest).await,
            Verb::SetCertDelete => self.delete_certificate(rest).await,
            Verb::SetCertImportOwn => self.import_own(rest).await,
            Verb::SetCertImportTrust => self.import_trust(rest).await,
            Verb::SetCertRegen => self.regenerate_certificate(rest).await,
            Verb::SetCsrGen => self.request_certificate(rest).await,
            Verb::SetExpressway => self.set_expressway(rest).await,
            Verb::SetGroup => self.set_group(rest).await,
            Verb::SetKeyRegenAuthz => self.regenerate_key(rest).await,
            Verb::SetLine => self.set_line(rest).await,
            Verb::SetNode => self.set_node(rest).await,
            Verb::SetNodePorts => self.set_node_ports(rest).await,
            Verb::SetParameter => self.set_parameter(rest).await,
            Verb::SetPhone => self.set_phone(rest).await,
            Verb::SetPhoneLine => self.set_phone_line(rest).await,
            Verb::SetPool => self.set_pool(rest).await,
            Verb::SetProfile => self.set_profile(rest).await,
            Verb::SetSshKeyAdd => self.add_ssh_key(rest).await,
            Verb::SetSshKeyDelete => self.delete_ssh_key(rest).await,
            Verb::SetUser => self.set_user(rest).await,
            Verb::SetUserDigest => self.set_user_digest(rest).await,
            Verb::SetUserPassword => self.set_user_password(rest).await,
            Verb::ShowAudit => self.show_audit(rest).await,
            Verb::ShowCertListOwn => self.list_certificates(rest, false).await,
            Verb::ShowCertListTrust => self.list_certificates(rest, true).await,
            Verb::ShowCertOwn => self.show_own_certificate(rest).await,
            Verb::ShowCertTrust => self.show_trusted_certificate(rest).await,
            Verb::ShowCsrOwn => self.show_request(rest).await,
            Verb::ShowExpressway => self.show_expressway(rest).await,
            Verb::ShowGroup => self.show_group(rest).await,
            Verb::ShowKeyAuthz => self.show_key(rest).await,
            Verb::ShowLine => self.show_line(rest).await,
            Verb::ShowNetworkCluster => self.show_network_cluster(rest).await,
            Verb::ShowNode => self.show_node(rest).await,
            Verb::ShowOpenPortsAll => self.show_open_ports(None, rest).await,
            Verb::ShowOpenPortsRegexp => self.show_open_ports_regexp(rest).await,
            Verb::ShowParameter => self.show_parameter(rest).await,
            Verb::ShowPhone => self.show_phone(rest).await,
            Verb::ShowPool => self.show_pool(rest).await,
            Verb::ShowProfile => self.show_profile(rest).await,
            Verb::ShowRegistration => self.show_registration(rest).await,
            Verb::ShowSetupCode => self.show_setup_code(rest).await,
            Verb::ShowSshHostKey => self.show_ssh_host_key(rest).await,
            Verb::ShowSshKey => self.show_ssh_keys(rest).await,
            Verb::ShowUser => self.show_user(rest).await,
            Verb::ShowVersionActive => self.show_version(rest).await,
            Verb::UnsetExpressway => self.unset(rest, ObjectKey::Expressway).await,
            Verb::UnsetGroup => self.unset(rest, ObjectKey::Group).await,
            Verb::UnsetLine => self.unset(rest, ObjectKey::Line).await,
            Verb::UnsetNode => self.unset(rest, ObjectKey::Node).await,
            Verb::UnsetPhone => self.unset(rest, ObjectKey::Device).await,
            Verb::UnsetPhoneLine => self.unset_phone_line(rest).await,
            Verb::UnsetPool => self.unset(rest, ObjectKey::Pool).await,
            Verb::UnsetProfile => self.unset(rest, ObjectKey::Profile).await,
            Verb::UnsetUser => self.unset(rest, ObjectKey::User).await,
            Verb::UtilsApiTokenCreate => self.create_api_token(rest).await,
            Verb::UtilsApiTokenList => self.list_api_tokens(rest).await,
            Verb::UtilsApiTokenRevoke => self.revoke_api_token(rest).await,
            Verb::UtilsClusterRestart => self.restart_cluster(rest).await,
            Verb::UtilsServiceList => self.list_services(rest).await,
            Verb::UtilsServiceRestart => self.control_service(rest, ServiceAct::Restart).await,
            Verb::UtilsServiceStart => self.control_service(rest, ServiceAct::Start).await,
            Verb::UtilsServiceStop => self.control_service(rest, ServiceAct::Stop).await,
            Verb::UtilsSipOAuthModeDisable => self.set_sip_oauth_mode(rest, false).await,
            Verb::UtilsSipOAuthModeEnable => self.set_sip_oauth_mode(rest, true).await,
            Verb::UtilsSipOAuthModeStatus => self.sip_oauth_mode_status(rest).await,
        }
    }

    async fn print(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.terminal.print(text).await?)
    }

    async fn ask(&mut self, prompt: &str, echo: Echo) -> Result<String, Failure> {
        terminal::answer(self.terminal, prompt, echo).await
    }

    async fn directory(&self) -> Result<Arc<Directory>, Failure> {
        Ok(self.store.load().await?)
    }

    /// Writes an object if nobody changed it since the directory was read.
    async fn put(&mut self, directory: &Directory, object: Object) -> Result<(), Failure> {
        let key = object.key();
        let stored = directory.version(&key);
        let precondition = stored.map_or(Precondition::Absent, Precondition::Version);
        self.store.put(&self.author, vec![(object, precondition)]).await?;
        let what = if stored.is_some() { "changed" } else { "added" };
        self.print(&format!("{key} {what}.\n")).await
    }
}

/// Refuses arguments where a command takes none.
fn nothing(rest: &str) -> Result<(), Failure> {
    if rest.is_empty() { Ok(()) } else { Err(Failure::Usage(format!("\"{rest}\" is not expected"))) }
}

/// The single argument of a command.
fn single(rest: &str) -> Result<String, Failure> {
    let mut words = super::arguments::split(rest)?;
    match (words.pop(), words.pop()) {
        (Some(word), None) => Ok(word),
        (None, _) => Err(Failure::Usage("a name is missing".into())),
        (Some(word), Some(_)) => Err(Failure::Usage(format!("\"{word}\" is not expected"))),
    }
}

/// The argument of a command that may have none.
fn optional(rest: &str) -> Result<Option<String>, Failure> {
    if rest.is_empty() { Ok(None) } else { single(rest).map(Some) }
}

/// The name that a command begins with, and the words behind it.
fn name_and_words(rest: &str) -> Result<(String, Vec<String>), Failure> {
    let mut words = super::arguments::split(rest)?;
    if words.is_empty() {
        return Err(Failure::Usage("a name is missing".into()));
    }
    let name = words.remove(0);
    Ok((name, words))
}
