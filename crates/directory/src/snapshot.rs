//! The directory as a node holds it: immutable, complete, indexed.
//!
//! Look-ups do not allocate: names are found without regard to ASCII case through a key that was
//! folded when the snapshot was made. Objects are shared, so that the next snapshot after a change
//! copies pointers only.

use crate::device::Device;
use crate::device_pool::{CallManagerGroup, DevicePool};
use crate::end_user::{DigestSecret, EndUser};
use crate::error::{Rule, Violation};
use crate::expressway_c::ExpresswayC;
use crate::line::Line;
use crate::object::{Object, ObjectKey};
use crate::parameter::EnterpriseParameters;
use crate::process_node::{NodeUsage, ProcessNode};
use crate::repository::Version;
use crate::security_profile::SecurityProfile;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

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
    pub digest_secrets: Vec<(crate::UserId, DigestSecret)>,
}

/// The objects of one kind by folded name, in the order of their names.
#[derive(Debug, Clone)]
struct Table<T>(HashMap<Arc<str>, (Arc<T>, Version)>);

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
            directory.insert(object, version);
        }
        for (user, secret) in contents.digest_secrets {
            let key = fold(user.as_str());
            directory.digest_secrets.insert(key, secret);
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
        let mut devices = self.devices.sorted();
        devices.retain(|device| device.is_of_user(user));
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

    /// Whether SIP addresses at a host are the cluster's own: its nodes by name and address, and the
    /// domains of Cluster Fully Qualified Domain Name.
    #[must_use]
    pub fn is_own_domain(&self, host: &str) -> bool {
        let own = |name: &str| name.eq_ignore_ascii_case(host);
        self.nodes.get(host).is_some()
            || self.nodes.values().any(|node| own(node.address.as_str()))
            || self.parameters.cluster_domains().any(own)
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

    /// Checks an object by itself and against the others: what it names must exist.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate_put(&self, object: &Object) -> Result<(), Violation> {
        object.validate()?;
        match object {
            Object::Device(device) => self.validate_device(device),
            Object::Pool(pool) => exists(
                self.group(pool.group.as_str()).is_some(),
                ("Device Pool", "Cisco Unified Communications Manager Group"),
                pool.group.as_str(),
            ),
            Object::Group(group) => self.validate_members(group),
            Object::Node(node) => self.validate_node(node),
            _ => Ok(()),
        }
    }

    /// Checks that nothing uses an object that is to be removed.
    ///
    /// # Errors
    /// [`Rule::InUse`] with one user of it.
    pub fn validate_remove(&self, key: &ObjectKey) -> Result<(), Violation> {
        let name = key.name();
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        let device = |uses: &dyn Fn(&Device) -> bool| {
            let mut devices = self.devices.sorted().into_iter();
            let found = devices.find(|device| uses(device));
            found.map(|device| ("Phone", device.name.to_string()))
        };
        let user = match key {
            ObjectKey::Profile(_) => device(&|d| is(d.security_profile.as_str())),
            ObjectKey::Pool(_) => device(&|d| is(d.device_pool.as_str())),
            ObjectKey::Line(_) => device(&|d| d.line(name).is_some()),
            ObjectKey::User(_) => device(&|d| d.is_of_user(name) || d.digest_user.iter().any(|u| is(u.as_str()))),
            ObjectKey::Group(_) => {
                let mut pools = self.pools.sorted().into_iter();
                let found = pools.find(|pool| is(pool.group.as_str()));
                found.map(|pool| ("Device Pool", pool.name.to_string()))
            }
            ObjectKey::Node(_) => {
                let mut groups = self.groups.sorted().into_iter();
                let found = groups.find(|group| group.members.iter().any(|m| is(m.as_str())));
                found.map(|group| ("Cisco Unified CM Group", group.name.to_string()))
            }
            ObjectKey::Device(_) | ObjectKey::Expressway(_) => None,
        };
        match user {
            None => Ok(()),
            Some((by, name)) => {
                let rule = Rule::InUse { by, name };
                Err(Violation::new(key.kind(), "Name", rule))
            }
        }
    }

    fn validate_device(&self, device: &Device) -> Result<(), Violation> {
        let profile = device.security_profile.as_str();
        let field = ("Phone", "Device Security Profile");
        exists(self.profile(profile).is_some(), field, profile)?;
        let pool = device.device_pool.as_str();
        exists(self.pool(pool).is_some(), ("Phone", "Device Pool"), pool)?;
        let owner = device.owner.iter().map(|u| ("Owner User ID", u));
        let associated = device.associated_users.iter().map(|u| ("Users", u));
        let digest = device.digest_user.iter().map(|u| ("Digest User", u));
        for (field, user) in owner.chain(associated).chain(digest) {
            let user = user.as_str();
            exists(self.user(user).is_some(), ("Phone", field), user)?;
        }
        for line in &device.lines {
            let number = line.directory_number.as_str();
            let field = ("Phone", "Directory Number");
            exists(self.line(number).is_some(), field, number)?;
        }
        Ok(())
    }

    fn validate_members(&self, group: &CallManagerGroup) -> Result<(), Violation> {
        let field = ("Cisco Unified CM Group", "Selected Cisco Unified Communications Managers");
        for member in &group.members {
            exists(self.node(member.as_str()).is_some(), field, member.as_str())?;
        }
        Ok(())
    }

    fn validate_node(&self, node: &ProcessNode) -> Result<(), Violation> {
        let name = node.name.as_str();
        for other in self.nodes.sorted() {
            if other.name.as_str().eq_ignore_ascii_case(name) {
                continue;
            }
            let (field, value) = if other.address == node.address {
                ("Host Name/IP Address", node.address.as_str())
            } else if other.usage == node.usage && node.usage == NodeUsage::Publisher {
                ("Server Type", "Publisher")
            } else {
                continue;
            };
            let value = value.to_owned();
            return Err(Violation::new("Server", field, Rule::Duplicate { value }));
        }
        Ok(())
    }

    /// The directory with an object put in place, for a repository that applies a change.
    #[must_use]
    pub fn with(&self, object: Object, version: Version) -> Self {
        let mut next = self.clone();
        next.insert(object, version);
        next
    }

    /// The directory without an object.
    #[must_use]
    pub fn without(&self, key: &ObjectKey) -> Self {
        let mut next = self.clone();
        next.delete(key);
        next
    }

    fn insert(&mut self, object: Object, version: Version) {
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

    fn delete(&mut self, key: &ObjectKey) {
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

fn exists(found: bool, (object, field): (&'static str, &'static str), name: &str) -> Result<(), Violation> {
    if found {
        return Ok(());
    }
    let name = name.to_owned();
    Err(Violation::new(object, field, Rule::Unknown { name }))
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Table<T> {
    fn get(&self, name: &str) -> Option<&Arc<T>> {
        with_folded(name, |key| self.0.get(key).map(|(object, _)| object))
    }

    fn version(&self, name: &str) -> Option<Version> {
        with_folded(name, |key| self.0.get(key).map(|(_, version)| *version))
    }

    fn values(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.values().map(|(object, _)| object)
    }

    fn sorted(&self) -> Vec<&Arc<T>> {
        let mut rows: Vec<_> = self.0.iter().collect();
        rows.sort_by_key(|(key, _)| *key);
        rows.into_iter().map(|(_, (object, _))| object).collect()
    }

    fn put(&mut self, name: &impl AsRef<str>, object: T, version: Version) {
        self.0.insert(fold(name.as_ref()), (Arc::new(object), version));
    }

    fn delete(&mut self, name: &str) {
        self.0.remove(&fold(name));
    }
}

fn fold(name: &str) -> Arc<str> {
    Arc::from(name.to_ascii_lowercase())
}

// Folds on the stack: a look-up per REGISTER must not cost an allocation. A longer name than any
// that is stored is found nowhere.
fn with_folded<R>(name: &str, find: impl FnOnce(&str) -> Option<R>) -> Option<R> {
    const LONGEST: usize = 512;
    let mut buffer = [0u8; LONGEST];
    let folded = buffer.get_mut(..name.len())?;
    folded.copy_from_slice(name.as_bytes());
    folded.make_ascii_lowercase();
    find(std::str::from_utf8(folded).ok()?)
}
