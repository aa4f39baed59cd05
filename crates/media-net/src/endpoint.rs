//! The endpoint: a task with the two sockets and a clock around a [`MediaSession`].

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use sdp::Negotiated;
use tokio::{
    net::UdpSocket,
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval},
};

use crate::{
    MediaError, MediaStatistics, Source, ports,
    session::{Datagram, MediaSession, Random},
};

/// The time of a packet.
const PACKET: Duration = Duration::from_millis(20);

/// Commands that may wait for the task.
const COMMANDS: usize = 32;

/// Events that may wait for the owner; later ones are dropped, as the sound goes on.
const EVENTS: usize = 64;

/// A datagram is cut off behind this: more than any packet of ours.
const DATAGRAM: usize = 2_048;

/// Seconds from 1900, where NTP time begins, to 1970.
const NTP_EPOCH: u64 = 2_208_988_800;

/// What the owner of an endpoint may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaEvent {
    /// The far end pressed a key.
    Digit(char),
    /// The first authentic packet came, from here.
    Heard(SocketAddr),
    /// Our key may not be used any more: offer a new one.
    KeyExhausted,
    /// The samples were sent to their end.
    PlayFinished,
}

/// The media of one call. Dropping it ends the task and frees the ports.
#[derive(Debug)]
pub struct MediaEndpoint {
    local: SocketAddr,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

enum Command {
    Apply(Box<Negotiated>, oneshot::Sender<()>),
    Close(oneshot::Sender<MediaStatistics>),
    Digits(String, oneshot::Sender<bool>),
    Play(Source),
    Record(Option<PathBuf>, oneshot::Sender<Result<(), MediaError>>),
    Statistics(oneshot::Sender<MediaStatistics>),
}

impl MediaEndpoint {
    /// Binds a pair of ports in the range and starts the task.
    pub async fn bind(
        ip: IpAddr,
        ports: RangeInclusive<u16>,
        random: Random,
    ) -> Result<(Self, mpsc::Receiver<MediaEvent>), MediaError> {
        let mut start = [0; 2];
        random(&mut start);
        let (media, control) = ports::bind(ip, ports.clone(), u16::from_be_bytes(start)).await?;
        let local = media.local_addr().map_err(|fault| MediaError::NoPorts(ports, fault))?;
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let (events, outbox) = mpsc::channel(EVENTS);
        let driver = Driver { media, control, session: MediaSession::new(random), events };
        let task = tokio::spawn(driver.run(inbox));
        Ok((Self { local, commands, task }, outbox))
    }

    /// Where we receive: what goes into our descriptions.
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// Sends and receives what was settled; returns when packets under it are taken.
    pub async fn apply(&self, settled: &Negotiated) -> Result<(), MediaError> {
        self.ask(|reply| Command::Apply(Box::new(settled.clone()), reply)).await
    }

    /// Changes what is sent.
    pub async fn play(&self, source: Source) -> Result<(), MediaError> {
        self.tell(Command::Play(source)).await
    }

    /// Starts a file with what comes.
    pub async fn record(&self, path: PathBuf) -> Result<(), MediaError> {
        self.ask(|reply| Command::Record(Some(path), reply)).await?
    }

    /// Ends the file.
    pub async fn stop_recording(&self) -> Result<(), MediaError> {
        self.ask(|reply| Command::Record(None, reply)).await?
    }

    /// Sends digits as events; false when the peer does not take them.
    pub async fn send_digits(&self, digits: String) -> Result<bool, MediaError> {
        self.ask(|reply| Command::Digits(digits, reply)).await
    }

    /// The counts so far.
    pub async fn statistics(&self) -> Result<MediaStatistics, MediaError> {
        self.ask(Command::Statistics).await
    }

    /// Says goodbye, ends the file, frees the ports; the last counts.
    pub async fn close(mut self) -> Result<MediaStatistics, MediaError> {
        let statistics = self.ask(Command::Close).await;
        // The ports are free when the task has ended.
        let _ = (&mut self.task).await;
        statistics
    }

    async fn tell(&self, command: Command) -> Result<(), MediaError> {
        self.commands.send(command).await.map_err(|_| MediaError::Closed)
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, MediaError> {
        let (reply, answer) = oneshot::channel();
        self.tell(command(reply)).await?;
        answer.await.map_err(|_| MediaError::Closed)
    }
}

struct Driver {
    media: UdpSocket,
    control: UdpSocket,
    session: MediaSession,
    events: mpsc::Sender<MediaEvent>,
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let started = Instant::now();
        let mut ticks = interval(PACKET);
        // A late tick is caught up with: the far end hears every sample.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut reports = interval(Duration::from_secs(rtp::control::INTERVAL_SECONDS));
        reports.reset();
        let (mut datagram, mut report) = ([0; DATAGRAM], [0; DATAGRAM]);
        loop {
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(Command::Close(reply)) => {
                        self.end().await;
                        let _ = reply.send(self.session.statistics());
                        return;
                    }
                    Some(command) => self.obey(command),
                    None => return self.end().await,
                },
                _ = ticks.tick() => {
                    let packets = self.session.tick();
                    send(&self.media, packets).await;
                }
                Ok((length, from)) = self.media.recv_from(&mut datagram) => {
                    let packet = datagram.get(..length).unwrap_or_default();
                    self.session.receive(packet, from, samples_since(started));
                }
                Ok((length, _)) = self.control.recv_from(&mut report) => {
                    self.session.receive_control(report.get(..length).unwrap_or_default());
                }
                _ = reports.tick() => {
                    let packet = self.session.report(ntp_time(), false);
                    send(&self.control, packet).await;
                }
            }
            while let Some(event) = self.session.poll_event() {
                let _ = self.events.try_send(event);
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Apply(settled, reply) => {
                self.session.apply(&settled);
                let _ = reply.send(());
            }
            Command::Close(_) => {}
            Command::Digits(digits, reply) => {
                let _ = reply.send(self.session.send_digits(&digits));
            }
            Command::Play(source) => self.session.play(source),
            Command::Record(Some(path), reply) => {
                let _ = reply.send(self.session.record(&path));
            }
            Command::Record(None, reply) => {
                self.session.stop_recording();
                let _ = reply.send(Ok(()));
            }
            Command::Statistics(reply) => {
                let _ = reply.send(self.session.statistics());
            }
        }
    }

    async fn end(&mut self) {
        let packet = self.session.report(ntp_time(), true);
        send(&self.control, packet).await;
        self.session.stop_recording();
    }
}

/// A datagram that cannot be sent is lost, as on any path: a peer that is gone answers with an error.
async fn send(socket: &UdpSocket, datagrams: impl IntoIterator<Item = Datagram>) {
    for (to, packet) in datagrams {
        let _ = socket.send_to(&packet, to).await;
    }
}

fn samples_since(started: Instant) -> u32 {
    (started.elapsed().as_micros() * u128::from(rtp::CLOCK_RATE) / 1_000_000) as u32
}

fn ntp_time() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
    (since_1970.as_secs() + NTP_EPOCH) << 32 | fraction
}
