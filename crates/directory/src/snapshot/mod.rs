//! The directory as a node holds it: immutable, complete, indexed.
//!
//! Look-ups do not allocate: names are found without regard to ASCII case through a key that was
//! folded when the snapshot was made. Objects are shared, so that the next snapshot after a change
//! copies pointers only.

use crate::device::Device;
use crate::device_pool::{CallManagerGroup, DevicePool};
use crate::end_user::{DigestSecret, EndUser};
use crate::expressway_c::ExpresswayC;
use crate::line::Line;
use crate::name::UserId;
use crate::object::{Object, ObjectKey};
use crate::parameter::EnterpriseParameters;
use crate::process_node::{NodeUsage, ProcessNode};
use crate::repository::Version;
use crate::security_profile::SecurityProfile;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

mod rules;
mod table;

use table::{Table, fold, with_folded};

/// Everything that a [`Directory`] is made from.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// The cluster's identity.
    pub cluster: Uuid,
    /// The number of the last administrative write that is in here.
    pub sequence: u64,
    /// Enterprise parameters.
    pub parameters: EnterpriseParameters,
    /// The objects with their versions, in any order.
    pub objects: Vec<(Object, Version)>,
    /// Digest credentials by user.
    pub digest_secrets: Vec<(UserId, DigestSecret)>,
}

/// An immutable snapshot of the directory.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    cluster: Uuid,
    sequence: u64,
    parameters: EnterpriseParameters,
    nodes: Table<ProcessNode>,
    profiles: Table<SecurityProfile>,
    groups: Table<CallManagerGroup>,
    pools: Table<DevicePool>,
    lines: Table<Line>,
    users: Table<EndUser>,
    devices: Table<Device>,
    expressways: Table<ExpresswayC>,
    appearances: HashMap<Arc<str>, Vec<Arc<Device>>>,
    digest_secrets: HashMap<Arc<str>, DigestSecret>,
}

impl Directory {
    /// Indexes the contents. References are not checked: the repository did when it wrote them.
    #[must_use]
    pub fn new(contents: Contents) -> Self {
        let mut directory = Self {
            cluster: contents.cluster,
            sequence: contents.sequence,
            parameters: contents.parameters,
            ..Self::default()
        };
        for (object, version) in contents.objects {
            directory.put(object, version);
        }
        for (user, secret) in contents.digest_secrets {
            directory.put_digest_secret(&user, Some(secret));
        }
        directory
    }

    /// The cluster's identity.
    #[must_use]
    pub fn cluster(&self) -> Uuid {
        self.cluster
    }

    /// The number of the last administrative write that this snapshot shows.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Enterprise parameters.
    #[must_use]
    pub fn parameters(&self) -> &EnterpriseParameters {
        &self.parameters
    }

    /// The device of a name.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&Arc<Device>> {
        self.devices.get(name)
    }

    /// All devices by name.
    #[must_use]
    pub fn devices(&self) -> Vec<&Arc<Device>> {
        self.devices.sorted()
    }

    /// The devices on which a directory number appears.
    #[must_use]
    pub fn devices_of_line(&self, number: &str) -> &[Arc<Device>] {
        self.appearances.get(number).map_or(&[], Vec::as_slice)
    }

    /// The devices that a user owns or is associated with, by name.
    #[must_use]
    pub fn devices_of_user(&self, user: &str) -> Vec<&Arc<Device>> {
        let mut devices: Vec<_> = self.devices.values().filter(|device| device.is_of_user(user)).collect();
        devices.sort_by_cached_key(|device| fold(device.name.as_str()));
        devices
    }

    /// The line of a directory number.
    #[must_use]
    pub fn line(&self, number: &str) -> Option<&Arc<Line>> {
        self.lines.get(number)
    }

    /// All lines by directory number.
    #[must_use]
    pub fn lines(&self) -> Vec<&Arc<Line>> {
        self.lines.sorted()
    }

    /// The user of an identifier.
    #[must_use]
    pub fn user(&self, user: &str) -> Option<&Arc<EndUser>> {
        self.users.get(user)
    }

    /// All users by identifier.
    #[must_use]
    pub fn users(&self) -> Vec<&Arc<EndUser>> {
        self.users.sorted()
    }

    /// The digest credentials of a user.
    #[must_use]
    pub fn digest_secret(&self, user: &str) -> Option<&DigestSecret> {
        with_folded(user, |key| self.digest_secrets.get(key))
    }

    /// The security profile of a name.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&Arc<SecurityProfile>> {
        self.profiles.get(name)
    }

    /// All security profiles by name.
    #[must_use]
    pub fn profiles(&self) -> Vec<&Arc<SecurityProfile>> {
        self.profiles.sorted()
    }

    /// The security profile of a device.
    #[must_use]
    pub fn profile_of(&self, device: &Device) -> Option<&Arc<SecurityProfile>> {
        self.profile(device.security_profile.as_str())
    }

    /// The device pool of a name.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<&Arc<DevicePool>> {
        self.pools.get(name)
    }

    /// All device pools by name.
    #[must_use]
    pub fn pools(&self) -> Vec<&Arc<DevicePool>> {
        self.pools.sorted()
    }

    /// The CallManager group of a name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Arc<CallManagerGroup>> {
        self.groups.get(name)
    }

    /// All CallManager groups by name.
    #[must_use]
    pub fn groups(&self) -> Vec<&Arc<CallManagerGroup>> {
        self.groups.sorted()
    }

    /// The nodes that a device registers with, highest priority first.
    #[must_use]
    pub fn group_of(&self, device: &Device) -> Vec<&Arc<ProcessNode>> {
        self.pool(device.device_pool.as_str())
            .and_then(|pool| self.group(pool.group.as_str()))
            .map(|group| {
                let members = group.members.iter();
                members.filter_map(|name| self.node(name.as_str())).collect()
            })
            .unwrap_or_default()
    }

    /// The node of a name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Arc<ProcessNode>> {
        self.nodes.get(name)
    }

    /// All nodes, the publisher first, then by name.
    #[must_use]
    pub fn nodes(&self) -> Vec<&Arc<ProcessNode>> {
        let mut nodes = self.nodes.sorted();
        nodes.sort_by_key(|node| node.usage != NodeUsage::Publisher);
        nodes
    }

    /// All Expressway-C rows by host.
    #[must_use]
    pub fn expressways(&self) -> Vec<&Arc<ExpresswayC>> {
        self.expressways.sorted()
    }

    /// The Expressway-C row of a host.
    #[must_use]
    pub fn expressway(&self, host: &str) -> Option<&Arc<ExpresswayC>> {
        self.expressways.get(host)
    }

    /// Whether a host is the cluster's own: its nodes by name and address, the domains of Cluster Fully Qualified Domain
    /// Name, and the nodes in these domains.
    #[must_use]
    pub fn is_own_domain(&self, host: &str) -> bool {
        let own = |name: &str| name.eq_ignore_ascii_case(host);
        let is_node_in_domain = |(node, domain): (&str, &str)| {
            self.nodes.get(node).is_some()
                && self.parameters.cluster_domains().any(|own| own.eq_ignore_ascii_case(domain))
        };
        self.nodes.get(host).is_some()
            || self.nodes.values().any(|node| own(node.address.as_str()))
            || self.parameters.cluster_domains().any(own)
            || host.split_once('.').is_some_and(is_node_in_domain)
    }

    /// The version of an object, if it is there.
    #[must_use]
    pub fn version(&self, key: &ObjectKey) -> Option<Version> {
        let name = key.name();
        match key {
            ObjectKey::Node(_) => self.nodes.version(name),
            ObjectKey::Profile(_) => self.profiles.version(name),
            ObjectKey::Group(_) => self.groups.version(name),
            ObjectKey::Pool(_) => self.pools.version(name),
            ObjectKey::Line(_) => self.lines.version(name),
            ObjectKey::User(_) => self.users.version(name),
            ObjectKey::Device(_) => self.devices.version(name),
            ObjectKey::Expressway(_) => self.expressways.version(name),
        }
    }

    /// Puts an object in place. For a repository that makes the next snapshot: everyone else shares
    /// the directory and cannot change it.
    pub fn put(&mut self, object: Object, version: Version) {
        match object {
            Object::Node(node) => self.nodes.put(&node.name.clone(), node, version),
            Object::Profile(profile) => self.profiles.put(&profile.name.clone(), profile, version),
            Object::Group(group) => self.groups.put(&group.name.clone(), group, version),
            Object::Pool(pool) => self.pools.put(&pool.name.clone(), pool, version),
            Object::Line(line) => self.lines.put(&line.directory_number.clone(), line, version),
            Object::User(user) => self.users.put(&user.user_id.clone(), user, version),
            Object::Expressway(row) => self.expressways.put(&row.host.clone(), row, version),
            Object::Device(device) => self.insert_device(device, version),
        }
    }

    /// Replaces the parameters, as [`Directory::put`] replaces an object.
    pub fn put_parameters(&mut self, parameters: EnterpriseParameters) {
        self.parameters = parameters;
    }

    /// Replaces the digest credentials of a user, as [`Directory::put`] replaces an object.
    pub fn put_digest_secret(&mut self, user: &UserId, secret: Option<DigestSecret>) {
        let key = fold(user.as_str());
        match secret {
            Some(secret) => self.digest_secrets.insert(key, secret),
            None => self.digest_secrets.remove(&key),
        };
    }

    /// Notes the last write that is in here, as [`Directory::put`] notes an object.
    pub fn put_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    fn insert_device(&mut self, device: Device, version: Version) {
        self.delete_appearances(device.name.as_str());
        let device = Arc::new(device);
        for line in &device.lines {
            let key = line.directory_number.as_str().into();
            let devices = self.appearances.entry(key).or_default();
            let at = devices.partition_point(|other| other.name < device.name);
            devices.insert(at, Arc::clone(&device));
        }
        let key = fold(device.name.as_str());
        self.devices.0.insert(key, (device, version));
    }

    fn delete_appearances(&mut self, device: &str) {
        let Some(old) = self.devices.get(device).cloned() else {
            return;
        };
        for line in &old.lines {
            let number = line.directory_number.as_str();
            if let Some(devices) = self.appearances.get_mut(number) {
                devices.retain(|other| other.name != old.name);
                if devices.is_empty() {
                    self.appearances.remove(number);
                }
            }
        }
    }

    /// Takes an object out, as [`Directory::put`] puts it in.
    pub fn remove(&mut self, key: &ObjectKey) {
        let name = key.name();
        match key {
            ObjectKey::Node(_) => self.nodes.delete(name),
            ObjectKey::Profile(_) => self.profiles.delete(name),
            ObjectKey::Group(_) => self.groups.delete(name),
            ObjectKey::Pool(_) => self.pools.delete(name),
            ObjectKey::Line(_) => self.lines.delete(name),
            ObjectKey::Expressway(_) => self.expressways.delete(name),
            ObjectKey::User(_) => {
                self.users.delete(name);
                self.digest_secrets.remove(&fold(name));
            }
            ObjectKey::Device(_) => {
                self.delete_appearances(name);
                self.devices.delete(name);
            }
        }
    }
}
