//! Where a flow is reached: its task's mailbox.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use edge::{CloseReason, FlowId};
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

#[derive(Debug)]
struct Handle {
    mailbox: mpsc::Sender<Command>,
    capacity: Capacity,
}

/// All flows of a machine.
#[derive(Debug, Default)]
pub(crate) struct Flows(Mutex<HashMap<FlowId, Handle>>);

impl Flows {
    /// A mailbox for a new flow.
    pub(crate) fn open(&self, id: FlowId, capacity: Capacity) -> mpsc::Receiver<Command> {
        let size = match capacity {
            Capacity::Phone => PHONE,
            Capacity::Link => LINK,
        };
        let (mailbox, receiver) = mpsc::channel(size);
        self.all().insert(id, Handle { mailbox, capacity });
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
