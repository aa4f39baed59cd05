//! What registration and calls share: settings, randomness, the address they have on the flow, and the queue of
//! what they want done.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use sip::message::{BuildError, Request, RequestBuilder, ResponseBuilder, StatusCode, UriBuf};
use sip::transaction::{ClientKey, ServerKey};

use crate::call::Purpose;
use crate::config::{DeviceConfig, Line};
use crate::event::{CallId, Event};
use crate::settings::{Access, Random, Settings};
use crate::target::Target;

/// What registration and calls share.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) config: DeviceConfig,
    pub(crate) random: Random,
    /// Where we are, while a flow is up.
    pub(crate) site: Option<Site>,
    pub(crate) effects: VecDeque<Effect>,
    /// Who waits for the response of which client transaction.
    pub(crate) senders: HashMap<ClientKey, Sender>,
    /// How many calls are open.
    pub(crate) open_calls: usize,
    next_key: u64,
    next_call: u64,
}

/// The two ends of the flow.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) target: Target,
    pub(crate) local: SocketAddr,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    Connect(Target),
    Disconnect,
    Probe(Target),
    /// In a new client transaction; the Via is still missing.
    Send(ClientKey, Request),
    /// An ACK to a 2xx; the Via is still missing.
    Acknowledge(Request),
    Cancel(ClientKey),
    Respond(ServerKey, StatusCode, Bytes),
    Tell(Event),
}

/// Whose request it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Registration,
    Call(CallId, Purpose),
    /// Whatever comes changes nothing.
    Nobody,
}

impl Context {
    pub(crate) fn new(settings: Settings, config: DeviceConfig, random: Random) -> Self {
        Self {
            settings,
            config,
            random,
            site: None,
            effects: VecDeque::new(),
            senders: HashMap::new(),
            open_calls: 0,
            next_key: 0,
            next_call: 0,
        }
    }

    /// Every way to be registered.
    pub(crate) fn targets(&self) -> Vec<Target> {
        Target::all(&self.config, &self.settings.access)
    }

    /// The Route of a request outside any dialog.
    pub(crate) fn route(&self) -> Option<&str> {
        match &self.settings.access {
            Access::Edge(edge) => Some(&edge.route),
            Access::OnPremises | Access::MobileRemote => None,
        }
    }

    /// The first line button. The configuration has at least one.
    pub(crate) fn line(&self) -> Option<&Line> {
        self.config.lines.first()
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.effects.push_back(Effect::Tell(event));
    }

    /// Sends a request in a new transaction.
    pub(crate) fn send(&mut self, sender: Sender, request: RequestBuilder) -> Result<(ClientKey, Request), BuildError> {
        let request = request.finish_request()?;
        self.next_key += 1;
        let key = ClientKey(self.next_key);
        self.senders.insert(key, sender);
        self.effects.push_back(Effect::Send(key, request.clone()));
        Ok((key, request))
    }

    /// Sends an ACK to a 2xx.
    pub(crate) fn acknowledge(&mut self, ack: Request) {
        self.effects.push_back(Effect::Acknowledge(ack));
    }

    pub(crate) fn respond(&mut self, transaction: ServerKey, response: ResponseBuilder) {
        let status = response.status();
        // A response is built from a request that parsed and from values of our own.
        if let Ok(response) = response.finish() {
            self.effects.push_back(Effect::Respond(transaction, status, response));
        }
    }

    /// Whether the line has as many calls as it takes.
    pub(crate) fn is_busy(&self) -> bool {
        let trigger = self.line().map_or(1, |line| line.busy_trigger);
        self.open_calls >= usize::try_from(trigger).unwrap_or(usize::MAX)
    }

    pub(crate) fn call_id(&mut self) -> CallId {
        self.next_call += 1;
        CallId(self.next_call)
    }

    /// So many random bytes in hexadecimal.
    pub(crate) fn hexadecimal(&mut self, bytes: usize) -> String {
        let mut random = [0; 16];
        let random = random.get_mut(..bytes).unwrap_or_default();
        (self.random)(random);
        hexadecimal(random)
    }

    /// A random number.
    pub(crate) fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        (self.random)(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A random duration between two.
    pub(crate) fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let span = u64::try_from(to.saturating_sub(from).as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        from + Duration::from_millis(self.number() % span)
    }

    /// The beginning of tags and Call-IDs: the hardware address.
    pub(crate) fn hardware_address(&self) -> String {
        hexadecimal(&self.settings.hardware_address)
    }

    /// The URI of a user at the node, or the URI itself if it is one.
    pub(crate) fn uri_of(&self, to: &str) -> Option<UriBuf> {
        if to.starts_with("sip:") || to.starts_with("sips:") {
            return UriBuf::parse(to.to_owned());
        }
        UriBuf::sip(to, uri_host(&self.site.as_ref()?.target.host))
    }

    /// The URI at which we are reached over the flow.
    pub(crate) fn contact_uri(&self) -> Option<String> {
        let Site { target, local } = self.site.as_ref()?;
        let user = &self.line()?.contact;
        let rest = format!("{local};transport={}", target.transport.uri_parameter());
        Some(UriBuf::sip(user, rest)?.to_string())
    }
}

/// A host as it stands in a URI.
pub(crate) fn uri_host(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
