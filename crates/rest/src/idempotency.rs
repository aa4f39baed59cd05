//! `Idempotency-Key`: a POST that is sent again is answered again, and done once.
//!
//! Our choice: a node remembers the answers that it gave for a day, 4096 at most, in memory. After its restart a repeated
//! creation is answered with 409, since whatever can be created has a name of its own; nothing is ever made twice. An answer
//! with a secret is not kept: its repetition is answered with 409 as well.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{Context, SHA256};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use token::Uuid;

use crate::problem::{Kind, Problem};

/// The header field.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How long an answer is remembered.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How many are.
const MOST: usize = 4096;
/// The longest body that is remembered; longer answers do not occur.
const MOST_BYTES: usize = 64 * 1024;
/// Header fields that are answered again.
const HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

type Name = (Option<Uuid>, String, String);

struct Entry {
    request: [u8; 32],
    at: Instant,
    answer: Option<Remembered>,
}

#[derive(Clone)]
struct Remembered {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// None when it was a secret.
    body: Option<Bytes>,
}

/// The answers that are remembered.
#[derive(Clone, Default)]
pub(crate) struct Answers(Arc<Mutex<HashMap<Name, Entry>>>);

/// What is known of a key.
pub(crate) enum Known {
    /// The request is new; its answer belongs here.
    New(Place),
    /// It was answered already.
    Answered(Response),
}

/// Where an answer will be kept. Dropped without one, the key is free again.
pub(crate) struct Place {
    answers: Answers,
    name: Name,
    filled: bool,
}

impl Answers {
    /// Looks a request up by its key.
    pub(crate) fn find(
        &self,
        who: (Option<Uuid>, &str),
        key: &str,
        request: [u8; 32],
        now: Instant,
    ) -> Result<Known, Problem> {
        let name = (who.0, who.1.to_owned(), key.to_owned());
        let mut entries = self.entries();
        entries.retain(|_, entry| now.saturating_duration_since(entry.at) < KEPT);
        if let Some(entry) = entries.get(&name) {
            if entry.request != request {
                return Err(Problem::new(Kind::KeyReused, "the Idempotency-Key was sent with another request before"));
            }
            return match &entry.answer {
                None => Err(Problem::new(Kind::InProgress, "wait for the answer to the first one").retry_after(1)),
                Some(Remembered { body: None, .. }) => Err(Problem::new(
                    Kind::ShownOnce,
                    "the request was carried out; its secret was shown then and is not shown again",
                )),
                Some(answer) => Ok(Known::Answered(answer.clone().into_response())),
            };
        }
        if entries.len() >= MOST {
            let finished = entries.iter().filter(|(_, entry)| entry.answer.is_some());
            let oldest = finished.min_by_key(|(_, entry)| entry.at).map(|(name, _)| name.clone());
            match oldest {
                Some(oldest) => entries.remove(&oldest),
                None => return Err(Problem::unavailable()),
            };
        }
        entries.insert(name.clone(), Entry { request, at: now, answer: None });
        Ok(Known::New(Place { answers: self.clone(), name, filled: false }))
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Name, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Keeps what was carried out; a refusal changed nothing and is asked for again.
    pub(crate) async fn keep(mut self, response: Response, is_secret: bool) -> Response {
        if !response.status().is_success() {
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
            return Problem::unavailable().into_response();
        };
        let headers = HEADERS.iter().filter_map(|name| Some((name.clone(), parts.headers.get(name)?.clone())));
        let kept = (!is_secret).then(|| body.clone());
        let answer = Remembered { status: parts.status, headers: headers.collect(), body: kept };
        if let Some(entry) = self.answers.entries().get_mut(&self.name) {
            entry.answer = Some(answer);
        }
        self.filled = true;
        Response::from_parts(parts, body.into())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.filled {
            self.answers.entries().remove(&self.name);
        }
    }
}

impl IntoResponse for Remembered {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body.unwrap_or_default()).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().extend(self.headers);
        response
    }
}

/// The key of a request, if it has one.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut all = headers.get_all(KEY).iter();
    let Some(first) = all.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or_default();
    if all.next().is_some() || text.is_empty() || text.len() > 255 || !text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(Problem::parameter("Idempotency-Key", "between 1 and 255 visible ASCII characters are allowed"));
    }
    Ok(Some(text))
}

/// What has to be the same of a request that is sent again.
pub(crate) fn digest(method: &Method, uri: &Uri, body: &[u8]) -> [u8; 32] {
    let mut digest = Context::new(&SHA256);
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    for part in [method.as_str().as_bytes(), target.as_bytes(), body] {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut bytes = [0; 32];
    // Cannot panic: a SHA-256 has 32 bytes.
    bytes.copy_from_slice(digest.finish().as_ref());
    bytes
}
