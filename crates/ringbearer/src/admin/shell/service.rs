//! `utils service list|start|stop|restart`, and the restart of a whole cluster in turn.

use super::{Session, nothing};
use crate::admin::terminal::Failure;
use directory::{ClusterRestart, NodeRestartState, Service, ServiceAct, ServiceName, ServiceState};

const CALL_MANAGER: ServiceName = ServiceName::CallManager;

impl Session<'_> {
    pub(super) async fn list_services(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let lines: String = self.node.services().iter().map(line).collect();
        self.print(&format!("Requesting service status, please wait...\n{lines}")).await
    }

    pub(super) async fn control_service(&mut self, rest: &str, act: ServiceAct) -> Result<(), Failure> {
        let name = self.service(rest)?;
        let (words, end) = match act {
            ServiceAct::Start => (format!("{name}[STARTING]\n"), "STARTED"),
            ServiceAct::Stop => (format!("{name}[STOPPING]\n"), "STOPPED"),
            ServiceAct::Restart => (format!("{name}[STOPPING]\n{name}[STARTING]\n"), "STARTED"),
        };
        self.print(&format!("Do not press Ctrl+C while the service {act}s.\n{words}")).await?;
        let node = self.node.node().clone();
        let done = self.administration.control(&self.author, &node, name, act).await;
        match (done, act) {
            (Ok(()), _) => self.print(&format!("{name}[{end}]\n")).await,
            (Err(error), ServiceAct::Stop) => Err(error.into()),
            (Err(error), _) => Err(Failure::Refused(format!("{name}[STOPPED]  {error}"))),
        }
    }

    pub(super) async fn restart_cluster(&mut self, rest: &str) -> Result<(), Failure> {
        if ServiceName::find(rest) != Some(CALL_MANAGER) {
            return Err(Failure::Usage(format!("only {CALL_MANAGER} restarts on all nodes")));
        }
        let mut seen = self.administration.restart_cluster(&self.author).await?;
        let mut told = Told::default();
        loop {
            let news = told.news(&seen);
            self.print(&news).await?;
            if seen.ended.is_some() {
                break;
            }
            seen = self.administration.further(&seen).await?;
        }
        match seen.failure() {
            Some((_, reason)) => Err(Failure::Refused(format!("{CALL_MANAGER}[STOPPED]  {reason}"))),
            None => Ok(()),
        }
    }

    fn service(&self, name: &str) -> Result<ServiceName, Failure> {
        let services = self.node.services();
        let wanted = ServiceName::find(name).filter(|found| services.iter().any(|service| service.name == *found));
        let names: Vec<_> = services.iter().map(|service| service.name.as_str()).collect();
        wanted.ok_or_else(|| Failure::Usage(format!("unknown service \"{name}\"; known are: {}", names.join(", "))))
    }
}

/// What the administrator has read of a restart of the cluster.
#[derive(Default)]
struct Told {
    begun: usize,
    ended: usize,
}

impl Told {
    /// What is new, in the order of the nodes.
    fn news(&mut self, seen: &ClusterRestart) -> String {
        let mut text = String::new();
        for (place, node) in seen.nodes.iter().enumerate() {
            let (begun, ended) = match &node.state {
                NodeRestartState::Waiting => break,
                NodeRestartState::Skipped(reason) => (format!("not restarted: {reason}\n"), Some(String::new())),
                NodeRestartState::Restarting => (beginning(), None),
                NodeRestartState::Started => (beginning(), Some(format!("{CALL_MANAGER}[STARTED]\n"))),
                NodeRestartState::Failed(_) => (beginning(), Some(String::new())),
            };
            if place >= self.begun {
                text += &format!("{}:\n{begun}", node.node);
                self.begun = place + 1;
            }
            if let Some(ended) = ended.filter(|_| place >= self.ended) {
                text += &ended;
                self.ended = place + 1;
            }
        }
        text
    }
}

fn beginning() -> String {
    format!("{CALL_MANAGER}[STOPPING]\n{CALL_MANAGER}[STARTING]\n")
}

fn line(service: &Service) -> String {
    match &service.state {
        ServiceState::Started => format!("{}[STARTED]\n", service.name),
        ServiceState::Starting => format!("{}[STARTING]\n", service.name),
        ServiceState::Stopped(reason) => format!("{}[STOPPED]  {reason}\n", service.name),
    }
}
