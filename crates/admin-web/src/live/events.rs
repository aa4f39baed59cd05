//! `GET /live/events`: server-sent events that tell a page that it is out of date.
//!
//! A page says which kinds of events concern it; when one happens, it is told `changed`, at most once a second, and fetches itself
//! anew. Who falls behind is told the same, and misses nothing by it. Listeners are limited in number, and a connection ends
//! after ten minutes, so that the browser comes back with a session that is still good.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use observation::Record;
use runtime::shutdown::Stopping;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::Instant;

use super::Live;

/// How many browsers may listen at a time.
pub(super) const LISTENERS: usize = 64;
/// The least time between two events.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a connection lasts.
const LIFE: Duration = Duration::from_secs(600);

#[derive(Deserialize)]
pub(super) struct Asked {
    /// The kinds, with commas between them.
    #[serde(default)]
    kinds: String,
}

struct Listener {
    feed: Receiver<Arc<Record>>,
    kinds: Vec<String>,
    stopping: Stopping,
    until: Instant,
    _permit: OwnedSemaphorePermit,
}

pub(super) async fn get(State(live): State<Live>, Query(asked): Query<Asked>) -> Response {
    let Ok(permit) = Arc::clone(&live.listeners).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let listener = Listener {
        feed: live.observation.subscribe(),
        kinds: asked.kinds.split(',').take(8).map(str::to_owned).collect(),
        stopping: live.stopping.clone(),
        until: Instant::now() + LIFE,
        _permit: permit,
    };
    let stream = futures_util::stream::unfold(listener, |mut listener| async {
        let number = listener.next().await?;
        let event = Event::default().event("changed").id(number.to_string()).data(number.to_string());
        Some((Ok::<_, Infallible>(event), listener))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response()
}

impl Listener {
    /// The number of the last event of a second in which one happened that concerns the page.
    async fn next(&mut self) -> Option<u64> {
        let mut last = loop {
            tokio::select! {
                () = self.stopping.wait() => return None,
                () = tokio::time::sleep_until(self.until) => return None,
                received = self.feed.recv() => match received {
                    Ok(record) if self.concerns(&record) => break record.number,
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break 0,
                    Err(RecvError::Closed) => return None,
                },
            }
        };
        tokio::time::sleep(PAUSE).await;
        loop {
            match self.feed.try_recv() {
                Ok(record) => last = last.max(record.number),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(last),
            }
        }
    }

    fn concerns(&self, record: &Record) -> bool {
        self.kinds.iter().any(|kind| kind == record.event.kind())
    }
}
