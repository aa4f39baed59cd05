//! The threat rows of authentication, whole: every method, every spelling, every pair of claims, sizes and times.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use std::time::Instant;

use directory::Object;
use ringbearer_callmanager::flow::{FlowId, Listener};
use testkit::cluster::DIGEST_PASSWORD;
use testkit::line_side::{LineSide, header, status};
use testkit::register::Register;
use token::{AccessTokenClaims, KeyRing, UnixTime, Uuid};

const VENDOR_CHALLENGE: &str = "Bearer realm=\"ccmsipline\"";
const STANDARD_CHALLENGE: &str = "Bearer realm=\"ccmsipline\", authz_server=\"https://ucm-pub:8443/ssosp\", \
    scope=\"UnifiedCommunications:readwrite\"";
const INVALID_TOKEN: &str =
    "Bearer realm=\"ccmsipline\", error=\"invalid_token\", error_description=\"The access token is not valid\"";

/// A request other than REGISTER, from 1001 to this number.
fn request(method: &str, number: &str, branch: usize, more: &str) -> String {
    format!(
        "{method} sip:{number}@127.0.0.11 SIP/2.0\r\n\
         Via: SIP/2.0/TLS 10.10.10.10:62162;branch=z9hG4bK{method}{branch}\r\n\
         From: <sip:1001@127.0.0.11>;tag=a\r\n\
         To: <sip:{number}@127.0.0.11>\r\n\
         Call-ID: {method}{branch}\r\n\
         CSeq: 1 {method}\r\n\
         Max-Forwards: 70\r\n\
         Contact: <sip:x@10.10.10.10:62162;transport=tls>\r\n\
         {more}Content-Length: 0\r\n\r\n"
    )
}

/// The answer on a new flow, without the tag that differs each time.
fn anonymous(side: &mut LineSide, listener: Listener, text: &str) -> String {
    let flow = side.connect(listener);
    let answer = side.ask(flow, text);
    let lines = answer.split("\r\n").map(|line| match line.starts_with("To: ") {
        true => line.split(";tag=").next().unwrap(),
        false => line,
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

fn registered() -> (LineSide, FlowId) {
    let mut side = LineSide::default();
    let flow = side.connect(Listener::OAuth);
    let answer = side.ask(flow, Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice")).text());
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
    side.events.clear();
    (side, flow)
}

#[test]
fn aut_1_the_challenge_says_nothing_of_who_is_there() {
    let mut side = LineSide::default();
    let bobs = side.connect(Listener::OAuth);
    side.ask(bobs, Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob")).text());
    side.events.clear();
    for method in [
        "INVITE",
        "BYE",
        "OPTIONS",
        "INFO",
        "MESSAGE",
        "NOTIFY",
        "PRACK",
        "PUBLISH",
        "REFER",
        "SUBSCRIBE",
        "UPDATE",
        "FROB",
        "invite",
        "REGISTERX",
        "A-B",
        "X",
    ] {
        // Registered, known but not registered, unknown.
        let answers = ["1002", "1003", "1999"].map(|number| {
            let text = request(method, number, 1, "Event: dialog\r\nRefer-To: <sip:1003@127.0.0.11>\r\n");
            anonymous(&mut side, Listener::OAuth, &text).replace(number, "NUMBER")
        });
        assert_eq!(status(&answers[0]), "SIP/2.0 401 Unauthorized", "{method}");
        assert_eq!(header(&answers[0], "WWW-Authenticate"), Some(STANDARD_CHALLENGE), "{method}");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{method}: {answers:#?}");
    }
    let register = |device: &str, number: &str| Register { call_id: "1".into(), ..Register::vendor(device, number) };
    for (device, number) in [("CSFbob", "1002"), ("CSFcarol", "1003"), ("CSFnobody", "1999")] {
        let flow = side.connect(Listener::OAuth);
        let answer = side.ask(flow, register(device, number).text());
        assert_eq!(status(&answer), "SIP/2.0 407 Proxy Authentication Required");
        assert_eq!(header(&answer, "Proxy-Authenticate"), Some(VENDOR_CHALLENGE));
    }
    assert!(side.calls.is_empty() && side.to_calls.is_empty());
    assert!(side.sent(bobs).is_empty(), "nothing is routed");
    assert_eq!(side.registrar.len(), 1);
}

/// Tokens with keys, claims and text that are not the cluster's.
fn bad_tokens(side: &mut LineSide) -> Vec<(String, String)> {
    let now = side.now.unix.0;
    let good = side.node.claims("alice");
    let mut gone = side.node.directory.user("carol").unwrap().as_ref().clone();
    gone.active = false;
    side.node.put(Object::User(gone));
    let node = &side.node;
    let mut tokens = Vec::new();
    for (issued, expires) in [(60, 0), (60, 1), (7200, 3600), (1_000_000, 1)] {
        let claims = AccessTokenClaims {
            issued_at: UnixTime(now - issued),
            expires_at: UnixTime(now - expires),
            ..good.clone()
        };
        tokens.push((format!("expired {expires} s ago"), node.mint(&claims)));
    }
    for ahead in [31, 60, 3599] {
        let claims = AccessTokenClaims { issued_at: UnixTime(now + ahead), ..good.clone() };
        tokens.push((format!("good in {ahead} s"), node.mint(&claims)));
    }
    for user in ["mallory", "carol", "alice ", "ALICE\u{0}", "*"] {
        tokens.push((format!("user {user:?}"), node.mint(&AccessTokenClaims { user: user.into(), ..good.clone() })));
    }
    let generate = || token::generate::signing_key(token::Algorithm::Es256).unwrap();
    let encryption = || token::generate::encryption_key().unwrap();
    let cluster = node.directory.cluster();
    let own = KeyRing::import(&node.access_tokens.keys().export().unwrap()).unwrap();
    for (what, ring) in [
        ("other keys of this cluster", KeyRing::new(cluster, generate(), encryption())),
        ("another cluster", KeyRing::new(Uuid::from_u128(1), generate(), encryption())),
        ("a key that came later", own.rotate_signing_key(generate())),
    ] {
        tokens.push((what.into(), ring.mint(&good, [3; 16]).unwrap()));
    }
    let refresh = token::RefreshTokenClaims {
        family: good.family,
        client_id: good.client_id.clone(),
        expires_at: good.expires_at,
        identifier: [5; 32],
    };
    tokens.push(("refresh token".into(), node.access_tokens.keys().mint_refresh_token(&refresh).unwrap()));
    let good = node.mint(&good);
    let [head, payload, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    // {"alg":"none"}, {"alg":"None"}, {"alg":"HS256"}, {}
    for header in ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJOb25lIn0", "eyJhbGciOiJIUzI1NiJ9", "e30", ""] {
        tokens.push((format!("header {header}"), format!("{header}.{payload}.{signature}")));
        tokens.push((format!("header {header}, unsigned"), format!("{header}.{payload}.")));
    }
    for text in [
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!("{head}..{signature}"),
        format!("{payload}.{head}.{signature}"),
        format!("{good}.{signature}"),
        format!("{good}="),
        good.to_uppercase(),
        "x".into(),
        "a.b.c".into(),
        "a".repeat(8_192),
    ] {
        tokens.push(("text".into(), text));
    }
    for at in [0, head.len() / 2, head.len() + 9, head.len() + payload.len() / 2, good.len() - 30, good.len() - 3] {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        tokens.push((format!("octet {at}"), String::from_utf8(changed).unwrap()));
    }
    tokens
}

#[test]
fn aut_2_forty_tokens_that_are_not_good() {
    let mut side = LineSide::default();
    let tokens = bad_tokens(&mut side);
    assert!(tokens.len() >= 40, "{}", tokens.len());
    for (what, token) in &tokens {
        side.events.clear();
        let flow = side.connect(Listener::OAuth);
        let answer = side.ask(flow, Register::vendor("CSFalice", "1001").bearing(token).text());
        assert_eq!(status(&answer), "SIP/2.0 407 Proxy Authentication Required", "{what}");
        assert_eq!(header(&answer, "Proxy-Authenticate"), Some(INVALID_TOKEN), "{what}");
        assert!(matches!(side.last_refusal(), Some("access-token" | "user-inactive")), "{what}: a security event");
        assert!(!format!("{:?}", side.events).contains(token.as_str()) || token.len() < 6, "{what}: in an event");
    }
    assert!(side.registrar.is_empty());
    let flow = side.connect(Listener::OAuth);
    let good = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
    assert_eq!(status(&side.ask(flow, good.text())), "SIP/2.0 200 OK");
}

#[test]
fn aut_3_no_other_scheme_is_taken_from_either_field() {
    let digest = format!(
        "Digest username=\"alice\", realm=\"ccmsipline\", nonce=\"1\", uri=\"sip:x\", response=\"{DIGEST_PASSWORD}\""
    );
    for field in ["Authorization", "Proxy-Authorization"] {
        for scheme in ["Basic YWxpY2U6eA==", digest.as_str(), "NTLM abc", "Negotiate abc", "Frob a=\"b\", c=d"] {
            let mut side = LineSide::default();
            let credentials = || Some(format!("{field}: {scheme}"));
            let vendor = Register { credentials: credentials(), ..Register::vendor("CSFalice", "1001") };
            let answer = anonymous(&mut side, Listener::OAuth, &vendor.text());
            assert_eq!(status(&answer), "SIP/2.0 407 Proxy Authentication Required", "{field} {scheme}");
            assert_eq!(header(&answer, "Proxy-Authenticate"), Some(VENDOR_CHALLENGE), "{field} {scheme}");
            assert!(!answer.contains("WWW-Authenticate"));
            let standard = Register { credentials: credentials(), ..Register::standard("1001") }.text();
            let invite = request("INVITE", "1002", 1, &format!("{field}: {scheme}\r\n"));
            for text in [standard, invite] {
                let answer = anonymous(&mut side, Listener::OAuth, &text);
                assert_eq!(status(&answer), "SIP/2.0 401 Unauthorized", "{field} {scheme}");
                assert_eq!(header(&answer, "WWW-Authenticate"), Some(STANDARD_CHALLENGE), "{field} {scheme}");
                assert!(!answer.contains("Proxy-Authenticate"));
            }
            assert!(side.registrar.is_empty() && side.calls.is_empty());
        }
    }
}

/// Every combination of token, device, From, To, Contact and Expires: A registers A, and nobody touches B.
#[test]
fn aut_4_no_combination_of_claims_touches_another() {
    let mut side = LineSide::default();
    let bobs = side.connect(Listener::OAuth);
    side.ask(bobs, Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob")).text());
    let before = format!("{:?}", side.registrar.get("CSFbob").unwrap());
    let alices = side.node.token("alice");
    let (mut granted, mut attempts) = (0, 0);
    for token in [None, Some(alices.as_str())] {
        for device in [None, Some("CSFalice"), Some("CSFbob"), Some("CSFnobody")] {
            for (from, to) in
                ["1001", "1002", "1999"].iter().flat_map(|from| ["1001", "1002", "1999"].map(|to| (*from, to)))
            {
                for (contact, expires) in [("own", 3600), ("own", 0), ("*", 3600), ("*", 0), ("none", 3600)] {
                    let mut register = Register::standard(to);
                    register.device = device.map(str::to_owned);
                    register.expires = Some(expires);
                    register.call_id = format!("attempt-{attempts}");
                    if let Some(token) = token {
                        register = register.bearing(token);
                    }
                    let value = register.contact_value();
                    let mut text =
                        register.text().replace(&format!("From: <sip:{to}@"), &format!("From: <sip:{from}@"));
                    text = match contact {
                        "own" => text,
                        "*" => text.replace(&value, "*"),
                        _ => text.replace(&format!("Contact: {value}\r\n"), ""),
                    };
                    let flow = side.connect(Listener::OAuth);
                    let answer = side.ask(flow, &text);
                    let what = format!("{device:?} {from} {to} {contact} {expires}: {answer}");
                    // Without a Contact nothing names the vendor's device.
                    let named = if contact == "own" { device } else { None };
                    let own =
                        token.is_some() && (from, to) == ("1001", "1001") && matches!(named, None | Some("CSFalice"));
                    let expected = match (token, own, contact) {
                        (None, _, _) if named.is_some() => "SIP/2.0 407 Proxy Authentication Required",
                        (None, _, _) => "SIP/2.0 401 Unauthorized",
                        (_, true, "*") if expires > 0 => "SIP/2.0 400 Malformed Contact",
                        (_, true, "*") => status(&answer),
                        (_, true, _) => "SIP/2.0 200 OK",
                        _ => "SIP/2.0 403 Forbidden",
                    };
                    assert_eq!(status(&answer), expected, "{what}");
                    assert!(contact != "*" || !answer.starts_with("SIP/2.0 2"), "{what}");
                    granted += usize::from(answer.starts_with("SIP/2.0 2"));
                    assert_eq!(format!("{:?}", side.registrar.get("CSFbob").unwrap()), before, "{what}");
                    attempts += 1;
                }
            }
        }
    }
    assert_eq!(attempts, 2 * 4 * 9 * 5);
    assert!(granted > 0);
    assert_eq!(side.closed.iter().filter(|(flow, _)| *flow == bobs).count(), 0);
}

#[test]
fn aut_6_a_token_buys_nothing_where_there_is_no_oauth() {
    let mut side = LineSide::default();
    let token = side.node.token("alice");
    for listener in [Listener::Phone, Listener::Secure] {
        let mut oauth_device = Register::vendor("CSFalice", "1001").bearing(&token);
        oauth_device.transport = if listener == Listener::Phone { "TCP" } else { "TLS" };
        let answer = anonymous(&mut side, listener, &oauth_device.text());
        assert_eq!(status(&answer), "SIP/2.0 403 Forbidden", "{listener:?}");
        assert!(header(&answer, "Warning").unwrap().ends_with("\"SIP OAuth Registration port Mismatch\""));
        assert!(!answer.contains(&token));
    }
    // A device with a digest, and a call from nobody: the token is not looked at.
    let daves = Register { transport: "TCP", ..Register::standard("1004") }.bearing(&side.node.token("dave"));
    let invite = request("INVITE", "1002", 1, &format!("Authorization: Bearer {token}\r\n"));
    for text in [daves.text(), invite] {
        let answer = anonymous(&mut side, Listener::Phone, &text);
        assert_eq!(status(&answer), "SIP/2.0 401 Unauthorized");
        assert!(header(&answer, "WWW-Authenticate").unwrap().starts_with("Digest "));
        assert!(!answer.contains("Bearer"));
    }
    assert!(side.registrar.is_empty() && side.calls.is_empty());
}

#[test]
fn frm_3_a_field_is_taken_out_however_it_is_spelt() {
    let fields = [
        ("P-Asserted-Identity", "<sip:canary@127.0.0.11>"),
        ("P-Preferred-Identity", "<sip:canary@127.0.0.11>"),
        ("Remote-Party-ID", "<sip:canary@127.0.0.11>"),
        ("Diversion", "<sip:canary@127.0.0.11>"),
        ("History-Info", "<sip:canary@127.0.0.11>;index=1"),
        ("Identity", "canary"),
        ("y", "canary"),
        ("Privacy", "id;canary"),
        ("Record-Route", "<sip:canary.test;lr>"),
        ("Path", "<sip:canary.test;lr>"),
        ("Service-Route", "<sip:canary.test;lr>"),
        ("Authorization", "Frob canary"),
        ("Proxy-Authorization", "Frob canary"),
    ];
    for (name, value) in fields {
        let (mut side, flow) = registered();
        for (branch, line) in [
            format!("{name}: {value}\r\n"),
            format!("{name}:{value}\r\n"),
            format!("{name} : {value}\r\n"),
            format!("{name}\t:\t{value}\r\n"),
            format!("{}: {value}\r\n", name.to_lowercase()),
            format!("{}: {value}\r\n", name.to_uppercase()),
            format!("{name}:\r\n {value}\r\n"),
            format!("{name}:\r\n\t {value}\r\n \r\n"),
            format!("{name}: {value}\r\n{}  : {value}\r\n", name.to_lowercase()),
        ]
        .iter()
        .enumerate()
        {
            let sent = side.send(flow, request("INVITE", "1002", branch, &format!("X-Other: kept\r\n{line}")));
            let Some(call) = side.calls.pop() else {
                assert_eq!(status(&sent[0]), "SIP/2.0 400 Repeated Identity", "{line:?}");
                continue;
            };
            let invite = String::from_utf8_lossy(call.invite.as_bytes()).into_owned();
            assert!(!invite.to_lowercase().contains("canary"), "{line:?}: {invite}");
            assert!(invite.contains("X-Other: kept\r\n"), "{line:?}: {invite}");
        }
    }
}

#[test]
fn frm_3_a_forged_from_is_seen_however_it_is_spelt() {
    let (mut side, flow) = registered();
    for (branch, from) in [
        "From: <sip:1002@127.0.0.11>;tag=a",
        "f: <sip:1002@127.0.0.11>;tag=a",
        "F :<sip:1002@127.0.0.11>;tag=a",
        "FROM\t: sip:1002@127.0.0.11;tag=a",
        "From:\r\n <sip:1002@127.0.0.11>;tag=a",
        "From: \"<sip:1001@127.0.0.11>\"\r\n\t<sip:1002@127.0.0.11>\r\n ;tag=a",
        "From: \"a \\\" <sip:1001@127.0.0.11>\" <sip:1002@127.0.0.11>;tag=a",
        "From: <sip:%31002@127.0.0.11>;tag=a",
        "From: <sip:1001%00@127.0.0.11>;tag=a",
        "From: <sip:1001%40x@127.0.0.11>;tag=a",
    ]
    .iter()
    .enumerate()
    {
        let text = request("INVITE", "1002", branch, "").replace("From: <sip:1001@127.0.0.11>;tag=a", from);
        assert_eq!(status(&side.ask(flow, text)), "SIP/2.0 403 Forbidden", "{from}");
        assert_eq!(side.last_refusal(), Some("from"), "{from}");
    }
    assert!(side.calls.is_empty());
}

#[test]
fn aut_10_refusals_have_the_same_octets_for_whoever_is_there() {
    let mut side = LineSide::default();
    let bobs = side.connect(Listener::OAuth);
    side.ask(bobs, Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob")).text());
    let (good, bad) = (side.node.token("alice"), "no token");
    for token in [None, Some(good.as_str()), Some(bad)] {
        // Registered, known, of another profile, unknown: the same in length too.
        let answers = ["CSFbob", "CSFerin", "CSFxyz"].map(|device| {
            let mut register = Register { call_id: "same".into(), ..Register::vendor(device, "1002") };
            if let Some(token) = token {
                register = register.bearing(token);
            }
            anonymous(&mut side, Listener::OAuth, &register.text()).replace(device, "DEVICE")
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
        let answers = ["1002", "1003", "1999"].map(|number| {
            let mut register = Register { call_id: "same".into(), ..Register::standard(number) };
            if let Some(token) = token {
                register = register.bearing(token);
            }
            anonymous(&mut side, Listener::OAuth, &register.text()).replace(number, "NUMBER")
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    }
}

/// The same on the port for digests: without credentials, and with wrong ones.
#[test]
fn aut_10_a_digest_is_asked_of_whoever_is_there() {
    let mut side = LineSide::default();
    let wrong = "Authorization: Digest username=\"dave\", realm=\"ccmsipline\", nonce=\"x\", uri=\"sip:x\", \
        response=\"00000000000000000000000000000000\"";
    for credentials in [None, Some(wrong)] {
        for standard in [true, false] {
            let answers = [("SEPdave", "1004"), ("SEPzero", "1999")].map(|(device, number)| {
                let register = match standard {
                    true => Register::standard(number),
                    false => Register::vendor(device, number),
                };
                let call_id = "same".into();
                let credentials = credentials.map(str::to_owned);
                let text = Register { call_id, credentials, transport: "TCP", ..register }.text();
                let answer = anonymous(&mut side, Listener::Phone, &text);
                answer.replace(device, "DEVICE").replace(number, "NUMBER")
            });
            assert_eq!(status(&answers[0]), "SIP/2.0 401 Unauthorized");
            let nonce = |answer: &str| {
                let lines = answer.split("\r\n").filter(|line| !line.starts_with("WWW-Authenticate: Digest "));
                (lines.map(str::to_owned).collect::<Vec<_>>(), answer.len())
            };
            assert_eq!(nonce(&answers[0]), nonce(&answers[1]));
        }
    }
    assert!(side.registrar.is_empty());
}

/// Goal G17 in small: medians of samples that alternate, so that whatever else the machine does falls on both.
#[test]
fn aut_10_a_refusal_takes_as_long_for_whoever_is_there() {
    const SAMPLES: usize = 3_000;
    let mut side = LineSide::default();
    let bobs = side.connect(Listener::OAuth);
    side.ask(bobs, Register::vendor("CSFbob", "1002").bearing(&side.node.token("bob")).text());
    let good = side.node.token("alice");
    for token in [None, Some(good)] {
        let flow = side.connect(Listener::OAuth);
        let mut times = [Vec::new(), Vec::new()];
        for sample in 0..SAMPLES {
            for which in [sample % 2, (sample + 1) % 2] {
                let mut register = Register::vendor(["CSFbob", "CSFxyz"][which], "1002");
                register.sequence = u32::try_from(sample).unwrap();
                if let Some(token) = &token {
                    register = register.bearing(token);
                }
                let text = register.text();
                let began = Instant::now();
                let answer = side.ask(flow, text);
                times[which].push(began.elapsed());
                assert!(answer.starts_with("SIP/2.0 40"));
            }
            side.events.clear();
        }
        let [known, unknown] = times.map(|mut times| {
            times.sort_unstable();
            times[SAMPLES / 2].as_nanos()
        });
        assert!(known.abs_diff(unknown) * 10 < known.min(unknown), "{known} ns and {unknown} ns");
    }
}

#[test]
fn rte_4_an_answer_before_authentication_is_hardly_longer_than_the_request() {
    let mut side = LineSide::default();
    let mut texts = Vec::new();
    for method in ["INVITE", "OPTIONS", "SUBSCRIBE", "CANCEL", "X"] {
        for more in [
            "",
            "Require: a, b, c\r\n",
            "Authorization: Bearer x\r\n",
            "Proxy-Authorization: Digest a=\"b\"\r\n",
            "Record-Route: <sip:a;lr>, <sip:b;lr>\r\n",
            "Timestamp: 1\r\n",
            "Max-Forwards: 1\r\n",
            "Expires: x\r\n",
        ] {
            texts.push(request(method, "1002", texts.len(), more));
        }
        texts.push(request(method, "1002", texts.len(), "").replace("Max-Forwards: 70", "Max-Forwards: 0"));
        texts
            .push(request(method, "1002", texts.len(), "").replace(&format!("{method} sip:"), &format!("{method} x:")));
    }
    let vias = "Via: SIP/2.0/TLS h;branch=z9hG4bKx\r\n".repeat(60);
    texts.push(request("OPTIONS", "1002", texts.len(), &vias));
    texts.push("X sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n".into());
    texts.push("OPTIONS sip:a SIP/7.0\r\nVia: SIP/2.0/TLS a;branch=z9hG4bKv\r\nContent-Length: 0\r\n\r\n".into());
    for register in [Register::vendor("CSFalice", "1001"), Register::standard("1001")] {
        texts.push(register.clone().bearing("x").text());
        texts.push(register.text());
    }
    let mut answered = 0;
    for listener in [Listener::OAuth, Listener::Phone, Listener::Secure] {
        for text in &texts {
            let flow = side.connect(listener);
            let sent = side.send(flow, text);
            let octets: usize = sent.iter().map(String::len).sum();
            assert!(octets <= text.len() + 512, "{octets} for {}: {text}{sent:?}", text.len());
            answered += sent.len();
        }
    }
    assert!(answered > 150, "{answered}");
}

/// The order of RFC 4475's outcomes: a method that nobody knows is 501, one that is known and not served 405, each with Allow.
#[test]
fn aut_12_what_a_method_is_shows_after_authentication_only() {
    let (mut side, flow) = registered();
    let stranger = side.connect(Listener::OAuth);
    for (method, expected) in [
        ("FROB", "SIP/2.0 501 Not Implemented"),
        ("register", "SIP/2.0 501 Not Implemented"),
        ("MESSAGE", "SIP/2.0 405 Method Not Allowed"),
        ("PUBLISH", "SIP/2.0 405 Method Not Allowed"),
        ("SUBSCRIBE", "SIP/2.0 400 Missing Event"),
    ] {
        for to in ["", ";tag=none"] {
            let text = request(method, "1002", to.len(), "")
                .replace("To: <sip:1002@127.0.0.11>", &format!("To: <sip:1002@127.0.0.11>{to}"));
            assert_eq!(status(&side.ask(stranger, &text)), "SIP/2.0 401 Unauthorized", "{method}");
            let answer = side.ask(flow, &text);
            let expected = if to.is_empty() { expected } else { "SIP/2.0 481 Call/Transaction Does Not Exist" };
            assert_eq!(status(&answer), expected, "{method}");
            let has_allow = header(&answer, "Allow").is_some();
            assert_eq!(has_allow, answer.contains("SIP/2.0 501") || answer.contains("SIP/2.0 405"), "{method}");
        }
    }
}

#[test]
fn frm_5_a_body_is_not_taken_apart() {
    let (mut side, flow) = registered();
    for depth in [3, 4, 2_000] {
        let mut body = String::from("x");
        for level in 0..depth {
            body = format!("--b{level}\r\nContent-Type: multipart/mixed;boundary=b{level}\r\n\r\n{body}");
            if body.len() > 60_000 {
                break;
            }
        }
        let mut register = Register::vendor("CSFalice", "1001").bearing(&side.node.token("alice"));
        register.sequence += depth;
        register.body = Some(("multipart/mixed;boundary=b0", body));
        assert_eq!(status(&side.ask(flow, register.text())), "SIP/2.0 200 OK", "{depth}");
    }
}
