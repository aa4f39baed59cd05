//! Credentials and challenges: every Bearer dialect, Digest with the vectors of the RFCs, nonces.

use ringbearer_sip::auth::{
    Algorithm, BearerChallenge, BearerError, Credentials, DigestChallenge, DigestCredentials, Nonce, NonceKey,
    NonceViolation, digest,
};
use ringbearer_sip::message::Method;

/// The token of Bearer credentials, with realm and username.
fn bearer(value: &str) -> Option<[String; 3]> {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    match Credentials::parse(value.as_bytes())? {
        Credentials::Bearer(bearer) => Some([
            text(bearer.token()),
            bearer.realm().map(text).unwrap_or_default(),
            bearer.username().map(text).unwrap_or_default(),
        ]),
        Credentials::Digest(_) | Credentials::Other(_) => None,
    }
}

#[test]
fn every_bearer_dialect_is_read() {
    for (value, expected) in [
        ("Bearer a.b-c_d~e+f/g==", ["a.b-c_d~e+f/g==", "", ""]),
        ("bearer abc", ["abc", "", ""]),
        ("BEARER\t abc ", ["abc", "", ""]),
        (r#"Bearer abc, realm="sip.example.com""#, ["abc", "sip.example.com", ""]),
        (r#"Bearer abc== ,realm="r""#, ["abc==", "r", ""]),
        (r#"Bearer token="abc""#, ["abc", "", ""]),
        (r#"Bearer  Token = "abc" "#, ["abc", "", ""]),
        (r#"Bearer token=abc"#, ["abc", "", ""]),
        (r#"Bearer token="abc", username="1001", realm="ccmsipline""#, ["abc", "ccmsipline", "1001"]),
        (r#"Bearer realm="r",token="abc""#, ["abc", "r", ""]),
        (r#"Bearer token="abc", x="y,z", scope=all"#, ["abc", "", ""]),
        (r#"Bearer token="a\"bc""#, [r#"a"bc"#, "", ""]),
    ] {
        assert_eq!(bearer(value), Some(expected.map(str::to_owned)), "{value}");
    }
}

#[test]
fn malformed_bearer_credentials_are_refused() {
    for value in [
        "Bearer",
        "Bearer ",
        "Bearer ,",
        r#"Bearer token="""#,
        r#"Bearer token="abc"#,
        r#"Bearer token="abc" x"#,
        "Bearer abc def",
        r#"Bearer token="a", token="b""#,
        r#"Bearer abc, token="b""#,
        r#"Bearer realm="r""#,
        r#"Bearer "abc""#,
        r#"Bearer abc, realm="r", realm="s""#,
        "Bearer abc realm=r",
        "(Bearer) abc",
    ] {
        assert_eq!(bearer(value).map(|_| value), None);
    }
}

#[test]
fn other_schemes_are_data() {
    for (value, scheme) in [("Basic dTpw", "Basic"), ("NoOneKnowsThisScheme opaque-data=here", "NoOneKnowsThisScheme")]
    {
        assert!(
            matches!(Credentials::parse(value.as_bytes()), Some(Credentials::Other(other)) if other == scheme.as_bytes())
        );
    }
}

fn digest_credentials(value: &str) -> Option<DigestCredentials<'_>> {
    match Credentials::parse(value.as_bytes())? {
        Credentials::Digest(credentials) => Some(credentials),
        Credentials::Bearer(_) | Credentials::Other(_) => None,
    }
}

#[test]
fn digest_answers_of_rfc_7616() {
    // RFC 7616 §3.9.1, whose method is GET.
    let method = Method::from_bytes(b"GET").expect("a token");
    for (algorithm, response) in [
        (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ] {
        let value = format!(
            r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={},
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth,
            cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", response="{response}",
            opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS""#,
            algorithm.as_str()
        )
        .replace('\n', " ");
        let credentials = digest_credentials(&value).expect("well-formed");
        let ha1 = digest::ha1(algorithm, b"Mufasa", b"http-auth@example.org", b"Circle of Life");
        assert_eq!(digest::response(&ha1, &method, &credentials), response);
        assert!(digest::verify(&ha1, &method, &credentials));
        assert!(!digest::verify(&ha1, &Method::Register, &credentials), "another method");
        let wrong = digest::ha1(algorithm, b"Mufasa", b"http-auth@example.org", b"circle of life");
        assert!(!digest::verify(&wrong, &method, &credentials), "another password");
    }
}

#[test]
fn digest_without_qop_is_as_rfc_2069_had_it() {
    let ha1 = digest::ha1(Algorithm::Md5, b"1001", b"ccmsipline", b"secret");
    let value = r#"digest username="1001",realm="ccmsipline",nonce="abc",uri="sip:ucm",response="RESPONSE""#;
    let credentials = digest_credentials(value).expect("well-formed");
    let response = digest::response(&ha1, &Method::Register, &credentials);
    assert_eq!(response, "6863f7c8ab272b47decab704c39f8c5a");
    let upper = value.replace("RESPONSE", &response.to_uppercase());
    assert!(digest::verify(&ha1, &Method::Register, &digest_credentials(&upper).unwrap()), "in either case");
}

#[test]
fn digest_needs_its_parts_once() {
    let whole = r#"Digest username="u", realm="r", nonce="n", uri="sip:a", response="x", algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c""#;
    let credentials = digest_credentials(whole).expect("well-formed");
    assert_eq!(credentials.algorithm, Some(Algorithm::Sha256));
    assert_eq!(credentials.nonce_count.as_deref(), Some(&b"00000001"[..]));
    for part in [r#"username="u""#, r#"realm="r""#, r#"nonce="n""#, r#"uri="sip:a""#, r#"response="x""#] {
        assert!(digest_credentials(&whole.replace(part, "x=y")).is_none(), "without {part}");
        assert!(digest_credentials(&format!("{whole}, {part}")).is_none(), "twice {part}");
    }
    let unknown = whole.replace("SHA-256", "SHA-512-256");
    assert_eq!(digest_credentials(&unknown).expect("well-formed").algorithm, None);
    let absent = whole.replace("algorithm=SHA-256, ", "");
    assert_eq!(digest_credentials(&absent).expect("well-formed").algorithm, Some(Algorithm::Md5));
}

#[test]
fn digest_with_qop_needs_count_and_client_nonce() {
    let ha1 = digest::ha1(Algorithm::Md5, b"u", b"r", b"p");
    let base = r#"Digest username="u", realm="r", nonce="n", uri="sip:a", qop=auth, response="#;
    let with = |rest: &str| {
        let credentials = format!(r#"{base}"", {rest}"#);
        let response = digest::response(&ha1, &Method::Invite, &digest_credentials(&credentials).unwrap());
        let credentials = format!(r#"{base}"{response}", {rest}"#);
        digest::verify(&ha1, &Method::Invite, &digest_credentials(&credentials).unwrap())
    };
    assert!(with(r#"nc=00000001, cnonce="c""#));
    assert!(!with(r#"nc=00000001"#));
    assert!(!with(r#"cnonce="c""#));
}

#[test]
fn a_hash_is_kept_instead_of_a_password() {
    let ha1 = digest::ha1(Algorithm::Sha256, b"u", b"r", b"p");
    assert_eq!(digest::Ha1::from_hexadecimal(Algorithm::Sha256, ha1.as_hexadecimal()), Some(ha1.clone()));
    assert_eq!(digest::Ha1::from_hexadecimal(Algorithm::Md5, ha1.as_hexadecimal()), None);
    assert_eq!(digest::Ha1::from_hexadecimal(Algorithm::Md5, &"g".repeat(32)), None);
    assert!(!format!("{ha1:?}").contains(&ha1.as_hexadecimal()[..8]));
}

#[test]
fn nonces_live_as_long_as_they_should() {
    let (key, other) = (NonceKey::new([7; 32]), NonceKey::new([8; 32]));
    let nonce = key.make(1_800_000_000, b"192.0.2.1");
    assert_eq!(nonce.len(), 32);
    let verify = |key: &NonceKey, now, binding: &[u8]| key.verify(nonce.as_bytes(), now, 600, binding);
    let made = Ok(Nonce { made_at: 1_800_000_000 });
    assert_eq!(verify(&key, 1_800_000_000, b"192.0.2.1"), made);
    assert_eq!(verify(&key, 1_800_000_600, b"192.0.2.1"), made);
    assert_eq!(verify(&key, 1_800_000_601, b"192.0.2.1"), Err(NonceViolation::Stale));
    assert_eq!(verify(&key, 1_799_999_999, b"192.0.2.1"), Err(NonceViolation::Stale), "from the future");
    assert_eq!(verify(&key, 1_800_000_000, b"192.0.2.2"), Err(NonceViolation::Foreign));
    assert_eq!(verify(&other, 1_800_000_000, b"192.0.2.1"), Err(NonceViolation::Foreign));
    for at in 0..nonce.len() {
        let mut forged = nonce.clone().into_bytes();
        forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
        let verdict = key.verify(&forged, 1_800_000_000, 600, b"192.0.2.1");
        assert_eq!(verdict, Err(NonceViolation::Foreign), "octet {at}");
    }
    for foreign in ["", "0", "+1234567", "zzzzzzzz", &nonce[..31], &format!("{nonce}0")] {
        assert_eq!(key.verify(foreign.as_bytes(), 1_800_000_000, 600, b"192.0.2.1"), Err(NonceViolation::Foreign));
    }
    assert_eq!(format!("{key:?}"), "NonceKey(..)");
}

#[test]
fn bearer_challenges_are_written() {
    let bare = BearerChallenge { realm: "ccmsipline", ..BearerChallenge::default() };
    assert_eq!(bare.to_string(), r#"Bearer realm="ccmsipline""#);
    let full = BearerChallenge {
        realm: "example.com",
        authz_server: Some("https://ucm.example.com/ssosp"),
        scope: Some("sip"),
        error: Some(BearerError::InvalidToken),
        error_description: Some("the \"token\" is\r\nexpired"),
    };
    let expected = r#"Bearer realm="example.com", authz_server="https://ucm.example.com/ssosp", scope="sip", error="invalid_token", error_description="the \"token\" isexpired""#;
    assert_eq!(full.to_string(), expected);
}

#[test]
fn digest_challenges_are_written() {
    let challenge = DigestChallenge {
        realm: "ccmsipline",
        nonce: "0123456789abcdef0123456789abcdef",
        algorithm: Algorithm::Md5,
        offers_qop: false,
        is_stale: false,
    };
    let expected = r#"Digest realm="ccmsipline", nonce="0123456789abcdef0123456789abcdef", algorithm=MD5"#;
    assert_eq!(challenge.to_string(), expected);
    let stale = DigestChallenge { algorithm: Algorithm::Sha256, offers_qop: true, is_stale: true, ..challenge };
    let expected = r#"Digest realm="ccmsipline", nonce="0123456789abcdef0123456789abcdef", algorithm=SHA-256, qop="auth", stale=true"#;
    assert_eq!(stale.to_string(), expected);
}
