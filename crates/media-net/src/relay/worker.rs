//! The thread that moves packets: one for many streams, woken by the sockets that have something.
//!
//! A packet is read into the thread's buffer and sent from there. While a call is opened, changed or closed the
//! thread waits for the lock of its streams, and the other way round: microseconds. A panic ends one stream.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use mio::{Events, Interest, Poll, Registry, Token, Waker, net::UdpSocket};

use super::stream::{Component, RelayStream, Verdict};

/// Packets of one socket before the next one has its turn.
const TURN: usize = 32;

/// A datagram that fills it is longer than any packet that we relay, and dropped.
const BUFFER: usize = 4_096;

/// The events of one wait.
const EVENTS: usize = 512;

const WAKE: Token = Token(usize::MAX);

/// The two sockets of each side.
pub(super) type Sockets = [[UdpSocket; 2]; 2];

/// A stream with its sockets.
struct Relayed {
    stream: RelayStream,
    sockets: Sockets,
    timer: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Streams {
    all: HashMap<u64, Relayed>,
    timers: BTreeSet<(Instant, u64)>,
    is_ending: bool,
}

/// What the thread and the owner share.
pub(super) struct Worker {
    registry: Registry,
    waker: Waker,
    streams: Mutex<Streams>,
}

impl Worker {
    /// A worker, and what its thread runs.
    pub(super) fn new() -> io::Result<(Arc<Self>, Poll)> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        Ok((Arc::new(Self { registry, waker, streams: Mutex::default() }), poll))
    }

    fn lock(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a stream in.
    pub(super) fn insert(&self, id: u64, stream: RelayStream, mut sockets: Sockets) -> io::Result<()> {
        let mut streams = self.lock();
        for (place, socket) in sockets.iter_mut().flatten().enumerate() {
            self.registry.register(socket, token(id, place), Interest::READABLE)?;
        }
        streams.all.insert(id, Relayed { stream, sockets, timer: None });
        Ok(())
    }

    /// Changes a stream or asks it something.
    pub(super) fn with<T>(&self, id: u64, act: impl FnOnce(&mut RelayStream) -> T) -> Option<T> {
        let mut streams = self.lock();
        let outcome = act(&mut streams.all.get_mut(&id)?.stream);
        let before = streams.timers.first().copied();
        streams.set_timer(id);
        let is_sooner = streams.timers.first().copied() != before;
        drop(streams);
        if is_sooner {
            // The thread may wait for a later timer. When waking fails, it wakes by that one.
            let _ = self.waker.wake();
        }
        Some(outcome)
    }

    /// Ends a stream. Its sockets are closed when this returns.
    pub(super) fn remove(&self, id: u64) -> Option<RelayStream> {
        let mut streams = self.lock();
        let mut relayed = streams.all.remove(&id)?;
        if let Some(timer) = relayed.timer {
            streams.timers.remove(&(timer, id));
        }
        for socket in relayed.sockets.iter_mut().flatten() {
            // Closing takes it out too.
            let _ = self.registry.deregister(socket);
        }
        Some(relayed.stream)
    }

    /// Ends the thread.
    pub(super) fn end(&self) {
        self.lock().is_ending = true;
        let _ = self.waker.wake();
    }

    /// The thread.
    pub(super) fn run(&self, mut poll: Poll) {
        let mut events = Events::with_capacity(EVENTS);
        let mut buffer = [0; BUFFER];
        let mut waiting: Vec<Token> = Vec::new();
        let mut again: Vec<Token> = Vec::new();
        loop {
            let now = Instant::now();
            let timer = self.lock().timers.first().map(|(at, _)| at.saturating_duration_since(now));
            let timeout = if waiting.is_empty() { timer } else { Some(std::time::Duration::ZERO) };
            if let Err(fault) = poll.poll(&mut events, timeout)
                && fault.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%fault, "media relay: waiting for packets failed");
                return;
            }
            waiting.extend(events.iter().map(|event| event.token()).filter(|token| *token != WAKE));
            let now = Instant::now();
            for token in waiting.drain(..) {
                if self.turn(now, token, &mut buffer) {
                    again.push(token);
                }
            }
            std::mem::swap(&mut waiting, &mut again);
            let mut streams = self.lock();
            if streams.is_ending {
                return;
            }
            streams.send_openers(now);
        }
    }

    /// Relays what one socket has. True: it may have more.
    fn turn(&self, now: Instant, token: Token, buffer: &mut [u8]) -> bool {
        let (id, side, place) = parts(token);
        let mut streams = self.lock();
        let Some(relayed) = streams.all.get_mut(&id) else { return false };
        if let Ok(more) = catch_unwind(AssertUnwindSafe(|| relayed.turn(now, side, place, buffer))) {
            return more;
        }
        tracing::error!(stream = id, "media relay: a stream ended by a fault of ours");
        if let Some(Relayed { timer: Some(timer), .. }) = streams.all.remove(&id) {
            streams.timers.remove(&(timer, id));
        }
        false
    }
}

impl Relayed {
    fn turn(&mut self, now: Instant, side: usize, place: usize, buffer: &mut [u8]) -> bool {
        let ([outer, inner], component) = (&self.sockets, if place == 0 { Component::Rtp } else { Component::Rtcp });
        let (here, there) = if side == 0 { (outer, inner) } else { (inner, outer) };
        let (Some(here), Some(there)) = (here.get(place), there.get(place)) else { return false };
        for _ in 0..TURN {
            let (length, from) = match here.recv_from(buffer) {
                Ok(received) => received,
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
                // Nothing more; and what else can be wrong with a UDP socket is the last packet's fault.
                Err(fault) => return fault.kind() != io::ErrorKind::WouldBlock,
            };
            let datagram = buffer.get(..length).filter(|datagram| datagram.len() < BUFFER).unwrap_or_default();
            if let Verdict::Forward(to) = self.stream.receive(now, side, component, from, datagram)
                && there.send_to(datagram, to).is_err()
            {
                self.stream.not_sent(side, datagram.len());
            }
        }
        true
    }

    fn send(&self, side: usize, component: Component, to: SocketAddr, octets: &[u8]) {
        let place = usize::from(component == Component::Rtcp);
        if let Some(socket) = self.sockets.get(side).and_then(|sockets| sockets.get(place)) {
            // Lost on the way or lost here: the next one follows.
            let _ = socket.send_to(octets, to);
        }
    }
}

impl Streams {
    fn set_timer(&mut self, id: u64) {
        let Some(relayed) = self.all.get_mut(&id) else { return };
        let next = relayed.stream.next_timeout();
        if let Some(before) = std::mem::replace(&mut relayed.timer, next) {
            self.timers.remove(&(before, id));
        }
        self.timers.extend(next.map(|at| (at, id)));
    }

    fn send_openers(&mut self, now: Instant) {
        while let Some((_, id)) = self.timers.first().copied().filter(|(at, _)| *at <= now) {
            if let Some(relayed) = self.all.get_mut(&id) {
                while let Some(opening) = relayed.stream.poll_opener(now) {
                    relayed.send(opening.side, opening.component, opening.to, &opening.octets);
                }
            }
            self.set_timer(id);
        }
    }
}

/// Four sockets a stream: side by side, RTP before RTCP.
fn token(id: u64, place: usize) -> Token {
    Token(((id as usize) << 2) | place)
}

fn parts(token: Token) -> (u64, usize, usize) {
    ((token.0 >> 2) as u64, (token.0 >> 1) & 1, token.0 & 1)
}
