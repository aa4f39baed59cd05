//! One call: its machine, its mailbox, the flows of its legs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use callmanager::call::{Call, CallMessage, Input, Output};
use callmanager::flow::{CallKey, CallLeg, FlowCommand, FlowEvent, FlowId, Reachable};
use callmanager::station::NewCall;
use directory::DirectoryNumber;
use tokio::sync::mpsc;

use crate::calls::CallMail;
use crate::flows::{FlowHandle, Mail, Undelivered};
use crate::limits;
use crate::node;
use crate::observe;
use crate::service::Service;

/// Begins a call, or gives it back when there are too many.
pub(crate) fn start(service: &Arc<Service>, caller: &FlowHandle, new: NewCall) -> Result<(), Box<NewCall>> {
    let key = new.key;
    let (sender, receiver) = mpsc::channel(limits::CALL_MAILBOX);
    if !service.calls.insert(key, sender, limits::CALLS) {
        return Err(Box::new(new));
    }
    let task = CallTask {
        service: Arc::clone(service),
        key,
        call: Call::new(key),
        flows: HashMap::from([(caller.id(), caller.clone())]),
        timer: None,
        is_done: false,
    };
    tokio::spawn(Box::new(task).run(new, receiver));
    Ok(())
}

struct CallTask {
    service: Arc<Service>,
    key: CallKey,
    call: Call,
    /// The flows that the call may speak to: its caller's, and those that it was told when it looked for a device.
    flows: HashMap<FlowId, FlowHandle>,
    timer: Option<Instant>,
    is_done: bool,
}

impl CallTask {
    async fn run(mut self: Box<Self>, new: NewCall, mut mailbox: mpsc::Receiver<Box<CallMail>>) {
        self.handle(Input::Start(Box::new(new)));
        while !self.is_done {
            let input = tokio::select! {
                input = mailbox.recv() => match input {
                    Some(mail) => self.open(*mail),
                    None => Input::Stop,
                },
                () = until(self.timer) => {
                    self.timer = None;
                    Input::Timeout
                }
            };
            let stops = matches!(input, Input::Stop);
            self.handle(input);
            if stops {
                break;
            }
        }
    }

    /// Takes mail: the flow that comes with it is one that the call may speak to.
    fn open(&mut self, mail: CallMail) -> Input {
        if let Some(flow) = mail.flow {
            self.flows.insert(flow.id(), flow);
        }
        mail.input
    }

    /// Gives the call an input and carries out what it wants; what that brings back at once is given to it as well.
    fn handle(&mut self, input: Input) {
        let service = Arc::clone(&self.service);
        let mut inputs = std::collections::VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let view = service.node.view();
            self.call.handle(node::now(), &view, input);
            while let Some(output) = self.call.poll() {
                inputs.extend(self.carry_out(output));
            }
        }
    }

    fn carry_out(&mut self, output: Output) -> Option<Input> {
        match output {
            Output::Flow { flow, command } => return self.command(flow, command),
            Output::Locate { number } => return Some(self.locate(number)),
            Output::LocateDevice { leg, device } => {
                let found = self.service.registrar.get(device.as_str());
                let device = found.map(|(binding, handle)| {
                    self.flows.insert(handle.id(), handle);
                    binding.reachable()
                });
                return Some(Input::DeviceLocated { leg, device });
            }
            Output::ToCall { call, message } => {
                let flow = match &message {
                    CallMessage::Surrendered(party) => party.flow().and_then(|flow| self.flows.get(&flow)).cloned(),
                    _ => None,
                };
                let mail = CallMail { input: Input::FromCall { call: self.key, message }, flow };
                return self.service.calls.deliver(call, mail).is_err().then_some(Input::CallGone { call });
            }
            Output::SetTimer(at) => self.timer = Some(at),
            Output::Record(record) => {
                tracing::info!(call = ?self.key, "call record");
                observe::ended(&self.service.observation, self.key, &record);
                self.service.observer.call_ended(&record);
            }
            Output::Connected(record) => observe::answered(&self.service.observation, self.key, &record),
            Output::Done => self.is_done = true,
        }
        None
    }

    fn command(&mut self, flow: FlowId, command: FlowCommand) -> Option<Input> {
        let undeliverable = match self.flows.get(&flow) {
            Some(handle) => match handle.send(Mail::Command(command)) {
                Err(Undelivered(Mail::Command(command))) => command,
                _ => return None,
            },
            None => command,
        };
        undelivered(flow, undeliverable).map(|(_, event)| Input::Flow(event))
    }

    /// The registered devices of a line.
    fn locate(&mut self, number: DirectoryNumber) -> Input {
        let directory = self.service.node.directory.load();
        let mut devices: Vec<Reachable> = Vec::new();
        for device in directory.devices_of_line(number.as_str()) {
            let Some((binding, handle)) = self.service.registrar.get(device.name.as_str()) else { continue };
            let Some(line) = device.line(number.as_str()) else { continue };
            self.flows.insert(handle.id(), handle);
            devices.push(binding.reachable_at(line));
        }
        Input::Located { number, devices }
    }
}

impl Drop for CallTask {
    /// Also when the machine panics: nobody may go on talking to it.
    fn drop(&mut self) {
        self.service.calls.remove(self.key);
        observe::over(&self.service.observation, self.key);
    }
}

/// What a command that could not be delivered means to its call.
pub(crate) fn undelivered(flow: FlowId, command: FlowCommand) -> Option<(CallKey, FlowEvent)> {
    match command {
        FlowCommand::SendRequest { from: CallLeg { call, leg }, transaction, .. } => {
            Some((call, FlowEvent::TransportFailed { leg, transaction }))
        }
        FlowCommand::Adopt { leg: CallLeg { call, leg }, .. } => Some((call, FlowEvent::FlowClosed { flow, leg })),
        FlowCommand::Respond { .. }
        | FlowCommand::Acknowledge { .. }
        | FlowCommand::Cancel { .. }
        | FlowCommand::Forget { .. } => None,
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
