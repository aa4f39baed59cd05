//! What an administrator sets: process nodes, enterprise parameters, phone security profiles,
//! devices, lines, end users, device pools, CallManager groups and Expressway-C rows.
//!
//! Everything here is a decision or a value: no file, socket, clock or randomness. A node holds one
//! [`Directory`], an immutable snapshot with fast look-ups, shares it as `Arc<Directory>` and swaps
//! it when the change feed of the [`DirectoryRepository`] says that the cluster database moved on.
//!
//! Staged and running: the database (and so the snapshot) holds what is *staged*. The mode, the
//! ports and the certificates of a node take effect at the restart of its CallManager service, which
//! takes a [`NodeSettings`] from the snapshot; [`NodeSettings::pending`] tells the two apart.
//!
//! Names follow the vendor's administration pages, since that is where an administrator meets them.

mod device;
mod device_pool;
mod end_user;
mod error;
mod expressway_c;
mod line;
mod name;
mod node_settings;
mod object;
mod parameter;
mod process_node;
mod repository;
mod security_profile;
mod service;
mod snapshot;
mod ssh_key;
mod webhook;

pub use device::{Device, LineAppearance, Product};
pub use device_pool::{CallManagerGroup, DevicePool};
pub use end_user::{DigestSecret, EndUser, PasswordHash, Role};
pub use error::{Rule, Violation};
pub use expressway_c::ExpresswayC;
pub use line::{CallForward, Line};
pub use name::{DeviceName, DirectoryNumber, GroupName, Host, NodeName, PoolName, ProfileName, UserId};
pub use node_settings::{NodeSettings, Pending};
pub use object::{Object, ObjectKey};
pub use parameter::{
    Access, EnterpriseParameters, LbmSecurityMode, PARAMETERS, Parameter, ParameterGroup, ParameterKind,
};
pub use process_node::{NodePorts, NodeUsage, Port, PortName, ProcessNode};
pub use repository::{
    AuditRecord, Author, Claim, DeviceLocation, DirectoryRepository, LocationChange, Precondition, RepositoryError,
    Surface, Version,
};
pub use security_profile::{DeviceSecurityMode, OAuthCondition, SecurityProfile, TransportType};
pub use service::{
    ClusterRestart, NodeRestart, NodeRestartState, RequestState, Service, ServiceAct, ServiceName, ServiceRequest,
    ServiceState, StopReason,
};
pub use snapshot::{Contents, Directory};
pub use ssh_key::{SshKey, SshKeyRepository};
pub use webhook::{EventKind, Webhook, WebhookChange, WebhookRepository};
