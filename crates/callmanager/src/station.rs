//! The machine of one flow: authenticates, registers, and routes requests to calls.

use std::ops::Deref;
use std::sync::Arc;

use directory::{DeviceName, UserId};

/// Who sent a request: the device that registered on the flow and, with an access token, its user.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The device.
    pub device: DeviceName,
    /// The user that its access token or digest credentials named.
    pub user: Option<UserId>,
}

/// A message whose sender was authenticated. Made in one place only: the station's authentication.
#[derive(Debug, Clone)]
pub struct Authenticated<T> {
    message: T,
    identity: Arc<Identity>,
}

impl<T> Authenticated<T> {
    /// Who sent it.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl<T> Deref for Authenticated<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.message
    }
}
