//! The operations' common ground: the node, the cluster's repository, the surroundings.

use crate::error::AdministrationError;
use crate::node_control::NodeControl;
use crate::surroundings::Surroundings;
use directory::{AuditRecord, Author, Directory, DirectoryRepository, NodeName, NodeUsage};
use std::sync::Arc;

/// The operations of an administrator on a node and its cluster. Clones share what they stand on.
#[derive(Clone)]
pub struct Administration {
    pub(crate) node: Arc<dyn NodeControl>,
    pub(crate) repository: Arc<dyn DirectoryRepository>,
    pub(crate) surroundings: Arc<dyn Surroundings>,
}

impl Administration {
    /// The operations, as they are on one node.
    #[must_use]
    pub fn new(
        node: Arc<dyn NodeControl>,
        repository: Arc<dyn DirectoryRepository>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Self {
        Self { node, repository, surroundings }
    }

    /// The node that this runs on.
    #[must_use]
    pub fn node(&self) -> &dyn NodeControl {
        self.node.as_ref()
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn unix_seconds(&self) -> u64 {
        self.surroundings.unix_seconds()
    }

    pub(crate) fn own_name(&self) -> &NodeName {
        self.node.node()
    }

    pub(crate) async fn directory(&self) -> Result<Arc<Directory>, AdministrationError> {
        Ok(self.repository.load().await?)
    }

    /// Refuses on a subscriber: what concerns the whole cluster is done on the publisher.
    ///
    /// # Errors
    /// With the publisher's name.
    pub fn on_publisher(&self, directory: &Directory) -> Result<(), AdministrationError> {
        let own = directory.node(self.own_name().as_str());
        if own.is_some_and(|node| node.usage == NodeUsage::Publisher) {
            return Ok(());
        }
        let publisher = directory.nodes().into_iter().find(|node| node.usage == NodeUsage::Publisher);
        Err(AdministrationError::OnPublisherOnly(publisher.map(|node| node.name.clone())))
    }

    pub(crate) async fn audit(
        &self,
        author: &Author,
        action: &str,
        object: String,
        detail: String,
    ) -> Result<(), AdministrationError> {
        let unix_time = self.surroundings.unix_seconds();
        let author = author.clone();
        let record = AuditRecord { unix_time, author, action: action.into(), object, detail };
        Ok(self.repository.audit(record).await?)
    }
}
