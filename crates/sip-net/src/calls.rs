//! Where a call is reached: its task's mailbox.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use callmanager::call;
use callmanager::flow::CallKey;
use tokio::sync::mpsc;

use crate::flows::FlowHandle;

/// What arrives in a call's mailbox.
#[derive(Debug)]
pub(crate) struct CallMail {
    /// What happens to the call.
    pub(crate) input: call::Input,
    /// The flow of a party that comes with it from another call.
    pub(crate) flow: Option<FlowHandle>,
}

/// The mailbox of a call.
pub(crate) type CallSender = mpsc::Sender<Box<CallMail>>;

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

    /// Tells a call, without waiting. What a call cannot be told, because it is gone or does not keep up, comes back.
    pub(crate) fn tell(&self, key: CallKey, input: call::Input) -> Result<(), Box<CallMail>> {
        self.deliver(key, CallMail { input, flow: None })
    }

    /// The same for what another call says, with the flow of the party that it hands over.
    pub(crate) fn deliver(&self, key: CallKey, mail: CallMail) -> Result<(), Box<CallMail>> {
        let sender = self.lock().get(&key).cloned();
        let mail = Box::new(mail);
        match sender {
            Some(sender) => sender.try_send(mail).map_err(|error| error.into_inner()),
            None => Err(mail),
        }
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
