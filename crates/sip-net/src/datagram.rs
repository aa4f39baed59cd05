//! One UDP socket: a station for each peer, their timers, their mail.
//!
//! A peer is known by its source address and port; requests to it go there and nowhere else. The table is bounded: when it is
//! full, the oldest peer without a registration gives way, so that forged sources cannot lock phones out.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use callmanager::flow::{Flow, FlowId, Listener, Transport};
use callmanager::registrar::UnregistrationReason;
use callmanager::station::{CloseReason, Input, Station};
use sip::message::header::Via;
use sip::message::{HeaderName, Message};
use sip::transport::{Datagram, parse_datagram, response_routing};
use tokio::net::UdpSocket;
use tokio::sync::watch;

use crate::effects::{self, Link};
use crate::flows::{FlowHandle, Mail, Mailbox};
use crate::service::Service;
use crate::{limits, node, trace};

/// The largest datagram.
const DATAGRAM: usize = 65_536;

struct Peer {
    station: Station,
    handle: FlowHandle,
    timer: Option<Instant>,
}

/// A UDP socket's task.
pub(crate) struct DatagramPort {
    service: Arc<Service>,
    socket: UdpSocket,
    local: SocketAddr,
    handle: FlowHandle,
    mailbox: Mailbox,
    peers: HashMap<SocketAddr, Peer>,
    addresses: HashMap<FlowId, SocketAddr>,
    timers: BTreeSet<(Instant, FlowId)>,
    /// Flows in order of their beginning; those that ended are skipped.
    by_age: VecDeque<FlowId>,
}

/// The way to one peer.
struct PeerLink<'a> {
    socket: &'a UdpSocket,
    remote: SocketAddr,
    timer: Option<Instant>,
    is_closed: bool,
}

impl Link for PeerLink<'_> {
    fn transmit(&mut self, message: Bytes) {
        let destination = destination(&message, self.remote);
        // A datagram that does not go now is lost, as any may be; the transaction repeats it.
        let _ = self.socket.try_send_to(&message, destination);
    }

    fn set_timer(&mut self, at: Instant) {
        self.timer = Some(at);
    }

    fn close(&mut self, _: CloseReason) {
        self.is_closed = true;
    }
}

/// Where a message goes: a response by its Via (RFC 3261 §18.2.2), as long as that is the same host; else to the peer.
fn destination(message: &Bytes, remote: SocketAddr) -> SocketAddr {
    if !message.starts_with(b"SIP/2.0 ") {
        return remote;
    }
    let parsed = Message::parse(message.clone()).ok();
    let via = parsed.as_ref().and_then(|message| message.headers().first(HeaderName::Via)).and_then(Via::parse);
    via.and_then(|via| response_routing::destination(&via))
        .filter(|address| address.ip() == remote.ip().to_canonical() && address.port() != 0)
        .unwrap_or(remote)
}

impl DatagramPort {
    pub(crate) fn new(service: Arc<Service>, socket: UdpSocket, local: SocketAddr) -> Self {
        let (handle, mailbox) = FlowHandle::new(service.next_flow(), limits::SOCKET_MAILBOX);
        Self {
            service,
            socket,
            local,
            handle,
            mailbox,
            peers: HashMap::new(),
            addresses: HashMap::new(),
            timers: BTreeSet::new(),
            by_age: VecDeque::new(),
        }
    }

    /// Runs until the service ends.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut buffer = vec![0; DATAGRAM].into_boxed_slice();
        loop {
            let next = self.timers.first().map(|(at, _)| *at);
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                received = self.socket.recv_from(&mut buffer) => {
                    // An error is that of an earlier datagram that could not be delivered.
                    if let Ok((length, remote)) = received {
                        let octets = buffer.get(..length).unwrap_or_default();
                        self.received(Bytes::copy_from_slice(octets), remote);
                    }
                }
                Some(mail) = self.mailbox.recv() => self.mail(mail.0, mail.1),
                () = until(next) => self.timeout(),
            }
        }
        self.end();
    }

    fn received(&mut self, octets: Bytes, remote: SocketAddr) {
        let input = match parse_datagram(octets) {
            Ok(Datagram::KeepAlive) => return,
            Ok(Datagram::Message(message)) => Input::Receive(message),
            Err(error) => Input::Malformed(error),
        };
        let is_response = matches!(input, Input::Receive(Message::Response(_)));
        if !self.peers.contains_key(&remote) {
            // Neither a response nor noise makes a station.
            if is_response || matches!(input, Input::Malformed(_)) {
                return self.answer_malformed(input, remote);
            }
            self.make_room();
            self.insert(remote);
        }
        let Some(peer) = self.peers.get(&remote) else { return };
        let input = match input {
            Input::Receive(message) => {
                trace::received(peer.station.flow(), message.as_bytes());
                match self.service.retry_after(remote.ip()).filter(|_| !peer.station.is_registered()) {
                    Some(wait) => Input::ReceiveThrottled(message, wait),
                    None => Input::Receive(message),
                }
            }
            other => other,
        };
        self.drive(remote, input);
    }

    fn answer_malformed(&self, input: Input, remote: SocketAddr) {
        if let Input::Malformed(error) = input {
            self.service.counters.count("malformed", "");
            if let Some(reply) = error.reply() {
                let _ = self.socket.try_send_to(&reply, remote);
            }
        }
    }

    fn insert(&mut self, remote: SocketAddr) {
        let id = self.service.next_flow();
        let flow = Flow {
            id,
            listener: Listener::Phone,
            transport: Transport::Udp,
            local: self.local,
            remote,
            peer_names: None,
        };
        let station = Station::new(flow, node::instant());
        let peer = Peer { station, handle: self.handle.for_flow(id), timer: None };
        self.peers.insert(remote, peer);
        self.addresses.insert(id, remote);
        self.by_age.push_back(id);
    }

    fn make_room(&mut self) {
        let mut looked_at = self.by_age.len();
        while self.peers.len() >= limits::DATAGRAM_PEERS && looked_at > 0 {
            looked_at -= 1;
            let Some(oldest) = self.by_age.pop_front() else { return };
            let Some(&remote) = self.addresses.get(&oldest) else { continue };
            if self.peers.get(&remote).is_some_and(|peer| peer.station.is_registered()) {
                self.by_age.push_back(oldest);
            } else {
                self.remove(remote);
            }
        }
    }

    fn drive(&mut self, remote: SocketAddr, input: Input) {
        let Some(peer) = self.peers.get_mut(&remote) else { return };
        let mut link = PeerLink { socket: &self.socket, remote, timer: None, is_closed: false };
        effects::run(&self.service, &peer.handle, &mut peer.station, &mut link, input);
        let (timer, is_closed, id) = (link.timer, link.is_closed, peer.handle.id());
        if let Some(at) = timer {
            if let Some(old) = peer.timer.replace(at) {
                self.timers.remove(&(old, id));
            }
            self.timers.insert((at, id));
        }
        if is_closed {
            self.remove(remote);
        }
    }

    fn mail(&mut self, flow: FlowId, mail: Mail) {
        let Some(&remote) = self.addresses.get(&flow) else {
            return self.returned(flow, mail);
        };
        match mail {
            Mail::Command(command) => self.drive(remote, Input::Command(command)),
            Mail::End(binding, reason) => self.drive(remote, Input::End(binding, reason)),
            Mail::Close(_) => self.remove(remote),
        }
    }

    /// Mail for a flow that is gone: a closed station says what that means to a call.
    fn returned(&self, flow: FlowId, mail: Mail) {
        if let Mail::Command(command) = mail
            && let Some((call, event)) = crate::call_task::undelivered(flow, command)
        {
            // A call that is gone, too, does not need to know.
            let _ = self.service.calls.tell(call, callmanager::call::Input::Flow(event));
        }
    }

    fn timeout(&mut self) {
        let now = node::instant();
        while let Some(&(at, id)) = self.timers.first().filter(|(at, _)| *at <= now) {
            self.timers.remove(&(at, id));
            let Some(&remote) = self.addresses.get(&id) else { continue };
            if let Some(peer) = self.peers.get_mut(&remote) {
                peer.timer = None;
            }
            self.drive(remote, Input::Timeout);
        }
    }

    fn remove(&mut self, remote: SocketAddr) {
        let Some(mut peer) = self.peers.remove(&remote) else { return };
        let id = peer.handle.id();
        let mut link = PeerLink { socket: &self.socket, remote, timer: None, is_closed: true };
        effects::run(&self.service, &peer.handle, &mut peer.station, &mut link, Input::Closed);
        self.addresses.remove(&id);
        if let Some(at) = peer.timer {
            self.timers.remove(&(at, id));
        }
    }

    fn end(&mut self) {
        let remotes: Vec<SocketAddr> = self.peers.keys().copied().collect();
        for remote in remotes {
            let Some(peer) = self.peers.get(&remote) else { continue };
            let bindings: Vec<_> = peer.station.bindings().cloned().collect();
            for binding in bindings {
                self.drive(remote, Input::End(binding, UnregistrationReason::CallManagerRestart));
            }
            self.remove(remote);
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
