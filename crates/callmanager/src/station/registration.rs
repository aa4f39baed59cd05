//! The registrations of one flow: one on a phone's connection, thousands on an edge's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use directory::DeviceName;
use sip::message::Uri;
use token::{Freshness, TokenDigest};

use crate::flow::Listener;
use crate::registrar::Binding;
use crate::station::authentication::Identity;

/// A device that is registered on the flow.
#[derive(Debug)]
pub(super) struct Registration {
    /// What the registrar has of it.
    pub(super) binding: Arc<Binding>,
    /// Who its requests come from.
    pub(super) identity: Arc<Identity>,
    /// Its lines that registered; with bulk registration the first stands for all. Never empty.
    pub(super) lines: Vec<LineRegistration>,
    /// What a refresh is compared with.
    pub(super) remembered: Option<Remembered>,
    /// Path as it came, its fields one behind the other.
    pub(super) path: Box<[u8]>,
}

/// The registration of one line: what its REGISTER said, so that the next one can be compared octet by octet.
#[derive(Debug)]
pub(super) struct LineRegistration {
    /// The values of Call-ID, To, From and Contact.
    fields: Box<[u8]>,
    ends: [u16; 4],
    /// Whether the Contact has an interval of its own, which a refresh would have to read.
    pub(super) contact_has_expires: bool,
    /// The last CSeq.
    pub(super) sequence: u32,
    /// When it ends.
    pub(super) expires_at: Instant,
}

/// The verdict on credentials, and what it rests on.
#[derive(Debug)]
pub(super) struct Remembered {
    /// The digest of the whole value of the credentials header field.
    pub(super) credentials: TokenDigest,
    /// Keys and revocations at the time.
    pub(super) freshness: Freshness,
    /// The directory at the time.
    pub(super) directory: u64,
}

/// What makes a REGISTER the refresh of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegisterFields<'a> {
    /// The value of Call-ID.
    pub(super) call_id: &'a [u8],
    /// The value of To.
    pub(super) to: &'a [u8],
    /// The value of From.
    pub(super) from: &'a [u8],
    /// The value of the only Contact field.
    pub(super) contact: &'a [u8],
}

impl LineRegistration {
    /// Remembers what a REGISTER said.
    pub(super) fn new(fields: RegisterFields<'_>, sequence: u32, expires_at: Instant) -> Self {
        let mut octets =
            Vec::with_capacity(fields.call_id.len() + fields.to.len() + fields.from.len() + fields.contact.len());
        let mut end_of = |field: &[u8]| {
            octets.extend_from_slice(field);
            // A message has at most 65,536 octets, and these are four parts of it.
            u16::try_from(octets.len()).unwrap_or(u16::MAX)
        };
        let ends = [end_of(fields.call_id), end_of(fields.to), end_of(fields.from), end_of(fields.contact)];
        let expires = |parameter: &[u8]| parameter.get(..7).is_some_and(|name| name.eq_ignore_ascii_case(b"expires"));
        let contact_has_expires = fields.contact.split(|&octet| octet == b';').any(expires);
        Self { fields: octets.into_boxed_slice(), ends, contact_has_expires, sequence, expires_at }
    }

    /// What was remembered.
    pub(super) fn fields(&self) -> RegisterFields<'_> {
        let [call_id, to, from, contact] = self.ends.map(usize::from);
        let part = |range: std::ops::Range<usize>| self.fields.get(range).unwrap_or_default();
        RegisterFields {
            call_id: part(0..call_id),
            to: part(call_id..to),
            from: part(to..from),
            contact: part(from..contact),
        }
    }
}

/// How often the many devices of an edge are looked through for ended ones, at most.
const LOOK: Duration = Duration::from_secs(1);

/// So many devices are looked through whenever one of them may have ended.
const FEW: usize = 16;

/// The registrations of a flow by device.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    devices: HashMap<DeviceName, Box<Registration>>,
    /// The devices by what the requests of an edge's clients show; a phone's own flow needs none of it.
    clients: Option<Box<Clients>>,
    /// No registration ends before this; it may lie early.
    check_at: Option<Instant>,
}

/// Who is behind an edge.
#[derive(Debug, Default)]
struct Clients {
    /// By the edge's name for the client's flow: one device, or the few accounts of one softphone.
    by_flow: HashMap<Box<[u8]>, Vec<DeviceName>>,
    /// By address, where the edge does not tell its clients apart.
    by_contact: HashMap<Box<[u8]>, DeviceName>,
}

impl Clients {
    fn insert(&mut self, binding: &Binding) {
        let device = &binding.device;
        match &binding.edge_flow {
            Some(flow) => self.by_flow.entry(flow.clone()).or_default().push(device.clone()),
            None => {
                let addresses = binding.contacts.iter().filter_map(|contact| contact_key(&contact.uri));
                self.by_contact.extend(addresses.map(|address| (address, device.clone())));
            }
        }
    }

    fn remove(&mut self, binding: &Binding) {
        if let Some(flow) = &binding.edge_flow
            && let Some(devices) = self.by_flow.get_mut(flow)
        {
            devices.retain(|device| *device != binding.device);
            if devices.is_empty() {
                self.by_flow.remove(flow);
            }
        }
        for address in binding.contacts.iter().filter_map(|contact| contact_key(&contact.uri)) {
            if self.by_contact.get(&address) == Some(&binding.device) {
                self.by_contact.remove(&address);
            }
        }
    }
}

/// What tells the Contact of one client from another's: user, host and port.
pub(super) fn contact_key(uri: &[u8]) -> Option<Box<[u8]>> {
    let uri = Uri::parse(uri)?;
    let uri = uri.as_sip()?;
    let user = uri.user().unwrap_or_default();
    let place = format!("@{}:{}", uri.host().to_string().to_ascii_lowercase(), uri.port().unwrap_or_default());
    Some([user, place.as_bytes()].concat().into())
}

impl Registrations {
    pub(super) fn is_empty(&self) -> bool {
        self.devices.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.devices.len()
    }

    pub(super) fn get(&self, device: &str) -> Option<&Registration> {
        self.devices.get(device).map(Box::as_ref)
    }

    pub(super) fn get_mut(&mut self, device: &str) -> Option<&mut Registration> {
        self.devices.get_mut(device).map(Box::as_mut)
    }

    /// The only registration of the flow, if there is just one.
    pub(super) fn only(&self) -> Option<&Registration> {
        let mut all = self.devices.values();
        all.next().filter(|_| self.devices.len() == 1).map(Box::as_ref)
    }

    /// The same, to change.
    pub(super) fn only_mut(&mut self) -> Option<&mut Registration> {
        let alone = self.devices.len() == 1;
        self.devices.values_mut().next().filter(|_| alone).map(Box::as_mut)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Registration> {
        self.devices.values().map(Box::as_ref)
    }

    /// Enters or replaces a registration.
    pub(super) fn insert(&mut self, registration: Registration) {
        for line in &registration.lines {
            self.check_at = Some(self.check_at.map_or(line.expires_at, |at| at.min(line.expires_at)));
        }
        let binding = Arc::clone(&registration.binding);
        let replaced = self.devices.insert(binding.device.clone(), Box::new(registration));
        if binding.listener == Listener::MraOAuth {
            let clients = self.clients.get_or_insert_default();
            if let Some(replaced) = replaced {
                clients.remove(&replaced.binding);
            }
            clients.insert(&binding);
        }
    }

    /// The devices of one client of the edge.
    pub(super) fn behind(&self, edge_flow: &[u8]) -> &[DeviceName] {
        let devices = self.clients.as_ref().and_then(|clients| clients.by_flow.get(edge_flow));
        devices.map(Vec::as_slice).unwrap_or_default()
    }

    /// The device at an address, where the edge does not tell its clients apart.
    pub(super) fn at(&self, contact: &[u8]) -> Option<&Registration> {
        let device = self.clients.as_ref()?.by_contact.get(&contact_key(contact)?)?;
        self.get(device.as_str())
    }

    /// Notes that something ends at this instant.
    pub(super) fn expect_end(&mut self, at: Instant) {
        self.check_at = Some(self.check_at.map_or(at, |check| check.min(at)));
    }

    pub(super) fn remove(&mut self, device: &str) -> Option<Registration> {
        let removed = self.devices.remove(device).map(|registration| *registration);
        if let (Some(clients), Some(removed)) = (&mut self.clients, &removed) {
            clients.remove(&removed.binding);
        }
        if self.devices.is_empty() {
            *self = Self::default();
        }
        removed
    }

    /// When to look for ended registrations.
    pub(super) fn check_at(&self) -> Option<Instant> {
        self.check_at
    }

    /// Drops lines that have ended; gives back the devices that have none left. A refresh does not touch the timer: it
    /// fires at the old end, finds nothing ended, and is set anew. The many devices of an edge are looked through once a second
    /// at most, so that one of them ends up to a second late.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<DeviceName> {
        let mut ended = Vec::new();
        let mut next: Option<Instant> = None;
        for registration in self.devices.values_mut() {
            registration.lines.retain(|line| line.expires_at > now);
            if registration.lines.is_empty() {
                ended.push(registration.binding.device.clone());
            }
            for line in &registration.lines {
                next = Some(next.map_or(line.expires_at, |at| at.min(line.expires_at)));
            }
        }
        let earliest = now + if self.devices.len() > FEW { LOOK } else { Duration::ZERO };
        self.check_at = next.map(|at| at.max(earliest));
        ended
    }

    /// All devices.
    pub(super) fn names(&self) -> Vec<DeviceName> {
        self.devices.keys().cloned().collect()
    }
}
