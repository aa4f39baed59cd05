//! Registrations and refusals.

use callmanager::flow::Flow;
use callmanager::registrar::{self, Binding, UnregistrationReason};
use callmanager::station::refusal::Refusal;
use observation::{Dialect, Event, Registration, RegistrationChange, clip};
use runtime::observation::Observation;

use super::{port, transport};

/// A device registered.
pub(crate) fn registered(observation: &Observation, binding: &Binding) {
    observation.record(Event::Registration(told(binding, RegistrationChange::Registered)));
}

/// A registration ended.
pub(crate) fn unregistered(observation: &Observation, binding: &Binding, reason: UnregistrationReason) {
    let change = RegistrationChange::Ended(reason.code(), reason.number());
    observation.record(Event::Registration(told(binding, change)));
}

/// A request was refused.
pub(crate) fn refused(observation: &Observation, flow: &Flow, refusal: &Refusal) {
    observation.record(Event::Refusal(observation::Refusal {
        reason: refusal.reason.code(),
        explanation: refusal.reason.explanation(),
        request: clip(&refusal.method.to_string()),
        status: refusal.status.as_u16(),
        port: port(flow.listener),
        transport: transport(flow.transport),
        flow: flow.id.0,
        remote: flow.remote,
        call_id: clip(&refusal.call_id),
        device: refusal.device.as_deref().map(clip),
        user: refusal.user.as_deref().map(clip),
        steps: refusal.steps.clone(),
        remedy: refusal.remedy.clone(),
    }));
}

fn told(binding: &Binding, change: RegistrationChange) -> Registration {
    Registration {
        change,
        device: binding.device.as_str().into(),
        user: binding.user.as_ref().map(|user| user.as_str().into()),
        port: port(binding.listener),
        transport: transport(binding.transport),
        dialect: match binding.dialect {
            registrar::Dialect::Vendor => Dialect::Vendor,
            registrar::Dialect::Standard => Dialect::Standard,
        },
        credentials: binding.credentials,
        flow: binding.flow.0,
        remote: binding.remote,
        user_agent: binding.user_agent.clone(),
        since: binding.registered_at,
        expires_at: binding.expires_at.get(),
    }
}
