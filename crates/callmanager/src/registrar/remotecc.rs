//! The vendor's option negotiation inside REGISTER: `x-cisco-remotecc-request` in, `x-cisco-remotecc-response` out.
//!
//! A client offers options in an `optionsind` element, as one part of a multipart body; the answer repeats what both know.
//! The body is searched for the names of those options and not parsed as XML: there is nothing in it to act on, and no
//! nesting to follow. Our choice, as the vendor publishes no schema: an option counts as offered when its element is there.

use sip::message::Request;

/// The media type of the answer.
pub const RESPONSE_TYPE: &str = "application/x-cisco-remotecc-response+xml";

/// What is looked for after `<optionsind`, and what it is answered with.
const OPTIONS: [(&[u8], &str); 7] = [
    (b"<combine", "<combine max=\"6\"><service-control/></combine>"),
    (b"usage=\"hook status\"", "<dialog usage=\"hook status\"><unot/></dialog>"),
    (b"usage=\"shared line\"", "<dialog usage=\"shared line\"><unot/></dialog>"),
    (b"usage=\"blf speed dial\"", "<presence usage=\"blf speed dial\"><unot/></presence>"),
    (b"<joinreq", "<joinreq/>"),
    (b"<bfcp", "<bfcp/>"),
    (b"<ix", "<ix/>"),
];

/// The body of the answer, if the REGISTER offers options.
#[must_use]
pub fn answer(request: &Request) -> Option<String> {
    let offer = optionsind(request)?;
    let mut answer = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-response><response><code>200</code><optionsind>",
    );
    for (element, known) in OPTIONS {
        if contains(offer, element) {
            answer.push_str(known);
        }
    }
    answer.push_str("</optionsind></response></x-cisco-remotecc-response>\n");
    Some(answer)
}

fn optionsind(request: &Request) -> Option<&[u8]> {
    let body = request.body();
    let kind = request.headers().content_type().ok().flatten()?;
    let vendors = kind.is("multipart", "mixed") || kind.is("application", "x-cisco-remotecc-request+xml");
    if !vendors {
        return None;
    }
    let (_, offer) = split_at(body, b"<optionsind")?;
    Some(split_at(offer, b"</optionsind").map_or(offer, |(offer, _)| offer))
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
}

fn split_at<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(needle.len()).position(|window| window == needle)?;
    bytes.split_at_checked(at)
}
