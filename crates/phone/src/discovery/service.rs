//! SRV records, and the order in which their targets are tried (RFC 2782).

use crate::settings::Random;

/// An SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The smallest is tried first.
    pub priority: u16,
    /// Among those of a priority, the larger is the likelier.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The name of the server; a lone dot says that there is none.
    pub target: String,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// The targets in the order in which they are tried. All of them: one that is dead hides no other.
pub(super) fn in_order(mut services: Vec<Service>, random: &mut Random) -> Vec<Server> {
    let mut servers = Vec::with_capacity(services.len());
    // Those without weight first, so that they too have a small chance.
    services.sort_by_key(|service| (service.priority, service.weight));
    while let Some(priority) = services.first().map(|service| service.priority) {
        let of_priority = services.partition_point(|service| service.priority == priority);
        let total: u64 = services.iter().take(of_priority).map(|service| u64::from(service.weight)).sum();
        let mut bytes = [0; 8];
        random(&mut bytes);
        let mut chosen = u64::from_le_bytes(bytes) % (total + 1);
        let is_reached = |service: &Service| match chosen.checked_sub(u64::from(service.weight)) {
            Some(rest) if rest > 0 => {
                chosen = rest;
                false
            }
            _ => true,
        };
        let index = services.iter().take(of_priority).position(is_reached).unwrap_or_default();
        let service = services.remove(index);
        let host = service.target.trim_end_matches('.');
        if !host.is_empty() && service.port != 0 {
            servers.push(Server { host: host.to_ascii_lowercase(), port: service.port });
        }
    }
    servers
}
