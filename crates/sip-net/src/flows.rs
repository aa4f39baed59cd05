//! Where a flow is reached: its task's mailbox.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callmanager::flow::{FlowCommand, FlowId};
use callmanager::registrar::{Binding, UnregistrationReason};
use tokio::sync::mpsc;

/// What arrives in a flow's mailbox.
#[derive(Debug)]
pub(crate) enum Mail {
    /// A call wants something.
    Command(FlowCommand),
    /// This registration must end.
    End(Arc<Binding>, UnregistrationReason),
    /// The flow must end, with its registrations.
    Close(UnregistrationReason),
}

/// The mailbox of a flow. Clones are cheap.
#[derive(Debug, Clone)]
pub struct FlowHandle {
    id: FlowId,
    mailbox: mpsc::Sender<Box<(FlowId, Mail)>>,
}

/// The other end of mailboxes.
pub(crate) type Mailbox = mpsc::Receiver<Box<(FlowId, Mail)>>;

/// A mailbox took no mail: it is full, or its flow is gone.
#[derive(Debug)]
pub(crate) struct Undelivered(pub(crate) Mail);

impl FlowHandle {
    /// A mailbox of this capacity. An empty one holds next to nothing.
    pub(crate) fn new(id: FlowId, capacity: usize) -> (Self, Mailbox) {
        let (mailbox, receiver) = mpsc::channel(capacity);
        (Self { id, mailbox }, receiver)
    }

    /// The same mailbox for another flow: all peers of a UDP socket share one.
    pub(crate) fn for_flow(&self, id: FlowId) -> Self {
        Self { id, mailbox: self.mailbox.clone() }
    }

    /// The flow.
    #[must_use]
    pub fn id(&self) -> FlowId {
        self.id
    }

    /// Puts mail in, without waiting.
    pub(crate) fn send(&self, mail: Mail) -> Result<(), Undelivered> {
        self.mailbox.try_send(Box::new((self.id, mail))).map_err(|error| {
            let (_, mail) = *error.into_inner();
            Undelivered(mail)
        })
    }
}

const SHARDS: usize = 64;

/// All stream connections, so that a stop reaches them.
#[derive(Debug)]
pub(crate) struct Flows {
    shards: Box<[Mutex<HashMap<FlowId, FlowHandle>>]>,
    count: AtomicUsize,
}

impl Default for Flows {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), count: AtomicUsize::new(0) }
    }
}

impl Flows {
    pub(crate) fn insert(&self, handle: FlowHandle) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.shard(handle.id).insert(handle.id, handle);
    }

    pub(crate) fn remove(&self, id: FlowId) {
        if self.shard(id).remove(&id).is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn all(&self) -> Vec<FlowHandle> {
        self.shards.iter().flat_map(|shard| lock(shard).values().cloned().collect::<Vec<_>>()).collect()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn shard(&self, id: FlowId) -> MutexGuard<'_, HashMap<FlowId, FlowHandle>> {
        let index = usize::try_from(id.0 % SHARDS as u64).unwrap_or(0);
        lock(self.shards.get(index).expect("the index is below the number of shards"))
    }
}

fn lock(shard: &Mutex<HashMap<FlowId, FlowHandle>>) -> MutexGuard<'_, HashMap<FlowId, FlowHandle>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
