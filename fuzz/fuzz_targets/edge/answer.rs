//! What is said, from a step's words.

use sip::message::{HeaderName, Request};
use sip::transport::{Frame, StreamFramer};

/// Puts what a play knows into the words of a step.
pub fn fill(words: &[u8], route: &[u8], token: &str) -> Vec<u8> {
    let words = replace(words, b"$R", route);
    let words = replace(&words, b"$T", token.as_bytes());
    let length = words.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| words.len() - at - 4);
    replace(&words, b"$L", length.to_string().as_bytes())
}

/// The answer to a request: `words` are its status and reason, more fields, and a body.
pub fn answer(request: &Request, words: &[u8]) -> Vec<u8> {
    let at = words.windows(2).position(|end| end == b"\r\n").unwrap_or(words.len());
    let (status, more) = words.split_at(at);
    let headers = request.headers();
    let mut response = [b"SIP/2.0 ", status].concat();
    let tag = headers.first(HeaderName::To).is_some_and(|to| !to.windows(5).any(|tag| tag == b";tag="));
    for name in [
        HeaderName::Via,
        HeaderName::RecordRoute,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
    ] {
        for value in headers.values(name) {
            response.extend(format!("\r\n{name}: ").as_bytes());
            response.extend(value);
            if name == HeaderName::To && tag {
                response.extend(b";tag=answered");
            }
        }
    }
    response.extend(more);
    response
}

/// The Route to the phone whose REGISTER this is.
pub fn route(register: &Request) -> Vec<u8> {
    let paths = register.headers().values(HeaderName::Path);
    paths.flat_map(|path| [b"Route: ", path, b"\r\n"].concat()).collect()
}

/// The frames of octets that came at once; the rest of an unfinished one is lost.
pub fn frames(octets: &[u8]) -> Vec<Frame> {
    let mut framer = StreamFramer::new();
    framer.push(octets);
    std::iter::from_fn(|| framer.next_frame()).collect()
}

fn replace(words: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(words.len());
    let mut rest = words;
    while let Some(at) = rest.windows(what.len()).position(|place| place == what) {
        let (before, after) = rest.split_at(at);
        filled.extend(before);
        filled.extend(with);
        rest = after.get(what.len()..).unwrap_or_default();
    }
    filled.extend(rest);
    filled
}
