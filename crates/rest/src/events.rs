//! `/api/v1/events`: what happens on the node, as server-sent events.
//!
//! Each event has an id; whoever comes back with it in `Last-Event-ID` is told what it missed, as far as it is kept. A comment
//! comes every 15 seconds, at which the token is looked at again: one that was revoked ends its stream. A follower that does not
//! keep up is let go, and comes back with its id.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use authorization::ApiScope;
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use directory::EventKind;
use futures_util::stream;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use crate::access;
use crate::context::Context;
use crate::feed::Follower;
use crate::happening;
use crate::problem::{Kind, Problem};
use crate::query::Parameter;
use crate::route::Route;

/// The media type.
const MEDIA_TYPE: &str = "text/event-stream";
/// How often a comment comes when nothing happens.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How many may follow at a time.
pub(crate) const FOLLOWERS: usize = 64;

pub(crate) fn routes() -> Vec<Route> {
    let kinds =
        json!({ "type": "string", "pattern": "^(registration|call|refusal)(,(registration|call|refusal)){0,2}$" });
    let kinds = Parameter::new("kind", "Only these kinds, separated by commas.", kinds);
    let mut route = Route::new(Method::GET, "/events", "followEvents", follow)
        .about(
            "Events",
            "Follow what happens",
            "Server-sent events of this node: registrations, calls and refusals. Whoever sends the id of an event in Last-Event-ID is \
             told first what came behind it, of the last 1024. The stream ends when the token does.",
        )
        .for_scope(ApiScope::Read)
        .with_query([kinds])
        .answering(StatusCode::OK, "Events: the data of each is a Happening.", json!({ "type": "string" }));
    for answer in &mut route.answers {
        answer.body = Some((MEDIA_TYPE, json!({ "type": "string" })));
    }
    vec![route]
}

struct Stream {
    context: Context,
    follower: Follower,
    kinds: Vec<EventKind>,
    heartbeat: Instant,
    _place: OwnedSemaphorePermit,
}

async fn follow(context: Context) -> Result<Response, Problem> {
    let kinds = kinds(context.query.get("kind"))?;
    let place = Arc::clone(&context.rest.kept.followers).try_acquire_owned();
    let full = |_| Problem::new(Kind::Unavailable, "too many follow already").retry_after(15);
    let place = place.map_err(full)?;
    let last = context.headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| id.len() <= 64);
    let follower = context.rest.kept.feed.follow(last);
    let heartbeat = Instant::now() + HEARTBEAT;
    let stream = Stream { context, follower, kinds, heartbeat, _place: place };
    let body = Body::from_stream(stream::unfold(stream, |mut stream| async move {
        let text = stream.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), stream))
    }));
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response())
}

fn kinds(given: Option<&str>) -> Result<Vec<EventKind>, Problem> {
    let Some(given) = given else { return Ok(EventKind::ALL.to_vec()) };
    let kinds: Option<Vec<_>> = given.split(',').map(EventKind::from_word).collect();
    let kinds = kinds.filter(|kinds| kinds.len() <= EventKind::ALL.len());
    kinds.ok_or_else(|| {
        Problem::parameter("kind", "only registration, call and refusal, separated by commas, are allowed")
    })
}

impl Stream {
    /// The next piece of the stream; none when it ends.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(record) = self.follower.missed.pop_front() {
                if let Some(text) = self.text(&record) {
                    return Some(text);
                }
                continue;
            }
            let mut stopping = self.context.rest.stopping.clone();
            tokio::select! {
                () = stopping.wait() => return None,
                () = tokio::time::sleep_until(self.heartbeat) => {
                    self.heartbeat = Instant::now() + HEARTBEAT;
                    let rest = &self.context.rest;
                    access::still_permits(rest, &self.context.caller, ApiScope::Read, (rest.clock)()).await.ok()?;
                    return Some(":\n\n".to_owned());
                }
                heard = self.follower.live.recv() => match heard {
                    Ok(record) => {
                        if let Some(text) = self.text(&record) {
                            return Some(text);
                        }
                    }
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
                },
            }
        }
    }

    fn text(&self, record: &observation::Record) -> Option<String> {
        let kind = happening::kind(record).filter(|kind| self.kinds.contains(kind))?;
        let data = String::from_utf8(crate::json::write(&happening::of(record)?)).ok()?;
        Some(format!("id: {}\nevent: {kind}\ndata: {data}\n\n", self.context.rest.kept.feed.id(record)))
    }
}
