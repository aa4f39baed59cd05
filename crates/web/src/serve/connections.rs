//! Counts connections, all of them and by source. A source is an IPv4 address or an IPv6 /64, which is what one subscriber has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sip::transport::of_subscriber;

/// The connections that there are.
#[derive(Clone)]
pub(super) struct Connections(Arc<Inner>);

struct Inner {
    most: usize,
    most_per_source: usize,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// One connection's place; given back when dropped.
pub(super) struct Admission {
    connections: Connections,
    source: IpAddr,
}

impl Connections {
    pub(super) fn new(most: usize, most_per_source: usize) -> Self {
        Self(Arc::new(Inner { most, most_per_source, counts: Mutex::default() }))
    }

    /// A place for one more from this source, if there is one.
    pub(super) fn admit(&self, source: IpAddr) -> Option<Admission> {
        let source = of_subscriber(source);
        let mut counts = self.counts();
        if counts.all >= self.0.most {
            return None;
        }
        let of_source = counts.by_source.entry(source).or_default();
        if *of_source >= self.0.most_per_source {
            return None;
        }
        *of_source += 1;
        counts.all += 1;
        Some(Admission { connections: self.clone(), source })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.connections.counts();
        counts.all = counts.all.saturating_sub(1);
        if let Some(of_source) = counts.by_source.get_mut(&self.source) {
            *of_source -= 1;
            if *of_source == 0 {
                counts.by_source.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back() {
        let connections = Connections::new(3, 2);
        let [one, two]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let first = connections.admit(one).unwrap();
        let _second = connections.admit(one).unwrap();
        assert!(connections.admit(one).is_none(), "the source is full");
        let _third = connections.admit(two).unwrap();
        assert!(connections.admit(two).is_none(), "everything is full");
        drop(first);
        assert!(connections.admit(one).is_some());
    }

    #[test]
    fn tls_2_a_subscriber_of_ipv6_is_one_source_of_http() {
        let connections = Connections::new(4, 2);
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = connections.admit(address("2001:db8::1")).unwrap();
        let _second = connections.admit(address("2001:db8::ffff:2")).unwrap();
        assert!(connections.admit(address("2001:db8::3")).is_none(), "the subscriber is full");
        let _other = connections.admit(address("2001:db8:0:1::1")).unwrap();
        let _mapped = connections.admit(address("::ffff:192.0.2.1")).unwrap();
        drop(first);
        let _same = connections.admit(address("192.0.2.1")).unwrap();
        assert_eq!(connections.counts().by_source[&address("192.0.2.1")], 2);
    }
}
