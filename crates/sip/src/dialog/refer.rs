//! Transfer: Refer-To (RFC 3515), the dialog that a Refer-To or a Replaces names (RFC 3891), and the body by which
//! the outcome is told (RFC 3420).

use super::DialogId;
use crate::message::header::{NameAddr, Replaces};
use crate::message::uri::escape;
use crate::message::{Method, StatusCode, Uri, UriBuf, syntax};

/// The media type of the body that tells the outcome of a REFER.
pub const SIPFRAG: &str = "message/sipfrag;version=2.0";

/// RFC 3261 §25.1, `hvalue`: what may stand unescaped in a header of a URI.
const HEADER_VALUE: [bool; 256] = syntax::class(b"-_.!~*'()[]/?:+$");

/// The dialog that an INVITE takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its name, as the receiver of that INVITE has it.
    pub dialog: DialogId,
    /// Whether only an early dialog may be replaced.
    pub is_early_only: bool,
}

impl Replaced {
    /// The dialog at our peer's peer: what we put into Refer-To to have `dialog` of ours replaced.
    pub fn far_end_of(dialog: &DialogId) -> Self {
        let dialog = DialogId::new(dialog.call_id(), dialog.remote_tag(), dialog.local_tag());
        Self { dialog, is_early_only: false }
    }

    /// The value of Replaces.
    pub fn value(&self) -> Vec<u8> {
        let early_only: &[u8] = if self.is_early_only { b";early-only" } else { b"" };
        [
            self.dialog.call_id(),
            b";to-tag=".as_slice(),
            self.dialog.local_tag(),
            b";from-tag=",
            self.dialog.remote_tag(),
            early_only,
        ]
        .concat()
    }
}

impl From<Replaces<'_>> for Replaced {
    fn from(replaces: Replaces<'_>) -> Self {
        let dialog = DialogId::new(replaces.call_id, replaces.to_tag, replaces.from_tag);
        Self { dialog, is_early_only: replaces.is_early_only }
    }
}

/// Whom a REFER asks us to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferTo {
    /// The URI without its header part.
    pub target: UriBuf,
    /// The method to send there, INVITE unless the URI names another.
    pub method: Method,
    /// The dialog to replace: an attended transfer.
    pub replaces: Option<Replaced>,
}

impl ReferTo {
    /// Reads the value of Refer-To. `None`: its URI, or the Replaces within, is malformed.
    pub fn read(value: &NameAddr<'_>) -> Option<Self> {
        let uri = value.uri()?;
        let Uri::Sip(sip) = uri else {
            return Some(Self { target: uri.into(), method: Method::Invite, replaces: None });
        };
        let text = sip.as_bytes();
        let end = memchr::memchr(b'?', text).unwrap_or(text.len());
        let target = UriBuf::parse(text.get(..end)?.to_vec())?;
        let method = match sip.parameter("method") {
            Some(name) => Method::from_bytes(name)?,
            None => Method::Invite,
        };
        let replaces = match sip.header_pairs().find(|(name, _)| name.eq_ignore_ascii_case(b"Replaces")) {
            Some((_, value)) => Some(Replaces::parse(&escape::decode(value))?.into()),
            None => None,
        };
        Some(Self { target, method, replaces })
    }

    /// The value of Refer-To.
    pub fn value(&self) -> Vec<u8> {
        let mut value = [b"<", self.target.as_bytes()].concat();
        if let Some(replaces) = &self.replaces {
            value.extend_from_slice(b"?Replaces=");
            escape::encode(&replaces.value(), &HEADER_VALUE, &mut value);
        }
        value.push(b'>');
        value
    }
}

/// The body of a NOTIFY about a transfer: the status line of what the target answered.
pub fn sipfrag(status: StatusCode) -> String {
    format!("SIP/2.0 {status} {}\r\n", status.reason())
}

/// The status that a body of [`SIPFRAG`] tells.
pub fn sipfrag_status(body: &[u8]) -> Option<StatusCode> {
    let code = body.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    StatusCode::new(std::str::from_utf8(code).ok()?.parse().ok()?)
}
