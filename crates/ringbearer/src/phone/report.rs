//! What the phone tells its user: an object for scripts, a line of words for people.

use std::fmt;
use std::net::SocketAddr;

use media_net::MediaStatistics;
use serde::Serialize;

/// An event. `call` is the number that the commands take.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Report {
    /// Which side of the edge the phone is on, and how it gets there.
    Located {
        side: &'static str,
        through: Option<String>,
    },
    Configured {
        url: String,
        sip_oauth_mode: bool,
        nodes: Vec<String>,
        line: Option<String>,
    },
    SignInPage {
        url: String,
    },
    SignedIn {
        expires_in: u64,
    },
    TokenRenewed {
        expires_in: u64,
    },
    SignInFailed {
        reason: String,
    },
    SignedOut,
    Registering {
        node: String,
        port: u16,
        transport: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        through: Option<String>,
    },
    Registered {
        node: String,
        port: u16,
        expires: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        through: Option<String>,
    },
    Refreshed {
        expires: u64,
    },
    RegistrationFailed {
        node: String,
        port: u16,
        reason: &'static str,
        detail: String,
        causes: Vec<&'static str>,
        retry_in: u64,
    },
    Unregistered,
    MessageWaiting {
        waiting: bool,
    },
    Dialing {
        call: u64,
        to: String,
    },
    Ringing {
        call: u64,
    },
    Incoming {
        call: u64,
        number: String,
        name: String,
    },
    Established {
        call: u64,
    },
    Media {
        call: u64,
        direction: &'static str,
        local_hold: bool,
        remote_hold: bool,
        codec: &'static str,
        suite: Option<&'static str>,
        remote: SocketAddr,
    },
    Heard {
        call: u64,
        from: SocketAddr,
    },
    PlayFinished {
        call: u64,
    },
    Digit {
        call: u64,
        digit: char,
    },
    MediaRefused {
        call: u64,
        status: u16,
    },
    TransferWanted {
        call: u64,
        to: String,
    },
    TransferProgress {
        call: u64,
        status: u16,
    },
    TransferFailed {
        call: u64,
        status: u16,
    },
    Ended {
        call: u64,
        cause: &'static str,
        status: Option<u16>,
        detail: Option<String>,
        statistics: Option<Statistics>,
    },
    Statistics {
        call: u64,
        statistics: Statistics,
    },
    /// A SIP message, by its first line; scripts alone are told.
    Sip {
        direction: Direction,
        /// Seconds since 1970.
        at: f64,
        start_line: String,
    },
    Status {
        registered: Option<String>,
        calls: Vec<CallStatus>,
    },
    Help {
        text: &'static str,
    },
    Error {
        command: String,
        reason: String,
    },
    Failed {
        reason: String,
        exit_code: u8,
    },
}

impl Report {
    /// The name of the event, as scripts know it.
    pub(crate) fn name(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("event").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
    }
}

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Direction {
    Sent,
    Received,
}

/// A call in `status`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct CallStatus {
    pub(crate) call: u64,
    pub(crate) with: String,
    pub(crate) state: &'static str,
}

/// The counts of a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Statistics {
    pub(crate) suite: Option<&'static str>,
    pub(crate) codec: Option<&'static str>,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) lost: i64,
    pub(crate) jitter_ms: f64,
    pub(crate) forged: u64,
    pub(crate) replayed: u64,
    pub(crate) malformed: u64,
    pub(crate) key_changes: u32,
    pub(crate) peer_lost: Option<i32>,
}

impl From<MediaStatistics> for Statistics {
    fn from(counts: MediaStatistics) -> Self {
        Self {
            suite: counts.suite.map(sdp::CryptoSuite::name),
            codec: counts.codec.map(sdp::Codec::encoding_name),
            sent: counts.sent,
            received: counts.received,
            lost: counts.lost,
            jitter_ms: f64::from(counts.jitter_microseconds) / 1_000.0,
            forged: counts.forged,
            replayed: counts.replayed,
            malformed: counts.malformed,
            key_changes: counts.key_changes,
            peer_lost: counts.peer_lost,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Located { side, through: Some(edge) } => write!(f, "{side}, through {edge}"),
            Self::Located { side, through: None } => f.write_str(side),
            Self::Configured { url, sip_oauth_mode, nodes, line } => {
                let mode = if *sip_oauth_mode { "on" } else { "off" };
                let line = line.as_deref().unwrap_or("none");
                write!(f, "configuration from {url}: line {line}, SIP OAuth mode {mode}, nodes {}", nodes.join(", "))
            }
            Self::SignInPage { url } => write!(f, "sign in with your browser:\n  {url}"),
            Self::SignedIn { expires_in } => write!(f, "signed in; the access token lasts {expires_in} s"),
            Self::TokenRenewed { expires_in } => write!(f, "access token renewed for {expires_in} s"),
            Self::SignInFailed { reason } => f.write_str(reason),
            Self::SignedOut => f.write_str("signed out"),
            Self::Registering { node, port, transport, through } => {
                write!(f, "registering with {node} port {port} over {transport}")?;
                through.iter().try_for_each(|edge| write!(f, ", through {edge}"))
            }
            Self::Registered { node, port, expires, through } => {
                write!(f, "registered with {node} port {port}")?;
                through.iter().try_for_each(|edge| write!(f, " through {edge}"))?;
                write!(f, ", for {expires} s at a time")
            }
            Self::Refreshed { expires } => write!(f, "registration refreshed for {expires} s"),
            Self::RegistrationFailed { node, port, detail, causes, retry_in, .. } => {
                write!(f, "registration with {node} port {port} failed: {detail}; again in {retry_in} s")?;
                causes.iter().try_for_each(|cause| write!(f, "\n  perhaps {cause}"))
            }
            Self::Unregistered => f.write_str("unregistered"),
            Self::MessageWaiting { waiting: true } => f.write_str("messages are waiting"),
            Self::MessageWaiting { waiting: false } => f.write_str("no messages"),
            Self::Dialing { call, to } => write!(f, "[{call}] calling {to}"),
            Self::Ringing { call } => write!(f, "[{call}] it rings"),
            Self::Incoming { call, number, name } => write!(f, "[{call}] {name} {number} is calling: answer or hangup"),
            Self::Established { call } => write!(f, "[{call}] connected"),
            Self::Media { call, direction, local_hold, remote_hold, codec, suite, .. } => {
                let lock = suite.unwrap_or("in clear");
                write!(f, "[{call}] media {direction}, {codec}, {lock}")?;
                if *local_hold {
                    f.write_str(", on hold")?;
                }
                if *remote_hold {
                    f.write_str(", held by the far end")?;
                }
                Ok(())
            }
            Self::Heard { call, from } => write!(f, "[{call}] sound from {from}"),
            Self::PlayFinished { call } => write!(f, "[{call}] the file was played"),
            Self::Digit { call, digit } => write!(f, "[{call}] key {digit}"),
            Self::MediaRefused { call, status } => write!(f, "[{call}] the far end refused the change: {status}"),
            Self::TransferWanted { call, to } => write!(f, "[{call}] the far end hands you on to {to}"),
            Self::TransferProgress { call, status } => write!(f, "[{call}] transfer: the target answered {status}"),
            Self::TransferFailed { call, status } => write!(f, "[{call}] transfer failed: {status}"),
            Self::Ended { call, cause, status, detail, statistics } => {
                write!(f, "[{call}] ended: {cause}")?;
                status.iter().try_for_each(|status| write!(f, " {status}"))?;
                detail.iter().try_for_each(|detail| write!(f, ", {detail}"))?;
                statistics.iter().try_for_each(|counts| write!(f, " ({counts})"))
            }
            Self::Statistics { call, statistics } => write!(f, "[{call}] {statistics}"),
            Self::Sip { start_line, .. } => f.write_str(start_line),
            Self::Status { registered, calls } => {
                write!(
                    f,
                    "{}",
                    registered.as_deref().map_or("not registered".to_owned(), |node| format!("registered with {node}"))
                )?;
                calls.iter().try_for_each(|call| write!(f, "\n[{}] {} {}", call.call, call.with, call.state))
            }
            Self::Help { text } => f.write_str(text),
            Self::Error { reason, .. } | Self::Failed { reason, .. } => f.write_str(reason),
        }
    }
}

impl fmt::Display for Statistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lock = self.suite.unwrap_or("in clear");
        write!(
            f,
            "sent {}, received {}, lost {}, jitter {:.1} ms, {lock}",
            self.sent, self.received, self.lost, self.jitter_ms
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn events_as_scripts_read_them() {
        let rows = [
            (
                Report::Registered { node: "127.0.0.11".to_owned(), port: 5090, expires: 120, through: None },
                r#"{"event":"registered","node":"127.0.0.11","port":5090,"expires":120}"#,
            ),
            (
                Report::Registered {
                    node: "127.0.0.11".to_owned(),
                    port: 5091,
                    expires: 120,
                    through: Some("127.0.0.22:5061".to_owned()),
                },
                r#"{"event":"registered","node":"127.0.0.11","port":5091,"expires":120,"through":"127.0.0.22:5061"}"#,
            ),
            (Report::SignedOut, r#"{"event":"signed-out"}"#),
            (Report::Digit { call: 1, digit: '#' }, r##"{"event":"digit","call":1,"digit":"#"}"##),
            (
                Report::Ended { call: 2, cause: "refused", status: Some(486), detail: None, statistics: None },
                r#"{"event":"ended","call":2,"cause":"refused","status":486,"detail":null,"statistics":null}"#,
            ),
        ];
        for (report, line) in rows {
            assert_eq!(serde_json::to_string(&report).unwrap(), line);
        }
    }
}
