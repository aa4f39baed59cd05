//! The threat rows FRM-1 to FRM-5: what loses framing, splits a message in two, hides a field or grows without end.

mod support;
mod verdict;

use bytes::Bytes;
use ringbearer_sip::message::{HeaderName, Message, Request, Response, Violation, limits, validate};
use ringbearer_sip::transport::{Datagram, parse_datagram};
use support::{REGISTER, parsed_register_with, register_with};
use verdict::{verdict_however_cut, verdicts};

/// The REGISTER with these Content-Length lines, and five octets behind the empty line.
fn with_length_lines(lines: &str) -> String {
    verdict_however_cut(format!("{REGISTER}{lines}\r\nhello").as_bytes())
}

#[test]
fn frm_1_content_length_absent() {
    assert_eq!(with_length_lines(""), "400 and close: Missing Content-Length");
}

#[test]
fn frm_1_content_length_repeated() {
    for lines in [
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 0\r\n",
        "l: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nL : 5\r\n",
        "Content-Length : 5\r\ncontent-length: 6\r\n",
    ] {
        assert_eq!(with_length_lines(lines), "400 and close: Repeated Content-Length", "{lines}");
    }
}

#[test]
fn frm_1_content_length_that_is_no_number() {
    for value in ["", "-1", "+5", "5,5", "5, 5", "0x5", "5 5", "five", "5.0", "\u{0665}", "5;a=b", "-999"] {
        let verdict = with_length_lines(&format!("Content-Length: {value}\r\n"));
        assert_eq!(verdict, "400 and close: Malformed Content-Length", "{value}");
    }
}

#[test]
fn frm_1_content_length_beyond_the_limit() {
    for value in [
        "65536",
        "2147483647",
        "2147483648",
        "4294967296",
        "4294967301",
        "18446744073709551615",
        "18446744073709551616",
    ] {
        let verdict = with_length_lines(&format!("Content-Length: {value}\r\n"));
        assert_eq!(verdict, "513 and close: Message Too Large", "{value}");
    }
    let digits = "9".repeat(4_000);
    assert_eq!(with_length_lines(&format!("Content-Length: {digits}\r\n")), "513 and close: Message Too Large");
}

#[test]
fn frm_1_content_length_written_oddly_is_read() {
    for line in ["Content-Length: 5", "Content-Length : 5", "l:5", "Content-Length:\t005 ", "Content-Length:\r\n 5"] {
        assert_eq!(with_length_lines(&format!("{line}\r\n")), "ok", "{line}");
    }
}

#[test]
fn frm_1_a_datagram_that_is_too_short_is_refused() {
    let parse = |lines: &str| parse_datagram(Bytes::from(format!("{REGISTER}{lines}\r\nhello")));
    for (lines, violation) in [
        ("Content-Length: 6\r\n", Violation::BodyTruncated),
        ("Content-Length: 18446744073709551615\r\n", Violation::MessageTooLarge),
        ("Content-Length: 5\r\nl: 5\r\n", Violation::ContentLengthRepeated),
        ("Content-Length: abc\r\n", Violation::ContentLengthSyntax),
        ("Content-Length: -1\r\n", Violation::ContentLengthSyntax),
    ] {
        assert_eq!(parse(lines).expect_err(lines).violation(), violation, "{lines}");
    }
    for (lines, body) in [("", "hello"), ("Content-Length: 2\r\n", "he"), ("Content-Length: 0\r\n", "")] {
        let Ok(Datagram::Message(message)) = parse(lines) else { panic!("{lines}") };
        assert_eq!(message.body(), body.as_bytes(), "{lines}");
    }
}

#[test]
fn frm_2_octets_behind_the_body_are_another_message() {
    let hidden = String::from_utf8(register_with("")).unwrap().replace("1001", "1002");
    let stream = format!("{REGISTER}Content-Length: 0\r\n\r\n{hidden}");
    assert_eq!(verdict_however_cut(stream.as_bytes()), "ok, ok");
    let body = format!("{REGISTER}Content-Length: {}\r\n\r\n{hidden}", hidden.len());
    assert_eq!(verdict_however_cut(body.as_bytes()), "ok", "as a body it is no message");
}

#[test]
fn frm_2_what_is_forwarded_has_one_content_length() {
    let request = parsed_register_with("");
    let forwarded = request.edit().with_via("SIP/2.0/TLS 192.0.2.9;branch=z9hG4bKnext").body("text/plain", "hello");
    let forwarded = forwarded.finish().expect("clean values");
    assert_eq!(verdicts([&forwarded[..]]), ["ok"]);
    let forwarded = Request::parse(forwarded).expect("well-formed");
    assert_eq!(forwarded.headers().all(HeaderName::ContentLength).collect::<Vec<_>>(), [b"5"]);
}

#[test]
fn frm_3_names_with_other_octets_than_a_token() {
    for name in ["Contact\u{1}", "Contact\0", "X\u{7f}", "\u{1}Contact", "Con\u{b}tact"] {
        let verdict = verdict_however_cut(&register_with(&format!("{name}: <sip:evil@example.net>\r\n")));
        assert!(verdict.starts_with("400: "), "{name:?}: {verdict}");
    }
    for line in [": value", "No colon", "X@Y: value", "X Y: value", "X\u{e9}: value", "<X>: value", "\"X\": value"] {
        let verdict = verdict_however_cut(&register_with(&format!("{line}\r\n")));
        assert_eq!(verdict, "400: Malformed header line", "{line:?}");
    }
}

#[test]
fn frm_3_blanks_before_the_colon() {
    for separator in [":", " :", "\t:", " \t :", ":\t "] {
        let request = parsed_register_with(&format!("Expires{separator}60\r\nX-Custom{separator}yes\r\n"));
        assert_eq!(request.headers().expires(), Ok(Some(60)), "{separator:?}");
        assert_eq!(request.headers().first_named("x-custom"), Some(&b"yes"[..]), "{separator:?}");
    }
}

#[test]
fn frm_3_bare_line_ends() {
    for line_end in ["\n", "\r", "\n\n", "\r\r\n", "\n\r\n"] {
        let line = format!("Subject: a{line_end}Authorization: Bearer stolen\r\n");
        let verdict = verdict_however_cut(&register_with(&line));
        assert!(verdict.starts_with("400 and close: "), "{line_end:?}: {verdict}");
    }
    for header in [REGISTER.replace("\r\n", "\n"), REGISTER.replace("\r\n", "\r")] {
        let verdict = verdicts([format!("{header}Content-Length: 0\r\n\r\n").as_bytes()]).join(", ");
        assert_eq!(verdict, "400 and close: Malformed request line");
    }
}

#[test]
fn frm_3_control_octets_in_values() {
    for octet in (0u8..0x20).chain([0x7f]).filter(|octet| !matches!(octet, b'\t' | b'\r' | b'\n')) {
        let octet = char::from(octet);
        let verdict = verdict_however_cut(&register_with(&format!("Subject: a{octet}b\r\n")));
        assert_eq!(verdict, "400: Control octet in header", "{octet:?}");
        let verdict = verdict_however_cut(&register_with(&format!("Subject: \"a{octet}b\"\r\n")));
        assert_eq!(verdict, "400: Control octet in header", "{octet:?} in quotes, without backslash");
        let verdict = verdict_however_cut(&register_with(&format!("Subject: \"a\\{octet}b\"\r\n")));
        assert_eq!(verdict, "ok", "{octet:?} as a quoted pair");
    }
}

#[test]
fn frm_3_a_quoted_pair_does_not_reach_over_the_end_of_a_line() {
    let verdict = verdict_however_cut(&register_with("Subject: \"a\\\r\nX: b\u{1}\"\r\n"));
    assert_eq!(verdict, "400: Control octet in header");
}

#[test]
fn frm_3_a_fold_is_one_space_before_any_decision() {
    let request = parsed_register_with(
        "Authorization: Bearer\r\n\t token=\"abc\"\r\nP-Asserted-Identity:\r\n <sip:1001@ucm.example.com>\r\n \r\n",
    );
    let headers = request.headers();
    assert_eq!(headers.first(HeaderName::Authorization), Some(&br#"Bearer token="abc""#[..]));
    assert_eq!(headers.first(HeaderName::PAssertedIdentity), Some(&b"<sip:1001@ucm.example.com>"[..]));
    assert_eq!(validate(&request), Ok(()));
    let folded = REGISTER.replace(";tag=456248", "\r\n ;tag=456248");
    let request = Request::parse(Bytes::from(format!("{folded}Content-Length: 0\r\n\r\n"))).unwrap();
    assert_eq!(request.headers().from().unwrap().tag(), Some(&b"456248"[..]));
}

#[test]
fn frm_3_a_fold_before_the_first_field_is_refused() {
    let folded = REGISTER.replacen("\r\nVia", "\r\n folded\r\nVia", 1);
    let verdict = verdict_however_cut(format!("{folded}Content-Length: 0\r\n\r\n").as_bytes());
    assert_eq!(verdict, "400: Malformed header line");
}

#[test]
fn frm_4_a_field_that_may_occur_once_occurs_twice() {
    let lines = [
        ("From", ["From: <sip:1002@ucm.example.com>;tag=1", "f: <sip:1001@ucm.example.com>;tag=456248"]),
        ("To", ["To: <sip:1002@ucm.example.com>", "t: <sip:1001@ucm.example.com>"]),
        ("Call-ID", ["Call-ID: other", "i: other"]),
        ("CSeq", ["CSeq: 1826 REGISTER", "cseq : 1827 REGISTER"]),
        ("Max-Forwards", ["Max-Forwards: 70", "MAX-FORWARDS: 1"]),
    ];
    for (name, lines) in lines {
        for line in lines {
            let verdict = verdict_however_cut(&register_with(&format!("{line}\r\n")));
            assert_eq!(verdict, format!("400: Repeated {name}"), "{line}");
        }
    }
    for (name, lines) in [
        ("Content-Type", "Content-Type: text/plain\r\nc: application/sdp\r\n"),
        ("Expires", "Expires: 60\r\nExpires: 60\r\n"),
        ("Event", "Event: dialog\r\no: presence\r\n"),
        ("Refer-To", "r: <sip:a@b>\r\nRefer-To: <sip:a@b>\r\n"),
        ("Session-Expires", "x: 90\r\nSession-Expires: 90\r\n"),
    ] {
        assert_eq!(verdict_however_cut(&register_with(lines)), format!("400: Repeated {name}"), "{lines}");
    }
}

/// Every spelling of a name before and behind every other, side by side and apart.
#[test]
fn frm_4_no_pair_of_spellings_hides_a_repetition() {
    let mut pairs = 0;
    for (name, compact, value) in [
        ("From", "f", "<sip:1001@ucm.example.com>;tag=456248"),
        ("To", "t", "<sip:1001@ucm.example.com>"),
        ("Call-ID", "i", "843817637684230@192.0.2.1"),
        ("CSeq", "CsEq", "1826 REGISTER"),
        ("Max-Forwards", "mAX-fORWARDS", "70"),
        ("Content-Type", "c", "application/sdp"),
        ("Expires", "eXPIRES", "60"),
    ] {
        let spellings = [
            name.to_owned(),
            name.to_lowercase(),
            name.to_uppercase(),
            compact.to_owned(),
            compact.to_uppercase(),
            format!("{name} "),
            format!("{compact}\t"),
        ];
        let own = |line: &&str| !line.starts_with(&format!("{name}:"));
        let without: String = REGISTER.split_inclusive("\r\n").filter(own).collect();
        let (start_line, rest) = without.split_at(without.find("\r\n").expect("a start line") + 2);
        for (one, two) in spellings.iter().flat_map(|one| spellings.iter().map(move |two| (one, two))) {
            let (one, two) = (format!("{one}: {value}\r\n"), format!("{two}:\r\n {value}\r\n"));
            for text in [format!("{start_line}{one}{two}{rest}"), format!("{start_line}{two}{rest}{one}")] {
                let verdict = verdicts([format!("{text}Content-Length: 0\r\n\r\n").as_bytes()]);
                assert_eq!(verdict, [format!("400: Repeated {name}")], "{text}");
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 7 * 7 * 7 * 2);
}

#[test]
fn frm_4_two_bearer_credentials() {
    let (one, other) = ("Authorization: Bearer abc\r\n", "Proxy-Authorization: bearer token=\"abc\"\r\n");
    for lines in [[one, one], [other, other], [one, other], [other, one]] {
        let verdict = verdict_however_cut(&register_with(&lines.concat()));
        assert_eq!(verdict, "400: Repeated Bearer credentials", "{lines:?}");
    }
    assert_eq!(verdict_however_cut(&register_with(one)), "ok");
}

#[test]
fn frm_4_a_parameter_occurs_twice() {
    let tags = REGISTER.replace(";tag=456248", ";tag=456248;TAG=456249");
    let verdict = verdict_however_cut(format!("{tags}Content-Length: 0\r\n\r\n").as_bytes());
    assert_eq!(verdict, "400: Malformed From");
    let verdict = verdict_however_cut(&register_with("m: <sip:a@192.0.2.1;transport=tls;transport=udp>\r\n"));
    assert_eq!(verdict, "400: Malformed Contact");
}

#[test]
fn frm_5_parameters() {
    let line = |count: usize| (0..count).fold("m: <sip:a@b>".to_owned(), |line, n| format!("{line};p{n}=x")) + "\r\n";
    assert_eq!(verdict_however_cut(&register_with(&line(limits::PARAMETERS))), "ok");
    let verdict = verdict_however_cut(&register_with(&line(limits::PARAMETERS + 1)));
    assert_eq!(verdict, "400: Malformed Contact");
}

#[test]
fn frm_4_only_informative_fields_may_be_repeated() {
    assert_eq!(verdict_however_cut(&register_with("Subject: a\r\ns: b\r\nUser-Agent: c\r\nUser-Agent: d\r\n")), "ok");
}

#[test]
fn frm_5_octets_in_a_message() {
    let body = 60_000;
    let message = |pad: usize| {
        let header = format!("{REGISTER}Pad: {}\r\nContent-Length: {body}\r\n\r\n", "x".repeat(pad));
        (header + &"b".repeat(body)).into_bytes()
    };
    let pad = limits::MESSAGE - message(0).len();
    assert_eq!(message(pad).len(), limits::MESSAGE);
    assert_eq!(verdicts([&message(pad)[..]]), ["ok"]);
    assert_eq!(verdicts([&message(pad + 1)[..]]), ["513 and close: Message Too Large"]);
}

#[test]
fn frm_5_octets_in_a_header_without_end() {
    let line = format!("Pad: {}\r\n", "x".repeat(8_000));
    let endless = format!("{REGISTER}{}", line.repeat(8));
    assert_eq!(verdicts([endless.as_bytes()]), ["awaited"]);
    let endless = format!("{REGISTER}{}", line.repeat(9));
    assert_eq!(verdicts([endless.as_bytes()]), ["513 and close: Message Too Large"]);
    assert_eq!(verdicts(endless.as_bytes().chunks(1)), ["513 and close: Message Too Large"]);
}

#[test]
fn frm_5_octets_in_a_header_field() {
    let line = |length: usize| format!("Pad: {}\r\n", "x".repeat(length - "Pad: ".len()));
    assert_eq!(verdict_however_cut(&register_with(&line(limits::HEADER_LINE))), "ok");
    let verdict = verdict_however_cut(&register_with(&line(limits::HEADER_LINE + 1)));
    assert_eq!(verdict, "513 and close: Header line too long");
    let folded = |count: usize| format!("Pad:a{}\r\n", "\r\n bc".repeat(count));
    assert_eq!(verdict_however_cut(&register_with(&folded(1_637))), "ok");
    let verdict = verdict_however_cut(&register_with(&folded(1_638)));
    assert_eq!(verdict, "513 and close: Header line too long");
    let request_line = format!("REGISTER sip:{} SIP/2.0\r\n", "x".repeat(limits::HEADER_LINE));
    assert_eq!(verdicts([request_line.as_bytes()]), ["513 and close: Header line too long"]);
}

#[test]
fn frm_5_header_fields() {
    // One line is the request line; Content-Length comes to it.
    let own = REGISTER.matches("\r\n").count();
    let lines = |count: usize| "Pad: y\r\n".repeat(count - own);
    assert_eq!(verdict_however_cut(&register_with(&lines(limits::HEADERS))), "ok");
    let verdict = verdict_however_cut(&register_with(&lines(limits::HEADERS + 1)));
    assert_eq!(verdict, "400 and close: Too many header fields");
}

#[test]
fn frm_5_vias_routes_and_contacts() {
    let list = |name: &str, value: &str, count: usize| format!("{name}: {}\r\n", vec![value; count].join(", "));
    let via = "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKa";
    let contact = "<sip:a@192.0.2.1>";
    for (name, value, limit) in [
        ("Via", via, limits::VIAS - 1),
        ("Route", "<sip:p;lr>", limits::ROUTES),
        ("Record-Route", "<sip:p;lr>", limits::ROUTES),
        ("Path", "<sip:p;lr>", limits::ROUTES),
        ("Contact", contact, limits::CONTACTS - 1),
    ] {
        assert_eq!(verdict_however_cut(&register_with(&list(name, value, limit))), "ok", "{name}");
        let verdict = verdict_however_cut(&register_with(&list(name, value, limit + 1)));
        assert_eq!(verdict, format!("400: Too many {name} values"));
    }
}

/// What we answer to too many Vias is itself within the limits.
#[test]
fn frm_5_the_answer_to_too_many_fields_has_not_too_many() {
    let vias = "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKa\r\n".repeat(limits::HEADERS);
    let error = Message::parse(Bytes::from(register_with(&vias))).expect_err("too many fields");
    let reply = Message::parse(error.reply().expect("it says where to")).expect("others can read it");
    assert_eq!(reply.headers().all(HeaderName::Via).count(), limits::VIAS);
}

#[test]
fn frm_5_octets_in_a_bearer_token() {
    for (form, rest) in [("Authorization: Bearer ", ""), ("Proxy-Authorization: Bearer token=\"", "\"")] {
        let line = |length: usize| format!("{form}{}{rest}\r\n", "t".repeat(length));
        assert_eq!(verdict_however_cut(&register_with(&line(limits::BEARER_TOKEN))), "ok");
        let verdict = verdict_however_cut(&register_with(&line(limits::BEARER_TOKEN + 1)));
        assert_eq!(verdict, "400: Bearer token too long");
        assert_eq!(verdict_however_cut(&register_with(&line(60_000))), "400: Bearer token too long");
    }
}

#[test]
fn frm_5_depth_does_not_grow_with_input() {
    let nested = format!("Pad: {}\r\n", "\"\\\"<(".repeat(1_600));
    let request = parsed_register_with(&nested);
    assert_eq!(validate(&request), Ok(()));
    assert_eq!(Message::Request(request).headers().first_named("Pad").map(<[u8]>::len), Some(8_000));
}

/// A thread with so little stack faults at once when anything recurses over what it reads.
#[test]
fn frm_5_hostile_values_take_no_more_stack_than_others() {
    const STACK: usize = 128 * 1024;
    let reader = std::thread::Builder::new().stack_size(STACK).spawn(|| {
        for name in [
            "Via",
            "From",
            "To",
            "Contact",
            "Route",
            "Record-Route",
            "Path",
            "Authorization",
            "Proxy-Authorization",
            "Call-ID",
            "CSeq",
            "Refer-To",
            "Require",
            "Supported",
            "Event",
            "Subject",
            "Content-Type",
            "P-Asserted-Identity",
        ] {
            let own = |line: &&str| !line.starts_with(&format!("{name}:"));
            let without: String = REGISTER.split_inclusive("\r\n").filter(own).collect();
            for part in ["(", "\"", "\\\"", "<", "<sip:", ";", ",", "[", "%25", "?a=", "a,", "=\"", "\"<(;,", "sip:"] {
                let value = part.repeat(8_000 / part.len());
                let text = format!("{without}{name}: {value}\r\nContent-Length: 0\r\n\r\n");
                let verdict = verdicts([text.as_bytes()]).join(", ");
                assert!(verdict == "ok" || verdict.starts_with("400: "), "{name}: {part}: {verdict}");
            }
        }
    });
    reader.expect("a thread").join().expect("no fault");
}

#[test]
fn frm_5_a_field_that_is_too_long_is_not_sent_back() {
    let long = format!("v: SIP/2.0/TLS h;branch=z9hG4bK{}\r\n", "x".repeat(limits::HEADER_LINE));
    let folded = format!("v: SIP/2.0/TLS h;branch=z9hG4bK{}\r\n", "\r\n ;a".repeat(limits::HEADER_LINE / 4));
    for line in [long, folded] {
        let error = Request::parse(Bytes::from(register_with(&line))).expect_err("too long");
        let reply = error.reply().expect("a reply");
        assert_eq!(Response::parse(reply).expect("well-formed").headers().vias().count(), 1);
    }
}
