//! The node's registrations, for its web services.

use std::sync::Arc;

use callmanager::registrar::{Binding, UnregistrationReason};
use directory::{DeviceName, NodeName};
use web::registrations::{Registration, Registrations, Reset};

use super::node::Node;

impl Registrations for Node {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn all(&self) -> Vec<Registration> {
        let bindings = self.call_manager.registrations().into_iter();
        let registration = |binding: Arc<Binding>| Registration {
            device: binding.device.clone(),
            address: binding.remote.ip(),
            since: binding.registered_at.0,
        };
        bindings.map(registration).collect()
    }

    fn end(&self, device: &DeviceName, reset: Reset) -> bool {
        let reason = match reset {
            Reset::Reset | Reset::Restart => UnregistrationReason::DeviceInitiatedReset,
            Reset::ApplyConfiguration => UnregistrationReason::CallManagerApplyConfig,
        };
        self.call_manager.end_registration(device, reason)
    }
}
