//! What a station wants of the node, carried out: the same for streams and datagrams.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use callmanager::call;
use callmanager::flow::{FlowCommand, FlowEvent, Listener};
use callmanager::registrar::{BindError, UnregistrationReason};
use callmanager::station::{BindOutcome, CloseReason, Event, Input, NewCall, Output, Station};

use sip::message::{HeaderName, Response, ResponseBuilder, StatusCode};
use sip::transaction::ServerKey;

use crate::call_task;
use crate::flows::{FlowHandle, Mail};
use crate::node;
use crate::observe::{self, MessageTap};
use crate::service::Service;
use crate::trace;

/// The transport side of a flow.
pub(crate) trait Link {
    /// Sends a message.
    fn transmit(&mut self, message: Bytes);
    /// Sets the station's timer.
    fn set_timer(&mut self, at: Instant);
    /// Closes the flow once everything is sent.
    fn close(&mut self, reason: CloseReason);
}

/// Gives a station an input and carries out what it wants.
pub(crate) fn run(
    service: &Arc<Service>,
    handle: &FlowHandle,
    station: &mut Station,
    link: &mut impl Link,
    input: Input,
) {
    let now = node::now();
    let view = service.node.view();
    let mut tap = MessageTap::before(&service.observation, station, &input);
    station.handle(now, &view, input);
    while let Some(output) = station.poll() {
        match output {
            Output::Transmit(message) => {
                trace::sent(station.flow(), &message);
                if let Some(tap) = &mut tap {
                    tap.sent(station, &message);
                }
                link.transmit(message);
            }
            Output::SetTimer(at) => link.set_timer(at),
            Output::Bind(binding) => {
                let device = binding.device.clone();
                let outcome = match service.registrar.bind(binding, handle.clone()) {
                    Ok(replaced) => {
                        if let Some(old) = replaced {
                            let reason = UnregistrationReason::DuplicateRegistration;
                            // A full or gone mailbox is that of a flow that ends by itself.
                            let _ = old.handle.send(Mail::End(old.binding, reason));
                        }
                        BindOutcome::Bound
                    }
                    Err(BindError::ActiveElsewhere) => BindOutcome::ActiveElsewhere,
                    Err(BindError::TooManyDevices) => BindOutcome::TooManyDevices,
                };
                station.handle(now, &view, Input::Bound(device, outcome));
            }
            Output::Unbind(device) => {
                service.registrar.unbind(device.as_str(), handle.id());
            }
            Output::StartCall(new) => {
                observe::started(&service.observation, &new);
                if let Err(refused) = call_task::start(service, handle, *new) {
                    observe::over(&service.observation, refused.key);
                    service.counters.count("refused", "node-too-many-calls");
                    tracing::warn!(call = ?refused.key, "a call was refused: the node has as many as it takes");
                    if let Some(answer) = too_busy(&refused) {
                        station.handle(now, &view, answer);
                    }
                }
            }
            Output::ToCall(key, event) => {
                if let Err(mail) = service.calls.tell(key, call::Input::Flow(*event)) {
                    tracing::debug!(call = ?key, "a call is gone or does not keep up");
                    if let Some(answer) = no_call(&mail.input) {
                        station.handle(now, &view, answer);
                    }
                }
            }
            Output::Close(reason) => link.close(reason),
            Output::Event(event) => {
                if let Some(tap) = &mut tap {
                    tap.happened(station, &event);
                }
                note(service, station, &event);
            }
        }
    }
    if let Some(tap) = tap {
        tap.finish(station);
    }
}

/// The answer to an INVITE that finds too many calls.
fn too_busy(new: &NewCall) -> Option<Input> {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let reply = Response::reply_to(&new.invite, status).header(HeaderName::RetryAfter, "10");
    refusal(new.transaction, reply)
}

/// The answer to a request whose call does not take it: without one its client would wait for half a minute.
fn no_call(input: &call::Input) -> Option<Input> {
    let call::Input::Flow(FlowEvent::Request { transaction, request, .. }) = input else { return None };
    refusal(*transaction, Response::reply_to(request, StatusCode::CALL_TRANSACTION_DOES_NOT_EXIST))
}

fn refusal(transaction: ServerKey, reply: ResponseBuilder) -> Option<Input> {
    let status = reply.status();
    let mut tag = [0; 8];
    runtime::random::fill(&mut tag);
    let response = reply.to_tag(format!("{:016x}", u64::from_be_bytes(tag))).finish().ok()?;
    Some(Input::Command(FlowCommand::Respond { transaction, status, response }))
}

fn note(service: &Service, station: &Station, event: &Event) {
    let flow = station.flow();
    match event {
        Event::Registered(binding) => {
            service.counters.count("registered", "");
            tracing::info!(
                flow = flow.id.0, remote = %flow.remote, listener = ?flow.listener, device = %binding.device,
                user = binding.user.as_ref().map(tracing::field::display), agent = %binding.user_agent, "registered"
            );
            observe::registered(&service.observation, binding);
            service.observer.registered(binding);
        }
        Event::Unregistered(binding, reason) => {
            service.counters.count("unregistered", reason.code());
            tracing::info!(
                flow = flow.id.0, remote = %flow.remote, device = %binding.device,
                reason = reason.code(), number = reason.number(), "unregistered"
            );
            observe::unregistered(&service.observation, binding, *reason);
            service.observer.unregistered(binding, *reason);
        }
        Event::Refused(refusal) => {
            service.counters.count("refused", refusal.reason.code());
            tracing::info!(
                flow = flow.id.0, remote = %flow.remote, listener = ?flow.listener, method = %refusal.method,
                call_id = ?refusal.call_id, device = refusal.device.as_deref(), user = refusal.user.as_deref(),
                status = refusal.status.as_u16(), reason = refusal.reason.code(), detail = ?refusal.reason,
                cause = refusal.reason.cause().number(), explanation = refusal.reason.explanation(), "refused"
            );
            observe::refused(&service.observation, flow, refusal);
            service.observer.refused(flow, refusal);
        }
        Event::Challenged => tracing::debug!(flow = flow.id.0, remote = %flow.remote, "challenged"),
        Event::AuthenticationFailed => {
            service.counters.count("authentication-failed", "");
            // The edge itself holds back a client that guesses; its own address stands for all of them.
            if flow.listener != Listener::MraOAuth {
                service.note_failure(flow.remote.ip());
            }
        }
        Event::Malformed(violation) => {
            service.counters.count("malformed", "");
            tracing::info!(flow = flow.id.0, remote = %flow.remote, rule = %violation, "malformed message");
        }
        Event::StrayResponse => tracing::debug!(flow = flow.id.0, remote = %flow.remote, "stray response"),
    }
}
