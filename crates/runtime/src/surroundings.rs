//! The process around the operations of an administrator: the system's clock, and tasks of tokio.

use std::time::Duration;

use administration::{Surroundings, Work};
use async_trait::async_trait;

use crate::clock;

/// The surroundings of a node that serves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process;

#[async_trait]
impl Surroundings for Process {
    fn unix_seconds(&self) -> u64 {
        clock::unix_seconds()
    }

    async fn pause(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn go_on(&self, work: Work) {
        tokio::spawn(work);
    }
}
