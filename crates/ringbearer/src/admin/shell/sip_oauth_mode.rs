//! `utils sipOAuth-mode enable|disable|status`.
//!
//! The texts of `enable` are the vendor's. Our choice: those of `disable` (alike), of `status`, and of the refusals.

use super::{Session, nothing};
use crate::admin::columns::lay_out_text;
use crate::admin::terminal::Failure;
use administration::{Step, StepState};
use directory::{DirectoryRepository, NodeSettings};

const RESTART: &str = "Please restart the Cisco CallManager service on all nodes in the cluster where it is running.";

impl Session<'_> {
    pub(super) async fn set_sip_oauth_mode(&mut self, rest: &str, enable: bool) -> Result<(), Failure> {
        nothing(rest)?;
        self.administration.set_sip_oauth_mode(&self.author, enable).await?;
        self.print(&format!("SIP OAuth mode {}.\n{RESTART}\n", word(enable))).await
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
        let path = self.administration.sip_oauth_path().await?;
        let text = format!(
            "\nOn premises:\n{}\nOver mobile and remote access:\n{}",
            steps(&path.on_premises),
            steps(&path.mra)
        );
        self.print(&text).await
    }
}

fn steps(steps: &[Step]) -> String {
    steps.iter().enumerate().map(|(place, step)| describe_step(place + 1, step)).collect()
}

fn describe_step(number: usize, step: &Step) -> String {
    let mut text = format!("{number}. [{}] {}\n", step.state.word(), step.title);
    if let StepState::Blocked(reason) = &step.state {
        text += &format!("     {reason}\n");
    }
    for remark in &step.saw {
        text += &format!("     {remark}\n");
    }
    if let (Some(command), true) = (step.command, step.state == StepState::ToDo) {
        text += &format!("     Do it with: {command}\n");
    }
    text
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
