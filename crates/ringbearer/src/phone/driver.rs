//! The phone at run time: one loop that hands everything that happens to the [`Phone`] machine, and does what the
//! machine asks for. It decides nothing about SIP.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use media_net::MediaEvent;
use phone::{Access, CallId, Command as PhoneCommand, Event, Input, Output, Phone, RegistrationFailure, Target};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::arrival::{Files, Scout};
use super::calls::Calls;
use super::config_file::ConfigFile;
use super::connection::{FlowNews, Flows};
use super::exit::Exit;
use super::keeper::{Demand, TokenNews};
use super::report::Report;
use super::reporter::Reporter;
use super::search::{Found, Notice};
use super::told;

/// How long the last messages may take.
const FAREWELL: Duration = Duration::from_secs(3);

/// News that may wait.
pub(crate) const NEWS: usize = 256;

/// What reaches the loop.
pub(crate) struct Inlets {
    pub(crate) flows: mpsc::Receiver<FlowNews>,
    pub(crate) tokens: mpsc::Receiver<TokenNews>,
    pub(crate) finds: mpsc::Receiver<Found>,
    pub(crate) media: mpsc::Receiver<(CallId, MediaEvent)>,
    pub(crate) lines: mpsc::Receiver<String>,
}

/// Where the phone is, and how its configuration file is fetched again.
pub(crate) struct Place {
    pub(crate) scout: Scout,
    pub(crate) access: Access,
    pub(crate) files: Files,
    /// The text that is in force.
    pub(crate) text: String,
    /// How many ways there are to be registered.
    pub(crate) ways: usize,
}

/// The running phone.
pub(crate) struct Driver {
    pub(crate) phone: Phone,
    pub(crate) flows: Flows,
    pub(crate) calls: Calls,
    pub(crate) demands: mpsc::Sender<Demand>,
    pub(crate) reporter: Reporter,
    pub(crate) search: mpsc::Sender<Notice>,
    pub(crate) place: Place,
    pub(crate) options: Options,
    pub(crate) state: State,
}

/// What the user chose for the whole run.
pub(crate) struct Options {
    pub(crate) answer: bool,
    /// Go on after the end of the input.
    pub(crate) stay: bool,
    pub(crate) media_address: Option<IpAddr>,
}

/// What the loop keeps between turns.
#[derive(Default)]
pub(crate) struct State {
    timer: Option<Instant>,
    /// Our address on the flow.
    pub(super) local: Option<IpAddr>,
    pub(super) registered: Option<String>,
    /// Commands that wait for an event.
    pub(super) waiting_for: Option<String>,
    pub(super) queue: VecDeque<String>,
    /// What an event asked for.
    pub(super) tasks: VecDeque<Task>,
    pub(super) input_ended: bool,
    /// When the phone ends, whether or not the node has said goodbye.
    pub(super) ends_at: Option<Instant>,
    is_over: bool,
    exit: Exit,
    /// Ways in a row on which nobody answered.
    silent: usize,
    fetching: Option<JoinHandle<Option<ConfigFile>>>,
}

/// What the phone does by itself.
pub(super) enum Task {
    Answer(CallId),
    Follow(CallId),
}

impl Driver {
    /// Runs until the user quits or nothing more can be done.
    pub(crate) async fn run(mut self, mut inlets: Inlets) -> Exit {
        let mut signalled = Box::pin(runtime::shutdown::signalled());
        self.command(PhoneCommand::Register).await;
        while !self.state.is_over {
            let alarm = [self.state.timer, self.state.ends_at].into_iter().flatten().min();
            tokio::select! {
                Some(news) = inlets.flows.recv() => self.flow_news(news).await,
                Some(news) = inlets.tokens.recv() => self.token_news(news).await,
                Some(found) = inlets.finds.recv() => self.found(found).await,
                Some((call, event)) = inlets.media.recv() => self.media_news(call, event).await,
                line = inlets.lines.recv(), if !self.state.input_ended => match line {
                    Some(line) => self.state.queue.push_back(line),
                    None => self.state.input_ended = true,
                },
                file = async { join(&mut self.state.fetching).await }, if self.state.fetching.is_some() => {
                    self.state.fetching = None;
                    self.fetched(file).await;
                }
                () = sleep_until(alarm), if alarm.is_some() => self.alarm().await,
                _ = &mut signalled, if self.state.ends_at.is_none() => self.quit().await,
            }
            self.do_tasks().await;
            self.obey_lines().await;
        }
        for call in self.calls.all() {
            self.calls.end(call).await;
        }
        self.state.exit
    }

    async fn alarm(&mut self) {
        let now = Instant::now();
        if self.state.ends_at.is_some_and(|at| at <= now) {
            self.state.is_over = true;
        }
        if self.state.timer.is_some_and(|at| at <= now) {
            self.state.timer = None;
            self.input(Input::Timeout).await;
        }
    }

    async fn flow_news(&mut self, news: FlowNews) {
        let input = match news {
            FlowNews::Connected { flow, local } => {
                self.state.local = Some(local.ip());
                Input::Connected { flow, local }
            }
            FlowNews::Disconnected { flow, reason } => Input::Disconnected { flow, reason },
            FlowNews::Received { flow, message } => Input::Received { flow, message },
            FlowNews::Probed { target, reachable } => Input::Probed { target, reachable },
        };
        self.input(input).await;
    }

    async fn token_news(&mut self, news: TokenNews) {
        match news {
            TokenNews::Token(token) => self.input(Input::AccessToken(token.expose().to_owned())).await,
            TokenNews::Refused(fault) => {
                self.report(&Report::SignInFailed { reason: fault.to_string() });
                self.state.exit = Exit::Refused;
                self.quit().await;
            }
        }
    }

    async fn media_news(&mut self, call: CallId, event: MediaEvent) {
        let call_number = call.0;
        self.report(&match event {
            MediaEvent::Digit(digit) => Report::Digit { call: call_number, digit },
            MediaEvent::Heard(from) => Report::Heard { call: call_number, from },
            MediaEvent::PlayFinished => Report::PlayFinished { call: call_number },
            // Two to the 48th packets later.
            MediaEvent::KeyExhausted => return self.command(PhoneCommand::HangUp { call }).await,
        });
    }

    pub(super) async fn command(&mut self, command: PhoneCommand) {
        self.input(Input::Command(command)).await;
    }

    /// The one place where the machine runs.
    async fn input(&mut self, input: Input) {
        self.phone.handle(Instant::now(), input);
        while let Some(output) = self.phone.poll() {
            match output {
                Output::Connect { flow, target } => self.flows.connect(flow, target),
                Output::Disconnect { flow } => self.flows.disconnect(flow),
                Output::Transmit { flow, message } => self.flows.transmit(flow, message),
                Output::Probe { target } => self.flows.probe(target),
                Output::SetTimer(at) => self.state.timer = Some(at),
                Output::Event(event) => self.event(event).await,
            }
        }
    }

    /// Does what an event asks of the adapter, and tells the user.
    async fn event(&mut self, event: Event) {
        let report = match &event {
            Event::Ended { call, cause } => {
                let statistics = self.calls.end(*call).await;
                Some(told::ended(*call, cause, statistics))
            }
            other => told::report(other),
        };
        match event {
            Event::AccessTokenWanted { refused } => {
                let demand = if refused.is_some() { Demand::AnotherToken } else { Demand::Token };
                let _ = self.demands.try_send(demand);
            }
            Event::Registered { target, .. } => {
                self.state.registered = Some(target.to_string());
                self.works();
            }
            Event::Refreshed { .. } => self.works(),
            Event::RegistrationFailed { failure, .. } => {
                self.state.registered = None;
                self.fails(&failure);
                self.fetch_config();
            }
            Event::Unregistered => {
                self.state.registered = None;
                self.state.is_over = self.state.ends_at.is_some();
            }
            Event::Dialing { call, to } => self.calls.begin(call, to, false),
            Event::Incoming { call, from, replaces } => {
                self.calls.begin(call, from.number, true);
                if self.options.answer || replaces.is_some() {
                    self.state.tasks.push_back(Task::Answer(call));
                }
            }
            Event::Ringing { call } => self.calls.set_state(call, "ringing"),
            Event::Media { call, media, .. } => {
                let fault = self.calls.settled(call, &media).await.err();
                self.media_fault(fault);
            }
            Event::Established { call } => self.calls.set_state(call, "established"),
            Event::TransferWanted { call, .. } => self.state.tasks.push_back(Task::Follow(call)),
            _ => {}
        }
        if let Some(report) = report {
            self.report(&report);
        }
    }

    fn media_fault(&mut self, fault: Option<media_net::MediaError>) {
        if let Some(fault) = fault {
            self.report(&Report::Error { command: "media".to_owned(), reason: fault.to_string() });
        }
    }

    /// Tells the user; a script that waits for this event goes on.
    pub(super) fn report(&mut self, report: &Report) {
        self.reporter.report(report);
        let name = report.name();
        if self.state.waiting_for.as_ref().is_some_and(|events| events.split('|').any(|event| event.trim() == name)) {
            self.state.waiting_for = None;
        }
    }

    /// Begins the end: calls are hung up, the registration is taken back.
    pub(super) async fn quit(&mut self) {
        if self.state.ends_at.is_none() {
            self.state.ends_at = Some(Instant::now() + FAREWELL);
            self.command(PhoneCommand::Unregister).await;
        }
    }

    fn works(&mut self) {
        self.state.silent = 0;
        // The search is behind: what it knows is that the phone works, or it will hear so at the next refresh.
        let _ = self.search.try_send(Notice::Works);
    }

    /// Nobody answering on any way is for the search to hear.
    fn fails(&mut self, failure: &RegistrationFailure) {
        if !matches!(failure, RegistrationFailure::NoAnswer | RegistrationFailure::Disconnected { .. }) {
            return;
        }
        self.state.silent += 1;
        if self.state.silent.is_multiple_of(self.place.ways.max(1)) {
            let _ = self.search.try_send(Notice::Silent);
        }
    }

    /// The phone is elsewhere, or is not. What it has there is fetched already.
    async fn found(&mut self, found: Found) {
        let arrival = match found {
            Found::Arrived(arrival) => *arrival,
            Found::NotArrived(fault) => {
                return self.report(&Report::Error { command: "move".to_owned(), reason: fault.to_string() });
            }
        };
        self.report(&told::located(&arrival));
        let mut file = arrival.file;
        let text = std::mem::take(&mut file.text);
        self.place.files = arrival.files;
        if self.place.access == arrival.access && self.place.text == text {
            return;
        }
        self.report(&told::configured(&file.url, &file.config));
        self.place.text = text;
        self.place.ways = Target::all(&file.config, &arrival.access).len();
        self.place.access = arrival.access.clone();
        self.input(Input::Moved { access: arrival.access, config: file.config }).await;
    }

    /// Looks whether the configuration has changed: that may be why the node refuses.
    fn fetch_config(&mut self) {
        if self.state.fetching.is_none() {
            let (scout, files) = (self.place.scout.clone(), self.place.files.clone());
            let fetch = async move { scout.fetch(&files).await };
            self.state.fetching = Some(tokio::spawn(fetch));
        }
    }

    async fn fetched(&mut self, file: Option<ConfigFile>) {
        let Some(mut file) = file.filter(|file| file.text != self.place.text) else { return };
        self.place.text = std::mem::take(&mut file.text);
        self.place.ways = Target::all(&file.config, &self.place.access).len();
        self.report(&told::configured(&file.url, &file.config));
        self.input(Input::Config(file.config)).await;
    }
}

async fn sleep_until(at: Option<Instant>) {
    tokio::time::sleep_until(at.unwrap_or_else(Instant::now).into()).await;
}

async fn join(task: &mut Option<JoinHandle<Option<ConfigFile>>>) -> Option<ConfigFile> {
    task.as_mut()?.await.ok().flatten()
}
