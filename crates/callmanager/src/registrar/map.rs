//! The map from device to binding, sharded so that a storm of registrations does not queue on one lock.
//!
//! `F` is how the adapter reaches a flow; it is cloned out, never used under the lock.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use directory::DeviceName;
use uuid::Uuid;

use crate::flow::FlowId;
use crate::registrar::Binding;

const SHARDS: usize = 64;

/// Devices that one sign-in may have registered at a time. Each is checked to be its user's own, so this only bounds what
/// a stolen token can take over at once (AUT-5).
const DEVICES_OF_A_SIGN_IN: u32 = 10;

/// Registered devices.
pub struct Registrar<F> {
    devices: Shards<DeviceName, Entry<F>>,
    /// How many devices each sign-in (refresh-token family) has registered.
    sign_ins: Shards<Uuid, u32>,
    hasher: RandomState,
}

type Shards<K, V> = Box<[Mutex<HashMap<K, V>>]>;

struct Entry<F> {
    binding: Arc<Binding>,
    handle: F,
    sign_in: Option<Uuid>,
}

/// Why a binding is not entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindError {
    /// The device is registered on another flow, and the newcomer yields.
    ActiveElsewhere,
    /// The sign-in has registered as many devices as one may.
    TooManyDevices,
}

/// The binding that a new one took the place of.
#[derive(Debug)]
pub struct Replaced<F> {
    /// The old binding.
    pub binding: Arc<Binding>,
    /// The way to its flow.
    pub handle: F,
}

impl<F: Clone> Registrar<F> {
    /// No device is registered.
    #[must_use]
    pub fn new() -> Self {
        Self {
            devices: (0..SHARDS).map(|_| Mutex::default()).collect(),
            sign_ins: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Enters a binding. The one that it replaced is given back when it was on another flow.
    ///
    /// # Errors
    /// When another client holds the device and the new one yields to it, or the sign-in has too many devices.
    pub fn bind(&self, binding: Arc<Binding>, handle: F) -> Result<Option<Replaced<F>>, BindError> {
        let (name, flow) = (binding.device.clone(), binding.flow);
        let sign_in = binding.token().map(|token| token.family());
        let mut devices = self.shard(&self.devices, name.as_str());
        let old = devices.get(name.as_str());
        if let Some(old) = old
            && binding.yields
            && !old.binding.has_flow_of(&binding)
            && old.binding.instance != binding.instance
        {
            return Err(BindError::ActiveElsewhere);
        }
        if old.and_then(|old| old.sign_in) != sign_in {
            self.count_in(sign_in)?;
            self.count_out(old.and_then(|old| old.sign_in));
        }
        let old = devices.insert(name, Entry { binding, handle, sign_in });
        let old = old.filter(|old| old.binding.flow != flow);
        Ok(old.map(|old| Replaced { binding: old.binding, handle: old.handle }))
    }

    /// Takes a device off, if it is still registered on this flow.
    pub fn unbind(&self, device: &str, flow: FlowId) -> Option<Arc<Binding>> {
        let mut devices = self.shard(&self.devices, device);
        if devices.get(device).is_none_or(|entry| entry.binding.flow != flow) {
            return None;
        }
        let entry = devices.remove(device)?;
        self.count_out(entry.sign_in);
        Some(entry.binding)
    }

    /// Takes every device of a flow off: for a flow whose station is lost.
    pub fn unbind_flow(&self, flow: FlowId) -> Vec<Arc<Binding>> {
        let mut lost = Vec::new();
        for devices in &self.devices {
            let mut devices = lock(devices);
            let gone = devices.extract_if(|_, entry| entry.binding.flow == flow);
            for (_, entry) in gone {
                self.count_out(entry.sign_in);
                lost.push(entry.binding);
            }
        }
        lost
    }

    /// Where a device is registered.
    #[must_use]
    pub fn get(&self, device: &str) -> Option<(Arc<Binding>, F)> {
        let devices = self.shard(&self.devices, device);
        devices.get(device).map(|entry| (Arc::clone(&entry.binding), entry.handle.clone()))
    }

    /// Every registered device, shard by shard: no moment at which all were registered at once is promised.
    #[must_use]
    pub fn all(&self) -> Vec<(Arc<Binding>, F)> {
        let of_shard = |devices: &Mutex<HashMap<_, Entry<F>>>| {
            let devices = lock(devices);
            devices.values().map(|entry| (Arc::clone(&entry.binding), entry.handle.clone())).collect::<Vec<_>>()
        };
        self.devices.iter().flat_map(of_shard).collect()
    }

    /// How many devices are registered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.devices.iter().map(|devices| lock(devices).len()).sum()
    }

    /// Whether no device is registered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn count_in(&self, sign_in: Option<Uuid>) -> Result<(), BindError> {
        let Some(sign_in) = sign_in else { return Ok(()) };
        let mut sign_ins = self.shard(&self.sign_ins, &sign_in);
        let count = sign_ins.entry(sign_in).or_default();
        if *count >= DEVICES_OF_A_SIGN_IN {
            return Err(BindError::TooManyDevices);
        }
        *count += 1;
        Ok(())
    }

    fn count_out(&self, sign_in: Option<Uuid>) {
        let Some(sign_in) = sign_in else { return };
        let mut sign_ins = self.shard(&self.sign_ins, &sign_in);
        let left = sign_ins.get(&sign_in).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            sign_ins.remove(&sign_in);
        } else {
            sign_ins.insert(sign_in, left);
        }
    }

    fn shard<'a, T>(&self, shards: &'a [Mutex<T>], key: &(impl Hash + ?Sized)) -> MutexGuard<'a, T> {
        let index = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        lock(shards.get(index).expect("the index is below the number of shards"))
    }
}

impl<F: Clone> Default for Registrar<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F> std::fmt::Debug for Registrar<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registrar").finish_non_exhaustive()
    }
}

fn lock<T>(shard: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change under the lock is one insertion or removal, so a panic elsewhere leaves the map whole.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
