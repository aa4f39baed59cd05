//! What a message must hold before anybody acts on it (RFC 3261 §8.1.1, §8.2, §18.3, RFC 4475).
//!
//! The parser has already refused what breaks lines, repeats single fields or loses framing. The checks here go
//! in one order, mandatory fields, then CSeq, then the syntax of what routing and authentication will read, so
//! that the same message always gets the same answer.

use super::header::{Contact, NameAddr};
use super::{HeaderName, Headers, Request, Response, Uri, Violation, limits};
use crate::auth::Credentials;

/// Checks a request; the error's [`answer`](Violation::answer) is its response.
pub fn validate(request: &Request) -> Result<(), Violation> {
    let headers = request.headers();
    mandatory(headers)?;
    if headers.cseq()?.method != *request.method() {
        return Err(Violation::CSeqMethod);
    }
    request_uri(request)?;
    headers.max_forwards()?;
    headers.expires()?;
    headers.content_type()?;
    contacts(headers)?;
    for name in [HeaderName::Route, HeaderName::RecordRoute, HeaderName::Path] {
        addresses(headers, name)?;
    }
    credentials(headers)
}

/// Checks a response; one that breaks a rule is discarded (RFC 3261 §18.3).
pub fn validate_response(response: &Response) -> Result<(), Violation> {
    mandatory(response.headers())
}

/// Via, From, To, Call-ID and CSeq. Max-Forwards is taken for 70 when absent, since clients of RFC 2543 lack it.
fn mandatory(headers: &Headers) -> Result<(), Violation> {
    headers.via()?;
    for (count, via) in headers.vias().enumerate() {
        let via = via?;
        if !via.parameters().is_well_formed() {
            return Err(Violation::Syntax(HeaderName::Via));
        }
        if count == limits::VIAS {
            return Err(Violation::TooMany(HeaderName::Via));
        }
        // A branch that is the magic cookie alone identifies nothing (RFC 4475 §3.2.1).
        if count == 0 && via.branch().is_some_and(|branch| branch.eq_ignore_ascii_case(b"z9hG4bK")) {
            return Err(Violation::Syntax(HeaderName::Via));
        }
    }
    address(headers.from()?, HeaderName::From)?;
    address(headers.to()?, HeaderName::To)?;
    headers.call_id()?;
    headers.cseq()?;
    Ok(())
}

/// A Request-URI carries no headers (RFC 3261 §19.1.1 table 1).
fn request_uri(request: &Request) -> Result<(), Violation> {
    match request.uri()? {
        Uri::Sip(uri) if !uri.headers().is_empty() => Err(Violation::Uri),
        _ => Ok(()),
    }
}

fn contacts(headers: &Headers) -> Result<(), Violation> {
    for (count, contact) in headers.contacts().enumerate() {
        let contact = contact?;
        if count == limits::CONTACTS {
            return Err(Violation::TooMany(HeaderName::Contact));
        }
        if let Contact::Address(contact) = contact {
            address(contact, HeaderName::Contact)?;
        }
    }
    Ok(())
}

fn addresses(headers: &Headers, name: HeaderName) -> Result<(), Violation> {
    for (count, value) in headers.name_addrs(name).enumerate() {
        address(value?, name)?;
        if count == limits::ROUTES {
            return Err(Violation::TooMany(name));
        }
    }
    Ok(())
}

fn address(value: NameAddr<'_>, name: HeaderName) -> Result<(), Violation> {
    let is_well_formed = value.uri().is_some() && value.parameters().is_well_formed();
    if is_well_formed { Ok(()) } else { Err(Violation::Syntax(name)) }
}

/// Each field must parse, and at most one may be Bearer, be it Authorization or Proxy-Authorization.
fn credentials(headers: &Headers) -> Result<(), Violation> {
    let mut bearers = 0;
    for credentials in headers.authorization().chain(headers.proxy_authorization()) {
        if let Credentials::Bearer(bearer) = credentials? {
            bearers += 1;
            if bearer.token().len() > limits::BEARER_TOKEN {
                return Err(Violation::BearerTokenTooLong);
            }
        }
    }
    if bearers > 1 {
        return Err(Violation::CredentialsRepeated);
    }
    Ok(())
}
