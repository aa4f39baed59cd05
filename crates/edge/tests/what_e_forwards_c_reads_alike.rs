//! The desync matrix (FRM-2, FRM-3): E and C read every message alike. What passes E is read by C field for field as E
//! read it, messages out are messages in, and what one refuses the other refuses with the same answer.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod support;

use bytes::Bytes;
use ringbearer_edge::{FlowId, Input};
use sip::message::{HeaderName, Message};
use sip::transport::{Frame, StreamFramer};
use support::*;

/// Lines that readers have been known to read differently.
const ODD_LINES: &[&str] = &[
    "Subject: a\r\n b\r\n",
    "Subject:\r\n\tfolded at once\r\n",
    "SUBJECT :odd\r\n",
    "s: compact\r\n",
    "s:\r\n",
    "X-Unknown:no space\r\n",
    "X-Unknown : \t blanks \t \r\n",
    "Supported: a,b , c\r\nk: d\r\n",
    "Supported: ,,a,,\r\n",
    "Allow: INVITE,\r\n ACK\r\n",
    "Warning: 399 a \"b, \\\"c\\\" d\"\r\n",
    "P-Asserted-Identity: <sip:a@b>\r\n",
    "p-asserted-identity :\r\n <sip:a@b>\r\n",
    "P-Asserted-Identity : <sip:a@b>, <sip:c@d>\r\nP-ASSERTED-IDENTITY:<sip:e@f>\r\n",
    "path:<sip:192.0.2.1;lr>\r\n",
    "Path\t:\r\n <sip:192.0.2.1;lr>\r\n",
    "Record-Route:,<sip:192.0.2.1;lr>,\r\n",
    "Route: ,\r\n",
    "Route: <sip:203.0.113.22:5061;lr>,\r\nroute :\r\n <sip:10.0.0.21:5061;lr>\r\n",
    "Route:,<sip:203.0.113.22:5061;lr>\r\n",
    "Route: \"a, b\" <sip:203.0.113.22:5061;lr> , <sip:10.0.0.21:5061;lr>\r\n",
    "v: SIP/2.0/TLS h2;branch=z9hG4bKb , SIP/2.0/TLS h3;branch=z9hG4bKc\r\n",
    "Via:SIP / 2.0 / TLS  h2 : 5061 ; branch=z9hG4bKb\r\n",
    "Via: SIP/2.0/TLS h2;branch=z9hG4bKb;x=\"a, b;c\"\r\n",
    "Contact: \"quo\\\"ted, <\" <sip:a@b;x=y?c=d>;q=0.5, <sip:c@d>\r\n",
    "Content-Type: text/plain\r\n",
    "Content-Disposition: session;handling=optional\r\n",
    "Date: Sat, 13 Nov 2010 23:29:00 GMT\r\n",
    "X-\u{e9}: not ascii\r\n",
    "X-Utf8: \u{e9}\u{4e16}\r\n",
    "X-Nul: a\0b\r\n",
    "X-Quoted: \"a\\\0b\"\r\n",
    "Contact: \"a\\\u{1}b\" <sip:a@b>\r\n",
    "v: SIP/2.0/TLS h2;branch=z9hG4bKb;x=\"a\\\u{1}b\"\r\n",
    "X-Cr: a\rb\r\n",
    "X-Lf: a\nb\r\n",
    "Content-Length: 0\r\n",
    "l: 5\r\n",
    "Content-Length : 000\r\n",
    "From: <sip:second@b>;tag=x\r\n",
    "t: <sip:second@b>\r\n",
    "CSeq: 9 OPTIONS\r\n",
    "Max-Forwards: 9\r\n",
    "Expires: soon\r\n",
    "Expires: 99999999999\r\n",
    "Contact: <sip:a@b\r\n",
    "Contact: sip:a@b?x=y\r\n",
    "Authorization:\r\n Bearer\r\n token=\"a\"\r\n",
    "Authorization: Bearer a\r\nProxy-Authorization: Bearer b\r\n",
    ": no name\r\n",
    "no colon\r\n",
    "X Y: blank in the name\r\n",
    "Proxy-Require: a,\r\n b\r\n",
    "Via: SIP/2.0/TLS\r\n",
    "Record-Route: <sip:a@b>;x;x\r\n",
    "Route: <http://a>\r\n",
];

const BODIES: &[&str] = &["", "hello", "\r\n\r\n", "INVITE sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"];

fn message(lines: &str, body: &str) -> String {
    let message = request(1, "OPTIONS", "sip:1002@ucm1.example.com", 7, lines);
    message.replace("Content-Length: 0\r\n\r\n", &format!("Content-Length: {}\r\n\r\n{body}", body.len()))
}

fn combinations() -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for (position, lines) in ODD_LINES.iter().enumerate() {
        all.push(((*lines).to_owned(), *BODIES.get(position % BODIES.len()).unwrap()));
        // Each beside its neighbours at several distances.
        for distance in [1, 5, 17] {
            let other = ODD_LINES[(position + distance) % ODD_LINES.len()];
            all.push((format!("{lines}{other}"), BODIES[(position + distance) % BODIES.len()]));
        }
    }
    all
}

fn frame_of(octets: &str) -> Vec<Frame> {
    let mut framer = StreamFramer::new();
    framer.push(octets.as_bytes());
    std::iter::from_fn(|| framer.next_frame()).collect()
}

/// What a reader knows of a message: each field in one form, lists with the field's name once.
fn canonical(message: &Message) -> Vec<(String, Vec<u8>)> {
    message
        .headers()
        .iter()
        .map(|field| {
            (field.known().map_or_else(|| text(field.name()), |name| name.to_string()), field.value().to_vec())
        })
        .collect()
}

/// The fields that a proxy changes.
fn is_of_a_proxy(name: &str) -> bool {
    let changed = [
        HeaderName::Via,
        HeaderName::Route,
        HeaderName::RecordRoute,
        HeaderName::Path,
        HeaderName::MaxForwards,
        HeaderName::PAssertedIdentity,
        HeaderName::ServiceRoute,
        HeaderName::ContentLength,
    ];
    changed.iter().any(|changed| changed.as_str() == name)
}

fn passing(world: &mut World, phone: FlowId, lines: &str, body: &str) -> (String, Option<Message>) {
    world.at_phones.clear();
    world.at_node.clear();
    world.events.clear();
    let frames = frame_of(&message(lines, body));
    assert_eq!(frames.len(), 1, "{lines:?} {body:?}");
    for frame in frames {
        let input = match frame {
            Frame::Message(message) => Input::Received(phone, message),
            Frame::Malformed(error) => Input::Malformed(phone, error),
            _ => continue,
        };
        world.tell_e(input);
    }
    match (world.at_node.pop_front(), world.at_phones.pop_front()) {
        (Some(forwarded), None) => {
            assert!(world.at_node.is_empty(), "one message in, one message out: {lines:?}");
            ("forwarded".into(), Some(forwarded))
        }
        (None, Some((_, Message::Response(response)))) => {
            (format!("{} {}", response.status(), text(response.reason())), None)
        }
        other => panic!("{lines:?} {body:?}: {other:?} {:?}", world.events),
    }
}

/// What C says of the same message when a phone's edge hands it over as it came.
fn at_c_alone(world: &mut World, edge_via: &str, lines: &str, body: &str) -> String {
    world.at_phones.clear();
    world.at_node.clear();
    world.link = false;
    let direct = message(lines, body).replacen("Via: ", &format!("Via: {edge_via}\r\nVia: "), 1);
    for frame in frame_of(&direct) {
        match frame {
            Frame::Message(message) => world.tell_c(Input::Received(world.core_link, message)),
            Frame::Malformed(error) => {
                let status = error.answer().status.expect("a status");
                world.link = true;
                return format!("{status} {}", error.violation());
            }
            _ => {}
        }
    }
    world.link = true;
    if let Some(Message::Request(_)) = world.at_node.pop_front() {
        return "forwarded".into();
    }
    let events = std::mem::take(&mut world.events);
    let refused = events.into_iter().rev().find_map(|event| match event {
        ringbearer_edge::Event::Refused { reason, .. } => Some(reason),
        _ => None,
    });
    let answer = refused.expect("refused").answer("ccmsipline");
    format!("{} {}", answer.status, answer.status.reason())
}

#[test]
fn frm_3_every_field_that_e_forwards_c_reads_as_e_did() {
    let mut world = World::new();
    let mut forwarded_count = 0;
    // A phone for each, since some lose their connection by what they send.
    for (id, (lines, body)) in (1..).zip(combinations()) {
        let phone = world.registered_phone(id);
        let (verdict, forwarded) = passing(&mut world, phone, &lines, body);
        let Some(forwarded) = forwarded else { continue };
        forwarded_count += 1;
        let original = Message::parse(Bytes::from(message(&lines, body))).expect(&verdict);
        let keep = |fields: Vec<(String, Vec<u8>)>| -> Vec<_> {
            fields.into_iter().filter(|(name, _)| !is_of_a_proxy(name)).collect()
        };
        assert_eq!(keep(canonical(&original)), keep(canonical(&forwarded)), "{lines:?}");
        assert_eq!(text(forwarded.body()), body, "{lines:?}");
        assert_eq!(forwarded.headers().all(HeaderName::ContentLength).count(), 1);
        assert!(!forwarded.headers().contains(HeaderName::PAssertedIdentity), "{lines:?}");
        assert!(!forwarded.headers().contains(HeaderName::Route), "{lines:?}");
        assert_eq!(forwarded.headers().record_routes().count(), 2, "{lines:?}");
        let vias = |message: &Message| message.headers().vias().count();
        assert_eq!(vias(&forwarded), vias(&original) + 2, "{lines:?}");
        let octets = forwarded.as_bytes();
        assert!(!octets.windows(3).any(|three| three == b"\n \t" || three == b"\r\n "), "no folds: {lines:?}");
    }
    assert!(forwarded_count > 60, "{forwarded_count}");
}

#[test]
fn frm_3_what_is_refused_is_refused_by_both_with_the_same_answer() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    // What E's own Via looks like on the link.
    world.phone_sends(phone, &request(1, "OPTIONS", "sip:1002@ucm1.example.com", 6, ""));
    let probe = world.node_request();
    let edge_via = text(probe.headers().values(HeaderName::Via).nth(1).unwrap());
    let mut refused_count = 0;
    for (id, (lines, body)) in (2..).zip(combinations()) {
        let other = world.registered_phone(id);
        let (at_e, _) = passing(&mut world, other, &lines, body);
        let is_route = lines.to_ascii_lowercase().contains("route:") || lines.to_ascii_lowercase().contains("route :");
        if at_e == "forwarded" || is_route {
            // A Route means another thing at each of them.
            continue;
        }
        refused_count += 1;
        let at_c = at_c_alone(&mut world, &edge_via, &lines, body);
        let status = |verdict: &str| verdict.split(' ').next().unwrap_or_default().to_owned();
        assert_eq!(status(&at_e), status(&at_c), "{lines:?}: {at_e} / {at_c}");
    }
    assert!(refused_count > 40, "{refused_count}");
}

#[test]
fn frm_2_octets_behind_a_body_are_a_message_of_the_same_phone() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    let other = world.registered_phone(2);
    // The body is longer than its length says: what follows is another request, on this phone's flow.
    let hidden = request(2, "INVITE", "sip:1003@ucm1.example.com", 9, "");
    let frames = frame_of(&format!("{}{hidden}", message("", "hello")));
    assert_eq!(frames.len(), 2);
    for frame in frames {
        let Frame::Message(message) = frame else { panic!("a message") };
        world.tell_e(Input::Received(phone, message));
    }
    let first = world.node_request();
    assert_eq!(text(first.body()), "hello");
    let second = world.node_request();
    let flow_of = |request: &sip::message::Request| text(request.headers().via().unwrap().edge_flow().unwrap());
    assert_eq!(flow_of(&first), flow_of(&second), "authorised as who sent it, whatever From says");
    world.phone_sends(other, &request(2, "INVITE", "sip:1003@ucm1.example.com", 10, ""));
    assert_ne!(flow_of(&world.node_request()), flow_of(&first));
    assert!(world.is_quiet());
}

#[test]
fn frm_5_what_the_next_hop_could_not_read_is_refused_before_the_shared_link() {
    let mut world = World::new();
    let phone = world.registered_phone(1);
    let filler = |length: usize| "x".repeat(length);
    for (lines, body, expected) in [
        (String::new(), filler(60_000), "forwarded"),
        (String::new(), filler(64_800), "513 Message Too Large"),
        ("X-A: b\r\n".repeat(100), String::new(), "forwarded"),
        ("X-A: b\r\n".repeat(118), String::new(), "400 Bad Request"),
        // In its long form the name takes the line over the limit.
        (format!("m:<sip:{}@h>\r\n", filler(8_178)), String::new(), "513 Message Too Large"),
        ("v: SIP/2.0/TLS h;branch=z9hG4bKb\r\n".repeat(67), String::new(), "forwarded"),
        ("v: SIP/2.0/TLS h;branch=z9hG4bKb\r\n".repeat(69), String::new(), "400 Bad Request"),
    ] {
        world.pass(std::time::Duration::from_secs(1));
        let body: &str = &body;
        let frames = frame_of(&message(&lines, body));
        for frame in frames {
            let Frame::Message(message) = frame else { panic!("{:?}", lines.len()) };
            world.tell_e(Input::Received(phone, message));
        }
        let verdict = match (world.at_node.pop_front(), world.at_phones.pop_front()) {
            (Some(_), None) => "forwarded".to_owned(),
            (None, Some((_, Message::Response(response)))) => {
                format!("{} {}", response.status(), text(response.reason()))
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(verdict, expected, "{} octets of lines, {} of body", lines.len(), body.len());
    }
    assert_eq!(world.closed, []);
    assert!(world.e.is_traversal_up() && world.c.is_traversal_up());
}
