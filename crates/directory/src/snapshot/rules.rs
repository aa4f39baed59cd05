//! The rules between objects: what is named must exist, what is used must stay.

use super::Directory;
use crate::device::Device;
use crate::device_pool::CallManagerGroup;
use crate::error::{Rule, Violation};
use crate::line::Line;
use crate::name::UserId;
use crate::object::{Object, ObjectKey};
use crate::process_node::{NodeUsage, ProcessNode};
use crate::repository::{Precondition, RepositoryError, Version};

impl Directory {
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

    /// Whether a repository would write these objects, one after the other, on this directory.
    ///
    /// # Errors
    /// What it would answer.
    pub fn check_put(&self, objects: Vec<(Object, Precondition)>) -> Result<(), RepositoryError> {
        let mut directory = self.clone();
        for (object, precondition) in objects {
            let key = object.key();
            precondition.check(&key, directory.version(&key))?;
            directory.validate_put(&object)?;
            directory.put(object, Version(u64::MAX));
        }
        Ok(())
    }

    /// Whether a repository would remove an object of this directory.
    ///
    /// # Errors
    /// What it would answer.
    pub fn check_remove(&self, key: &ObjectKey, precondition: Precondition) -> Result<(), RepositoryError> {
        let precondition = if precondition == Precondition::None { Precondition::Present } else { precondition };
        precondition.check(key, self.version(key))?;
        Ok(self.validate_remove(key)?)
    }

    /// The phones that change when a user is associated with these and no others.
    ///
    /// # Errors
    /// A phone of the list does not exist.
    pub fn associate(&self, user: &UserId, phones: &[&str]) -> Result<Vec<(Object, Precondition)>, Violation> {
        if let Some(unknown) = phones.iter().find(|name| self.device(name).is_none()) {
            let rule = Rule::Unknown { name: (*unknown).to_owned() };
            return Err(Violation::new("End User", "Controlled Devices", rule));
        }
        let is_own = |other: &UserId| other.as_str().eq_ignore_ascii_case(user.as_str());
        let changed = self.devices.values().filter_map(|device| {
            let wanted = phones.iter().any(|name| device.name.as_str().eq_ignore_ascii_case(name));
            if wanted == device.associated_users.iter().any(is_own) {
                return None;
            }
            let mut device = Device::clone(device);
            match wanted {
                true => device.associated_users.push(user.clone()),
                false => device.associated_users.retain(|other| !is_own(other)),
            }
            Some(device)
        });
        // Sorted last: most of the devices have nothing to do with the user.
        let mut changed: Vec<_> = changed.collect();
        changed.sort_by(|one, other| one.name.cmp(&other.name));
        let with_version = |device| {
            let object = Object::Device(device);
            let version = self.version(&object.key())?;
            Some((object, Precondition::Version(version)))
        };
        Ok(changed.into_iter().filter_map(with_version).collect())
    }

    /// The lines that a device names and that there are not yet: they are added with it.
    #[must_use]
    pub fn lines_to_add(&self, device: &Device) -> Vec<Line> {
        let numbers = device.lines.iter().map(|line| &line.directory_number);
        numbers.filter(|number| self.line(number.as_str()).is_none()).cloned().map(Line::new).collect()
    }

    /// Checks that nothing uses an object that is to be removed.
    ///
    /// # Errors
    /// [`Rule::InUse`] with one user of it.
    pub fn validate_remove(&self, key: &ObjectKey) -> Result<(), Violation> {
        match self.users_of(key).first() {
            None => Ok(()),
            Some(user) => {
                let rule = Rule::InUse { by: user.kind(), name: user.name().to_owned() };
                Err(Violation::new(key.kind(), "Name", rule))
            }
        }
    }

    /// What uses an object, by name: it cannot be removed before them.
    #[must_use]
    pub fn users_of(&self, key: &ObjectKey) -> Vec<ObjectKey> {
        let name = key.name();
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        let devices = |uses: &dyn Fn(&Device) -> bool| {
            let devices = self.devices.sorted().into_iter().filter(|device| uses(device));
            devices.map(|device| ObjectKey::Device(device.name.clone())).collect()
        };
        match key {
            ObjectKey::Profile(_) => devices(&|d| is(d.security_profile.as_str())),
            ObjectKey::Pool(_) => devices(&|d| is(d.device_pool.as_str())),
            ObjectKey::Line(_) => {
                let devices = self.devices_of_line(name).iter();
                devices.map(|device| ObjectKey::Device(device.name.clone())).collect()
            }
            ObjectKey::User(_) => devices(&|d| d.is_of_user(name) || d.digest_user.iter().any(|u| is(u.as_str()))),
            ObjectKey::Group(_) => {
                let pools = self.pools.sorted().into_iter().filter(|pool| is(pool.group.as_str()));
                pools.map(|pool| ObjectKey::Pool(pool.name.clone())).collect()
            }
            ObjectKey::Node(_) => {
                let groups = self.groups.sorted().into_iter();
                let groups = groups.filter(|group| group.members.iter().any(|member| is(member.as_str())));
                groups.map(|group| ObjectKey::Group(group.name.clone())).collect()
            }
            ObjectKey::Device(_) | ObjectKey::Expressway(_) => Vec::new(),
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
}

fn exists(found: bool, (object, field): (&'static str, &'static str), name: &str) -> Result<(), Violation> {
    if found {
        return Ok(());
    }
    let name = name.to_owned();
    Err(Violation::new(object, field, Rule::Unknown { name }))
}
