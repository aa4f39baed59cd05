//! The words between a softphone, its network and its user.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sdp::{Negotiated, SdpError};
use sip::message::{Message, StatusCode};

use crate::config::DeviceConfig;
use crate::settings::Access;
use crate::target::{PortKind, Target};

/// Names a flow of this phone. What a closed flow still reports is recognised by it, and passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u64);

/// Names a call of this phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What happens to a phone.
#[derive(Debug)]
pub enum Input {
    /// The user wants something.
    Command(Command),
    /// The flow of [`Output::Connect`] is up, its TLS handshake done.
    Connected {
        /// The flow.
        flow: FlowId,
        /// Our address on it.
        local: SocketAddr,
    },
    /// The flow could not be had, or was lost.
    Disconnected {
        /// The flow.
        flow: FlowId,
        /// Why, for people.
        reason: String,
    },
    /// A message came.
    Received {
        /// The flow it came on.
        flow: FlowId,
        /// The message.
        message: Message,
    },
    /// The answer to [`Output::Probe`].
    Probed {
        /// The node that was asked for.
        target: Target,
        /// Whether its port takes connections.
        reachable: bool,
    },
    /// An access token: the answer to [`Event::AccessTokenWanted`], or a fresh one before the old one expires.
    AccessToken(String),
    /// The configuration file changed.
    Config(DeviceConfig),
    /// The phone is elsewhere: inside, or outside behind an edge. The tokens stay good.
    Moved {
        /// Where it is now.
        access: Access,
        /// The configuration file as it was fetched there.
        config: DeviceConfig,
    },
    /// The instant of the last [`Output::SetTimer`] has come.
    Timeout,
}

/// What a user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Register, and stay registered.
    Register,
    /// Unregister and close the flow; calls in progress are hung up.
    Unregister,
    /// Call somebody; [`Event::Dialing`] names the call.
    Dial {
        /// A directory number, or a whole sip URI.
        to: String,
        /// Where we receive media.
        media: SocketAddr,
    },
    /// Take an incoming call.
    Answer {
        /// The call.
        call: CallId,
        /// Where we receive media.
        media: SocketAddr,
    },
    /// Refuse an incoming call: busy.
    Reject {
        /// The call.
        call: CallId,
    },
    /// Put the far end on hold.
    Hold {
        /// The call.
        call: CallId,
    },
    /// Take the far end back.
    Resume {
        /// The call.
        call: CallId,
    },
    /// Blind transfer: the far end is to call somebody else.
    Transfer {
        /// The call.
        call: CallId,
        /// A directory number, or a whole sip URI.
        to: String,
    },
    /// Attended transfer: the far ends of two calls are to talk to each other.
    Join {
        /// The call whose far end is moved.
        call: CallId,
        /// The consultation call, whose far end is the target.
        with: CallId,
    },
    /// Do what [`Event::TransferWanted`] asks.
    Follow {
        /// The call that asked.
        call: CallId,
        /// Where we receive media in the new call.
        media: SocketAddr,
    },
    /// Hang up, cancel or reject, as the state of the call has it.
    HangUp {
        /// The call.
        call: CallId,
    },
}

/// What a phone asks for.
#[derive(Debug)]
pub enum Output {
    /// Open a flow.
    Connect {
        /// Its name.
        flow: FlowId,
        /// Where to.
        target: Target,
    },
    /// Close a flow; nothing more is wanted of it.
    Disconnect {
        /// The flow.
        flow: FlowId,
    },
    /// Put this message on a flow.
    Transmit {
        /// The flow.
        flow: FlowId,
        /// The message.
        message: Bytes,
    },
    /// Find out whether a connection can be had, and close it again.
    Probe {
        /// Where to.
        target: Target,
    },
    /// Call back with [`Input::Timeout`] no later than this; replaces what was asked before.
    SetTimer(Instant),
    /// Tell the user.
    Event(Event),
}

/// What a user hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A registration is under way.
    Registering {
        /// Where.
        target: Target,
    },
    /// The phone is registered; told again when the node changes or the server started anew.
    Registered {
        /// Where.
        target: Target,
        /// The keep-alive interval that the server set.
        expires: Duration,
    },
    /// The registration was refreshed.
    Refreshed {
        /// The keep-alive interval that the server set.
        expires: Duration,
    },
    /// A registration failed or was lost.
    RegistrationFailed {
        /// Where.
        target: Target,
        /// Why.
        failure: RegistrationFailure,
        /// When the phone tries again, by itself.
        retry_in: Duration,
    },
    /// The phone is not registered, as the user wanted.
    Unregistered,
    /// An access token is wanted before the phone can go on.
    AccessTokenWanted {
        /// What the server said of the one it got; `None`: there was none yet.
        refused: Option<String>,
    },
    /// Messages wait in the mailbox, or no longer.
    MessageWaiting(bool),
    /// A call of ours begins.
    Dialing {
        /// The call.
        call: CallId,
        /// The URI that is called.
        to: String,
    },
    /// The far end rings.
    Ringing {
        /// The call.
        call: CallId,
    },
    /// Somebody calls.
    Incoming {
        /// The call.
        call: CallId,
        /// Who.
        from: Party,
        /// The call whose place it takes (RFC 3891): it wants to be answered at once.
        replaces: Option<CallId>,
    },
    /// The call is up, or its media changed: hold, resume, another far end.
    Media {
        /// The call.
        call: CallId,
        /// What was agreed.
        media: Negotiated,
        /// Who holds.
        hold: Hold,
    },
    /// The call is answered.
    Established {
        /// The call.
        call: CallId,
    },
    /// Hold or resume was refused; the media goes on as before.
    MediaRefused {
        /// The call.
        call: CallId,
        /// What the far end answered.
        status: StatusCode,
    },
    /// The far end asks us to call somebody else.
    TransferWanted {
        /// The call.
        call: CallId,
        /// The URI to call.
        to: String,
    },
    /// How a transfer that we asked for goes on.
    TransferProgress {
        /// The call.
        call: CallId,
        /// What the target answered.
        status: StatusCode,
    },
    /// A transfer that we asked for failed; the call is still ours.
    TransferFailed {
        /// The call.
        call: CallId,
        /// What the far end or the target answered.
        status: StatusCode,
    },
    /// The call is over.
    Ended {
        /// The call.
        call: CallId,
        /// Why.
        cause: EndCause,
    },
}

/// The far end of a call, as the server names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The display name, empty if there is none.
    pub display_name: String,
    /// The user part of the URI, or the whole URI if it has none.
    pub number: String,
}

/// Who keeps a call on hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// We do.
    pub local: bool,
    /// The far end does.
    pub remote: bool,
}

/// Why a call is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// The user hung up.
    HungUp,
    /// The far end hung up.
    FarEndHungUp,
    /// The far end gave up before we answered.
    Cancelled,
    /// The call was refused, or failed.
    Refused(StatusCode),
    /// Nobody answered in time.
    NoAnswer,
    /// Offer and answer did not lead to media.
    Media(SdpError),
    /// Another call took its place.
    Replaced,
    /// The far end was transferred.
    Transferred,
    /// The session was not refreshed (RFC 4028), or an answer never acknowledged.
    Expired,
    /// The flow was lost.
    FlowLost,
}

/// Why a registration failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationFailure {
    /// 403 `SIP OAuth Registration port Mismatch`.
    PortMismatch(PortMismatch),
    /// 403: another client is registered under this device name.
    AnotherClient,
    /// 403: the certificate does not fit the device.
    TlsAuthentication,
    /// 403 with another warning, or none.
    Forbidden {
        /// The text of the warning.
        warning: String,
    },
    /// Each access token was refused.
    InvalidToken {
        /// What the server said.
        description: String,
    },
    /// 503: come back later.
    Overloaded,
    /// The server asks for credentials of a kind that this phone has not.
    UnknownChallenge,
    /// A value of the configuration cannot stand in a SIP message.
    Unwritable,
    /// Any other refusal.
    Refused(StatusCode),
    /// No answer came.
    NoAnswer,
    /// The flow could not be had, or was lost.
    Disconnected {
        /// Why, for people.
        reason: String,
    },
}

/// A registration came in on a port that does not fit the cluster's mode and the device's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortMismatch {
    /// The port that the configuration file led to.
    pub used: PortKind,
}

impl PortMismatch {
    /// What can be the cause, the likeliest first.
    pub fn causes(&self) -> &'static [&'static str] {
        match self.used {
            PortKind::OAuth | PortKind::MraOAuth => &[
                "SIP OAuth mode is not enabled in the cluster, or CallManager was not restarted since",
                "the phone security profile of the device has OAuth authentication disabled",
                "the registration came over mutual TLS where TLS was due, or the reverse",
            ],
            PortKind::Phone | PortKind::Secure => &[
                "the phone security profile of the device has OAuth authentication enabled: it must use the OAuth port",
                "the configuration file is older than the profile: fetch it again",
            ],
        }
    }
}
