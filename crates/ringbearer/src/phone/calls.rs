//! The calls of the phone and their media.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use media_net::{MediaEndpoint, MediaError, MediaEvent, Source};
use phone::CallId;
use sdp::Negotiated;
use tokio::sync::mpsc;

use super::report::{CallStatus, Statistics};

/// A call.
struct Call {
    with: String,
    state: &'static str,
    media: Option<MediaEndpoint>,
}

/// All calls.
pub(crate) struct Calls {
    calls: BTreeMap<CallId, Call>,
    /// The call last spoken of.
    current: Option<CallId>,
    /// The call that a consultation was begun from, and the consultation.
    consulting: Option<(CallId, CallId)>,
    /// Media of a call that is about to begin.
    pending: Option<(MediaEndpoint, mpsc::Receiver<MediaEvent>)>,
    news: mpsc::Sender<(CallId, MediaEvent)>,
    ports: RangeInclusive<u16>,
    source: Source,
    /// Where the next call is recorded.
    recording: Option<PathBuf>,
}

impl Calls {
    pub(crate) fn new(ports: RangeInclusive<u16>, source: Source, news: mpsc::Sender<(CallId, MediaEvent)>) -> Self {
        Self {
            calls: BTreeMap::new(),
            current: None,
            consulting: None,
            pending: None,
            news,
            ports,
            source,
            recording: None,
        }
    }

    /// Ports for a call that is about to begin; where they are.
    pub(crate) async fn prepare(&mut self, ip: IpAddr) -> Result<std::net::SocketAddr, MediaError> {
        let (endpoint, events) = MediaEndpoint::bind(ip, self.ports.clone(), runtime::random::fill).await?;
        endpoint.play(self.source.clone()).await?;
        if let Some(path) = self.recording.take() {
            endpoint.record(path).await?;
        }
        let address = endpoint.local_address();
        self.pending = Some((endpoint, events));
        Ok(address)
    }

    /// Frees ports that no call took; whether there were any.
    pub(crate) fn abandon(&mut self) -> bool {
        self.pending.take().is_some()
    }

    /// A call began.
    pub(crate) fn begin(&mut self, call: CallId, with: String, incoming: bool) {
        let state = if incoming { "incoming" } else { "dialing" };
        self.calls.insert(call, Call { with, state, media: None });
        if !incoming {
            self.attach(call);
        }
        if !incoming || self.current.is_none() {
            self.current = Some(call);
        }
    }

    /// Gives the prepared ports to a call.
    pub(crate) fn attach(&mut self, call: CallId) {
        let Some((endpoint, mut events)) = self.pending.take() else { return };
        let news = self.news.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if news.send((call, event)).await.is_err() {
                    return;
                }
            }
        });
        if let Some(known) = self.calls.get_mut(&call) {
            known.media = Some(endpoint);
        }
    }

    pub(crate) fn set_state(&mut self, call: CallId, state: &'static str) {
        if let Some(known) = self.calls.get_mut(&call) {
            known.state = state;
        }
    }

    /// Offer and answer settled something.
    pub(crate) async fn settled(&self, call: CallId, settled: &Negotiated) -> Result<(), MediaError> {
        match self.calls.get(&call).and_then(|known| known.media.as_ref()) {
            Some(media) => media.apply(settled).await,
            None => Ok(()),
        }
    }

    /// A call is over: its last counts, when it had media.
    pub(crate) async fn end(&mut self, call: CallId) -> Option<Statistics> {
        let ended = self.calls.remove(&call)?;
        if self.current == Some(call) {
            self.current = self.calls.keys().next_back().copied();
        }
        if self.consulting.is_some_and(|(original, consultation)| original == call || consultation == call) {
            self.consulting = None;
        }
        Some(Statistics::from(ended.media?.close().await.ok()?))
    }

    /// The call of a number that a user typed, or the current one.
    pub(crate) fn find(&mut self, number: Option<u64>) -> Result<CallId, String> {
        let call = match number {
            Some(number) => Some(CallId(number)).filter(|call| self.calls.contains_key(call)),
            None => self.current,
        };
        self.current = call.or(self.current);
        call.ok_or_else(|| number.map_or("there is no call".to_owned(), |number| format!("there is no call {number}")))
    }

    /// A call that rings here, the named one or the first.
    pub(crate) fn ringing_here(&mut self, number: Option<u64>) -> Result<CallId, String> {
        let rings = |(_, known): &(&CallId, &Call)| known.state == "incoming";
        let named = |(call, _): &(&CallId, &Call)| number.is_none_or(|number| call.0 == number);
        let call = self.calls.iter().filter(rings).find(named).map(|(call, _)| *call);
        self.current = call.or(self.current);
        call.ok_or_else(|| "no call rings".to_owned())
    }

    /// Is the call incoming and unanswered?
    pub(crate) fn rings_here(&self, call: CallId) -> bool {
        self.calls.get(&call).is_some_and(|known| known.state == "incoming")
    }

    pub(crate) fn consult(&mut self, original: CallId) {
        if let Some(consultation) = self.current.filter(|current| *current != original) {
            self.consulting = Some((original, consultation));
        }
    }

    pub(crate) fn consulting(&self) -> Option<(CallId, CallId)> {
        self.consulting
    }

    /// What is sent: on the current call, and on those to come.
    pub(crate) async fn play(&mut self, source: Source) -> Result<(), MediaError> {
        match self.current_media() {
            Some(media) => media.play(source).await,
            None => {
                self.source = source;
                Ok(())
            }
        }
    }

    /// Stores what comes on the current call, else on the next one.
    pub(crate) async fn record(&mut self, path: PathBuf) -> Result<(), MediaError> {
        match self.current_media() {
            Some(media) => media.record(path).await,
            None => {
                self.recording = Some(path);
                Ok(())
            }
        }
    }

    pub(crate) async fn stop_recording(&mut self) -> Result<(), MediaError> {
        self.recording = None;
        match self.current_media() {
            Some(media) => media.stop_recording().await,
            None => Ok(()),
        }
    }

    /// Sends keys on the current call; false when its far end takes none.
    pub(crate) async fn digits(&self, digits: String) -> Result<bool, MediaError> {
        match self.current_media() {
            Some(media) => media.send_digits(digits).await,
            None => Ok(false),
        }
    }

    pub(crate) async fn statistics(&self, call: CallId) -> Option<Statistics> {
        let media = self.calls.get(&call)?.media.as_ref()?;
        Some(Statistics::from(media.statistics().await.ok()?))
    }

    pub(crate) fn status(&self) -> Vec<CallStatus> {
        let status =
            |(call, known): (&CallId, &Call)| CallStatus { call: call.0, with: known.with.clone(), state: known.state };
        self.calls.iter().map(status).collect()
    }

    pub(crate) fn all(&self) -> Vec<CallId> {
        self.calls.keys().copied().collect()
    }

    fn current_media(&self) -> Option<&MediaEndpoint> {
        self.calls.get(&self.current?)?.media.as_ref()
    }
}
