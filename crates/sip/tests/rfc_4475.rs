//! RFC 4475: what becomes of each torture message on a stream, whole and split at every octet, and in a datagram.

use bytes::Bytes;
use ringbearer_sip::message::{HeaderName, Message, Violation, validate, validate_response};
use ringbearer_sip::transport::{Datagram, Frame, StreamFramer, parse_datagram};
use torture::RFC_4475;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is handled as any other.
    Accepted,
    /// It parses, and `validate` refuses it: its status, on a stream that goes on.
    Refused(Violation, u16),
    /// It does not parse, and the stream goes on.
    Malformed(Violation, u16),
    /// It does not parse, and the stream is closed.
    Closed(Violation, u16),
    /// It is dropped without an answer.
    Dropped(Violation),
    /// More octets are awaited.
    Awaited,
}

use HeaderName::{CSeq, CallId, Contact, From, To, Via};
use Outcome::{Accepted, Awaited, Closed, Dropped, Malformed, Refused};

/// On a stream, the messages in order and the outcome of each.
const ON_A_STREAM: [(&str, &[Outcome]); 49] = [
    ("badaspec", &[Refused(Violation::Syntax(To), 400)]),
    ("badbranch", &[Refused(Violation::Syntax(Via), 400)]),
    ("baddate", &[Accepted]),
    ("baddn", &[Awaited]),
    ("badinv01", &[Refused(Violation::Syntax(Via), 400)]),
    ("badvers", &[Malformed(Violation::Version, 505)]),
    ("bcast", &[Accepted]),
    ("bext01", &[Accepted]),
    ("bigcode", &[Dropped(Violation::StatusLine)]),
    ("clerr", &[Awaited]),
    ("cparam01", &[Accepted]),
    ("cparam02", &[Accepted]),
    // Its second message is five octets longer than its Content-Length.
    ("dblreq", &[Accepted, Accepted, Closed(Violation::StartLine, 400)]),
    ("esc01", &[Accepted]),
    ("esc02", &[Accepted]),
    ("escnull", &[Accepted]),
    ("escruri", &[Refused(Violation::Uri, 400)]),
    ("insuf", &[Refused(Violation::Missing(From), 400)]),
    ("intmeth", &[Accepted]),
    ("inv2543", &[Closed(Violation::ContentLengthMissing, 400)]),
    ("invut", &[Accepted]),
    ("longreq", &[Accepted]),
    ("ltgtruri", &[Closed(Violation::StartLine, 400)]),
    ("lwsdisp", &[Accepted]),
    ("lwsruri", &[Closed(Violation::StartLine, 400)]),
    ("lwsstart", &[Closed(Violation::StartLine, 400)]),
    ("mcl01", &[Closed(Violation::ContentLengthRepeated, 400)]),
    ("mismatch01", &[Refused(Violation::CSeqMethod, 400)]),
    ("mismatch02", &[Refused(Violation::CSeqMethod, 400)]),
    ("mpart01", &[Accepted]),
    ("multi01", &[Malformed(Violation::Repeated(CSeq), 400)]),
    ("ncl", &[Closed(Violation::ContentLengthSyntax, 400)]),
    ("noreason", &[Accepted]),
    ("novelsc", &[Accepted]),
    ("quotbal", &[Refused(Violation::Syntax(To), 400)]),
    ("regaut01", &[Accepted]),
    ("regbadct", &[Refused(Violation::Syntax(Contact), 400)]),
    ("regescrt", &[Accepted]),
    ("scalar02", &[Refused(Violation::Syntax(CSeq), 400)]),
    ("scalarlg", &[Dropped(Violation::Syntax(CSeq))]),
    ("sdp01", &[Accepted]),
    ("semiuri", &[Accepted]),
    ("transports", &[Accepted]),
    ("trws", &[Closed(Violation::StartLine, 400)]),
    ("unkscm", &[Accepted]),
    ("unksm2", &[Accepted]),
    ("unreason", &[Accepted]),
    ("wsinv", &[Accepted]),
    ("zeromf", &[Accepted]),
];

/// Where a datagram has another outcome: it ends by itself, so that nothing is awaited, and needs no Content-Length.
const IN_A_DATAGRAM: [(&str, Outcome); 3] = [
    ("baddn", Dropped(Violation::HeaderTruncated)),
    ("clerr", Malformed(Violation::BodyTruncated, 400)),
    ("inv2543", Accepted),
];

fn judge(message: &Message) -> Outcome {
    match message {
        Message::Request(request) => match validate(request) {
            Ok(()) => Accepted,
            Err(violation) => {
                let answer = violation.answer();
                assert!(!answer.close, "a message that parses does not cost the stream");
                Refused(violation, answer.status.expect("a request is answered").as_u16())
            }
        },
        Message::Response(response) => match validate_response(response) {
            Ok(()) => Accepted,
            Err(violation) => Dropped(violation),
        },
    }
}

fn judge_error(error: &ringbearer_sip::message::ParseError) -> Outcome {
    let (violation, answer) = (error.violation(), error.answer());
    let is_answerable = error.headers().contains(Via) && answer.status.is_some();
    assert_eq!(error.reply().is_some(), is_answerable, "{violation}");
    match (answer.status, answer.close) {
        (None, _) => Dropped(violation),
        (Some(status), false) => Malformed(violation, status.as_u16()),
        (Some(status), true) => Closed(violation, status.as_u16()),
    }
}

/// The outcomes of a stream that arrives in these pieces.
fn on_a_stream<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Outcome> {
    let mut framer = StreamFramer::new();
    let mut outcomes = Vec::new();
    for piece in pieces {
        framer.push(piece);
        while let Some(frame) = framer.next_frame() {
            match frame {
                Frame::Message(message) => outcomes.push(judge(&message)),
                Frame::Malformed(error) => outcomes.push(judge_error(&error)),
                Frame::KeepAlivePing | Frame::KeepAlivePong => {}
            }
        }
    }
    if framer.is_in_message() {
        outcomes.push(Awaited);
    }
    outcomes
}

#[test]
fn every_message_is_listed() {
    let names = |(name, _): &(&'static str, _)| *name;
    assert_eq!(ON_A_STREAM.iter().map(names).collect::<Vec<_>>(), RFC_4475.map(|(name, _)| name));
}

#[test]
fn whole() {
    for ((name, message), (_, outcomes)) in RFC_4475.iter().zip(ON_A_STREAM) {
        assert_eq!(on_a_stream([*message]), outcomes, "{name}");
    }
}

#[test]
fn split_at_every_octet() {
    for ((name, message), (_, outcomes)) in RFC_4475.iter().zip(ON_A_STREAM) {
        for at in 0..message.len() {
            let (first, second) = message.split_at(at);
            assert_eq!(on_a_stream([first, second]), outcomes, "{name} split at {at}");
        }
    }
}

#[test]
fn octet_by_octet() {
    for ((name, message), (_, outcomes)) in RFC_4475.iter().zip(ON_A_STREAM) {
        assert_eq!(on_a_stream(message.chunks(1)), outcomes, "{name}");
    }
}

#[test]
fn in_a_datagram() {
    for ((name, message), (_, outcomes)) in RFC_4475.iter().zip(ON_A_STREAM) {
        let outcome = match parse_datagram(Bytes::from_static(message)) {
            Ok(Datagram::Message(message)) => judge(&message),
            Ok(Datagram::KeepAlive) => panic!("{name} is no keep-alive"),
            Err(error) if error.answer().status.is_none() => Dropped(error.violation()),
            Err(error) => judge_error(&error),
        };
        let expected = match (IN_A_DATAGRAM.iter().find(|(other, _)| other == name), outcomes[0]) {
            (Some((_, other)), _) => *other,
            (None, first) => first,
        };
        assert_eq!(outcome, expected, "{name}");
    }
}

#[test]
fn accepted_messages_go_out_as_they_came_in() {
    for (name, message) in RFC_4475 {
        if let Ok(Datagram::Message(parsed)) = parse_datagram(Bytes::from_static(message)) {
            assert!(message.starts_with(parsed.as_bytes()), "{name}");
        }
    }
}

#[test]
fn baddn_with_its_empty_line_is_refused() {
    let (_, message) = RFC_4475.iter().find(|(name, _)| *name == "baddn").expect("in the corpus");
    let repaired = [message, &b"\r\n"[..]].concat();
    assert_eq!(on_a_stream([repaired.as_slice()]), [Refused(Violation::Syntax(From), 400)]);
}

fn parse(name: &str) -> Message {
    let (_, message) = RFC_4475.iter().find(|(other, _)| *other == name).expect("in the corpus");
    Message::parse(Bytes::from_static(message)).expect("well-formed")
}

fn text(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).expect("UTF-8")
}

#[test]
fn wsinv_reads_through_its_folds() {
    let message = parse("wsinv");
    let headers = message.headers();
    assert_eq!(headers.to().unwrap().tag(), Some(&b"1918181833n"[..]));
    assert_eq!(headers.to().unwrap().uri_bytes(), b"sip:vivekg@chair-dnrc.example.com");
    assert_eq!(headers.from().unwrap().display_name().unwrap().as_ref(), br#"J Rosenberg \""#);
    assert_eq!(headers.from().unwrap().tag(), Some(&b"98asjd8"[..]));
    assert_eq!(headers.max_forwards(), Ok(Some(68)));
    assert_eq!((headers.cseq().unwrap().sequence, headers.cseq().unwrap().method.as_str()), (9, "INVITE"));
    let vias: Vec<_> = headers.vias().map(|via| via.unwrap()).collect();
    assert_eq!(vias.iter().map(|via| text(via.transport())).collect::<Vec<_>>(), ["UDP", "TCP", "UDP"]);
    assert_eq!(
        vias.iter().map(|via| text(via.branch().unwrap())).collect::<Vec<_>>(),
        ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]
    );
    assert_eq!(vias[0].transaction_branch(), None, "no magic cookie");
    assert_eq!(headers.first_named("newfangledheader"), Some(&b"newfangled value continued newfangled value"[..]));
    assert_eq!(headers.first(HeaderName::Subject), Some(&b""[..]));
    let contact = headers.contact().unwrap().unwrap();
    assert_eq!(contact.display_name().unwrap().as_ref(), br#"Quoted string """#);
    assert_eq!(contact.parameter("newparam"), Some(&b"newvalue"[..]));
    assert!(contact.parameters().contains("secondparam"));
    assert_eq!(contact.parameter("q"), Some(&b"0.33"[..]));
}

#[test]
fn intmeth_keeps_its_quoted_control_octets() {
    let message = parse("intmeth");
    let Message::Request(request) = &message else { panic!("a request") };
    assert_eq!(request.method().as_str(), "!interesting-Method0123456789_*+`.%indeed'~");
    assert_eq!(request.headers().to().unwrap().display_name().unwrap().as_ref(), b"BEL:\x07 NUL:\x00 DEL:\x7f");
    let reply =
        ringbearer_sip::message::Response::reply_to(request, ringbearer_sip::message::StatusCode::NOT_IMPLEMENTED);
    let reply = reply.to_tag("t").finish_response().expect("what parsed may be echoed");
    assert_eq!(reply.headers().to().unwrap().display_name().unwrap().as_ref(), b"BEL:\x07 NUL:\x00 DEL:\x7f");
    assert_eq!(request.headers().call_id().unwrap(), br#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#);
    assert_eq!(request.headers().cseq().unwrap().method, *request.method());
    let uri = request.uri().unwrap().as_sip().unwrap();
    assert_eq!(text(uri.user().unwrap()), "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    assert_eq!(text(uri.password().unwrap()), "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
}

#[test]
fn esc01_is_unescaped_once() {
    let message = parse("esc01");
    let Message::Request(request) = &message else { panic!("a request") };
    let uri = request.uri().unwrap().as_sip().unwrap();
    assert_eq!(uri.user_decoded().unwrap().as_ref(), b"sips:user@example.com");
    let contact = message.headers().contact().unwrap().unwrap().uri().unwrap().as_sip().unwrap();
    assert_eq!(contact.user_decoded().unwrap().as_ref(), b"caller");
    let parameters: Vec<_> = contact.parameters().iter().collect();
    assert_eq!((parameters[0].name, parameters[0].value), (&b"%6C%72"[..], None));
    assert!(!contact.is_loose_route(), "escaped, the name of a parameter is another name");
}

#[test]
fn escnull_keeps_what_follows_the_nul() {
    let message = parse("escnull");
    let to = message.headers().to().unwrap();
    assert_eq!(to.uri().unwrap().as_sip().unwrap().user_decoded().unwrap().as_ref(), b"null-\0-null");
    assert_eq!(message.headers().contacts().count(), 2);
}

#[test]
fn esc02_is_neither_a_registration_nor_has_three_contacts() {
    let message = parse("esc02");
    let Message::Request(request) = &message else { panic!("a request") };
    assert_eq!(request.method().as_str(), "RE%47IST%45R");
    assert_ne!(*request.method(), ringbearer_sip::message::Method::Register);
    assert_eq!(message.headers().contacts().count(), 2);
}

#[test]
fn cparam_belongs_to_the_field_or_to_the_uri() {
    for (name, in_field) in [("cparam01", true), ("cparam02", false)] {
        let message = parse(name);
        let contact = message.headers().contact().unwrap().unwrap();
        assert_eq!(contact.parameters().contains("unknownparam"), in_field, "{name}");
        let uri = contact.uri().unwrap().as_sip().unwrap();
        assert_eq!(uri.parameters().contains("unknownparam"), !in_field, "{name}");
    }
}

#[test]
fn regescrt_keeps_its_route_as_text() {
    let message = parse("regescrt");
    let contact = message.headers().contact().unwrap().unwrap();
    assert_eq!(contact.uri().unwrap().as_sip().unwrap().headers(), b"Route=%3Csip:sip.example.com%3E");
    assert_eq!(message.headers().routes().count(), 0);
}

#[test]
fn mpart01_keeps_its_body() {
    let message = parse("mpart01");
    let content_type = message.headers().content_type().unwrap().unwrap();
    assert_eq!(content_type.boundary().unwrap().as_ref(), b"7a9cbec02ceef655");
    assert_eq!(message.body().len(), 553);
}

#[test]
fn scalar02_but_for_its_cseq_gets_the_defaults() {
    let (_, message) = RFC_4475.iter().find(|(name, _)| *name == "scalar02").expect("in the corpus");
    let variant = String::from_utf8_lossy(message).replace("36893488147419103232", "1");
    let message = Message::parse(Bytes::from(variant)).expect("well-formed");
    assert_eq!(judge(&message), Accepted);
    assert_eq!(message.headers().max_forwards(), Ok(Some(70)));
    assert_eq!(message.headers().expires(), Ok(Some(3_600)));
    assert_eq!(message.headers().contact().unwrap().unwrap().expires_seconds(), Some(3_600));
}

#[test]
fn call_ids_are_compared_with_their_case() {
    let message = parse("insuf");
    assert_eq!(message.headers().call_id(), Err(Violation::Missing(CallId)));
}
