//! A media plane with a few ports, that knows what is open.

use std::collections::BTreeSet;
use std::time::Instant;

use edge::media::{MediaError, MediaPlane, OpenedStream, PeerMedia, Side, StreamId, StreamPlan, StreamStatistics};

const MOST: usize = 24;

#[derive(Default)]
pub struct Plane {
    pub open: BTreeSet<u64>,
    last: u64,
}

impl MediaPlane for Plane {
    fn open(&mut self, _: StreamPlan) -> Result<OpenedStream, MediaError> {
        if self.open.len() >= MOST {
            return Err(MediaError::PortsExhausted);
        }
        self.last += 1;
        self.open.insert(self.last);
        let port = |number: u64| 36_000 + (number % 5_000) as u16 * 2;
        let local = [("203.0.113.5", port(self.last)), ("198.51.100.5", port(self.last + 1))];
        let local = local.map(|(ip, port)| (ip.parse().expect("an address"), port));
        Ok(OpenedStream { stream: StreamId(self.last), local })
    }

    fn update(&mut self, stream: StreamId, _: Side, _: PeerMedia) {
        assert!(self.open.contains(&stream.0), "of a stream that is open");
    }

    fn last_heard(&self, _: StreamId) -> Option<Instant> {
        None
    }

    fn close(&mut self, stream: StreamId) -> StreamStatistics {
        assert!(self.open.remove(&stream.0), "closed once");
        StreamStatistics::default()
    }
}
