//! Where a call is reached: its task's mailbox.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callmanager::call;
use callmanager::flow::CallKey;
use tokio::sync::mpsc;

/// The mailbox of a call.
pub(crate) type CallSender = mpsc::Sender<Box<call::Input>>;

/// The calls of the node.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<HashMap<CallKey, CallSender>>);

impl Calls {
    /// Enters a call, unless there are `most` already.
    pub(crate) fn insert(&self, key: CallKey, sender: CallSender, most: usize) -> bool {
        let mut calls = self.lock();
        if calls.len() >= most {
            return false;
        }
        calls.insert(key, sender);
        true
    }

    pub(crate) fn remove(&self, key: CallKey) {
        let mut calls = self.lock();
        calls.remove(&key);
        if calls.is_empty() {
            // A busy hour must not leave its table behind.
            *calls = HashMap::new();
        }
    }

    /// Tells a call, without waiting; false when it is gone or does not keep up.
    pub(crate) fn tell(&self, key: CallKey, input: call::Input) -> bool {
        let sender = self.lock().get(&key).cloned();
        sender.is_some_and(|sender| sender.try_send(Box::new(input)).is_ok())
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn all(&self) -> Vec<CallSender> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CallKey, CallSender>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
