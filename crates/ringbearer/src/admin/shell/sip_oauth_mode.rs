//! `utils sipOAuth-mode enable|disable|status`.
//!
//! The texts of `enable` are the vendor's. Our choice: those of `disable` (alike), of `status`, and of the refusals.

use super::{Session, nothing};
use crate::admin::columns::lay_out_text;
use crate::admin::terminal::Failure;
use directory::{DirectoryRepository, NodeSettings, Parameter};

const RESTART: &str = "Please restart the Cisco CallManager service on all nodes in the cluster where it is running.";

impl Session<'_> {
    pub(super) async fn set_sip_oauth_mode(&mut self, rest: &str, enable: bool) -> Result<(), Failure> {
        nothing(rest)?;
        let directory = self.directory().await?;
        self.on_publisher(&directory)?;
        if enable && !self.node.export_controlled_functionality() {
            return Err(Failure::refused(
                "SIP OAuth mode cannot be enabled: the licence does not allow export-controlled functionality. \
                 Register the cluster with an account that allows it.",
            ));
        }
        let (value, word) = if enable { ("1", "enabled") } else { ("0", "disabled") };
        self.store.set_parameter(&self.author, Parameter::CLUSTER_SIP_OAUTH_MODE, value).await?;
        self.print(&format!("SIP OAuth mode {word}.\n{RESTART}\n")).await
    }

    pub(super) async fn sip_oauth_mode_status(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let directory = self.directory().await?;
        let staged = directory.parameters().sip_oauth_mode();
        let mut rows = Vec::new();
        for node in directory.nodes() {
            let running = self.store.running(&node.name).await?;
            rows.push([node.name.to_string(), describe(running.as_ref(), staged)]);
        }
        let table = lay_out_text(["node", "running"], rows);
        self.print(&format!("SIP OAuth mode is {}.\n\n{table}", word(staged))).await?;
        if staged && !directory.parameters().refresh_login_flow() {
            self.print(
                "\nOAuth with Refresh Login Flow is disabled: softphones get no refresh token. \
                 Enable it with: set parameter OAuthRefreshLoginFlow Enabled\n",
            )
            .await?;
        }
        Ok(())
    }
}

fn describe(running: Option<&NodeSettings>, staged: bool) -> String {
    match running {
        None => "not known: its Cisco CallManager service did not start yet".into(),
        Some(settings) if settings.sip_oauth_mode == staged => word(staged).into(),
        Some(settings) => format!("{} until its Cisco CallManager service restarts", word(settings.sip_oauth_mode)),
    }
}

fn word(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}
