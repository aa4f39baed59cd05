//! What holds for every message, made or made up.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use ringbearer_sip::message::{HeaderName, Message, Method, Request, Uri, UriBuf, validate, validate_response};
use ringbearer_sip::transport::{Datagram, Frame, StreamFramer, parse_datagram};
use torture::RFC_4475;

/// Asks a message for everything that the crate can tell of it.
fn read_everything(message: &Message) {
    let headers = message.headers();
    let _ = (headers.via(), headers.from(), headers.to(), headers.call_id(), headers.cseq());
    let _ = (headers.vias().count(), headers.contacts().count(), headers.routes().count(), headers.paths().count());
    let _ = (headers.max_forwards(), headers.expires(), headers.min_se(), headers.retry_after(), headers.rseq());
    let _ = (headers.content_type(), headers.event(), headers.subscription_state(), headers.refer_to());
    let _ = (headers.replaces(), headers.session_expires(), headers.rack(), headers.reasons().count());
    let _ = (headers.call_info().count(), headers.warnings().count(), headers.require().count());
    let _ = (headers.authorization().count(), headers.proxy_authorization().count());
    for via in headers.vias().flatten() {
        let _ = (via.branch(), via.received(), via.rport(), via.host(), via.transaction_branch());
    }
    for address in
        headers.from().into_iter().chain(headers.contacts().flatten().filter_map(|contact| contact.address()))
    {
        let _ = (address.display_name(), address.tag(), address.expires_seconds());
        if let Some(Uri::Sip(uri)) = address.uri() {
            let _ = (uri.user_decoded(), uri.host(), uri.header_pairs().count(), uri.scheme());
        }
    }
    match message {
        Message::Request(request) => {
            let _ = (validate(request), request.uri(), format!("{request:?}"));
        }
        Message::Response(response) => {
            let _ = (validate_response(response), response.reason(), format!("{response:?}"));
        }
    }
}

/// The octets of each message that a stream brings, and of none that it refuses.
fn frames(pieces: &[&[u8]]) -> Vec<String> {
    let mut framer = StreamFramer::new();
    let mut frames = Vec::new();
    for piece in pieces {
        framer.push(piece);
        while let Some(frame) = framer.next_frame() {
            frames.push(match frame {
                Frame::KeepAlivePing => "ping".to_owned(),
                Frame::KeepAlivePong => "pong".to_owned(),
                Frame::Message(message) => format!("{:?}", message.as_bytes()),
                Frame::Malformed(error) => error.to_string(),
            });
        }
    }
    frames.push(format!("in message: {}", framer.is_in_message()));
    frames
}

/// A torture message with some octets changed, taken away or put in.
fn mutant() -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        0..3,
        prop_oneof![any::<u8>(), prop::sample::select(&b"\r\n \t:;,<>\"\\=@%"[..])],
    );
    (prop::sample::select(&RFC_4475[..]), vec(change, 0..6)).prop_map(|((_, message), changes)| {
        let mut message = message.to_vec();
        for (index, kind, octet) in changes {
            let at = index.index(message.len());
            match kind {
                0 => drop(message.splice(at..=at, [octet])),
                1 => message.insert(at, octet),
                _ => drop(message.remove(at)),
            }
        }
        message
    })
}

/// A header value: no control octets, no blanks at its ends.
fn value() -> impl Strategy<Value = String> {
    "([!-~\u{e4}\u{20ac}]([ -~\u{e4}\u{20ac}]{0,30}[!-~\u{e4}])?)?"
}

proptest! {
    // A failure prints its seed; nothing is written into the tree.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_panic(octets in vec(any::<u8>(), 0..400)) {
        if let Ok(message) = Message::parse(Bytes::from(octets.clone())) {
            read_everything(&message);
        }
        let _ = parse_datagram(Bytes::from(octets));
    }

    #[test]
    fn no_mutant_panics_and_what_parses_goes_out_as_it_came(octets in mutant()) {
        if let Ok(Datagram::Message(message)) = parse_datagram(Bytes::from(octets.clone())) {
            read_everything(&message);
            prop_assert!(octets.windows(message.as_bytes().len()).any(|window| window == message.as_bytes()));
            let again = Message::parse(message.as_bytes().clone()).expect("what parsed parses");
            prop_assert_eq!(again.as_bytes(), message.as_bytes());
            let edited = match &message {
                Message::Request(request) => request.edit().finish(),
                Message::Response(response) => response.edit().finish(),
            };
            prop_assert_eq!(&edited.expect("nothing to do"), message.as_bytes());
        }
    }

    #[test]
    fn a_stream_is_the_same_however_it_is_cut(octets in mutant(), mut cuts in vec(any::<prop::sample::Index>(), 0..8)) {
        let stream = [octets.as_slice(), b"\r\n\r\n", octets.as_slice()].concat();
        cuts.sort_by_key(|cut| cut.index(stream.len()));
        let mut pieces = Vec::new();
        let mut rest = stream.as_slice();
        for cut in cuts {
            let at = cut.index(stream.len()) - (stream.len() - rest.len());
            let (piece, after) = rest.split_at(at);
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(frames(&pieces), frames(&[&stream]));
    }

    #[test]
    fn what_is_built_parses_to_what_was_meant(
        values in vec((prop::sample::select(&[HeaderName::Subject, HeaderName::Server, HeaderName::Warning][..]), value()), 0..6),
        custom in value(),
        body in vec(any::<u8>(), 0..60),
    ) {
        let uri = UriBuf::parse("sip:bob@example.com").expect("a URI");
        let mut builder = Request::build(Method::Options, &uri).extension_header("X-Custom", &custom);
        for (name, value) in &values {
            builder = builder.header(*name, value);
        }
        let request = builder.body("text/plain", body.clone()).finish_request().expect("clean values");
        prop_assert_eq!(request.body(), &body[..]);
        prop_assert_eq!(request.headers().first_named("x-custom"), Some(custom.as_bytes()));
        let fields = request.headers().iter().filter_map(|field| Some((field.known()?, field.value().to_vec())));
        let expected = values.iter().map(|(name, value)| (*name, value.clone().into_bytes()));
        prop_assert!(fields.take(values.len()).eq(expected));
    }

    #[test]
    fn a_fold_at_a_blank_changes_nothing(words in vec("[a-z0-9<>@:;=,\"\\\\.]{1,12}", 1..8), fold in prop::sample::select(&["\r\n ", "\r\n\t", " \r\n \t "][..])) {
        let message = |blank: &str| format!("OPTIONS sip:a SIP/2.0\r\nSubject: {}\r\nX: y\r\nContent-Length: 0\r\n\r\n", words.join(blank));
        let parse = |blank: &str| Request::parse(Bytes::from(message(blank))).expect("well-formed");
        let (plain, folded) = (parse(" "), parse(fold));
        prop_assert_eq!(plain.headers().first(HeaderName::Subject), folded.headers().first(HeaderName::Subject));
        prop_assert_eq!(plain.headers().len(), folded.headers().len());
    }

    #[test]
    fn a_user_survives_its_escapes(user in "\\PC{1,20}") {
        let uri = UriBuf::sip(&user, "example.com").expect("a URI");
        let decoded = uri.as_sip().and_then(|uri| uri.user_decoded().map(|user| user.into_owned()));
        prop_assert_eq!(decoded, Some(user.into_bytes()));
    }

    #[test]
    fn a_uri_equals_itself(uri in "sips?:([a-z%0-9.]{1,8}@)?[a-z0-9.-]{1,12}(:[0-9]{1,5})?(;[a-z]{1,5}(=[a-z0-9%]{1,5})?){0,3}(\\?[a-z]=[a-z])?") {
        if let Some(parsed) = Uri::parse(uri.as_bytes()) {
            prop_assert_eq!(parsed, parsed);
            prop_assert_eq!(parsed.as_bytes(), uri.as_bytes());
        }
    }
}
