//! Header fields with a type: what their values mean, and which are none.

mod support;

use ringbearer_sip::message::header::{
    CSeq, CallInfo, ContentType, Event, NameAddr, RAck, Reason, Refresher, Replaces, SessionExpires, Via,
};
use ringbearer_sip::message::{HeaderName, Method, StatusCode, Violation};
use support::parsed_register_with;

#[test]
fn names_are_known_in_every_case_and_in_compact_form() {
    for (name, compact) in [("Via", "v"), ("From", "F"), ("Session-Expires", "x"), ("Call-ID", "i"), ("Refer-To", "r")]
    {
        let known = HeaderName::from_bytes(name.as_bytes()).expect(name);
        assert_eq!(known.as_str(), name);
        for other in [name.to_uppercase(), name.to_lowercase(), compact.to_owned()] {
            assert_eq!(HeaderName::from_bytes(other.as_bytes()), Some(known), "{other}");
        }
    }
    for unknown in ["", "z", "Vi", "Viaa", "Contact-Length", "From ", "Fr\u{f6}m"] {
        assert_eq!(HeaderName::from_bytes(unknown.as_bytes()), None, "{unknown}");
    }
}

#[test]
fn cseq() {
    let parsed = |value: &str| CSeq::parse(value.as_bytes()).map(|cseq| (cseq.sequence, cseq.method));
    assert_eq!(parsed("1 INVITE"), Some((1, Method::Invite)));
    assert_eq!(parsed("0009 \t INVITE"), Some((9, Method::Invite)));
    assert_eq!(parsed("2147483647 ACK"), Some((2_147_483_647, Method::Ack)));
    for refused in ["2147483648 ACK", "1", "1INVITE", " 1 INVITE x", "-1 ACK", "1 A(K", "", "ACK 1", "1 "] {
        assert_eq!(parsed(refused), None, "{refused}");
    }
}

#[test]
fn name_addr() {
    let parts = |value: &str| {
        let address = NameAddr::parse(value.as_bytes())?;
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        let name = address.display_name().map(|name| text(&name));
        Some((name.unwrap_or_default(), text(address.uri_bytes()), address.tag().map(text).unwrap_or_default()))
    };
    let expect = |name: &str, uri: &str, tag: &str| Some((name.to_owned(), uri.to_owned(), tag.to_owned()));
    assert_eq!(parts("<sip:a@b>;tag=1"), expect("", "sip:a@b", "1"));
    assert_eq!(parts("sip:a@b;tag=1"), expect("", "sip:a@b", "1"));
    assert_eq!(parts("A. G. Bell <sip:a@b> ; TAG = 1 "), expect("A. G. Bell", "sip:a@b", "1"));
    assert_eq!(parts(r#""Bell, \"A\"; <x>"<sip:a@b;x>;y;tag=1"#), expect(r#"Bell, "A"; <x>"#, "sip:a@b;x", "1"));
    assert_eq!(parts("J\u{fc}rgen <tel:+1>"), expect("J\u{fc}rgen", "tel:+1", ""));
    for refused in [
        "",
        ";tag=1",
        "<sip:a@b",
        r#""a <sip:a@b>"#,
        r#""a" sip:a@b"#,
        "a, b <sip:a@b>",
        "<sip:a@b> x",
        "<sip:a@b>;",
        "<sip:a@b>;;tag=1",
        "<sip:a@b>;tag=\"1",
        "sip:a@b?x=y",
        "sip:a@b,sip:c",
        "<sip:a@b>;a b=c",
        "<sip:a@b>;tag=",
    ] {
        assert_eq!(parts(refused), None, "{refused}");
    }
}

#[test]
fn the_uri_of_a_name_addr_is_parsed_when_it_is_asked_for() {
    for malformed in ["sip:a@b>", "< sip:a@b>", "<a@b>", "<>"] {
        assert!(NameAddr::parse(malformed.as_bytes()).is_some_and(|address| address.uri().is_none()), "{malformed}");
    }
}

#[test]
fn via() {
    let parsed = |value: &'static str| Via::parse(value.as_bytes());
    let via = parsed("SIP / 2.0 / tls [2001:db8::1] : 5061 ; branch = z9hG4bKa ; rport").unwrap();
    assert_eq!(
        (via.transport(), via.host().to_string(), via.port()),
        (&b"tls"[..], "[2001:db8::1]".into(), Some(5061))
    );
    assert_eq!((via.branch(), via.has_rport(), via.rport()), (Some(&b"z9hG4bKa"[..]), true, None));
    assert_eq!(parsed("SIP/2.0/UDP h;branch=Z9hG4bKa").unwrap().transaction_branch(), Some(&b"Z9hG4bKa"[..]));
    for no_transaction in ["SIP/2.0/UDP h", "SIP/2.0/UDP h;branch=1", "SIP/2.0/UDP h;branch=z9hG4bK"] {
        assert_eq!(parsed(no_transaction).unwrap().transaction_branch(), None, "{no_transaction}");
    }
    for refused in [
        "",
        "SIP/2.0",
        "SIP/2.0/",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0/ h",
        "/2.0/UDP h",
        "SIP/2.0/UDP h x",
        "SIP/2.0/UDP h:0",
        "SIP/2.0/UDP h:99999",
        "SIP/2.0/UDP h;;",
        "SIP/2.0/U(P h",
        "SIP/2.0/UDP 1::2",
        "SIP/2.0/UDP h;branch=\"a",
    ] {
        assert!(parsed(refused).is_none(), "{refused}");
    }
}

#[test]
fn numbers() {
    let headers = |lines: &str| parsed_register_with(lines).headers().clone();
    assert_eq!(headers("Expires: 60\r\n").expires(), Ok(Some(60)));
    assert_eq!(headers("").expires(), Ok(None));
    assert_eq!(headers("Expires: 4294967296\r\n").expires(), Ok(Some(3_600)), "too large is as 3600");
    assert_eq!(headers("Expires: soon\r\n").expires(), Err(Violation::Syntax(HeaderName::Expires)));
    assert_eq!(headers("Expires: -1\r\n").expires(), Err(Violation::Syntax(HeaderName::Expires)));
    assert_eq!(headers("Min-SE: 90;x=y\r\n").min_se(), Ok(Some(90)));
    assert_eq!(headers("Retry-After: 18 (in a meeting);duration=3600\r\n").retry_after(), Ok(Some(18)));
    assert_eq!(headers("RSeq: 0\r\n").rseq(), Err(Violation::Syntax(HeaderName::RSeq)));
}

#[test]
fn option_tags() {
    let request =
        parsed_register_with("Supported: replaces, X-cisco-srtp-fallback\r\nk: timer\r\nRequire: 100rel, b@d\r\n");
    let headers = request.headers();
    let supported: Vec<_> = headers.supported().map(Result::unwrap).collect();
    assert_eq!(supported, [&b"replaces"[..], b"X-cisco-srtp-fallback", b"timer"]);
    assert!(headers.supports("x-cisco-SRTP-fallback") && headers.supports("100rel") && !headers.supports("replace"));
    let required: Vec<_> = headers.require().collect();
    assert_eq!(required, [Ok(&b"100rel"[..]), Err(Violation::Syntax(HeaderName::Require))]);
}

#[test]
fn session_expires() {
    let parsed = |value: &str| SessionExpires::parse(value.as_bytes());
    let expect = |seconds, refresher| Some(SessionExpires { seconds, refresher });
    assert_eq!(parsed("1800"), expect(1_800, None));
    assert_eq!(parsed("1800 ;refresher=UAC;x"), expect(1_800, Some(Refresher::Uac)));
    assert_eq!(parsed("90;Refresher=uas"), expect(90, Some(Refresher::Uas)));
    assert_eq!(parsed("90;refresher=me"), expect(90, None));
    assert_eq!((parsed("soon"), parsed(";refresher=uac"), parsed("90;;")), (None, None, None));
}

#[test]
fn replaces() {
    let parsed = |value: &'static str| Replaces::parse(value.as_bytes());
    let replaces = parsed("98732@sip.example.com;from-tag=r33th4x0r;TO-TAG=ff87ff;early-only").unwrap();
    assert_eq!(
        (replaces.call_id, replaces.to_tag, replaces.from_tag),
        (&b"98732@sip.example.com"[..], &b"ff87ff"[..], &b"r33th4x0r"[..])
    );
    assert!(replaces.is_early_only);
    for refused in ["a", "a;to-tag=1", "a;from-tag=1", "a;to-tag=1;from-tag=2;to-tag=3", "a;to-tag;from-tag=1"] {
        assert_eq!(parsed(refused), None, "{refused}");
    }
}

#[test]
fn rack() {
    let expected = RAck { rseq: 776_656, cseq: CSeq { sequence: 1, method: Method::Invite } };
    assert_eq!(RAck::parse(b"776656 1 INVITE"), Some(expected.clone()));
    assert_eq!(RAck::parse(b"776656 \t 1 \t INVITE"), Some(expected));
    assert_eq!((RAck::parse(b"776656 INVITE"), RAck::parse(b"1"), RAck::parse(b"x 1 INVITE")), (None, None, None));
}

#[test]
fn reason() {
    let value = br#"SIP;cause=200;text="cisco-alarm:25 Name=CSFRADO Last=initialized""#;
    let reason = Reason::parse(value).unwrap();
    assert_eq!((reason.protocol, reason.cause()), (&b"SIP"[..], Some(200)));
    assert_eq!(reason.text().unwrap().as_ref(), b"cisco-alarm:25 Name=CSFRADO Last=initialized");
    let request = parsed_register_with("Reason: Q.850;cause=16, SIP;cause=600\r\n");
    assert_eq!(
        request.headers().reasons().map(|reason| reason.unwrap().cause()).collect::<Vec<_>>(),
        [Some(16), Some(600)]
    );
    assert_eq!(Reason::parse(b";cause=1"), None);
}

#[test]
fn event_and_subscription_state() {
    let request = parsed_register_with("o: refer;id=93809824\r\nSubscription-State: terminated;reason=noresource\r\n");
    let Ok(Some(Event { package, parameters })) = request.headers().event() else { panic!("an Event") };
    assert_eq!((package, parameters.get("id")), (&b"refer"[..], Some(&b"93809824"[..])));
    let state = request.headers().subscription_state().unwrap().unwrap();
    assert!(state.is_terminated());
    assert_eq!(state.parameters.get("reason"), Some(&b"noresource"[..]));
    let request = parsed_register_with("Event: a b\r\n");
    assert_eq!(request.headers().event(), Err(Violation::Syntax(HeaderName::Event)));
}

#[test]
fn content_type() {
    let multipart = ContentType::parse(br#"Multipart/Mixed ; boundary="unique Boundary""#).unwrap();
    assert!(multipart.is("multipart", "mixed") && !multipart.is_sdp());
    assert_eq!(multipart.boundary().unwrap().as_ref(), b"unique Boundary");
    assert!(ContentType::parse(b"APPLICATION/sdp").unwrap().is_sdp());
    for refused in [&b"sdp"[..], b"application/", b"/sdp", b"a b/c", b"a/b;", b"a/b c"] {
        assert_eq!(ContentType::parse(refused), None);
    }
}

#[test]
fn call_info_of_the_vendor() {
    let value =
        b"<urn:x-cisco-remotecc:callinfo>; security= Unknown; orientation= from; gci= 1-5004; isVoip; call-instance= 1";
    let call_info = CallInfo::parse(value).unwrap();
    assert_eq!(call_info.uri_bytes(), b"urn:x-cisco-remotecc:callinfo");
    assert_eq!(call_info.parameters.get("security"), Some(&b"Unknown"[..]));
    assert_eq!(call_info.parameters.get("gci"), Some(&b"1-5004"[..]));
    assert!(call_info.parameters.contains("isVoip"));
    assert_eq!(CallInfo::parse(b"urn:x;security=Unknown"), None);
}

#[test]
fn status_codes() {
    assert_eq!(StatusCode::new(99), None);
    assert_eq!(StatusCode::new(700), None);
    assert_eq!(StatusCode::new(486), Some(StatusCode::BUSY_HERE));
    assert_eq!((StatusCode::BUSY_HERE.reason(), StatusCode::BUSY_HERE.to_string()), ("Busy Here", "486".to_owned()));
    let unknown = StatusCode::new(499).unwrap();
    assert_eq!(unknown.reason(), "Bad Request", "RFC 3261 §8.1.3.2: as the x00 of its class");
    assert!(StatusCode::RINGING.is_provisional() && !StatusCode::RINGING.is_final());
    assert!(StatusCode::ACCEPTED.is_success() && StatusCode::ACCEPTED.is_final());
}
