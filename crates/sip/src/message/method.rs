//! Request methods (RFC 3261 §7.1 and the methods that later RFCs registered).
//!
//! A method is case-sensitive, and one that nobody registered is data: what to answer (501) is the transaction
//! user's decision, not the parser's.

use std::fmt;

use bytes::Bytes;

use super::syntax;

/// The method of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// ACK (RFC 3261 §17.1.1.3).
    Ack,
    /// BYE (RFC 3261 §15).
    Bye,
    /// CANCEL (RFC 3261 §9).
    Cancel,
    /// INFO (RFC 6086).
    Info,
    /// INVITE (RFC 3261 §13).
    Invite,
    /// MESSAGE (RFC 3428).
    Message,
    /// NOTIFY (RFC 6665).
    Notify,
    /// OPTIONS (RFC 3261 §11).
    Options,
    /// PRACK (RFC 3262).
    Prack,
    /// PUBLISH (RFC 3903).
    Publish,
    /// REFER (RFC 3515).
    Refer,
    /// REGISTER (RFC 3261 §10).
    Register,
    /// SERVICE, not standardised; Expressway asks with it whether the far node is alive.
    Service,
    /// SUBSCRIBE (RFC 6665).
    Subscribe,
    /// UPDATE (RFC 3311).
    Update,
    /// Any other token.
    Extension(ExtensionMethod),
}

/// The name of a method that is none of the known ones; always a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExtensionMethod(Bytes);

impl Method {
    /// The method of this name, or `None` if it is no token.
    pub fn from_bytes(name: &[u8]) -> Option<Self> {
        match Self::known(name) {
            Some(method) => Some(method),
            None if syntax::is_token(name) => Some(Self::Extension(ExtensionMethod(Bytes::copy_from_slice(name)))),
            None => None,
        }
    }

    fn known(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"ACK" => Self::Ack,
            b"BYE" => Self::Bye,
            b"CANCEL" => Self::Cancel,
            b"INFO" => Self::Info,
            b"INVITE" => Self::Invite,
            b"MESSAGE" => Self::Message,
            b"NOTIFY" => Self::Notify,
            b"OPTIONS" => Self::Options,
            b"PRACK" => Self::Prack,
            b"PUBLISH" => Self::Publish,
            b"REFER" => Self::Refer,
            b"REGISTER" => Self::Register,
            b"SERVICE" => Self::Service,
            b"SUBSCRIBE" => Self::Subscribe,
            b"UPDATE" => Self::Update,
            _ => return None,
        })
    }

    /// The name as it stands in a request line.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ack => b"ACK",
            Self::Bye => b"BYE",
            Self::Cancel => b"CANCEL",
            Self::Info => b"INFO",
            Self::Invite => b"INVITE",
            Self::Message => b"MESSAGE",
            Self::Notify => b"NOTIFY",
            Self::Options => b"OPTIONS",
            Self::Prack => b"PRACK",
            Self::Publish => b"PUBLISH",
            Self::Refer => b"REFER",
            Self::Register => b"REGISTER",
            Self::Service => b"SERVICE",
            Self::Subscribe => b"SUBSCRIBE",
            Self::Update => b"UPDATE",
            Self::Extension(ExtensionMethod(name)) => name,
        }
    }

    /// The name as text; a token is always ASCII.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
