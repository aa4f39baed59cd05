//! Device pools, and the CallManager groups that say which nodes their devices use, in order.

use crate::error::{Rule, Violation};
use crate::name::{GroupName, NodeName, PoolName};

/// A device pool: what devices at one place have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePool {
    /// Device Pool Name.
    pub name: PoolName,
    /// Cisco Unified Communications Manager Group.
    pub group: GroupName,
}

/// A CallManager group: the nodes that a device registers with, the first that answers serving it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallManagerGroup {
    /// Name.
    pub name: GroupName,
    /// The members, highest priority first.
    pub members: Vec<NodeName>,
}

impl CallManagerGroup {
    /// The most members: clients keep three servers.
    pub const MOST_MEMBERS: usize = 3;

    /// Checks that there is a member, that there are not too many, and that none is repeated.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        const OBJECT: &str = "Cisco Unified CM Group";
        const FIELD: &str = "Selected Cisco Unified Communications Managers";
        let count = self.members.len();
        if count == 0 || count > Self::MOST_MEMBERS {
            let rule = Rule::OutOfRange { least: 1, most: Self::MOST_MEMBERS as u64 };
            return Err(Violation::new(OBJECT, FIELD, rule));
        }
        for (position, member) in self.members.iter().enumerate() {
            if self.members.iter().take(position).any(|m| m == member) {
                let value = member.to_string();
                return Err(Violation::new(OBJECT, FIELD, Rule::Duplicate { value }));
            }
        }
        Ok(())
    }
}
