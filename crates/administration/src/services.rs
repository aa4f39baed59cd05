//! Start, stop and restart of a service: here, or on another node of the cluster by a request that it takes up.

use crate::administration::Administration;
use crate::error::AdministrationError;
use directory::{
    Author, NodeName, RequestState, Service, ServiceAct, ServiceName, ServiceRequest, ServiceState, StopReason,
};
use std::time::Duration;

/// How long another node has: calls in progress are told, sockets reopened.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often its answer is looked for.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// How long after the database could not take a note it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The services of a node of the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeServices {
    /// The node.
    pub node: NodeName,
    /// Whether it is the one that answers.
    pub here: bool,
    /// Whether it is alive: its lease runs.
    pub alive: bool,
    /// Its services; of another node, as it noted them last.
    pub services: Vec<Service>,
}

impl Administration {
    /// The services of all nodes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn services(&self) -> Result<Vec<NodeServices>, AdministrationError> {
        let mut all = Vec::new();
        for node in self.directory().await?.nodes() {
            all.push(self.services_of(&node.name).await?);
        }
        Ok(all)
    }

    /// The services of one node.
    ///
    /// # Errors
    /// When the database cannot be read, or the cluster has no such node.
    pub async fn node_services(&self, name: &str) -> Result<NodeServices, AdministrationError> {
        let node = self.find_node(name).await?;
        self.services_of(&node).await
    }

    async fn services_of(&self, node: &NodeName) -> Result<NodeServices, AdministrationError> {
        if node == self.own_name() {
            let services = self.node.services();
            return Ok(NodeServices { node: node.clone(), here: true, alive: true, services });
        }
        let lease = self.repository.lease(node).await?;
        let alive = lease.is_some_and(|until| until > self.surroundings.unix_seconds());
        let services = self.repository.services(node).await?;
        Ok(NodeServices { node: node.clone(), here: false, alive, services })
    }

    /// A node of the cluster by its name or its address.
    ///
    /// # Errors
    /// When the database cannot be read, or the cluster has no such node.
    pub async fn find_node(&self, name: &str) -> Result<NodeName, AdministrationError> {
        let directory = self.directory().await?;
        let by_address = || {
            let nodes = directory.nodes();
            nodes.into_iter().find(|node| node.address.as_str().eq_ignore_ascii_case(name)).map(|node| &node.name)
        };
        let found = directory.node(name).map(|node| &node.name).or_else(by_address);
        found.cloned().ok_or_else(|| AdministrationError::UnknownNode(name.to_owned()))
    }

    /// Starts, stops or restarts a service of a node, and returns when that is done.
    ///
    /// # Errors
    /// When the service cannot do that, did not start, or the node does not answer.
    pub async fn control(
        &self,
        author: &Author,
        node: &NodeName,
        service: ServiceName,
        act: ServiceAct,
    ) -> Result<(), AdministrationError> {
        if act == ServiceAct::Stop && service == ServiceName::Tomcat {
            return Err(AdministrationError::CannotStop(service));
        }
        let now = self.services_of(node).await?.services.into_iter().find(|one| one.name == service);
        match (now.map(|service| service.state), act) {
            (Some(ServiceState::Started), ServiceAct::Start) => {
                return Err(AdministrationError::AlreadyStarted(service));
            }
            (Some(ServiceState::Stopped(StopReason::Administrator(_))), ServiceAct::Stop) => {
                return Err(AdministrationError::AlreadyStopped(service));
            }
            _ => {}
        }
        let outcome = self.act_on(author, node, service, act).await;
        let detail = match (&outcome, act) {
            (Err(error), _) => format!("failed: {error}"),
            (Ok(()), ServiceAct::Stop) => "stopped".into(),
            (Ok(()), _) => "started".into(),
        };
        let noted = self.audit(author, act.as_str(), format!("{service} on {node}"), detail).await;
        outcome.and(noted)
    }

    pub(crate) async fn act_on(
        &self,
        author: &Author,
        node: &NodeName,
        service: ServiceName,
        act: ServiceAct,
    ) -> Result<(), AdministrationError> {
        if node == self.own_name() {
            self.act_here(&author.name, service, act).await.map_err(AdministrationError::Failed)
        } else {
            self.act_there(author, node, service, act).await
        }
    }

    async fn act_here(&self, author: &str, service: ServiceName, act: ServiceAct) -> Result<(), String> {
        let outcome = match act {
            ServiceAct::Start => self.node.start_service(service).await,
            ServiceAct::Stop => self.node.stop_service(service, author).await,
            ServiceAct::Restart => self.node.restart_service(service).await,
        };
        self.note_services().await;
        outcome
    }

    async fn act_there(
        &self,
        author: &Author,
        node: &NodeName,
        service: ServiceName,
        act: ServiceAct,
    ) -> Result<(), AdministrationError> {
        let request = self.repository.request_service(author, node, service, act).await?;
        let looks = PATIENCE.as_millis() / LOOK.as_millis();
        for _ in 0..looks {
            match self.repository.service_request_state(request).await? {
                RequestState::Waiting => self.surroundings.pause(LOOK).await,
                RequestState::Done => return Ok(()),
                RequestState::Failed(reason) => return Err(AdministrationError::Failed(reason)),
            }
        }
        // When it comes back it must not do then what nobody expects any more.
        let given_up = RequestState::Failed("the node did not answer in time".into());
        self.repository.finish_service_request(request, given_up).await?;
        Err(AdministrationError::NoAnswer(node.clone()))
    }

    /// Takes up what other nodes asked of this one. The node calls it when the change feed moved.
    ///
    /// # Errors
    /// When the database is not available.
    pub async fn take_requests(&self) -> Result<(), AdministrationError> {
        while let Some(request) = self.repository.take_service_request(self.own_name()).await? {
            let own = self.clone();
            // It takes a moment, and the directory must not stand still meanwhile.
            self.surroundings.go_on(Box::pin(async move { own.obey(request).await }));
        }
        Ok(())
    }

    async fn obey(self, request: ServiceRequest) {
        let state = match self.act_here(&request.author, request.service, request.act).await {
            Ok(()) => RequestState::Done,
            Err(reason) => RequestState::Failed(reason),
        };
        while self.repository.finish_service_request(request.id, state.clone()).await.is_err() {
            self.surroundings.pause(AGAIN).await;
        }
    }

    /// Notes how the services of this node are. While the database is away that is tried again, with what is true then.
    pub async fn note_services(&self) {
        if self.try_to_note().await {
            return;
        }
        let own = self.clone();
        self.surroundings.go_on(Box::pin(async move {
            while !own.try_to_note().await {
                own.surroundings.pause(AGAIN).await;
            }
        }));
    }

    async fn try_to_note(&self) -> bool {
        for service in self.node.services() {
            if self.repository.note_service(self.own_name(), &service).await.is_err() {
                return false;
            }
        }
        true
    }

    /// The services of this node that an administrator stopped before its process began: they stay stopped.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stopped_before(&self) -> Result<Vec<(ServiceName, String)>, AdministrationError> {
        let services = self.repository.services(self.own_name()).await?;
        let stopped = services.into_iter().filter_map(|service| match service.state {
            ServiceState::Stopped(StopReason::Administrator(by)) => Some((service.name, by)),
            _ => None,
        });
        Ok(stopped.collect())
    }
}
