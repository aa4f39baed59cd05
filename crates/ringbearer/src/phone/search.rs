//! The search for the side that the phone is on: asks the DNS what the [`Discovery`] machine wants to know, arrives where it
//! points, and goes on doing so while the phone runs.

use std::time::Instant;

use phone::discovery::{Discovery, Input, Output, Side};
use tokio::sync::mpsc;

use super::arrival::{Arrival, NotArrived, Scout};
use super::exit::Exit;
use super::names::Names;

/// What the running phone tells the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// It is registered.
    Works,
    /// Nobody answered, on any of the ways there are.
    Silent,
    /// The user says where it is.
    MoveTo(Side),
}

/// What the search finds.
#[derive(Debug)]
pub(crate) enum Found {
    /// The phone is there.
    Arrived(Box<Arrival>),
    /// It is not; it stays where it was.
    NotArrived(NotArrived),
}

/// The search.
pub(crate) struct Search {
    discovery: Discovery,
    names: Names,
    scout: Scout,
    timer: Option<Instant>,
}

impl Search {
    pub(crate) fn new(discovery: Discovery, names: Names, scout: Scout) -> Self {
        Self { discovery, names, scout, timer: None }
    }

    /// The device that is searched for.
    pub(crate) fn device(&self) -> &str {
        &self.scout.device
    }

    /// Finds the first side that answers.
    pub(crate) async fn first(&mut self) -> Result<Arrival, NotArrived> {
        let mut tried: Vec<(Side, NotArrived)> = Vec::new();
        self.discovery.handle(Instant::now(), Input::Start);
        while let Some(output) = self.discovery.poll() {
            match output {
                Output::Use(side, servers) => match self.scout.arrive(side, &servers).await {
                    Ok(arrival) => {
                        self.discovery.handle(Instant::now(), Input::Works);
                        return Ok(arrival);
                    }
                    Err(refused @ NotArrived::Refused { .. }) => return Err(refused),
                    Err(silent) => {
                        if tried.iter().any(|(known, _)| *known == side) {
                            break;
                        }
                        tried.push((side, silent));
                        self.discovery.handle(Instant::now(), Input::Unreachable);
                    }
                },
                Output::Nowhere(reason) if tried.is_empty() => {
                    return Err(NotArrived::Silent { reason, exit: Exit::Unreachable });
                }
                other => self.carry_out(other).await,
            }
        }
        // What was wrong with the side that was preferred says more than that the other was not there.
        let nowhere = NotArrived::Silent { reason: "no side of the edge answers".to_owned(), exit: Exit::Unreachable };
        Err(tried.into_iter().next().map_or(nowhere, |(_, fault)| fault))
    }

    /// Goes on searching until the phone is gone.
    pub(crate) async fn run(mut self, mut notices: mpsc::Receiver<Notice>, finds: mpsc::Sender<Found>) {
        loop {
            while let Some(output) = self.discovery.poll() {
                match output {
                    Output::Use(side, servers) => {
                        let found = match self.scout.arrive(side, &servers).await {
                            Ok(arrival) => Found::Arrived(Box::new(arrival)),
                            Err(fault) => {
                                if let NotArrived::Silent { .. } = fault {
                                    self.discovery.handle(Instant::now(), Input::Silent);
                                }
                                Found::NotArrived(fault)
                            }
                        };
                        if finds.send(found).await.is_err() {
                            return;
                        }
                    }
                    Output::Nowhere(reason) => {
                        let nowhere = NotArrived::Silent { reason, exit: Exit::Unreachable };
                        if finds.send(Found::NotArrived(nowhere)).await.is_err() {
                            return;
                        }
                    }
                    other => self.carry_out(other).await,
                }
            }
            let timer = self.timer;
            let input = tokio::select! {
                notice = notices.recv() => match notice {
                    None => return,
                    Some(Notice::Works) => Input::Works,
                    Some(Notice::Silent) => Input::Silent,
                    Some(Notice::MoveTo(side)) => Input::MoveTo(side),
                },
                () = sleep_until(timer), if timer.is_some() => {
                    self.timer = None;
                    Input::Timeout
                }
            };
            self.discovery.handle(Instant::now(), input);
        }
    }

    async fn carry_out(&mut self, output: Output) {
        match output {
            Output::Ask(name) => {
                let answer = self.names.services(&name).await;
                self.discovery.handle(Instant::now(), Input::Answered { name, answer });
            }
            Output::SetTimer(at) => self.timer = Some(at),
            Output::Use(..) | Output::Nowhere(_) => {}
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    tokio::time::sleep_until(at.unwrap_or_else(Instant::now).into()).await;
}
