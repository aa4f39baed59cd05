use proptest::prelude::*;

use super::mask;

const TOKEN: &str = "CANARY-eyJhbGciOiJSUzI1NiJ9.eyJwcml2YXRl.c2lnbmF0dXJl";

fn masked(text: &str) -> String {
    mask(text.as_bytes()).to_string()
}

#[test]
fn sec_1_tokens_and_keys_are_masked() {
    let message = "INVITE sip:a@b SIP/2.0\r\nproxy-authorization : Bearer token=\"SECRET1\"\r\n ,x=\"SECRET2\"\r\n\
        Authorization: Digest username=\"a\",\r\n\tresponse=\"SECRET3\"\r\nCall-ID: 1\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRET4|2^20|1:4;INLINE:SECRET5\r\na=x-ringbearer-opener:SECRET6\r\na=x\r\n";
    assert_eq!(
        masked(message),
        "INVITE sip:a@b SIP/2.0\r\nproxy-authorization : Bearer ****\r\nAuthorization: Digest ****\r\nCall-ID: 1\r\n\
         Content-Type: application/sdp\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****\r\n\
         a=x-ringbearer-opener:****\r\na=x\r\n"
    );
}

#[test]
fn a_bearer_token_leaves_its_fingerprint() {
    let token = "a-token-that-is-long-enough";
    let fingerprint = token::TokenFingerprint::of(token.as_bytes());
    let shown = format!("Authorization: Bearer fingerprint={fingerprint}\r\n");
    assert_eq!(masked(&format!("Authorization: Bearer {token}\r\n")), shown);
    assert_eq!(masked(&format!("Authorization: bearer realm=\"x\", token=\"{token}\"\r\n")), shown);
    assert_eq!(masked("Authorization: Bearer short\r\n"), "Authorization: Bearer ****\r\n");
}

#[test]
fn what_is_no_secret_stays() {
    let message = "SIP/2.0 407 Proxy Authentication Required\r\nVia: SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1\r\n\
        From: <sip:2001@ucm>;tag=1\r\nTo: \"Alice: x\" <sip:2001@ucm:5090;transport=tls>\r\nCall-ID: a:b@c\r\n\
        Proxy-Authenticate: Bearer realm=\"ccmsipline\"\r\nRefer-To: <sip:2003@ucm?Replaces=a%40b%3Bto-tag%3D1>\r\n\
        Content-Type: application/sdp\r\n\r\nv=0\r\nk=prompt\r\nm=audio 4000 RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
    assert_eq!(masked(message), message.replace("k=prompt", "k=:****"));
}

#[test]
fn a_name_that_ends_with_bearer_masks_nothing() {
    let message = "OPTIONS sip:a SIP/2.0\r\nUser-Agent: ringbearer\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(masked(message), message);
    assert_eq!(masked("X: Bearer\r\n \t SECRET\r\nY: z\r\n"), "X: Bearer\r\n \t ****\r\nY: z\r\n");
    assert_eq!(masked("X: Bearer\r\nY: z\r\n"), "X: Bearer\r\nY: z\r\n");
}

#[test]
fn passwords_and_header_fields_in_uris_are_masked() {
    assert_eq!(
        masked(
            "INVITE sip:alice:SECRET@b SIP/2.0\r\nRefer-To: <sips:x@y?Authorization=Bearer%20SECRET&Replaces=1&body=v%3D0>\r\n"
        ),
        "INVITE sip:alice:****@b SIP/2.0\r\nRefer-To: <sips:x@y?Authorization=****&Replaces=1&body=****>\r\n"
    );
    assert_eq!(masked("Call-Info: <https://u:SECRET@h/p?t=SECRET>\r\n"), "Call-Info: <https://u:****@h/p?t=****>\r\n");
}

#[test]
fn bodies_that_are_no_signalling_are_named_only() {
    let body = |kind: &str, body: &str| masked(&format!("INFO sip:a@b SIP/2.0\r\nc: {kind}\r\n\r\n{body}"));
    assert_eq!(
        body("application/dtmf-relay", "Signal=5\r\nDuration=100\r\n"),
        "INFO sip:a@b SIP/2.0\r\nc: application/dtmf-relay\r\n\r\n[body not shown: application/dtmf-relay, 24 octets]"
    );
    assert!(body("text/plain", "a secret").ends_with("[body not shown: text/plain, 8 octets]"));
    assert!(
        body("application/sdp\r\nContent-Encoding: gzip", "SECRET")
            .ends_with("[body not shown: application/sdp, 6 octets]")
    );
    assert!(
        body("application/x+xml", "<a><password>SE\r\nCRET</password></a>")
            .ends_with("<a><password>****</password></a>")
    );
}

#[test]
fn a_long_message_of_one_word_takes_no_longer() {
    for word in [
        "token",
        "sip:",
        "bearer ",
        "<",
        "inline:",
        "eyJ",
        "a=crypto\n",
        "Authorization:\r\n ",
        "password=\"",
        "sip:a:@",
    ] {
        let _ = mask(word.repeat(65_536 / word.len()).as_bytes());
    }
}

/// One line with the canary where a secret of its kind stands.
fn secret_line() -> impl Strategy<Value = String> {
    let lines = [
        "Authorization: Bearer @",
        "Proxy-Authorization: Bearer token=\"@\"",
        "Proxy-Authorization:Bearer realm=\"r\", username=\"u\", token=\"@\"",
        "Authorization: Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"@\", cnonce=\"@\"",
        "Authorization: Digest a=\"b\", Bearer @, Basic @",
        "Authorization: Basic @",
        "Authorization: X-Unknown @",
        "Authentication-Info: rspauth=\"@\"",
        "X-Auth-Token: @",
        "Cookie: session=@",
        "From: <sip:alice:@@host>;tag=1",
        "Contact: sip:alice:@@host",
        "m: <sips:alice:@@host:5061>",
        "r: <sip:x@y?Authorization=Bearer%20@>",
        "Refer-To: <sip:x@y?body=a%3Dcrypto%3A1%20X%20inline%3A@>",
        "X: inline%3A@",
        "Subject: Bearer @",
        "Call-Info: <https://h/?access_token=@>",
        "X: password=@",
        "X: client_secret=\"@\"",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:@|2^20|1:4",
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:@;inline:@|1:4",
        "a=crypto:2 UNKNOWN_SUITE inline:@",
        "a=crypto:x @",
        " a=crypto: 1 AEAD_AES_256_GCM  inline:@",
        "a=key-mgmt:mikey @",
        "k=base64:@",
        "k=clear:@",
        "a=ice-pwd:@",
        "a=x-ringbearer-opener:@",
        "<user><password>@</password></user>",
        "{\"access_token\": \"@\", \"password\" : \"@\"}",
    ];
    proptest::sample::select(lines.to_vec()).prop_map(str::to_owned)
}

/// A case, a way to fold, and an end of line.
fn dressed(line: &str, case: u8, fold: bool, end: &str) -> String {
    let line = match case {
        0 => line.to_ascii_uppercase(),
        1 => line.to_ascii_lowercase(),
        _ => line.to_owned(),
    };
    let line = match (fold, line.split_once(": ")) {
        (true, Some((name, value))) if !line.starts_with(['a', 'k', ' ', '{']) => format!("{name} :{end} {value}"),
        _ => line,
    };
    format!("{line}{end}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn sec_1_no_canary_is_stored(
        lines in proptest::collection::vec((secret_line(), 0..3u8, any::<bool>(), proptest::sample::select(vec!["\r\n", "\n", "\r"])), 1..8),
        body in proptest::collection::vec((secret_line(), 0..3u8), 0..6),
        kind in proptest::sample::select(vec!["application/sdp", "message/sipfrag", "multipart/mixed", "text/plain", "application/x+xml"]),
        noise in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut message = b"INVITE sip:bob:CANARYCANARYCANARY@b SIP/2.0\r\n".to_vec();
        for (line, case, fold, end) in &lines {
            message.extend_from_slice(dressed(line, *case, *fold, end).replace('@', "\u{1}").replace("\u{1}\u{1}", "CANARYCANARYCANARY@").replace("x\u{1}y", "x@y").replace("X\u{1}Y", "X@Y").replace('\u{1}', "CANARYCANARYCANARY").as_bytes());
        }
        message.extend_from_slice(format!("Content-Type: {kind}\r\n\r\n").as_bytes());
        message.extend_from_slice(&noise);
        message.extend_from_slice(b"\r\n");
        for (line, case) in &body {
            message.extend_from_slice(dressed(line, *case, false, "\r\n").replace('@', "\u{1}").replace("\u{1}\u{1}", "CANARYCANARYCANARY@").replace("x\u{1}y", "x@y").replace("X\u{1}Y", "X@Y").replace('\u{1}', "CANARYCANARYCANARY").as_bytes());
        }
        let shown = mask(&message).to_string();
        prop_assert!(!shown.to_ascii_uppercase().contains("CANARY"), "{}\n---\n{shown}", String::from_utf8_lossy(&message));
    }

    #[test]
    fn any_octets_are_taken(octets in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let once = mask(&octets);
        prop_assert_eq!(mask(once.as_str().as_bytes()).as_str().contains('\u{E000}'), false);
    }

    #[test]
    fn a_token_in_any_form_leaves_at_most_its_fingerprint(name in "[A-Za-z-]{0,12}", before in "[ -~]{0,20}") {
        let shown = masked(&format!("{name}: {before} {TOKEN}\r\n"));
        prop_assert!(!shown.contains("eyJhbGciOiJSUzI1NiJ9"), "{shown}");
    }
}
