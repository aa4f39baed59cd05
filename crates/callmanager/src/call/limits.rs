//! How many calls a device and a line may have at once, and how wide and deep an INVITE may go.
//!
//! [`Occupancy`] counts the calls of each line appearance on this node. A leg takes a [`Seat`] before it exists and
//! gives it back when it is dropped, so that no path out of a call can forget one. Taking a seat checks and counts
//! in one step: two calls that arrive together cannot both have the last one.
//!
//! Our choices: a device may have [`DEVICE_CALLS`] calls over all its lines, then 503 with Retry-After; a line
//! appearance may have `max_calls`, and takes no further incoming call from `busy_trigger` on, then 486.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use directory::{DeviceName, DirectoryNumber};

/// Calls of one device over all its lines: more than a person can have, fewer than a flood needs.
pub const DEVICE_CALLS: u16 = 32;
/// Branches of one INVITE (RFC 5393 §5.1 explains what more would do).
pub const BRANCHES: usize = 32;
/// Max-Breadth of a request that names none (RFC 5393 §5.3.3).
pub const MAX_BREADTH: u32 = 60;
/// Max-Forwards of a request that names none (RFC 3261 §8.1.1.6).
pub const MAX_FORWARDS: u8 = 70;
/// Forwards and deflections of one call; a further one is answered with 482.
pub const DIVERSIONS: usize = 12;
/// Requests that wait in a leg for an answer from the other; a further one is answered with 503.
pub const RELAYED_REQUESTS: usize = 8;
/// Calls that one INVITE may begin on devices without SIP's own limits: seconds until a device may ask again.
pub const RETRY_AFTER_SECONDS: u32 = 10;

/// Why no seat was free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The line appearance has its calls: 486.
    Line,
    /// The device has its calls: 503.
    Device,
}

#[derive(Debug, Default)]
struct DeviceCalls {
    total: u16,
    lines: HashMap<DirectoryNumber, u16>,
}

const SHARDS: usize = 16;

/// The calls of each device and line of this node. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Occupancy(Arc<[Mutex<HashMap<DeviceName, DeviceCalls>>; SHARDS]>);

impl Occupancy {
    /// Takes a seat for one more call on the line appearance, if the line has fewer than `line_limit`.
    pub fn take(&self, device: &DeviceName, line: &DirectoryNumber, line_limit: u16) -> Result<Seat, Full> {
        let mut devices = self.shard(device).lock().unwrap_or_else(PoisonError::into_inner);
        let calls = devices.entry(device.clone()).or_default();
        let on_line = calls.lines.get(line).copied().unwrap_or_default();
        if calls.total >= DEVICE_CALLS {
            return Err(Full::Device);
        }
        if on_line >= line_limit {
            if calls.total == 0 {
                devices.remove(device);
            }
            return Err(Full::Line);
        }
        calls.total += 1;
        calls.lines.insert(line.clone(), on_line + 1);
        Ok(Seat { occupancy: self.clone(), device: device.clone(), line: line.clone() })
    }

    /// The calls of a device.
    pub fn calls_of(&self, device: &DeviceName) -> u16 {
        let devices = self.shard(device).lock().unwrap_or_else(PoisonError::into_inner);
        devices.get(device).map_or(0, |calls| calls.total)
    }

    /// The devices that have a call.
    pub fn devices_in_calls(&self) -> usize {
        self.0.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }

    fn give_back(&self, device: &DeviceName, line: &DirectoryNumber) {
        let mut devices = self.shard(device).lock().unwrap_or_else(PoisonError::into_inner);
        let Some(calls) = devices.get_mut(device) else { return };
        calls.total = calls.total.saturating_sub(1);
        if let Some(on_line) = calls.lines.get_mut(line) {
            *on_line = on_line.saturating_sub(1);
            if *on_line == 0 {
                calls.lines.remove(line);
            }
        }
        if calls.total == 0 {
            devices.remove(device);
        }
    }

    fn shard(&self, device: &DeviceName) -> &Mutex<HashMap<DeviceName, DeviceCalls>> {
        let name: &str = device.as_str();
        let hash = name.bytes().fold(0usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
        self.0.get(hash % SHARDS).expect("the remainder is below the number of shards")
    }
}

/// A call's place on a line appearance; free again when dropped.
#[derive(Debug)]
pub struct Seat {
    occupancy: Occupancy,
    device: DeviceName,
    line: DirectoryNumber,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.occupancy.give_back(&self.device, &self.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> (DeviceName, DirectoryNumber, DirectoryNumber) {
        (
            DeviceName::new("CSFANA").unwrap(),
            DirectoryNumber::new("1001").unwrap(),
            DirectoryNumber::new("1002").unwrap(),
        )
    }

    #[test]
    fn a_line_is_full_at_its_limit_and_free_again_when_a_call_ends() {
        let (device, line, other) = names();
        let occupancy = Occupancy::default();
        let first = occupancy.take(&device, &line, 2).unwrap();
        let _second = occupancy.take(&device, &line, 2).unwrap();
        assert_eq!(occupancy.take(&device, &line, 2).unwrap_err(), Full::Line);
        assert!(occupancy.take(&device, &other, 2).is_ok());
        drop(first);
        assert!(occupancy.take(&device, &line, 2).is_ok());
    }

    #[test]
    fn rte_7_a_device_is_full_over_all_its_lines() {
        let (device, line, other) = names();
        let occupancy = Occupancy::default();
        let seats: Vec<Seat> = (0..DEVICE_CALLS).map(|_| occupancy.take(&device, &line, u16::MAX).unwrap()).collect();
        assert_eq!(occupancy.take(&device, &other, u16::MAX).unwrap_err(), Full::Device);
        drop(seats);
        assert_eq!(occupancy.calls_of(&device), 0);
        assert_eq!(occupancy.devices_in_calls(), 0);
    }

    #[test]
    fn a_refused_seat_leaves_nothing_behind() {
        let (device, line, _) = names();
        let occupancy = Occupancy::default();
        assert_eq!(occupancy.take(&device, &line, 0).unwrap_err(), Full::Line);
        assert_eq!(occupancy.devices_in_calls(), 0);
    }
}
