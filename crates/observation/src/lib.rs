//! What happens on a node, kept in memory for those who look at it: the pages under `/live`, REST, metrics, captures.
//!
//! A [`Recorder`] takes [`Event`]s with the time that the caller says, numbers them, and keeps the last of each kind in rings of
//! a [named size](Limits). It has no clock and no socket; an adapter gives both, and hands each [`Record`] on to whoever
//! listens. What is kept is gone with the process: call records and the audit log are the database's.
//!
//! A SIP message is stored as [`Masked`] text and in no other form: [`mask()`] is the one place where tokens, digests, keys
//! and passwords are taken out, and logs use it too.
//!
//! Our choices. A refresh of a registration, which is nearly all that a node hears, is recorded only when
//! [`Limits::refreshes`] says so: it costs nothing then and pushes nothing out. In a
//! storm no more than [`Limits::messages_per_second`] are recorded, since to mask a message takes longer than to answer it; what is
//! left out is counted. Texts that a peer chose are clipped to
//! [`TEXT`] octets, so that the size of an entry has a limit as well.

pub mod event;
mod limits;
mod mask;
mod query;
mod rate;
mod recorder;
mod remedy;
mod ring;
mod series;
mod timestamp;

pub use event::{
    Alert, AlertSender, Call, CallChange, CallName, CallParty, CallRecord, Certificate, ChainSide, CredentialsForm,
    Dialect, Direction, Event, FailingLink, Handshake, HandshakeFailure, LinkFault, Message, Port, Record, Refusal,
    Registration, RegistrationChange, Role, StartLine, Step, StepOutcome, TEXT, Transport, clip,
};
pub use limits::Limits;
pub use mask::{Masked, mask};
pub use query::MessageQuery;
pub use recorder::{CallView, Recorder};
pub use remedy::{Place, Remedy};
pub use series::{BUCKET_SECONDS, BUCKETS, Bucket, Level, Series};
pub use timestamp::Timestamp;
