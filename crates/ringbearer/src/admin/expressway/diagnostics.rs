//! `xCommand DiagnosticLogging…`.

use std::time::Duration;

use edge_net::diagnostics::{LONGEST, MOST_OCTETS};

use super::{Session, nothing};
use crate::admin::arguments::Pairs;
use crate::admin::columns::lay_out_text;
use crate::admin::shell::date;
use crate::admin::terminal::Failure;

const MINUTES: &str = "Minutes";
const MEGABYTES: &str = "Megabytes";
const OCTETS: usize = 1024 * 1024;

impl Session<'_> {
    pub(super) async fn diagnostics(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let status = self.node.monitor().diagnostics().status();
        let Some(started_at) = status.started_at else {
            return self.print("There is no capture.\n").await;
        };
        let ends = if status.is_running { "Ends by itself" } else { "Ended" };
        let rows = vec![
            ["State".to_owned(), if status.is_running { "Running" } else { "Stopped" }.to_owned()],
            ["Started".to_owned(), date(started_at)],
            [ends.to_owned(), date(status.ends_at.unwrap_or_default())],
            ["Messages".to_owned(), status.messages.to_string()],
            ["Octets".to_owned(), format!("{} of {}", status.octets, status.most)],
            ["Older messages that made room".to_owned(), status.left_out.to_string()],
        ];
        self.print(&lay_out_text(["Diagnostic logging", "Value"], rows)).await
    }

    pub(super) async fn start_diagnostics(&mut self, rest: &str) -> Result<(), Failure> {
        let mut pairs = Pairs::read_with_colons(rest, &[MINUTES, MEGABYTES])?;
        let (mut minutes, mut megabytes) = (30_u64, 8_usize);
        pairs.parsed(MINUTES, &mut minutes)?;
        pairs.parsed(MEGABYTES, &mut megabytes)?;
        let (longest, most) = (LONGEST.as_secs() / 60, MOST_OCTETS / OCTETS);
        if !(1..=longest).contains(&minutes) {
            return Err(Failure::Usage(format!("{MINUTES}: from 1 to {longest}")));
        }
        if !(1..=most).contains(&megabytes) {
            return Err(Failure::Usage(format!("{MEGABYTES}: from 1 to {most}")));
        }
        self.operations.start_capture(megabytes * OCTETS, Duration::from_secs(minutes * 60));
        self.print("The clear signalling is captured, secrets masked.\n").await
    }

    pub(super) async fn stop_diagnostics(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        match self.operations.stop_capture() {
            true => self.print("Stopped.\n").await,
            false => Err(Failure::refused("no capture runs")),
        }
    }

    pub(super) async fn show_diagnostics(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let text = self.node.monitor().diagnostics().text(&self.node.facts().name);
        self.print(&text.ok_or_else(|| Failure::refused("there is no capture"))?).await
    }
}
