//! What a node finds missing at its first start and makes: its own row, and on the publisher what a fresh cluster needs.
//!
//! Our choice: a node that can open the cluster database belongs to the cluster, so a new subscriber adds itself to
//! `processnode` and to the group `Default`; at the vendor an administrator adds it on the publisher first.

use directory::{
    Author, CallManagerGroup, DevicePool, Directory, DirectoryRepository, GroupName, Host, NodeName, NodeUsage, Object,
    PoolName, Precondition, ProcessNode, ProfileName, RepositoryError, SecurityProfile, Surface,
};
use runtime::config::{self, NodeConfig};

/// The group and the pool that every cluster starts with.
const DEFAULT: &str = "Default";
/// The profile that every cluster starts with.
const NON_SECURE_PROFILE: &str = "Standard SIP Non-Secure Profile";

/// How often a write is tried again because another node wrote the same object at the same moment.
const ATTEMPTS: usize = 8;

/// Makes what is missing. Nodes that start together come to the same end, whoever is first.
///
/// # Errors
/// When the database is not available, or the configured names break a rule.
pub(super) async fn prepare(repository: &dyn DirectoryRepository, config: &NodeConfig) -> Result<(), RepositoryError> {
    for _ in 0..ATTEMPTS {
        let directory = repository.load().await?;
        let missing = missing(&directory, config)?;
        if missing.is_empty() {
            return Ok(());
        }
        match repository.put(&author(config), missing).await {
            Err(RepositoryError::Changed(_) | RepositoryError::AlreadyExists(_)) => {}
            outcome => return outcome,
        }
    }
    Err(RepositoryError::Unavailable("other nodes change the same rows".into()))
}

fn author(config: &NodeConfig) -> Author {
    Author { name: config.node.name.clone(), surface: Surface::System }
}

fn missing(directory: &Directory, config: &NodeConfig) -> Result<Vec<(Object, Precondition)>, RepositoryError> {
    let mut missing = Vec::new();
    let name = NodeName::new(&config.node.name)?;
    if directory.node(name.as_str()).is_none() {
        missing.push((Object::Node(own_row(config, &name)?), Precondition::Absent));
    }
    match directory.group(DEFAULT) {
        None => {
            let group = CallManagerGroup { name: GroupName::new(DEFAULT)?, members: vec![name] };
            missing.push((Object::Group(group), Precondition::Absent));
        }
        Some(group) if !group.members.contains(&name) && group.members.len() < CallManagerGroup::MOST_MEMBERS => {
            // A node that was there before and was taken out of the group stays out.
            if !missing.is_empty() {
                let mut group = CallManagerGroup::clone(group);
                group.members.push(name);
                let object = Object::Group(group);
                // Another subscriber may add itself at the same moment: then this is tried again, with it in the group.
                let read = directory.version(&object.key()).map_or(Precondition::Present, Precondition::Version);
                missing.push((object, read));
            }
        }
        Some(_) => {}
    }
    if directory.pool(DEFAULT).is_none() {
        let pool = DevicePool { name: PoolName::new(DEFAULT)?, group: GroupName::new(DEFAULT)? };
        missing.push((Object::Pool(pool), Precondition::Absent));
    }
    if directory.profiles().is_empty() {
        let profile = SecurityProfile::new(ProfileName::new(NON_SECURE_PROFILE)?);
        missing.push((Object::Profile(profile), Precondition::Absent));
    }
    Ok(missing)
}

fn own_row(config: &NodeConfig, name: &NodeName) -> Result<ProcessNode, RepositoryError> {
    let usage = match config.node.usage {
        config::NodeUsage::Publisher => NodeUsage::Publisher,
        config::NodeUsage::Subscriber => NodeUsage::Subscriber,
    };
    let address = Host::new(&config.node.address.to_string())?;
    Ok(ProcessNode::new(name.clone(), address, usage))
}
