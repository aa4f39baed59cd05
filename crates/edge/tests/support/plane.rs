//! A media plane that has no port: for tests without descriptions.

use std::time::Instant;

use ringbearer_edge::media::{
    MediaError, MediaPlane, OpenedStream, PeerMedia, Side, StreamId, StreamPlan, StreamStatistics,
};

pub(crate) struct NoMedia;

impl MediaPlane for NoMedia {
    fn open(&mut self, _: StreamPlan) -> Result<OpenedStream, MediaError> {
        Err(MediaError::PortsExhausted)
    }

    fn update(&mut self, _: StreamId, _: Side, _: PeerMedia) {}

    fn last_heard(&self, _: StreamId) -> Option<Instant> {
        None
    }

    fn close(&mut self, _: StreamId) -> StreamStatistics {
        StreamStatistics::default()
    }
}
