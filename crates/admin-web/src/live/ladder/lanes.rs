//! Who stands where: the phone that began on the left, this node in the middle, the others on the right; and between a phone outside
//! and this node the hops of the edge.

use std::collections::HashMap;
use std::sync::Arc;

use observation::{CallView, Direction, Event, Message, Port, Record};

/// A lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lane {
    /// Its name.
    pub(super) name: String,
    /// What else is known: address, transport and port.
    pub(super) detail: String,
    pub(super) kind: Kind,
}

/// What a lane stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Phone,
    Hop,
    Node,
}

/// The lanes from left to right, and whose messages go between which.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) lanes: Vec<Lane>,
    pub(super) node: usize,
    /// By peer: the lane of the phone.
    phones: HashMap<String, usize>,
    /// By Call-ID: the device.
    devices: HashMap<Box<str>, Box<str>>,
}

/// A phone with the hops between it and the node, nearest to the node first.
struct Side {
    key: String,
    phone: Lane,
    hops: Vec<Lane>,
}

/// Lays out the lanes of these messages.
pub(super) fn of(node: &str, records: &[Arc<Record>], call: Option<&CallView>) -> Layout {
    let messages = || {
        records.iter().filter_map(|record| match &record.event {
            Event::Message(message) => Some(message),
            _ => None,
        })
    };
    let mut devices: HashMap<Box<str>, Box<str>> = HashMap::new();
    for message in messages() {
        if let Some(device) = &message.device {
            devices.entry(message.call_id.clone()).or_insert_with(|| device.clone());
        }
    }
    let mut sides: Vec<Side> = Vec::new();
    for message in messages() {
        let key = key(message, &devices);
        let side = match sides.iter_mut().position(|side| side.key == key) {
            Some(known) => sides.get_mut(known),
            None => {
                sides.push(Side { phone: phone(message, &key), key, hops: Vec::new() });
                sides.last_mut()
            }
        };
        if let Some(side) = side.filter(|side| side.hops.len() < message.hops.len().max(1)) {
            side.hops = hops(message);
        }
    }
    // The calling phone stands left, whoever was heard first.
    if let Some(at) = call.and_then(|call| sides.iter().position(|side| super::is_leg(call, &side.key))) {
        sides.swap(0, at);
    }
    arrange(node, sides, devices)
}

fn arrange(node: &str, sides: Vec<Side>, devices: HashMap<Box<str>, Box<str>>) -> Layout {
    let (mut lanes, mut phones) = (Vec::new(), HashMap::new());
    let mut sides = sides.into_iter();
    if let Some(first) = sides.next() {
        phones.insert(first.key, lanes.len());
        lanes.push(first.phone);
        lanes.extend(first.hops.into_iter().rev());
    }
    let middle = lanes.len();
    lanes.push(Lane { name: node.to_owned(), detail: "CallManager".into(), kind: Kind::Node });
    let mut right: Vec<Lane> = Vec::new();
    for side in sides {
        for hop in side.hops {
            if !right.contains(&hop) {
                right.push(hop.clone());
                lanes.push(hop);
            }
        }
        phones.insert(side.key, lanes.len());
        lanes.push(side.phone);
    }
    Layout { lanes, node: middle, phones, devices }
}

/// What tells one peer from another: its device, else its address.
fn key(message: &Message, devices: &HashMap<Box<str>, Box<str>>) -> String {
    let device = message.device.as_ref().or_else(|| devices.get(&message.call_id));
    device.map_or_else(|| message.remote.to_string(), |device| device.to_string())
}

fn phone(message: &Message, key: &str) -> Lane {
    let way = format!("{} {}", message.transport, message.local.port());
    let detail = if key == message.remote.to_string() { way } else { format!("{} · {way}", message.remote) };
    Lane {
        name: key.to_owned(),
        detail: if message.port == Port::MraOAuth { String::new() } else { detail },
        kind: Kind::Phone,
    }
}

/// The hops of a message over the edge: the one that is connected, and those that its header fields name.
fn hops(message: &Message) -> Vec<Lane> {
    if message.port != Port::MraOAuth {
        return Vec::new();
    }
    let detail = format!("{} · {} {}", message.remote, message.transport, message.local.port());
    let mut lanes = vec![Lane { name: "Expressway-C".into(), detail, kind: Kind::Hop }];
    let further = message.hops.iter().skip(1).map(|host| Lane {
        name: "Expressway-E".into(),
        detail: host.to_string(),
        kind: Kind::Hop,
    });
    lanes.extend(further.take(2));
    lanes
}

impl Layout {
    /// The lane of the phone that a message comes from or goes to.
    pub(super) fn phone_of(&self, message: &Message) -> usize {
        self.phones.get(&key(message, &self.devices)).copied().unwrap_or(0)
    }

    /// The names at both ends of a message, as it went.
    pub(super) fn ends(&self, message: &Message) -> (&str, &str) {
        let name = |lane: usize| self.lanes.get(lane).map_or("", |lane| lane.name.as_str());
        let (phone, node) = (name(self.phone_of(message)), name(self.node));
        match message.direction {
            Direction::Received => (phone, node),
            Direction::Sent => (node, phone),
        }
    }
}
