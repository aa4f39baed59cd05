//! The objects of the directory as one type: what a repository puts, removes and notes as changed.

use crate::device::Device;
use crate::device_pool::{CallManagerGroup, DevicePool};
use crate::end_user::EndUser;
use crate::error::Violation;
use crate::expressway_c::ExpresswayC;
use crate::line::Line;
use crate::name::{DeviceName, DirectoryNumber, GroupName, Host, NodeName, PoolName, ProfileName, UserId};
use crate::process_node::ProcessNode;
use crate::security_profile::SecurityProfile;
use std::fmt;

/// An object of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A server.
    Node(ProcessNode),
    /// A phone security profile.
    Profile(SecurityProfile),
    /// A CallManager group.
    Group(CallManagerGroup),
    /// A device pool.
    Pool(DevicePool),
    /// A directory number.
    Line(Line),
    /// An end user.
    User(EndUser),
    /// A device.
    Device(Device),
    /// An Expressway-C row.
    Expressway(ExpresswayC),
}

/// The name of an object, with its kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectKey {
    /// A server.
    Node(NodeName),
    /// A phone security profile.
    Profile(ProfileName),
    /// A CallManager group.
    Group(GroupName),
    /// A device pool.
    Pool(PoolName),
    /// A directory number.
    Line(DirectoryNumber),
    /// An end user.
    User(UserId),
    /// A device.
    Device(DeviceName),
    /// An Expressway-C row.
    Expressway(Host),
}

impl Object {
    /// The object's key.
    #[must_use]
    pub fn key(&self) -> ObjectKey {
        match self {
            Self::Node(node) => ObjectKey::Node(node.name.clone()),
            Self::Profile(profile) => ObjectKey::Profile(profile.name.clone()),
            Self::Group(group) => ObjectKey::Group(group.name.clone()),
            Self::Pool(pool) => ObjectKey::Pool(pool.name.clone()),
            Self::Line(line) => ObjectKey::Line(line.directory_number.clone()),
            Self::User(user) => ObjectKey::User(user.user_id.clone()),
            Self::Device(device) => ObjectKey::Device(device.name.clone()),
            Self::Expressway(row) => ObjectKey::Expressway(row.host.clone()),
        }
    }

    /// Checks the object by itself.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        match self {
            Self::Node(node) => node.validate(),
            Self::Profile(profile) => profile.validate(),
            Self::Group(group) => group.validate(),
            Self::Pool(_) => Ok(()),
            Self::Line(line) => line.validate(),
            Self::User(user) => user.validate(),
            Self::Device(device) => device.validate(),
            Self::Expressway(row) => row.validate(),
        }
    }
}

impl ObjectKey {
    /// The kind of the object, as its page is called.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Node(_) => "Server",
            Self::Profile(_) => "Phone Security Profile",
            Self::Group(_) => "Cisco Unified CM Group",
            Self::Pool(_) => "Device Pool",
            Self::Line(_) => "Directory Number",
            Self::User(_) => "End User",
            Self::Device(_) => "Phone",
            Self::Expressway(_) => "Expressway-C",
        }
    }

    /// The name of the object.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Node(name) => name.as_str(),
            Self::Profile(name) => name.as_str(),
            Self::Group(name) => name.as_str(),
            Self::Pool(name) => name.as_str(),
            Self::Line(name) => name.as_str(),
            Self::User(name) => name.as_str(),
            Self::Device(name) => name.as_str(),
            Self::Expressway(name) => name.as_str(),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.kind(), self.name())
    }
}
