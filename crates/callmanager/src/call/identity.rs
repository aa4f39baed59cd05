//! Who a party is, as the other party sees it.
//!
//! What a device says of itself or of others in From, To, P-Asserted-Identity, P-Preferred-Identity,
//! Remote-Party-ID, Diversion or Privacy is not passed on: names and numbers come from the directory, by the line
//! that called, answered or diverted. Outgoing messages assert them in Remote-Party-ID and in P-Asserted-Identity
//! (RFC 3325 §9.1); a From whose number is no line of the device is refused with 403.

use std::net::IpAddr;

use directory::{Device, Directory, DirectoryNumber, LineAppearance};
use sip::message::Request;

use super::call_detail_record::Redirected;

/// A party as it is shown to the other one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// Its number.
    pub(super) number: DirectoryNumber,
    /// Its name; may be empty.
    pub(super) name: String,
}

/// The role of the party that Remote-Party-ID names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Calling,
    Called,
}

/// A number that a call was diverted from (RFC 5806).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Diversion {
    pub(super) from: Shown,
    pub(super) reason: Redirected,
}

impl Shown {
    /// A line of a device: its Display.
    pub(super) fn of_appearance(line: &LineAppearance) -> Self {
        Self { number: line.directory_number.clone(), name: line.display.clone() }
    }

    /// A line before anybody answered: its Alerting Name, else the Display of its first appearance.
    pub(super) fn of_line(directory: &Directory, number: &DirectoryNumber) -> Self {
        let alerting = directory.line(number.as_str()).map(|line| line.alerting_name.clone());
        let display = || {
            let device = directory.devices_of_line(number.as_str()).first()?;
            device.line(number.as_str()).map(|line| line.display.clone())
        };
        let name = alerting.filter(|name| !name.is_empty()).or_else(display).unwrap_or_default();
        Self { number: number.clone(), name }
    }

    /// The number alone.
    pub(super) fn without_name(&self) -> Self {
        Self { number: self.number.clone(), name: String::new() }
    }

    /// `"Ana" <sip:1001@192.0.2.1>`, with us as the host.
    pub(super) fn name_addr(&self, host: IpAddr) -> String {
        let host = match host {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        let number = self.number.as_str().replace('#', "%23");
        match self.name.is_empty() {
            true => format!("<sip:{number}@{host}>"),
            false => format!("{} <sip:{number}@{host}>", quoted(&self.name)),
        }
    }

    /// The value of Remote-Party-ID.
    pub(super) fn remote_party_id(&self, host: IpAddr, role: Role) -> String {
        let party = match role {
            Role::Calling => "calling",
            Role::Called => "called",
        };
        format!("{};party={party};screen=yes;privacy=off", self.name_addr(host))
    }
}

impl Diversion {
    /// The value of Diversion (RFC 5806 §4).
    pub(super) fn value(&self, host: IpAddr) -> String {
        let reason = match self.reason {
            Redirected::ForwardAll => "unconditional",
            Redirected::ForwardBusy => "user-busy",
            Redirected::ForwardNoAnswer => "no-answer",
            Redirected::Deflection => "deflection",
            Redirected::Transfer => "unknown",
        };
        format!("{};reason={reason};privacy=off;screen=yes", self.from.name_addr(host))
    }
}

/// The line of the device that a request is from: From must name one of its numbers.
pub(super) fn calling_line<'a>(device: &'a Device, request: &Request) -> Option<&'a LineAppearance> {
    let from = request.headers().from().ok()?;
    let user = from.uri()?.as_sip()?.user_decoded()?;
    device.line(std::str::from_utf8(&user).ok()?)
}

fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for c in name.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str) -> Shown {
        Shown { number: DirectoryNumber::new("1001").unwrap(), name: name.to_owned() }
    }

    #[test]
    fn rte_8_a_name_cannot_leave_its_quotes_or_its_line() {
        let host = IpAddr::from([192, 0, 2, 1]);
        let value = shown("Ana \"x\" \\\r\nVia: y").name_addr(host);
        assert_eq!(value, r#""Ana \"x\" \\Via: y" <sip:1001@192.0.2.1>"#);
        assert_eq!(shown("").name_addr(host), "<sip:1001@192.0.2.1>");
    }

    #[test]
    fn the_party_is_asserted_with_its_role() {
        let host = IpAddr::from([192, 0, 2, 1]);
        assert_eq!(
            shown("Ana").remote_party_id(host, Role::Called),
            r#""Ana" <sip:1001@192.0.2.1>;party=called;screen=yes;privacy=off"#
        );
        let diversion = Diversion { from: shown(""), reason: Redirected::ForwardNoAnswer };
        assert_eq!(diversion.value(host), "<sip:1001@192.0.2.1>;reason=no-answer;privacy=off;screen=yes");
    }
}
