//! What can happen.

mod call;
mod handshake;
mod message;
mod port;
mod refusal;
mod registration;

pub use call::{Call, CallChange, CallName, CallParty, CallRecord};
pub use handshake::{
    Alert, AlertSender, Certificate, ChainSide, FailingLink, Handshake, HandshakeFailure, LinkFault, Role,
};
pub use message::{Direction, Message, StartLine};
pub use port::{Port, Transport};
pub use refusal::{Refusal, Step, StepOutcome};
pub use registration::{CredentialsForm, Dialect, Registration, RegistrationChange};

use crate::Timestamp;

/// The octets that are kept of a text that a peer chose.
pub const TEXT: usize = 256;

/// At most [`TEXT`] octets of a text, cut between characters.
#[must_use]
pub fn clip(text: &str) -> Box<str> {
    let end = text.floor_char_boundary(TEXT);
    text.get(..end).unwrap_or_default().into()
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A registration began or ended.
    Registration(Registration),
    /// A call began, got a leg, was answered, ended.
    Call(Call),
    /// A request was refused.
    Refusal(Refusal),
    /// A TLS handshake was completed, or failed.
    Handshake(Box<Handshake>),
    /// A SIP message came or went.
    Message(Message),
}

impl Event {
    /// The kind, as feeds name it: `registration`, `call`, `refusal`, `handshake`, `message`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Registration(_) => "registration",
            Self::Call(_) => "call",
            Self::Refusal(_) => "refusal",
            Self::Handshake(_) => "handshake",
            Self::Message(_) => "message",
        }
    }
}

/// An event with its number and its time.
#[derive(Debug, Clone)]
pub struct Record {
    /// Counted over all kinds from 1, within the life of the recorder.
    pub number: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}
