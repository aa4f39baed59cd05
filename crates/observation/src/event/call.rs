//! A call, from its INVITE to its record.

use std::fmt;
use std::str::FromStr;

use token::UnixTime;

/// Names a call within the life of a node's process: the flow that began it, and a count on that flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallName {
    /// The flow of the calling device.
    pub flow: u64,
    /// Counted on that flow.
    pub number: u32,
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.flow, self.number)
    }
}

/// A text is no name of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCallName;

impl FromStr for CallName {
    type Err = NoCallName;

    fn from_str(text: &str) -> Result<Self, NoCallName> {
        let (flow, number) = text.split_once('.').ok_or(NoCallName)?;
        let (flow, number) = (flow.parse().map_err(|_| NoCallName)?, number.parse().map_err(|_| NoCallName)?);
        Ok(Self { flow, number })
    }
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallParty {
    /// Its device.
    pub device: Box<str>,
    /// The number of its line, where it is known.
    pub number: Box<str>,
    /// Its user, where a token or digest credentials named one.
    pub user: Option<Box<str>>,
}

/// What happened to a call.
#[derive(Debug, Clone)]
pub enum CallChange {
    /// A device called a number.
    Started {
        /// Who.
        calling: CallParty,
        /// The number that it dialled.
        called: Box<str>,
        /// The Call-ID of its leg.
        call_id: Box<str>,
    },
    /// The call has another leg.
    Leg {
        /// To this device.
        device: Box<str>,
        /// Its Call-ID.
        call_id: Box<str>,
    },
    /// It was answered.
    Answered {
        /// By whom.
        connected: CallParty,
        /// How well it is protected: `Encrypted`, `Authenticated`, `NotAuthenticated`.
        security: &'static str,
        /// The cipher suites of its media (RFC 4568 §6.2).
        suites: Box<[&'static str]>,
    },
    /// It, or the pair of parties that a transfer ended, is over.
    Ended(Box<CallRecord>),
    /// No leg of it is left.
    Over,
}

/// Something that happened to a call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which.
    pub name: CallName,
    /// What.
    pub change: CallChange,
}

/// What the call detail record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Who called.
    pub calling: CallParty,
    /// The number that was dialled.
    pub original_called: Box<str>,
    /// The number that it went to in the end.
    pub final_called: Box<str>,
    /// Who answered.
    pub connected: Option<CallParty>,
    /// When it began.
    pub start: UnixTime,
    /// When it was answered.
    pub connect: Option<UnixTime>,
    /// When it ended.
    pub disconnect: UnixTime,
    /// Why: the Q.850 cause.
    pub cause: u8,
    /// Who ended it: `calling`, `called`, `node`.
    pub ended_by: &'static str,
    /// The status of one that was not answered.
    pub status: Option<u16>,
    /// How well it was protected.
    pub security: &'static str,
    /// The cipher suites of its media.
    pub suites: Box<[&'static str]>,
}
