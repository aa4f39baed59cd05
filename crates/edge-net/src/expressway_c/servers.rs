//! Unified CM servers and MRA access control: what an administrator changes while Expressway-C runs.
//!
//! A change is written before it is used. A server whose discovery fails is not added, so that what is in the list has been
//! reached once; a refresh that fails leaves what the last one found.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use edge::MraAccessControl;
use edge::discovery::{Provisioned, UnifiedCmServer};
use runtime::identity::Identity;
use token::UnixTime;
use tokio::sync::Mutex;

use super::state::{ClusterKeys, CoreState, StateError, Version};
use super::{CoreView, ExpresswayCService};
use crate::discovery::{self, Discovered, Step};

/// Servers that one Expressway-C may have.
const MOST_SERVERS: usize = 64;

/// Why a change was refused.
#[derive(Debug)]
pub enum ServersError {
    /// There is a server of this address.
    AlreadyThere(String),
    /// There is none.
    NotThere(String),
    /// There are as many as there may be.
    TooMany,
    /// A step of discovery failed.
    Discovery(Step),
    /// One of this publisher runs already.
    Running(String),
    /// Somebody else has changed the settings meanwhile.
    Changed,
    /// This is no Expressway-C.
    NotHere,
    /// Our own certificate cannot be read.
    Certificate(String),
    /// The state cannot be written.
    State(StateError),
}

impl std::fmt::Display for ServersError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AlreadyThere(publisher) => {
                write!(f, "{publisher} is in the list already; to discover it anew, refresh the servers")
            }
            Self::NotThere(publisher) => write!(f, "there is no Unified CM server {publisher}"),
            Self::TooMany => write!(f, "there are {MOST_SERVERS} servers already"),
            Self::Discovery(Step { what, outcome }) => {
                write!(f, "{what}: {}", outcome.as_ref().err().map_or("failed", String::as_str))
            }
            Self::Running(publisher) => write!(f, "a discovery of {publisher} is running already"),
            Self::Changed => f.write_str("somebody else has changed the settings meanwhile; nothing was changed"),
            Self::NotHere => f.write_str("this is not an Expressway-C"),
            Self::Certificate(reason) => f.write_str(reason),
            Self::State(error) => write!(f, "{error}; nothing was changed"),
        }
    }
}

impl std::error::Error for ServersError {}

/// The state of an Expressway-C, changed by one administrator at a time.
pub struct UnifiedCmServers {
    folder: PathBuf,
    hostname: String,
    service: Arc<ExpresswayCService>,
    state: ArcSwap<CoreState>,
    /// One change at a time: discovery takes a while, and the list can be read meanwhile.
    changing: Mutex<()>,
}

impl std::fmt::Debug for UnifiedCmServers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnifiedCmServers").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// What the machine looks up, made from the state.
#[must_use]
pub fn view_of(state: &CoreState) -> CoreView {
    let mut clusters = Vec::new();
    for keys in &state.keys {
        match keys.ring() {
            Some(ring) => clusters.push(CoreView::cluster(ring)),
            None => tracing::warn!(
                publisher = keys.publisher,
                "the token keys of a cluster cannot be read: refresh the servers"
            ),
        }
    }
    let Provisioned { zones, search_rules } = state.provisioned.clone();
    CoreView { access_control: state.access_control.clone(), zones, search_rules, clusters }
}

impl UnifiedCmServers {
    /// The servers of a state that was read from `folder`; `hostname` is the key of our row on each cluster.
    #[must_use]
    pub fn new(folder: PathBuf, hostname: String, service: Arc<ExpresswayCService>, state: CoreState) -> Self {
        Self { folder, hostname, service, state: ArcSwap::from_pointee(state), changing: Mutex::default() }
    }

    /// The servers with what their last refresh found.
    #[must_use]
    pub fn list(&self) -> Vec<UnifiedCmServer> {
        self.state.load().servers.clone()
    }

    /// MRA access control.
    #[must_use]
    pub fn access_control(&self) -> MraAccessControl {
        self.state.load().access_control.clone()
    }

    /// MRA access control, and which edition of it this is.
    #[must_use]
    pub fn access_control_with_version(&self) -> (MraAccessControl, Version) {
        let state = self.state.load();
        (state.access_control.clone(), state.access_control_version)
    }

    /// The search rules that discovery made.
    #[must_use]
    pub fn search_rules(&self) -> Vec<edge::SearchRule> {
        self.service.view().search_rules.clone()
    }

    /// Changes MRA access control; with a version, only when it is the one in force.
    ///
    /// # Errors
    /// When it is another one, or it cannot be written; then nothing is changed.
    pub async fn set_access_control(
        &self,
        access_control: MraAccessControl,
        expected: Option<Version>,
    ) -> Result<Version, ServersError> {
        let _one_at_a_time = self.changing.lock().await;
        let state = self.state.load_full();
        if expected.is_some_and(|expected| expected != state.access_control_version) {
            return Err(ServersError::Changed);
        }
        let access_control_version = Version(state.access_control_version.0 + 1);
        let next = CoreState { access_control, access_control_version, ..CoreState::clone(&state) };
        self.take(next)?;
        Ok(access_control_version)
    }

    /// Discovers a publisher, and adds it.
    ///
    /// # Errors
    /// When there is one already, or a step fails; then it is not added.
    pub async fn add(
        &self,
        server: UnifiedCmServer,
        own: &Identity,
        report: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), ServersError> {
        let _one_at_a_time = self.changing.lock().await;
        let state = self.state.load_full();
        if state.servers.iter().any(|known| known.publisher.eq_ignore_ascii_case(&server.publisher)) {
            return Err(ServersError::AlreadyThere(server.publisher));
        }
        if state.servers.len() >= MOST_SERVERS {
            return Err(ServersError::TooMany);
        }
        let discovered = self.discover(&server, own, report).await?;
        let mut next = CoreState::clone(&state);
        let publisher = server.publisher.clone();
        next.servers.push(server);
        self.take_discovered(next, &publisher, discovered, report)
    }

    /// Removes a publisher, with its zones, rules and keys.
    ///
    /// # Errors
    /// When there is none, or the state cannot be written.
    pub async fn delete(&self, publisher: &str) -> Result<(), ServersError> {
        let _one_at_a_time = self.changing.lock().await;
        let state = self.state.load_full();
        let mut next = CoreState::clone(&state);
        next.servers.retain(|server| !server.publisher.eq_ignore_ascii_case(publisher));
        next.keys.retain(|keys| !keys.publisher.eq_ignore_ascii_case(publisher));
        if next.servers.len() == state.servers.len() {
            return Err(ServersError::NotThere(publisher.to_owned()));
        }
        next.provisioned = Provisioned::of(&next.servers, &next.provisioned);
        self.take(next)
    }

    /// Discovers a publisher anew.
    ///
    /// # Errors
    /// When there is none, or a step fails; then what the last refresh found stays.
    pub async fn refresh(
        &self,
        publisher: &str,
        own: &Identity,
        report: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), ServersError> {
        let _one_at_a_time = self.changing.lock().await;
        let state = self.state.load_full();
        let known = state.servers.iter().find(|known| known.publisher.eq_ignore_ascii_case(publisher)).cloned();
        let server = known.ok_or_else(|| ServersError::NotThere(publisher.to_owned()))?;
        let discovered = self.discover(&server, own, report).await?;
        self.take_discovered(CoreState::clone(&state), &server.publisher, discovered, report)
    }

    async fn discover(
        &self,
        server: &UnifiedCmServer,
        own: &Identity,
        report: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Discovered, ServersError> {
        let dialler = self.service.dialler();
        let refreshed = discovery::refresh(server, own.facts(), &self.hostname, dialler, report).await;
        refreshed.map_err(|step| {
            self.service.monitor().count("discovery-failed", step.what);
            let reason = step.outcome.as_ref().err().map(String::as_str);
            tracing::warn!(publisher = server.publisher, step = step.what, reason, "discovery failed");
            ServersError::Discovery(step)
        })
    }

    fn take_discovered(
        &self,
        mut next: CoreState,
        publisher: &str,
        discovered: Discovered,
        report: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(), ServersError> {
        let keys = ClusterKeys::new(publisher, &discovered.published_keys);
        next.keys.retain(|known| known.publisher != publisher);
        next.keys.push(keys);
        if let Some(server) = next.servers.iter_mut().find(|server| server.publisher == publisher) {
            server.nodes = discovered.nodes;
            server.refreshed_at = Some(UnixTime(runtime::clock::unix_seconds()));
        }
        next.provisioned = Provisioned::of(&next.servers, &next.provisioned);
        let names: Vec<_> = next.provisioned.zones.iter().map(|zone| zone.name.to_string()).collect();
        self.take(next)?;
        report(Step { what: "zones", outcome: Ok(names.join(", ")) });
        Ok(())
    }

    fn take(&self, next: CoreState) -> Result<(), ServersError> {
        next.write(&self.folder).map_err(ServersError::State)?;
        let view = view_of(&next);
        self.state.store(Arc::new(next));
        self.service.replace_view(view);
        Ok(())
    }
}
