//! `utils service list|restart`, and the restart of a whole cluster in turn.

use super::{Session, nothing};
use crate::admin::node_control::{Service, ServiceState};
use crate::admin::terminal::Failure;
use directory::{DirectoryRepository, NodeName, RestartState};
use std::time::Duration;

const CALL_MANAGER: &str = "Cisco CallManager";

/// How long another node has for its restart: calls in progress are told, sockets reopened.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often its answer is looked for.
const LOOK: Duration = Duration::from_millis(100);

impl Session<'_> {
    pub(super) async fn list_services(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let lines: String = self.node.services().iter().map(line).collect();
        self.print(&format!("Requesting service status, please wait...\n{lines}")).await
    }

    pub(super) async fn restart_service(&mut self, rest: &str) -> Result<(), Failure> {
        let name = self.service(rest)?;
        self.print("Do not press Ctrl+C while the service restarts.\n").await?;
        self.restart_here(name).await
    }

    pub(super) async fn restart_cluster(&mut self, rest: &str) -> Result<(), Failure> {
        if !rest.eq_ignore_ascii_case(CALL_MANAGER) {
            return Err(Failure::Usage(format!("only {CALL_MANAGER} restarts on all nodes")));
        }
        let directory = self.directory().await?;
        for node in directory.nodes() {
            self.print(&format!("{}:\n", node.name)).await?;
            if node.name == *self.node.node() {
                self.restart_here(CALL_MANAGER).await?;
            } else {
                self.restart_there(&node.name).await?;
            }
        }
        Ok(())
    }

    async fn restart_here(&mut self, name: &'static str) -> Result<(), Failure> {
        self.print(&format!("{name}[STOPPING]\n{name}[STARTING]\n")).await?;
        let restarted = self.node.restart_service(name).await;
        let detail = if restarted.is_ok() { "started" } else { "failed" };
        self.audit("restart", format!("{name} on {}", self.node.node()), detail.into()).await?;
        restarted.map_err(|reason| Failure::Refused(format!("{name}[STOPPED]  {reason}")))?;
        self.print(&format!("{name}[STARTED]\n")).await
    }

    async fn restart_there(&mut self, node: &NodeName) -> Result<(), Failure> {
        let request = self.store.request_restart(&self.author, node).await?;
        self.print(&format!("{CALL_MANAGER}[STOPPING]\n{CALL_MANAGER}[STARTING]\n")).await?;
        let answered = tokio::time::timeout(PATIENCE, async {
            loop {
                match self.store.restart_state(request).await {
                    Ok(RestartState::Waiting) => tokio::time::sleep(LOOK).await,
                    answer => return answer,
                }
            }
        });
        match answered.await {
            Ok(Ok(RestartState::Failed(reason))) => Err(Failure::Refused(format!("{CALL_MANAGER}[STOPPED]  {reason}"))),
            Ok(Ok(_)) => self.print(&format!("{CALL_MANAGER}[STARTED]\n")).await,
            Ok(Err(error)) => Err(error.into()),
            Err(_) => {
                let given_up = RestartState::Failed("the node did not answer in time".into());
                self.store.finish_restart(request, given_up).await?;
                Err(Failure::Refused(format!("{node} does not answer. The nodes after it were not restarted.")))
            }
        }
    }

    fn service(&self, name: &str) -> Result<&'static str, Failure> {
        let services = self.node.services();
        let found = services.iter().find(|service| service.name.eq_ignore_ascii_case(name));
        let names: Vec<_> = services.iter().map(|service| service.name).collect();
        found
            .map(|service| service.name)
            .ok_or_else(|| Failure::Usage(format!("unknown service \"{name}\"; known are: {}", names.join(", "))))
    }
}

fn line(service: &Service) -> String {
    match &service.state {
        ServiceState::Started => format!("{}[STARTED]\n", service.name),
        ServiceState::Starting => format!("{}[STARTING]\n", service.name),
        ServiceState::Stopped(reason) => format!("{}[STOPPED]  {reason}\n", service.name),
    }
}
