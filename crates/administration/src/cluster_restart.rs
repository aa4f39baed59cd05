//! The restart of the CallManager service on all nodes, one after the other.
//!
//! It is led by the node that was asked and goes on without whoever asked; how far it is stands in the cluster database, for
//! every node's pages. One is under way at a time. A node whose service does not start ends it: the nodes after it keep running
//! what they have. Our choice: a node whose service an administrator stopped is left out.

use crate::administration::Administration;
use crate::error::AdministrationError;
use crate::services::LOOK;
use directory::{
    Author, ClusterRestart, NodeName, NodeRestartState, RepositoryError, ServiceAct, ServiceName, ServiceState,
    StopReason,
};

impl Administration {
    /// Begins a restart of all nodes in turn, and returns while it goes on.
    ///
    /// # Errors
    /// When one is under way, or the database is not available.
    pub async fn restart_cluster(&self, author: &Author) -> Result<ClusterRestart, AdministrationError> {
        let directory = self.directory().await?;
        let nodes: Vec<NodeName> = directory.nodes().into_iter().map(|node| node.name.clone()).collect();
        let begun = self.repository.begin_cluster_restart(author, self.own_name(), &nodes).await?;
        let last = self.repository.cluster_restart().await?;
        let last = last.ok_or_else(|| RepositoryError::Corrupt("the restart of the cluster is gone".into()))?;
        let Some(restart) = begun else { return Err(AdministrationError::UnderWay(Box::new(last))) };
        let (own, author) = (self.clone(), author.clone());
        self.surroundings.go_on(Box::pin(async move { own.lead(restart, &author, &nodes).await }));
        Ok(last)
    }

    /// The last restart of the cluster, under way or ended.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn cluster_restart(&self) -> Result<Option<ClusterRestart>, AdministrationError> {
        Ok(self.repository.cluster_restart().await?)
    }

    /// Waits until a restart of the cluster is further than what was seen of it. One that has ended is answered at once.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn further(&self, seen: &ClusterRestart) -> Result<ClusterRestart, AdministrationError> {
        while seen.ended.is_none() {
            match self.repository.cluster_restart().await? {
                Some(now) if now != *seen => return Ok(now),
                _ => self.surroundings.pause(LOOK).await,
            }
        }
        Ok(seen.clone())
    }

    async fn lead(&self, restart: u64, author: &Author, nodes: &[NodeName]) {
        let mut reason = String::new();
        for node in nodes {
            match self.one_node(restart, author, node).await {
                Ok(NodeRestartState::Failed(_)) => {
                    reason = format!("{node} did not restart");
                    break;
                }
                Ok(_) => {}
                Err(error) => {
                    reason = error.to_string();
                    break;
                }
            }
        }
        // The row says that it is under way until this is noted.
        while self.repository.end_cluster_restart(restart, &reason).await.is_err() {
            self.surroundings.pause(LOOK).await;
        }
    }

    async fn one_node(
        &self,
        restart: u64,
        author: &Author,
        node: &NodeName,
    ) -> Result<NodeRestartState, AdministrationError> {
        let state = match self.stopped_by(node).await? {
            Some(by) => NodeRestartState::Skipped(format!("stopped by {by}")),
            None => {
                self.repository.note_cluster_restart(restart, node, &NodeRestartState::Restarting).await?;
                match self.control(author, node, ServiceName::CallManager, ServiceAct::Restart).await {
                    Ok(()) => NodeRestartState::Started,
                    Err(error) => NodeRestartState::Failed(error.to_string()),
                }
            }
        };
        self.repository.note_cluster_restart(restart, node, &state).await?;
        Ok(state)
    }

    async fn stopped_by(&self, node: &NodeName) -> Result<Option<String>, AdministrationError> {
        let services = self.node_services(node.as_str()).await?.services;
        let call_manager = services.into_iter().find(|service| service.name == ServiceName::CallManager);
        Ok(call_manager.and_then(|service| match service.state {
            ServiceState::Stopped(StopReason::Administrator(by)) => Some(by),
            _ => None,
        }))
    }
}
