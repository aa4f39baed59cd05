//! Where a flow is reached: its task's mailbox.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use edge::{CloseReason, Flow, FlowId, FlowKind};
use tokio::sync::mpsc;

/// What may wait for the task of a phone's flow.
const PHONE: usize = 256;
/// What may wait for the task of a link that carries the messages of all phones.
const LINK: usize = 16_384;

/// What a machine wants of a flow.
#[derive(Debug)]
pub(crate) enum Command {
    /// Write these octets.
    Write(Bytes),
    /// Write what was given before, then close.
    Close(CloseReason),
}

/// How much may wait for a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capacity {
    /// A phone's own traffic.
    Phone,
    /// The traffic of all phones.
    Link,
}

/// Why a command did not reach its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// The flow has ended.
    Gone,
    /// Its task does not keep up.
    Full(Capacity),
}

/// The two ends of a flow, for what is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) id: FlowId,
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    /// What is at the other end: `phone`, `traversal`, the name of a zone.
    pub(crate) peer: String,
}

impl From<&Flow> for Ends {
    fn from(flow: &Flow) -> Self {
        let peer = match &flow.kind {
            FlowKind::Phone => "phone".to_owned(),
            FlowKind::Traversal { .. } => "traversal".to_owned(),
            FlowKind::Zone { name } => name.to_string(),
        };
        Self { id: flow.id, local: flow.local, remote: flow.remote, peer }
    }
}

#[derive(Debug)]
struct Handle {
    mailbox: mpsc::Sender<Command>,
    capacity: Capacity,
    ends: Arc<Ends>,
}

/// All flows of a machine.
#[derive(Debug, Default)]
pub(crate) struct Flows(Mutex<HashMap<FlowId, Handle>>);

impl Flows {
    /// A mailbox for a new flow.
    pub(crate) fn open(&self, ends: Arc<Ends>, capacity: Capacity) -> mpsc::Receiver<Command> {
        let size = match capacity {
            Capacity::Phone => PHONE,
            Capacity::Link => LINK,
        };
        let (mailbox, receiver) = mpsc::channel(size);
        self.all().insert(ends.id, Handle { mailbox, capacity, ends });
        receiver
    }

    /// Forgets a flow: its mailbox ends when it is empty.
    pub(crate) fn remove(&self, id: FlowId) {
        self.all().remove(&id);
    }

    /// Puts a command in, without waiting.
    pub(crate) fn send(&self, id: FlowId, command: Command) -> Result<(), Undelivered> {
        let flows = self.all();
        let handle = flows.get(&id).ok_or(Undelivered::Gone)?;
        handle.mailbox.try_send(command).map_err(|error| match error {
            mpsc::error::TrySendError::Closed(_) => Undelivered::Gone,
            mpsc::error::TrySendError::Full(_) => Undelivered::Full(handle.capacity),
        })
    }

    /// The ends of a flow, while it is open.
    pub(crate) fn ends(&self, id: FlowId) -> Option<Arc<Ends>> {
        self.all().get(&id).map(|handle| Arc::clone(&handle.ends))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all().len()
    }

    /// The numbers of the phones' flows, or of the links.
    pub(crate) fn of(&self, capacity: Capacity) -> Vec<FlowId> {
        self.all().iter().filter(|(_, handle)| handle.capacity == capacity).map(|(id, _)| *id).collect()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<FlowId, Handle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
