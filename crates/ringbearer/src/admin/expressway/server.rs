//! `xCommand UnifiedCMServer…`.

use edge::discovery::{AxlPassword, TlsVerifyMode, UnifiedCmServer};
use edge_net::administration::Wanted;
use edge_net::discovery::Step;
use edge_net::expressway_c::ServersError;
use tokio::sync::mpsc;

use super::Session;
use crate::admin::arguments::Pairs;
use crate::admin::terminal::{Echo, Failure};

const ADDRESS: &str = "Address";
const USERNAME: &str = "AxlUsername";
const VERIFY: &str = "TlsVerifyMode";

impl Session<'_> {
    pub(super) async fn add_server(&mut self, rest: &str) -> Result<(), Failure> {
        let mut pairs = Pairs::read_with_colons(rest, &[ADDRESS, USERNAME, VERIFY])?;
        let (mut publisher, mut username) = (String::new(), String::new());
        let mut tls_verify_mode = TlsVerifyMode::On;
        pairs.text(ADDRESS, &mut publisher);
        pairs.text(USERNAME, &mut username);
        pairs.choice(VERIFY, &[("On", TlsVerifyMode::On), ("Off", TlsVerifyMode::Off)], &mut tls_verify_mode)?;
        for (key, value) in [(ADDRESS, &publisher), (USERNAME, &username)] {
            if value.is_empty() {
                return Err(Failure::Usage(format!("{key} is missing")));
            }
        }
        let password = AxlPassword::new(self.ask("AXL password: ", Echo::Hidden).await?);
        let server = UnifiedCmServer {
            publisher: publisher.clone(),
            username,
            password,
            tls_verify_mode,
            nodes: Vec::new(),
            refreshed_at: None,
        };
        self.discover(Wanted::Add(Box::new(server))).await?;
        self.print(&format!("{publisher} added.\n")).await
    }

    pub(super) async fn delete_server(&mut self, rest: &str) -> Result<(), Failure> {
        let mut publisher = String::new();
        Pairs::read_with_colons(rest, &[ADDRESS])?.text(ADDRESS, &mut publisher);
        if publisher.is_empty() {
            return Err(Failure::Usage(format!("{ADDRESS} is missing")));
        }
        self.operations.delete_server(&publisher).await.map_err(Failure::refused)?;
        self.print(&format!("{publisher} deleted, with its zones.\n")).await
    }

    pub(super) async fn refresh_servers(&mut self, rest: &str) -> Result<(), Failure> {
        let mut only = String::new();
        Pairs::read_with_colons(rest, &[ADDRESS])?.text(ADDRESS, &mut only);
        let publishers: Vec<String> = if only.is_empty() {
            self.core()?.servers.list().into_iter().map(|server| server.publisher).collect()
        } else {
            vec![only]
        };
        if publishers.is_empty() {
            return Err(Failure::refused("there is no Unified CM server yet: xCommand UnifiedCMServerAdd adds one"));
        }
        let mut failed = Vec::new();
        for publisher in publishers {
            self.print(&format!("{publisher}:\n")).await?;
            if let Err(Failure::Refused(reason)) = self.discover(Wanted::Refresh(publisher.clone())).await {
                failed.push(format!("{publisher}: {reason}"));
            }
        }
        if failed.is_empty() { Ok(()) } else { Err(Failure::Refused(failed.join("\n"))) }
    }

    /// Runs a discovery, and shows each step when it is done.
    async fn discover(&mut self, wanted: Wanted) -> Result<(), Failure> {
        let (steps, mut done) = mpsc::unbounded_channel::<Step>();
        let operations = self.operations.clone();
        let running = async {
            // The other end is dropped only with this future.
            let mut report = move |step| drop(steps.send(step));
            operations.discover(wanted, &mut report).await
        };
        let mut running = std::pin::pin!(running);
        let outcome = loop {
            tokio::select! {
                biased;
                Some(step) = done.recv() => self.terminal.print(&line(&step)).await?,
                outcome = running.as_mut() => break outcome,
            }
        };
        while let Ok(step) = done.try_recv() {
            self.terminal.print(&line(&step)).await?;
        }
        outcome.map_err(|error| match error {
            // The step's own line has said why.
            ServersError::Discovery(step) => {
                Failure::Refused(format!("discovery failed at {}; nothing was changed", step.what))
            }
            other => Failure::refused(other),
        })
    }
}

fn line(step: &Step) -> String {
    let (mark, text) = match &step.outcome {
        Ok(text) => ("OK", text),
        Err(text) => ("FAILED", text),
    };
    format!("  {:<24} {mark:<7} {text}\n", step.what)
}
