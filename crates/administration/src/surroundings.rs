//! What the operations need of their process: time, and somewhere for work to go on.

use async_trait::async_trait;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Work that goes on by itself.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The process around the operations.
#[async_trait]
pub trait Surroundings: Send + Sync {
    /// Seconds since 1970.
    fn unix_seconds(&self) -> u64;

    /// Waits.
    async fn pause(&self, time: Duration);

    /// Lets work go on whether or not anybody waits for it.
    fn go_on(&self, work: Work);
}
