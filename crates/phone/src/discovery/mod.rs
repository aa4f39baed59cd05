//! Where a phone is: inside, where the domain's nodes can be asked, or outside, behind an edge.
//!
//! ```text
//!  start ──_cisco-uds──▶ found: inside
//!             │ no such name, no answer
//!             └──_collab-edge──▶ found: outside
//!                    │ no such name, no answer
//!                    └──▶ nowhere, and again after a pause
//! ```
//!
//! `_cisco-uds._tcp.<domain>` resolves inside only, `_collab-edge._tls.<domain>` outside (RFC 2782). Either may be known beforehand
//! instead, then nothing is asked for it. When what was found does not answer, the other side is looked for; so a phone that
//! was carried out of the office goes on through the edge, and comes back. Our choices: two failures in a row count as silence;
//! what was found is looked up again after its time to live, between a minute and an hour; while the side in use works, the
//! phone leaves it only for the inside, and one that the user chose not at all.

mod service;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub use service::{Server, Service};

use crate::settings::Random;

/// Failures in a row after which a side counts as silent.
const SILENCE: u32 = 2;
/// Bounds of the time until what was found is looked up again.
const FRESH: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3600));
/// Bounds of the pause when there is no side; it doubles.
const PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// A side of the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In the office.
    Inside,
    /// Anywhere else.
    Outside,
}

/// What is known of a side before anybody is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Its servers.
    Servers(Vec<Server>),
    /// The domain, whose DNS is asked.
    Domain(String),
    /// Nothing: the phone is never there.
    Nothing,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The phone starts.
    Start,
    /// The user says where the phone is.
    MoveTo(Side),
    /// The answer to [`Output::Ask`].
    Answered {
        /// The name that was asked for.
        name: String,
        /// What it was.
        answer: Answer,
    },
    /// The side in use answers: signed in, or registered.
    Works,
    /// The side in use does not answer.
    Silent,
    /// None of the servers that were named for the side in use answers: it is no use to try twice.
    Unreachable,
    /// The instant of the last [`Output::SetTimer`] has come.
    Timeout,
}

/// An answer of the DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The services, and how long they hold.
    Services(Vec<Service>, Duration),
    /// There is no such name, or it has no services.
    NoSuchName,
    /// Nobody answered; the text is for people.
    Failed(String),
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask the DNS for the services of this name.
    Ask(String),
    /// Use these servers from now on.
    Use(Side, Vec<Server>),
    /// There is neither side; the text says what was tried. It is tried again.
    Nowhere(String),
    /// Call back with [`Input::Timeout`] no later than this; replaces what was asked before.
    SetTimer(Instant),
}

/// Finds where a phone is.
pub struct Discovery {
    inside: Known,
    outside: Known,
    random: Random,
    state: State,
    in_use: Option<(Side, Vec<Server>)>,
    works: bool,
    /// The side that the user chose, until it is silent.
    chosen: Option<Side>,
    failures: u32,
    pause: Duration,
    outputs: VecDeque<Output>,
}

/// Which question is open.
#[derive(Debug)]
enum State {
    Settled,
    Asking {
        /// The side that is asked for now, then the one to ask for when it is not there.
        side: Side,
        then: Option<Side>,
        /// What was found out so far.
        tried: Vec<String>,
    },
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Inside => Self::Outside,
            Self::Outside => Self::Inside,
        }
    }

    fn name(self, domain: &str) -> String {
        match self {
            Self::Inside => format!("_cisco-uds._tcp.{domain}"),
            Self::Outside => format!("_collab-edge._tls.{domain}"),
        }
    }
}

impl Discovery {
    /// A machine that has asked nothing yet.
    pub fn new(inside: Known, outside: Known, random: Random) -> Self {
        Self {
            inside,
            outside,
            random,
            state: State::Settled,
            in_use: None,
            works: false,
            chosen: None,
            failures: 0,
            pause: PAUSE.0,
            outputs: VecDeque::new(),
        }
    }

    /// The side in use.
    pub fn side(&self) -> Option<Side> {
        self.in_use.as_ref().map(|(side, _)| *side)
    }

    /// Takes what happened.
    pub fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Start => self.look(now, Side::Inside, Some(Side::Outside), Vec::new()),
            Input::MoveTo(side) => {
                self.chosen = Some(side);
                self.look(now, side, None, Vec::new());
            }
            Input::Answered { name, answer } => self.answered(now, &name, answer),
            Input::Works => {
                self.works = true;
                self.failures = 0;
                self.pause = PAUSE.0;
            }
            Input::Silent => self.silent(now, 1),
            Input::Unreachable => self.silent(now, SILENCE),
            Input::Timeout => {
                if let State::Settled = self.state {
                    match self.chosen {
                        Some(side) => self.look(now, side, None, Vec::new()),
                        None => self.look(now, Side::Inside, Some(Side::Outside), Vec::new()),
                    }
                }
            }
        }
    }

    /// The next thing it wants.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn silent(&mut self, now: Instant, failures: u32) {
        self.failures += failures;
        self.works = false;
        if self.failures >= SILENCE
            && let State::Settled = self.state
            && let Some(side) = self.side()
            && *self.known(side.other()) != Known::Nothing
        {
            self.failures = 0;
            self.chosen = None;
            self.look(now, side.other(), Some(side), Vec::new());
        }
    }

    fn known(&self, side: Side) -> &Known {
        match side {
            Side::Inside => &self.inside,
            Side::Outside => &self.outside,
        }
    }

    fn look(&mut self, now: Instant, side: Side, then: Option<Side>, mut tried: Vec<String>) {
        match self.known(side).clone() {
            Known::Servers(servers) => self.found(now, side, servers, FRESH.1),
            Known::Domain(domain) => {
                self.outputs.push_back(Output::Ask(side.name(&domain)));
                self.state = State::Asking { side, then, tried };
            }
            Known::Nothing => {
                tried.push(match side {
                    Side::Inside => "no node is known".to_owned(),
                    Side::Outside => "no edge is known".to_owned(),
                });
                self.missed(now, then, tried);
            }
        }
    }

    fn answered(&mut self, now: Instant, name: &str, answer: Answer) {
        let State::Asking { side, then, tried } = &mut self.state else { return };
        let (side, then, mut tried) = (*side, *then, std::mem::take(tried));
        match self.known(side) {
            Known::Domain(domain) if side.name(domain) == name => {}
            // Of a question that is no longer open.
            _ => return,
        }
        let (services, time_to_live) = match answer {
            Answer::Services(services, time_to_live) => (services, time_to_live),
            Answer::NoSuchName => {
                tried.push(format!("{name}: no such service"));
                return self.missed(now, then, tried);
            }
            Answer::Failed(why) => {
                tried.push(format!("{name}: {why}"));
                return self.missed(now, then, tried);
            }
        };
        let servers = service::in_order(services, &mut self.random);
        if servers.is_empty() {
            tried.push(format!("{name}: the service is not available"));
            return self.missed(now, then, tried);
        }
        self.found(now, side, servers, time_to_live);
    }

    fn missed(&mut self, now: Instant, then: Option<Side>, tried: Vec<String>) {
        if let Some(side) = then {
            return self.look(now, side, None, tried);
        }
        self.state = State::Settled;
        // What works is not given up because the DNS has gone. A side that was chosen and is not there is chosen no more.
        let wants_to_move = self.chosen.take().is_some_and(|side| Some(side) != self.side());
        if !self.works || wants_to_move {
            self.outputs.push_back(Output::Nowhere(tried.join("; ")));
        }
        self.outputs.push_back(Output::SetTimer(now + self.pause));
        self.pause = (self.pause * 2).min(PAUSE.1);
    }

    fn found(&mut self, now: Instant, side: Side, servers: Vec<Server>, time_to_live: Duration) {
        self.state = State::Settled;
        self.outputs.push_back(Output::SetTimer(now + time_to_live.clamp(FRESH.0, FRESH.1)));
        let is_known = self.in_use.as_ref().is_some_and(|(of, known)| *of == side && same(known, &servers));
        // A side that works is left for the inside alone; one that is silent is tried anew even if nothing changed.
        let is_left_for = self.chosen == Some(side) || side == Side::Inside || self.side() == Some(side);
        let stays = self.works && (is_known || !is_left_for);
        if stays {
            return;
        }
        self.works = false;
        self.in_use = Some((side, servers.clone()));
        self.outputs.push_back(Output::Use(side, servers));
    }
}

/// The same servers, in whatever order chance gave them.
fn same(known: &[Server], found: &[Server]) -> bool {
    known.len() == found.len() && found.iter().all(|server| known.contains(server))
}

#[cfg(test)]
mod tests;
