//! Cluster SIPOAuth Mode: set on the publisher, behind the licence, and taken by each node at its next restart.

use crate::administration::Administration;
use crate::error::AdministrationError;
use directory::{Author, Parameter};

impl Administration {
    /// Sets Cluster SIPOAuth Mode.
    ///
    /// # Errors
    /// On a subscriber; when the licence does not allow to enable it; when the database is not available.
    pub async fn set_sip_oauth_mode(&self, author: &Author, enabled: bool) -> Result<(), AdministrationError> {
        self.on_publisher(self.directory().await?.as_ref())?;
        if enabled && !self.node.export_controlled_functionality() {
            return Err(AdministrationError::Licence);
        }
        let value = if enabled { "1" } else { "0" };
        Ok(self.repository.set_parameter(author, Parameter::CLUSTER_SIP_OAUTH_MODE, value).await?)
    }
}
