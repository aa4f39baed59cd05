//! What the domain asks of the cluster database. A second implementation for another database has
//! this trait to fulfil and nothing else.

use crate::end_user::{DigestSecret, PasswordHash};
use crate::error::Violation;
use crate::expressway_c::ExpresswayC;
use crate::name::{DeviceName, Host, NodeName, UserId};
use crate::node_settings::NodeSettings;
use crate::object::{Object, ObjectKey};
use crate::service::{
    ClusterRestart, NodeRestartState, RequestState, Service, ServiceAct, ServiceName, ServiceRequest,
};
use crate::snapshot::Directory;
use async_trait::async_trait;
use std::fmt;
use std::sync::Arc;

/// The version of a stored object; each write makes a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u64);

/// What must be true of the stored object for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing: the last write wins.
    None,
    /// There is no such object yet.
    Absent,
    /// The object is there, in any version.
    Present,
    /// The object has this version: nobody changed it since it was read.
    Version(Version),
}

impl Precondition {
    /// Whether it is met by an object that is stored in this version, or is not there.
    ///
    /// # Errors
    /// What is there instead.
    pub fn check(self, key: &ObjectKey, stored: Option<Version>) -> Result<(), RepositoryError> {
        match (self, stored) {
            (Self::None, _) | (Self::Absent, None) | (Self::Present, Some(_)) => Ok(()),
            (Self::Version(expected), Some(stored)) if expected == stored => Ok(()),
            (Self::Version(_), Some(_)) => Err(RepositoryError::Changed(key.clone())),
            (Self::Absent, Some(_)) => Err(RepositoryError::AlreadyExists(key.clone())),
            (Self::Present | Self::Version(_), None) => Err(RepositoryError::NotFound(key.clone())),
        }
    }
}

/// Where an administrative act came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The admin shell.
    Cli,
    /// A web page.
    Web,
    /// The SOAP interface.
    Axl,
    /// The REST interface.
    Rest,
    /// The node itself.
    System,
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cli => "cli",
            Self::Web => "web",
            Self::Axl => "axl",
            Self::Rest => "rest",
            Self::System => "system",
        })
    }
}

/// Who acts, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name of a user, or of what acts in its place.
    pub name: String,
    /// Where the act came from.
    pub surface: Surface,
}

/// A row of the audit log: append-only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When, in seconds since 1970.
    pub unix_time: u64,
    /// Who.
    pub author: Author,
    /// What was done: `put`, `remove`, `set parameter`, `revoke`, …
    pub action: String,
    /// To what.
    pub object: String,
    /// With which result, and for a change, which one. Never a secret.
    pub detail: String,
}

/// A change of where a device is registered, as its node notes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocationChange {
    /// The device registered at the node.
    Claim {
        /// The device.
        device: DeviceName,
        /// The node.
        node: NodeName,
    },
    /// The device left the node. A claim by another node since then stays.
    Release {
        /// The device.
        device: DeviceName,
        /// The node.
        node: NodeName,
    },
}

/// What a [`LocationChange`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing else claimed the device.
    Free,
    /// Another node had it, and its lease was not over: it must let go of the device.
    TakenFrom(NodeName),
}

/// On which node a device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLocation {
    /// The device.
    pub device: DeviceName,
    /// The node whose lease is not over.
    pub node: NodeName,
    /// Since when, in seconds since 1970.
    pub since: u64,
}

/// Why the repository refused or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepositoryError {
    /// The administrator's value breaks a rule.
    Refused(Violation),
    /// The object is not there.
    NotFound(ObjectKey),
    /// The object is there already.
    AlreadyExists(ObjectKey),
    /// The object was changed since it was read.
    Changed(ObjectKey),
    /// The database does not take or give anything now; later it may.
    Unavailable(String),
    /// What the database holds breaks its own rules.
    Corrupt(String),
}

impl From<Violation> for RepositoryError {
    fn from(violation: Violation) -> Self {
        Self::Refused(violation)
    }
}

impl fmt::Display for RepositoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(violation) => violation.fmt(f),
            Self::NotFound(key) => write!(f, "{key} does not exist"),
            Self::AlreadyExists(key) => write!(f, "{key} already exists"),
            Self::Changed(key) => write!(f, "{key} was changed by someone else: read it again"),
            Self::Unavailable(reason) => write!(f, "the database is not available: {reason}"),
            Self::Corrupt(reason) => write!(f, "the database is damaged: {reason}"),
        }
    }
}

impl std::error::Error for RepositoryError {}

/// The cluster database as the directory needs it.
#[async_trait]
pub trait DirectoryRepository: Send + Sync {
    /// The whole directory, as of one moment. Cheap when nothing changed since the last call.
    async fn load(&self) -> Result<Arc<Directory>, RepositoryError>;

    /// The number of the last administrative write: the snapshot is stale when it is greater than
    /// [`Directory::sequence`].
    async fn change_sequence(&self) -> Result<u64, RepositoryError>;

    /// Writes objects, all or none: each is checked by itself and against the directory.
    async fn put(&self, author: &Author, objects: Vec<(Object, Precondition)>) -> Result<(), RepositoryError>;

    /// Writes an Expressway-C row in the place of the one of another host, if that has this version. The row stays the same
    /// to those who know it by its identifier.
    async fn rename_expressway(
        &self,
        author: &Author,
        from: &Host,
        version: Version,
        row: ExpresswayC,
    ) -> Result<(), RepositoryError>;

    /// Removes an object that nothing uses.
    async fn remove(&self, author: &Author, key: ObjectKey, precondition: Precondition) -> Result<(), RepositoryError>;

    /// Sets an enterprise parameter to a value or to the text of a choice.
    /// Who may is the caller's to check ([`crate::Parameter::check_writable`]).
    async fn set_parameter(&self, author: &Author, name: &str, value: &str) -> Result<(), RepositoryError>;

    /// Sets an enterprise parameter if it has the value `before` still; says whether it had.
    async fn replace_parameter(
        &self,
        author: &Author,
        name: &str,
        before: &str,
        value: &str,
    ) -> Result<bool, RepositoryError>;

    /// The password hash of a user, if one is set.
    async fn password_hash(&self, user: &UserId) -> Result<Option<PasswordHash>, RepositoryError>;

    /// Sets the password hash of a user.
    async fn set_password_hash(
        &self,
        author: &Author,
        user: &UserId,
        hash: PasswordHash,
    ) -> Result<(), RepositoryError>;

    /// Sets the digest credentials of a user; [`Directory::digest_secret`] gives them.
    async fn set_digest_secret(
        &self,
        author: &Author,
        user: &UserId,
        secret: DigestSecret,
    ) -> Result<(), RepositoryError>;

    /// Notes that the process of a node begins: the one before may have died with devices registered, amid an act that it was
    /// asked for, or while it led the restart of the cluster. Writes nothing when there is nothing left.
    async fn begin_node(&self, node: &NodeName) -> Result<(), RepositoryError>;

    /// Notes what a node runs; its CallManager service does so when it starts.
    async fn record_running(&self, settings: &NodeSettings) -> Result<(), RepositoryError>;

    /// What a node said that it runs.
    async fn running(&self, node: &NodeName) -> Result<Option<NodeSettings>, RepositoryError>;

    /// Asks a node of the cluster for an act on one of its services; the answer names the request.
    async fn request_service(
        &self,
        author: &Author,
        node: &NodeName,
        service: ServiceName,
        act: ServiceAct,
    ) -> Result<u64, RepositoryError>;

    /// Takes up the oldest act that a node was asked for: each is given once. A request is part of
    /// the change feed: a node asks when [`DirectoryRepository::change_sequence`] moved.
    async fn take_service_request(&self, node: &NodeName) -> Result<Option<ServiceRequest>, RepositoryError>;

    /// Answers a request.
    async fn finish_service_request(&self, request: u64, state: RequestState) -> Result<(), RepositoryError>;

    /// How far a request is.
    async fn service_request_state(&self, request: u64) -> Result<RequestState, RepositoryError>;

    /// Notes how a service of a node is, for the other nodes and for the node's next start.
    async fn note_service(&self, node: &NodeName, service: &Service) -> Result<(), RepositoryError>;

    /// The services of a node, as it noted them.
    async fn services(&self, node: &NodeName) -> Result<Vec<Service>, RepositoryError>;

    /// Begins a restart of these nodes in turn, led by one of them; the answer names it. None when another is under way, whose
    /// leader is alive.
    async fn begin_cluster_restart(
        &self,
        author: &Author,
        leader: &NodeName,
        nodes: &[NodeName],
    ) -> Result<Option<u64>, RepositoryError>;

    /// Notes how far a node is in a restart of the cluster.
    async fn note_cluster_restart(
        &self,
        restart: u64,
        node: &NodeName,
        state: &NodeRestartState,
    ) -> Result<(), RepositoryError>;

    /// Ends a restart of the cluster. Nodes whose turn did not come are left out, for this reason.
    async fn end_cluster_restart(&self, restart: u64, reason: &str) -> Result<(), RepositoryError>;

    /// The last restart of the cluster, if there was one.
    async fn cluster_restart(&self) -> Result<Option<ClusterRestart>, RepositoryError>;

    /// Keeps the lease of a node until a time. When it is over, the node's devices are free.
    async fn renew_lease(&self, node: &NodeName, until_unix: u64) -> Result<(), RepositoryError>;

    /// Until when the lease of a node runs.
    async fn lease(&self, node: &NodeName) -> Result<Option<u64>, RepositoryError>;

    /// Notes where devices are: calls that come together share one durable write.
    async fn note_location(&self, change: LocationChange) -> Result<Claim, RepositoryError>;

    /// On which node a device is, as far as the node's lease holds.
    async fn device_location(&self, device: &DeviceName) -> Result<Option<DeviceLocation>, RepositoryError>;

    /// All devices that are on some node.
    async fn device_locations(&self) -> Result<Vec<DeviceLocation>, RepositoryError>;

    /// Appends a row to the audit log.
    async fn audit(&self, record: AuditRecord) -> Result<(), RepositoryError>;

    /// The newest rows of the audit log, newest first.
    async fn audit_records(&self, most: usize) -> Result<Vec<AuditRecord>, RepositoryError>;

    /// The rows of the audit log before the one of a number, or the newest, each with its number; newest first.
    async fn audit_page(&self, before: Option<u64>, most: usize) -> Result<Vec<(u64, AuditRecord)>, RepositoryError>;
}
