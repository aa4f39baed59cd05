//! Calls.

use callmanager::call::{CallDetailRecord, CallSecurity, EndedBy, Party};
use callmanager::flow::CallKey;
use callmanager::station::NewCall;
use observation::{Call, CallChange, CallName, CallParty, CallRecord, Event, clip};
use runtime::observation::Observation;
use sip::message::Request;

/// A call's name in the recorder's words.
pub(crate) fn name(key: CallKey) -> CallName {
    CallName { flow: key.flow.0, number: key.number }
}

fn record(observation: &Observation, key: CallKey, change: CallChange) {
    observation.record(Event::Call(Call { name: name(key), change }));
}

/// A device called.
pub(crate) fn started(observation: &Observation, new: &NewCall) {
    let invite = new.invite.message();
    let calling = CallParty {
        device: new.caller.device.as_str().into(),
        number: from_user(invite),
        user: new.invite.identity().user.as_ref().map(|user| user.as_str().into()),
    };
    let dialled = invite.uri().ok().and_then(|uri| uri.as_sip()?.user_decoded().map(|user| text(&user)));
    let called = dialled.unwrap_or_default();
    let call_id = text(invite.headers().call_id().unwrap_or_default());
    record(observation, new.key, CallChange::Started { calling, called, call_id });
}

/// A call rings at another device.
pub(crate) fn leg(observation: &Observation, key: CallKey, device: &str, call_id: Box<str>) {
    record(observation, key, CallChange::Leg { device: device.into(), call_id });
}

/// A call was answered, or its media changed.
pub(crate) fn answered(observation: &Observation, key: CallKey, so_far: &CallDetailRecord) {
    let Some(connected) = so_far.connected.as_ref().map(party) else { return };
    let change =
        CallChange::Answered { connected, security: security(so_far.security), suites: so_far.suites.clone().into() };
    record(observation, key, change);
}

/// The call of a pair of parties is over.
pub(crate) fn ended(observation: &Observation, key: CallKey, ended: &CallDetailRecord) {
    let told = CallRecord {
        calling: party(&ended.calling),
        original_called: clip(&ended.original_called),
        final_called: clip(&ended.final_called),
        connected: ended.connected.as_ref().map(party),
        start: ended.start,
        connect: ended.connect,
        disconnect: ended.disconnect,
        cause: ended.cause.0,
        ended_by: match ended.ended_by {
            EndedBy::Calling => "calling",
            EndedBy::Called => "called",
            EndedBy::Node => "node",
        },
        status: ended.status.map(|status| status.as_u16()),
        security: security(ended.security),
        suites: ended.suites.clone().into(),
    };
    record(observation, key, CallChange::Ended(Box::new(told)));
}

/// No leg of the call is left.
pub(crate) fn over(observation: &Observation, key: CallKey) {
    record(observation, key, CallChange::Over);
}

fn party(party: &Party) -> CallParty {
    CallParty {
        device: party.device.as_str().into(),
        number: clip(&party.number),
        user: party.user.as_ref().map(|user| user.as_str().into()),
    }
}

fn security(security: CallSecurity) -> &'static str {
    match security {
        CallSecurity::NotAuthenticated => "NotAuthenticated",
        CallSecurity::Authenticated => "Authenticated",
        CallSecurity::Encrypted => "Encrypted",
    }
}

fn from_user(request: &Request) -> Box<str> {
    let from = request.headers().from().ok().and_then(|from| from.uri());
    from.and_then(|uri| uri.as_sip()?.user_decoded().map(|user| text(&user))).unwrap_or_default()
}

fn text(octets: &[u8]) -> Box<str> {
    clip(&String::from_utf8_lossy(octets))
}
