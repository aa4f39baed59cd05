//! What happens on the line side goes into the cluster database: on which node a device is, and the calls that
//! ended. Never on a refresh, and never in the way of SIP: a task of its own writes, and changes that come together
//! share one durable write.

use std::collections::HashMap;
use std::sync::Arc;

use callmanager::call::CallDetailRecord;
use callmanager::registrar::{Binding, UnregistrationReason};
use directory::{DeviceName, DirectoryRepository, LocationChange, NodeName};
use sip_net::Observer;
use store::Store;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Changes that are written together.
const BATCH: usize = 1024;
/// Changes that may wait; beyond, the newest is dropped and logged.
const WAITING: usize = 262_144;

/// Hears the line side, and hands on what is kept.
pub(super) struct LineEvents {
    node: NodeName,
    changes: mpsc::Sender<LocationChange>,
    store: Store,
}

impl LineEvents {
    /// Starts the task that writes; it ends with the service that holds the observer.
    pub(super) fn start(node: NodeName, store: Store) -> Self {
        let (changes, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write(store.clone(), waiting));
        Self { node, changes, store }
    }

    fn note(&self, change: LocationChange) {
        if self.changes.try_send(change).is_err() {
            tracing::warn!("the database does not keep up: where a device is registered was not noted");
        }
    }
}

impl Observer for LineEvents {
    fn registered(&self, binding: &Arc<Binding>) {
        self.note(LocationChange::Claim { device: binding.device.clone(), node: self.node.clone() });
    }

    fn unregistered(&self, binding: &Arc<Binding>, _reason: UnregistrationReason) {
        self.note(LocationChange::Release { device: binding.device.clone(), node: self.node.clone() });
    }

    fn call_ended(&self, record: &CallDetailRecord) {
        tracing::info!(?record, "call detail record");
        let (store, record) = (self.store.clone(), record.clone());
        tokio::spawn(async move {
            if let Err(error) = store.record_call(&record).await {
                tracing::warn!(%error, "a call detail record could not be kept");
            }
        });
    }
}

async fn write(store: Store, mut waiting: mpsc::Receiver<LocationChange>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        note_all(&store, &mut batch).await;
    }
}

/// Notes the last change of each device.
async fn note_all(store: &Store, batch: &mut Vec<LocationChange>) {
    let mut last: HashMap<DeviceName, LocationChange> = HashMap::new();
    for change in batch.drain(..) {
        let (LocationChange::Claim { device, .. } | LocationChange::Release { device, .. }) = &change;
        last.insert(device.clone(), change);
    }
    let mut writes = JoinSet::new();
    for change in last.into_values() {
        let store = store.clone();
        // That a claim took the device from another node is for that one to find: it looks for such claims.
        writes.spawn(async move { store.note_location(change).await });
    }
    while let Some(written) = writes.join_next().await {
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "where a device is registered could not be noted");
        }
    }
}
