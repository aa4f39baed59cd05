//! The media of one call, without a socket: what to send each 20 ms, what to do with what comes.

use std::{collections::VecDeque, net::SocketAddr, path::Path};

use rtp::{
    Header, Packet, ReceptionStatistics, RtpError, SAMPLES_PER_PACKET,
    control::{self, ReportBlock, Sent},
    g711::Law,
    telephone_event::{self, DigitDetector, TelephoneEvent},
};
use sdp::{Negotiated, Role};

use crate::{
    MediaError, MediaEvent, MediaStatistics, Source,
    direction::{Receiving, Sending, law_of},
    recorder::Recorder,
};

/// Fills a slice with random bytes.
pub type Random = fn(&mut [u8]);

/// An answerer sends under new keys when the peer does, or after so many ticks: 500 ms.
const ANSWER_WAIT: u32 = 25;

/// The same for a first answer, when nothing was sent before: 100 ms. A relay sends nothing to us before it has heard us, so we
/// must not wait for a sign that waits for ours.
const FIRST_ANSWER_WAIT: u32 = 5;

/// Ticks between digits, so that the far end tells two like digits apart: 100 ms.
const DIGIT_PAUSE: usize = 5;

/// Ticks between two empty packets while we send nothing: 15 s, as RFC 6263 §7 has it.
const KEEP_ALIVE: u32 = 750;

/// The name of our reports (RFC 3550 §6.5.1). It tells nothing of the user.
const CANONICAL_NAME: &str = "ringbearer";

/// A datagram to send.
pub(crate) type Datagram = (SocketAddr, Vec<u8>);

/// The state of a call's media.
pub struct MediaSession {
    random: Random,
    sending: Option<Sending>,
    /// What we shall send under, when the peer has our answer, and the ticks until we no longer wait for a sign.
    answered: Option<(Negotiated, u32)>,
    receiving: Option<Receiving>,
    source: Source,
    recorder: Option<Recorder>,
    digits: VecDeque<Option<TelephoneEvent>>,
    digit_timestamp: u32,
    digit_detector: DigitDetector,
    statistics: MediaStatistics,
    reception: Vec<(u32, ReceptionStatistics)>,
    sent_bytes: u64,
    /// Ticks since anything was sent.
    silent: u32,
    events: VecDeque<MediaEvent>,
}

impl MediaSession {
    /// Media before anything is agreed: nothing is sent, nothing heard.
    pub fn new(random: Random) -> Self {
        Self {
            random,
            sending: None,
            answered: None,
            receiving: None,
            source: Source::silence(),
            recorder: None,
            digits: VecDeque::new(),
            digit_timestamp: 0,
            digit_detector: DigitDetector::default(),
            statistics: MediaStatistics::default(),
            reception: Vec::new(),
            sent_bytes: 0,
            silent: 0,
            events: VecDeque::new(),
        }
    }

    /// Takes what was settled. What the peer sends under its new key is heard at once, what comes under the one before
    /// for a while. An answerer goes on sending as before until the peer can have the answer: its first packet under
    /// the new key is the sign.
    pub fn apply(&mut self, settled: &Negotiated) {
        self.receive_under(settled);
        self.answered = None;
        match settled.role {
            Role::Answerer if settled.srtp.is_some() && settled.direction.sends() => {
                let wait = if self.sending.is_some() { ANSWER_WAIT } else { FIRST_ANSWER_WAIT };
                self.answered = Some((settled.clone(), wait));
            }
            _ => self.send_under(settled),
        }
    }

    fn receive_under(&mut self, settled: &Negotiated) {
        let (receiving, changes) = Receiving::under(self.receiving.take(), settled);
        self.statistics.key_changes += u32::from(changes);
        self.statistics.suite = settled.srtp.as_ref().map(|keys| keys.receive.suite());
        self.statistics.codec = Some(settled.audio.codec);
        self.receiving = Some(receiving);
    }

    fn send_under(&mut self, settled: &Negotiated) {
        self.sending = Some(Sending::under(self.sending.take(), settled, self.random));
    }

    /// Changes what is sent.
    pub fn play(&mut self, source: Source) {
        self.source = source;
    }

    /// Starts a file with what the peer sends.
    pub fn record(&mut self, path: &Path) -> Result<(), MediaError> {
        self.stop_recording();
        self.recorder = Some(Recorder::create(path)?);
        Ok(())
    }

    /// Ends the file.
    pub fn stop_recording(&mut self) {
        if let Some(recorder) = self.recorder.take()
            && let Err(fault) = recorder.finish()
        {
            tracing::warn!(%fault, "recording could not be finished");
        }
    }

    /// Queues digits, as events when the peer takes them: false when it does not.
    pub fn send_digits(&mut self, digits: &str) -> bool {
        let takes_events = self.sending.as_ref().is_some_and(|sending| sending.settled.telephone_event.is_some());
        if takes_events {
            for payloads in digits.chars().filter_map(telephone_event::payloads) {
                self.digits.extend(payloads.into_iter().map(Some));
                self.digits.extend([None; DIGIT_PAUSE]);
            }
        }
        takes_events
    }

    /// The counts so far.
    pub fn statistics(&self) -> MediaStatistics {
        let lost = self.reception.iter().map(|(_, reception)| reception.lost()).sum();
        let jitter = self.reception.last().map_or(0, |(_, reception)| reception.jitter());
        let answered = self.answered.as_ref().map(|(settled, _)| settled.remote);
        let remote = self.sending.as_ref().map(Sending::destination).or(answered);
        MediaStatistics { lost, jitter_microseconds: jitter * 125, remote, ..self.statistics.clone() }
    }

    /// The next thing to tell.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// 20 ms are over: the packets to send now.
    pub fn tick(&mut self) -> Vec<Datagram> {
        if let Some(receiving) = &mut self.receiving {
            receiving.tick();
        }
        self.answered = match self.answered.take() {
            Some((settled, 0)) => {
                self.send_under(&settled);
                None
            }
            waiting => waiting.map(|(settled, ticks)| (settled, ticks - 1)),
        };
        let Some(sending) = &mut self.sending else { return Vec::new() };
        if !sending.settled.direction.sends() || sending.exhausted {
            sending.stream.pass(SAMPLES_PER_PACKET as u32);
            return self.keep_alive().into_iter().collect();
        }
        self.silent = 0;
        match (self.digits.pop_front(), sending.settled.telephone_event) {
            (Some(Some(event)), Some(payload_type)) => self.send_event(payload_type, event),
            _ => self.send_sound(),
        }
    }

    /// A held call sends nothing, and a NAT forgets who is silent: an empty packet from time to time (RFC 6263 §4.1).
    fn keep_alive(&mut self) -> Option<Datagram> {
        let to = self.sending.as_ref()?.destination();
        self.silent += 1;
        let is_due = self.silent.is_multiple_of(KEEP_ALIVE) && !to.ip().is_unspecified();
        is_due.then(|| (to, Vec::new()))
    }

    fn send_sound(&mut self) -> Vec<Datagram> {
        let Some(sending) = &mut self.sending else { return Vec::new() };
        let Some(law) = Law::of(sending.settled.audio.codec) else { return Vec::new() };
        let (samples, finished) = self.source.next_packet();
        if finished {
            self.events.push_back(MediaEvent::PlayFinished);
        }
        let payload = samples.map(|sample| law.compress(sample));
        let header = sending.stream.next_packet(sending.settled.audio.payload_type, SAMPLES_PER_PACKET as u32);
        self.send(&header, &payload).into_iter().collect()
    }

    /// The packets of one tick of a digit; the repetitions of its end leave together.
    fn send_event(&mut self, payload_type: u8, event: TelephoneEvent) -> Vec<Datagram> {
        let Some(sending) = &mut self.sending else { return Vec::new() };
        let first = event.duration == SAMPLES_PER_PACKET as u16;
        if first {
            self.digit_timestamp = sending.stream.timestamp();
        }
        let timestamp = self.digit_timestamp;
        sending.stream.pass(SAMPLES_PER_PACKET as u32);
        let mut events = vec![event];
        while let Some(Some(repeated)) = self.digits.front()
            && *repeated == event
        {
            events.push(event);
            self.digits.pop_front();
        }
        events
            .into_iter()
            .filter_map(|event| {
                let header = self.sending.as_mut()?.stream.event_packet(payload_type, first, timestamp);
                self.send(&header, &event.to_payload())
            })
            .collect()
    }

    fn send(&mut self, header: &Header, payload: &[u8]) -> Option<Datagram> {
        let sending = self.sending.as_mut()?;
        let mut packet = Vec::with_capacity(payload.len() + 32);
        header.write(payload, &mut packet);
        if let Some(srtp) = &mut sending.srtp {
            match srtp.protect(&packet) {
                Ok(protected) => packet = protected.into(),
                Err(_) => {
                    sending.exhausted = true;
                    self.events.push_back(MediaEvent::KeyExhausted);
                    return None;
                }
            }
        }
        self.statistics.sent += 1;
        self.sent_bytes += payload.len() as u64;
        Some((sending.destination(), packet))
    }

    /// A datagram came to the media port. `arrival` is its time in samples, from any beginning.
    pub fn receive(&mut self, datagram: &[u8], from: SocketAddr, arrival: u32) {
        if datagram.is_empty() {
            return;
        }
        match self.receive_packet(datagram, from, arrival) {
            Ok(()) => {}
            Err(RtpError::Authentication) => self.statistics.forged += 1,
            Err(RtpError::Replayed) => self.statistics.replayed += 1,
            Err(_) => self.statistics.malformed += 1,
        }
    }

    fn receive_packet(&mut self, datagram: &[u8], from: SocketAddr, arrival: u32) -> Result<(), RtpError> {
        let receiving = self.receiving.as_mut().ok_or(RtpError::Malformed)?;
        let opened = receiving.open(datagram, from)?;
        let packet = Packet::parse(&opened.packet)?;
        let header = packet.header;
        if opened.current
            && let Some((settled, _)) = self.answered.take()
        {
            self.send_under(&settled);
        }
        self.statistics.received += 1;
        count(&mut self.reception, &header, arrival);
        // A packet under the key before may come from a peer that this call has left.
        if let Some(sending) = &mut self.sending
            && sending.srtp.is_some()
            && opened.current
        {
            sending.learned = Some(from);
        }
        let Some(receiving) = &mut self.receiving else { return Ok(()) };
        if !receiving.heard && opened.current {
            receiving.heard = true;
            self.events.push_back(MediaEvent::Heard(from));
        }
        let settled = &receiving.settled;
        if settled.telephone_event == Some(header.payload_type) {
            let digit = self.digit_detector.receive(header.timestamp, packet.payload)?;
            self.events.extend(digit.map(MediaEvent::Digit));
            return Ok(());
        }
        let law = law_of(header.payload_type, settled).ok_or(RtpError::Malformed)?;
        if settled.direction.receives()
            && let Some(recorder) = &mut self.recorder
            && let Err(fault) = recorder.write(&header, law, packet.payload)
        {
            tracing::warn!(%fault, "recording stopped");
            self.recorder = None;
        }
        Ok(())
    }

    /// A datagram came to the control port.
    pub fn receive_control(&mut self, datagram: &[u8]) {
        let opened = match self.receiving.as_mut().and_then(|receiving| receiving.srtp.as_mut()) {
            Some(srtp) => srtp.unprotect_control(datagram).map(Vec::from),
            None => Ok(datagram.to_vec()),
        };
        let Ok(report) = opened.and_then(|clear| control::parse(&clear)) else { return };
        let ours = self.sending.as_ref().map(|sending| sending.stream.source());
        if let Some(block) = report.blocks.iter().find(|block| Some(block.source) == ours) {
            self.statistics.peer_lost = Some(block.lost);
        }
    }

    /// The report of every few seconds, and the last one with goodbye.
    pub fn report(&mut self, ntp_time: u64, goodbye: bool) -> Option<Datagram> {
        let sending = self.sending.as_mut()?;
        let sent = (self.statistics.sent > 0).then_some(Sent {
            ntp_time,
            timestamp: sending.stream.timestamp(),
            packets: self.statistics.sent as u32,
            bytes: self.sent_bytes as u32,
        });
        let blocks: Vec<ReportBlock> =
            self.reception.last().map(|(source, reception)| ReportBlock::new(*source, reception)).into_iter().collect();
        let mut packet = control::compound(sending.stream.source(), sent, &blocks, CANONICAL_NAME, goodbye);
        if let Some(srtp) = &mut sending.srtp {
            packet = srtp.protect_control(&packet).ok()?.into();
        }
        let mut to = sending.destination();
        to.set_port(to.port().checked_add(1)?);
        (!to.ip().is_unspecified()).then_some((to, packet))
    }
}

/// Counts under the packet's source. The receiver bounds the sources under a key; in clear, where nobody
/// does, the oldest goes.
fn count(reception: &mut Vec<(u32, ReceptionStatistics)>, header: &Header, arrival: u32) {
    const SOURCES: usize = 64;
    if let Some((_, statistics)) = reception.iter_mut().find(|(source, _)| *source == header.source) {
        return statistics.receive(header, arrival);
    }
    if reception.len() >= SOURCES {
        reception.remove(0);
    }
    let mut statistics = ReceptionStatistics::default();
    statistics.receive(header, arrival);
    reception.push((header.source, statistics));
}
