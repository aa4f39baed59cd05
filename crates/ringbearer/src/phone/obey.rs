//! What the driver does for the lines that a user or a script types, and for what an event asked of it.

use std::net::{Ipv4Addr, SocketAddr};

use media_net::{Source, read_wav};
use phone::{CallId, Command as PhoneCommand};

use super::command::{Command, HELP};
use super::driver::{Driver, Task};
use super::keeper::Demand;
use super::report::Report;
use super::search::Notice;

impl Driver {
    pub(super) async fn do_tasks(&mut self) {
        while let Some(task) = self.state.tasks.pop_front() {
            match task {
                Task::Answer(call) if self.calls.rings_here(call) => self.answer(call).await,
                Task::Answer(_) => {}
                Task::Follow(call) => {
                    if let Some(media) = self.prepare("follow").await {
                        self.command(PhoneCommand::Follow { call, media }).await;
                        self.calls.abandon();
                    }
                }
            }
        }
    }

    pub(super) async fn obey_lines(&mut self) {
        while self.state.waiting_for.is_none()
            && self.state.ends_at.is_none()
            && let Some(line) = self.state.queue.pop_front()
        {
            match Command::parse(&line) {
                Ok(Some(command)) => {
                    if let Err(reason) = self.obey(command).await {
                        self.report(&Report::Error { command: line.trim().to_owned(), reason });
                    }
                    self.do_tasks().await;
                }
                Ok(None) => {}
                Err(reason) => self.report(&Report::Error { command: line.trim().to_owned(), reason }),
            }
        }
        let done = self.state.input_ended && self.state.queue.is_empty() && self.state.waiting_for.is_none();
        if done && self.state.ends_at.is_none() && !self.options.stay {
            self.quit().await;
        }
    }

    async fn obey(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Answer(number) => {
                let call = self.calls.ringing_here(number)?;
                self.answer(call).await;
            }
            Command::Call(to) => self.dial("call", to).await?,
            Command::Complete => {
                let (call, with) = self.calls.consulting().ok_or("no consultation: begin with consult NUMBER")?;
                self.command(PhoneCommand::Join { call, with }).await;
            }
            Command::Consult(to) => {
                let original = self.calls.find(None)?;
                self.command(PhoneCommand::Hold { call: original }).await;
                self.dial("consult", to).await?;
                self.calls.consult(original);
            }
            Command::Digits(digits) => {
                let taken = self.calls.digits(digits).await.map_err(|fault| fault.to_string())?;
                if !taken {
                    return Err("the far end takes no keys".to_owned());
                }
            }
            Command::Hangup(number) => {
                let call = self.calls.find(number)?;
                self.command(PhoneCommand::HangUp { call }).await;
            }
            Command::Help => self.report(&Report::Help { text: HELP }),
            Command::Hold(number) => {
                let call = self.calls.find(number)?;
                self.command(PhoneCommand::Hold { call }).await;
            }
            Command::Move(side) => {
                let asked = self.search.send(Notice::MoveTo(side)).await;
                asked.map_err(|_| "the phone ends".to_owned())?;
            }
            Command::Play(path) => {
                let samples = read_wav(&path).map_err(|fault| fault.to_string())?;
                self.play(Source::once(samples)).await?;
            }
            Command::Quit => self.quit().await,
            Command::Record(path) => self.calls.record(path).await.map_err(|fault| fault.to_string())?,
            Command::Resume(number) => {
                let call = self.calls.find(number)?;
                self.command(PhoneCommand::Resume { call }).await;
            }
            Command::SignOut => {
                let _ = self.demands.send(Demand::SignOut).await;
                self.quit().await;
            }
            Command::Silence => self.play(Source::silence()).await?,
            Command::Statistics(number) => {
                let call = self.calls.find(number)?;
                let statistics = self.calls.statistics(call).await.ok_or("the call has no media yet")?;
                self.report(&Report::Statistics { call: call.0, statistics });
            }
            Command::Status => {
                let (registered, calls) = (self.state.registered.clone(), self.calls.status());
                self.report(&Report::Status { registered, calls });
            }
            Command::StopRecording => self.calls.stop_recording().await.map_err(|fault| fault.to_string())?,
            Command::Tone(hertz) => self.play(Source::tone(hertz)).await?,
            Command::Transfer(to) => {
                let call = self.calls.find(None)?;
                self.command(PhoneCommand::Transfer { call, to }).await;
            }
            Command::Wait(event) => {
                let is_so = event == "registered" && self.state.registered.is_some();
                self.state.waiting_for = (!is_so).then_some(event);
            }
        }
        Ok(())
    }

    async fn play(&mut self, source: Source) -> Result<(), String> {
        self.calls.play(source).await.map_err(|fault| fault.to_string())
    }

    async fn dial(&mut self, word: &str, to: String) -> Result<(), String> {
        if self.state.registered.is_none() {
            return Err("not registered".to_owned());
        }
        let Some(media) = self.prepare(word).await else { return Ok(()) };
        self.command(PhoneCommand::Dial { to, media }).await;
        match self.calls.abandon() {
            true => Err("the call could not be begun".to_owned()),
            false => Ok(()),
        }
    }

    async fn answer(&mut self, call: CallId) {
        if let Some(media) = self.prepare("answer").await {
            self.calls.attach(call);
            self.command(PhoneCommand::Answer { call, media }).await;
        }
    }

    /// Ports for a call, on the address that reaches the node unless another was chosen.
    async fn prepare(&mut self, word: &str) -> Option<SocketAddr> {
        let ip = self.options.media_address.or(self.state.local).unwrap_or(Ipv4Addr::LOCALHOST.into());
        match self.calls.prepare(ip).await {
            Ok(address) => Some(address),
            Err(fault) => {
                self.report(&Report::Error { command: word.to_owned(), reason: fault.to_string() });
                None
            }
        }
    }
}
