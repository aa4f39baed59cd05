//! The vendor's dialect of REGISTER: parameters of Contact that name device and client.

use std::borrow::Cow;

use sip::message::header::NameAddr;
use sip::message::{HeaderName, Request};

/// Contact parameter: the device.
pub(super) const DEVICE_NAME: &str = "+u.sip!devicename.ccm.cisco.com";
/// Contact parameter that an edge adds: the user.
const USER_ID: &str = "+u.sip!userid.ccm.cisco.com";
/// URI parameter that an edge adds: where the client really is.
const ORIGINAL_HOST: &str = "orig-hostport";
/// Contact parameter: the client (RFC 5626 §4.1).
const INSTANCE: &str = "+sip.instance";

/// The device that a request claims to come from, when it names itself the vendor's way.
pub(super) fn device_name(request: &Request) -> Option<Cow<'_, [u8]>> {
    let contact = request.headers().contact().ok().flatten()?;
    contact.parameters().find(DEVICE_NAME).map(|name| name.unquoted())
}

/// Whether the Contact has the marks of an edge (our reading of the vendor's traces).
pub(super) fn came_over_edge(contact: &NameAddr<'_>) -> bool {
    let of_uri =
        || contact.uri().and_then(|uri| uri.as_sip()).is_some_and(|uri| uri.parameter(ORIGINAL_HOST).is_some());
    contact.parameters().contains(USER_ID) || of_uri()
}

/// The instance of a client, without quotes; empty when it names none.
pub(super) fn instance<'a>(contact: &NameAddr<'a>) -> Cow<'a, [u8]> {
    contact.parameters().find(INSTANCE).map_or(Cow::Borrowed(b""), |instance| instance.unquoted())
}

/// Whether an instance is all zeros: the client would rather not take the device from another.
pub(super) fn yields(instance: &[u8]) -> bool {
    let digits = instance.strip_prefix(b"<urn:uuid:").and_then(|rest| rest.strip_suffix(b">"));
    digits.is_some_and(|digits| !digits.is_empty() && digits.iter().all(|&octet| matches!(octet, b'0' | b'-')))
}

/// Whether the request offers this option tag; the vendor's tags are in Supported.
pub(super) fn offers(request: &Request, option: &str) -> bool {
    request.headers().supports(option)
}

/// User-Agent as text, shortened to what a page shows.
pub(super) fn user_agent(request: &Request) -> Box<str> {
    const SHOWN: usize = 80;
    let value = request.headers().first(HeaderName::UserAgent).unwrap_or_default();
    String::from_utf8_lossy(value).chars().filter(|c| !c.is_control()).take(SHOWN).collect::<String>().into()
}
