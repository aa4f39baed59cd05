//! The cluster's token keys.

use crate::administration::Administration;
use crate::error::AdministrationError;
use crate::node_control::AuthorizationKey;
use directory::Author;

impl Administration {
    /// The hash of a token key, to compare nodes and Expressways.
    ///
    /// # Errors
    /// When the node cannot tell.
    pub async fn key_hash(&self, key: AuthorizationKey) -> Result<String, AdministrationError> {
        self.node.key_hash(key).await.map_err(AdministrationError::Failed)
    }

    /// Makes a new token key for the cluster, on the publisher: all access and refresh tokens end. Answers with its hash.
    ///
    /// # Errors
    /// On a subscriber, or when the database is not available.
    pub async fn regenerate_key(&self, author: &Author, key: AuthorizationKey) -> Result<String, AdministrationError> {
        self.on_publisher(self.directory().await?.as_ref())?;
        let hash = self.node.regenerate_key(key).await.map_err(AdministrationError::Failed)?;
        self.audit(author, "regenerate key", format!("authz {}", key.as_str()), hash.clone()).await?;
        Ok(hash)
    }
}
