//! Where a URI leads that a device gave us: Request-URI, Refer-To, or the Contact of a 3xx.
//!
//! A call goes to a directory number of this cluster and to nothing else: no other domain, no `maddr`, no route of
//! the device's choosing, and nothing is resolved or dialled because a device named it. That is the class of service of
//! every line here, of those that divert or transfer as of those that call (our choice: partitions and calling search
//! spaces can narrow it later, and [`resolve`] is the one place that they would go to).

use directory::{Directory, DirectoryNumber};
use sip::message::{Host, StatusCode, Uri};

/// Why a URI leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DestinationError {
    /// The scheme is neither sip, sips nor tel.
    Scheme,
    /// The URI is malformed, or has no user part.
    Malformed,
    /// The host is no name or address of this cluster.
    ForeignDomain,
    /// No line has this number.
    UnknownNumber,
}

impl DestinationError {
    /// The status code of the answer.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Scheme => StatusCode::UNSUPPORTED_URI_SCHEME,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::ForeignDomain => StatusCode::FORBIDDEN,
            Self::UnknownNumber => StatusCode::NOT_FOUND,
        }
    }
}

/// The directory number that a URI names, at a host that is us.
pub(super) fn resolve(
    directory: &Directory,
    uri: Uri<'_>,
    is_us: impl Fn(Host<'_>) -> bool,
) -> Result<DirectoryNumber, DestinationError> {
    let dialled = match uri {
        Uri::Sip(uri) if uri.parameter("maddr").is_some() || !is_us(uri.host()) => {
            return Err(DestinationError::ForeignDomain);
        }
        Uri::Sip(uri) => uri.user_decoded().ok_or(DestinationError::Malformed)?.into_owned(),
        Uri::Other(uri) if uri.scheme().eq_ignore_ascii_case(b"tel") => uri.opaque_part().to_vec(),
        Uri::Other(_) => return Err(DestinationError::Scheme),
    };
    let number = subscriber_number(&dialled);
    let number = std::str::from_utf8(number).ok().and_then(|number| DirectoryNumber::new(number).ok());
    let number = number.ok_or(DestinationError::UnknownNumber)?;
    let is_known = directory.line(number.as_str()).is_some();
    is_known.then_some(number).ok_or(DestinationError::UnknownNumber)
}

/// The number without the parameters of a telephone-subscriber (RFC 3261 §19.1.6).
fn subscriber_number(user: &[u8]) -> &[u8] {
    user.split(|byte| *byte == b';').next().unwrap_or_default()
}

/// What was dialled, for the call detail record: the user part, or the whole URI.
pub(super) fn dialled_text(uri: Option<Uri<'_>>) -> String {
    let octets = match uri {
        Some(Uri::Sip(uri)) => uri.user_decoded().map_or_else(|| uri.as_bytes().to_vec(), |user| user.into_owned()),
        Some(other) => other.as_bytes().to_vec(),
        None => return String::new(),
    };
    String::from_utf8_lossy(&octets).chars().filter(|c| !c.is_control()).take(64).collect()
}
