//! Cuts a stream into messages (RFC 3261 §18.3) and keep-alives (RFC 5626 §4.4.1).
//!
//! Each octet is looked at once, however small the pieces in which it arrives, and nothing is kept while the
//! stream is idle. A message is refused before memory is taken for it: Content-Length is compared with
//! [`limits::MESSAGE`] when the header ends.

use bytes::{Buf as _, Bytes, BytesMut};

use crate::message::parser::{Head, HeadParser};
use crate::message::{Message, ParseError, Violation, limits};

/// What a stream holds next.
#[derive(Debug)]
pub enum Frame {
    /// The second line end of a ping: a server answers with one line end (RFC 5626 §3.5.1), a client ignores it.
    KeepAlivePing,
    /// A line end: the answer to a ping, or the first half of one. The two look alike, and no answer is due.
    KeepAlivePong,
    /// A message.
    Message(Message),
    /// A message that breaks a rule. If its answer does not close the stream, the next frame follows it.
    Malformed(ParseError),
}

/// The receiving side of one stream.
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: BytesMut,
    state: State,
    is_half_ping: bool,
}

#[derive(Debug, Default)]
enum State {
    /// Before the first octet of a message.
    #[default]
    Between,
    /// In the header.
    Head(Box<HeadParser>),
    /// In the body: the parsed header, and how long the whole message is.
    Body(Box<Head>, usize),
    /// The next message cannot be found.
    Lost,
}

impl StreamFramer {
    /// A framer before the first octet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes octets that were read from the stream.
    pub fn push(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// The buffer, to read into its spare capacity.
    pub const fn buffer_mut(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// Whether a message has begun and not ended: the time it may take is running.
    pub fn is_in_message(&self) -> bool {
        match self.state {
            State::Between => !self.buffer.is_empty(),
            State::Head(_) | State::Body(..) => true,
            State::Lost => false,
        }
    }

    /// The next frame; `None`: more octets are needed.
    pub fn next_frame(&mut self) -> Option<Frame> {
        match std::mem::take(&mut self.state) {
            State::Between => match self.keep_alive() {
                Some(keep_alive) => Some(keep_alive),
                None if self.has_begun() => self.head(HeadParser::default()),
                None => None,
            },
            State::Head(parser) => self.head(*parser),
            State::Body(head, length) => self.body(*head, length),
            State::Lost => {
                self.state = State::Lost;
                self.buffer = BytesMut::new();
                None
            }
        }
    }

    /// A line end between messages.
    fn keep_alive(&mut self) -> Option<Frame> {
        if !self.buffer.starts_with(b"\r\n") {
            return None;
        }
        self.buffer.advance(2);
        self.is_half_ping = !self.is_half_ping;
        Some(if self.is_half_ping { Frame::KeepAlivePong } else { Frame::KeepAlivePing })
    }

    /// Whether the buffer holds the beginning of a message. A buffer that holds nothing is given back.
    fn has_begun(&mut self) -> bool {
        match self.buffer.as_ref() {
            [] => {
                self.buffer = BytesMut::new();
                false
            }
            [b'\r'] => false,
            _ => {
                self.is_half_ping = false;
                true
            }
        }
    }

    fn head(&mut self, mut parser: HeadParser) -> Option<Frame> {
        match parser.advance(&self.buffer) {
            Ok(true) => self.end_of_head(parser.finish(&self.buffer)),
            Ok(false) => {
                self.state = State::Head(Box::new(parser));
                None
            }
            Err(violation) => {
                let head = parser.finish(&self.buffer);
                Some(self.lose(head, violation))
            }
        }
    }

    fn end_of_head(&mut self, head: Head) -> Option<Frame> {
        let length = match head.content_length {
            // RFC 3261 §18.3: over a stream Content-Length is mandatory.
            Ok(None) => Err(Violation::ContentLengthMissing),
            Ok(Some(body)) if head.end + 2 + body <= limits::MESSAGE => Ok(head.end + 2 + body),
            Ok(Some(_)) => Err(Violation::MessageTooLarge),
            Err(violation) => Err(violation),
        };
        match (length, head.violation) {
            (_, Some(violation)) if violation.answer().close => Some(self.lose(head, violation)),
            (Err(violation), _) => Some(self.lose(head, violation)),
            (Ok(length), _) => self.body(head, length),
        }
    }

    fn body(&mut self, head: Head, length: usize) -> Option<Frame> {
        if self.buffer.len() < length {
            self.state = State::Body(Box::new(head), length);
            return None;
        }
        let bytes = self.take(length);
        Some(frame(Message::assemble(head, bytes, None)))
    }

    /// Takes the message out; the buffer goes with it, unless more has arrived behind it.
    fn take(&mut self, length: usize) -> Bytes {
        if self.buffer.len() == length {
            return std::mem::take(&mut self.buffer).freeze();
        }
        // Cannot panic: whoever calls has seen that the buffer holds this many octets.
        self.buffer.split_to(length).freeze()
    }

    fn lose(&mut self, head: Head, violation: Violation) -> Frame {
        self.state = State::Lost;
        let bytes = std::mem::take(&mut self.buffer).freeze();
        frame(Message::assemble(head, bytes, Some(violation)))
    }
}

fn frame(message: Result<Message, ParseError>) -> Frame {
    message.map_or_else(Frame::Malformed, Frame::Message)
}
