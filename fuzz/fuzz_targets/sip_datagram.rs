//! A datagram: reading it, asking for every typed field, and answering it never fails hard.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sip::auth::Credentials;
use sip::message::{Message, Request, Response, StatusCode, validate};
use sip::transport::{Datagram, parse_datagram};

fuzz_target!(|input: &[u8]| {
    match parse_datagram(Bytes::copy_from_slice(input)) {
        Ok(Datagram::Message(Message::Request(request))) => ask(request),
        Ok(_) => {}
        Err(error) => {
            if let Some(reply) = error.reply() {
                assert!(Message::parse(reply).is_ok(), "what we answer, others can read");
            }
        }
    }
});

fn ask(mut request: Request) {
    let is_valid = validate(&request).is_ok();
    let headers = request.headers();
    let _ = (headers.from(), headers.to(), headers.cseq(), headers.max_forwards(), headers.expires());
    let _ =
        (headers.refer_to(), headers.replaces(), headers.session_expires(), headers.event(), headers.content_type());
    headers.contacts().for_each(drop);
    headers.routes().for_each(drop);
    headers.vias().for_each(drop);
    for field in headers.iter() {
        let _ = Credentials::parse(field.value());
    }
    request.set_source(([127, 0, 0, 1], 5060).into());
    let reply = Response::reply_to(&request, StatusCode::OK).to_tag("t").finish();
    if is_valid {
        let reply = reply.expect("a valid request can be answered");
        assert!(Message::parse(reply).is_ok(), "what we answer, others can read");
    }
}
