//! JWT-1 to JWT-3: what an attacker makes of a token.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::{
    CLUSTER, IV, NOW, claims, inner_claims, p256_ring, refusal, ring, with_header, with_inner, with_payload,
    with_private,
};
use crate::{MAX_TOKEN_LENGTH, TokenError, base64url, jwe};

fn key_id() -> String {
    format!("{CLUSTER}:{}", ring().signing_hash())
}

fn header(algorithm: &str) -> String {
    json!({ "alg": algorithm, "typ": "JWT", "kid": key_id() }).to_string()
}

/// The good token with another header, unsigned or signed with something else.
fn forged(header: &str, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let good = ring().mint(&claims(), IV).unwrap();
    let payload = good.split('.').nth(1).unwrap();
    let message = format!("{}.{payload}", base64url::encode(header.as_bytes()));
    let signature = sign(&message);
    format!("{message}.{}", base64url::encode(&signature))
}

#[test]
fn jwt_1_the_key_decides_on_the_algorithm() {
    let spellings = ["none", "None", "NONE", "nOnE", "", " ", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256"];
    for algorithm in spellings.into_iter().chain(["ES256", "ES384", "EdDSA", "rs256", "RS256 ", "dir"]) {
        assert_eq!(refusal(&with_header(&header(algorithm))), TokenError::WrongAlgorithm, "{algorithm}");
        assert_eq!(refusal(&forged(&header(algorithm), |_| Vec::new())), TokenError::WrongAlgorithm, "{algorithm}");
    }
    assert_eq!(refusal(&forged(&header("RS256"), |_| Vec::new())), TokenError::BadSignature);
    for (good, other) in [(ring(), "ES256"), (p256_ring(), "RS256")] {
        let id = format!("{CLUSTER}:{}", good.signing_hash());
        let token = forged(&json!({ "alg": other, "typ": "JWT", "kid": id }).to_string(), |_| vec![0; 256]);
        assert_eq!(good.verify(token.as_bytes(), NOW).unwrap_err(), TokenError::WrongAlgorithm);
    }
}

/// The public key, in every form that it is published in, as the key of an HMAC.
#[test]
fn jwt_1_a_public_key_is_no_secret() {
    let jwks = ring().jwks();
    let jwk = serde_json::to_string(&jwks.keys[0]).unwrap();
    let spki = jwks.keys[0].to_verifying_key().unwrap().spki().to_vec();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &spki);
    let lines: Vec<&str> = (0..base64.len()).step_by(64).map(|at| &base64[at..base64.len().min(at + 64)]).collect();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
    for secret in [spki.as_slice(), pem.as_bytes(), pem.trim().as_bytes(), jwk.as_bytes()] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let sign = |message: &str| hmac::sign(&key, message.as_bytes()).as_ref().to_vec();
        assert_eq!(refusal(&forged(&header("HS256"), sign)), TokenError::WrongAlgorithm);
        assert_eq!(refusal(&forged(&header("RS256"), sign)), TokenError::BadSignature);
    }
}

#[test]
fn jwt_1_an_ecdsa_signature_is_two_numbers_in_range() {
    let id = format!("{CLUSTER}:{}", p256_ring().signing_hash());
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": id }).to_string();
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let one = [[0; 31].as_slice(), &[1]].concat();
    for signature in [
        vec![0; 64],
        [&[0; 32], one.as_slice()].concat(),
        [one.as_slice(), &[0; 32]].concat(),
        [order, order].concat(),
        [[0xff; 32], [0xff; 32]].concat(),
        vec![0; 63],
        vec![0; 65],
        vec![1; 72],
        Vec::new(),
    ] {
        let token = forged(&header, |_| signature.clone());
        assert_eq!(p256_ring().verify(token.as_bytes(), NOW).unwrap_err(), TokenError::BadSignature);
    }
}

#[test]
fn jwt_1_a_token_has_three_parts_and_is_whole() {
    let good = ring().mint(&claims(), IV).unwrap();
    let [head, payload, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    for token in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "....".to_owned(),
        head.to_owned(),
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!("{head}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{good}..{signature}"),
        format!("{head}.{payload}.{signature}.{head}.{payload}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{good}\0"),
        format!("\"{good}\""),
    ] {
        let refused = refusal(&token);
        let expected = matches!(refused, TokenError::Malformed(_) | TokenError::BadSignature);
        assert!(expected, "{refused:?} for {token}");
    }
    assert_eq!(refusal(&format!("{head}.{payload}.")), TokenError::BadSignature);
    assert_eq!(refusal(&"a".repeat(MAX_TOKEN_LENGTH + 1)), TokenError::TooLong);
}

/// Each single bit of the token, turned over.
#[test]
fn jwt_1_no_bit_can_be_changed() {
    let good = ring().mint(&claims(), IV).unwrap().into_bytes();
    let step = 7;
    for at in (0..good.len()).step_by(step) {
        for bit in 0..8 {
            let mut token = good.clone();
            token[at] ^= 1 << bit;
            assert!(ring().verify(&token, NOW).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn jwt_2_a_key_identifier_is_only_compared() {
    let hash = ring().signing_hash().to_string();
    let long = "k".repeat(10 * 1024);
    for kid in [
        "",
        "/dev/null",
        "../../etc/passwd",
        "' OR '1'='1",
        "https://evil.example/key",
        "file:///etc/passwd",
        "a\0b",
        "0b1c8a3e-5d7f-4e21-9a60-1f2e3d4c5b6a:",
        &hash,
        &key_id().to_uppercase(),
        &format!("{} ", key_id()),
        &format!("{}{hash}", CLUSTER.simple()),
    ] {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid }).to_string();
        assert_eq!(refusal(&with_header(&header)), TokenError::UnknownKey, "{kid:?}");
    }
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": long }).to_string();
    assert_eq!(refusal(&with_header(&header)), TokenError::TooLong);
    for kid in [json!(null), json!(1), json!([key_id()]), json!({ "kid": key_id() }), json!(true)] {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": kid }).to_string();
        assert_eq!(refusal(&with_header(&header)), TokenError::Malformed("header"));
    }
}

#[test]
fn jwt_2_a_header_that_asks_for_more_is_refused() {
    let jwk = serde_json::to_value(&p256_ring().jwks().keys[0]).unwrap();
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks")),
        ("x5u", json!("https://evil.example/cert")),
        ("jwk", jwk),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("zip", json!("DEF")),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("enc", json!("A128CBC-HS256")),
        ("anything", json!(null)),
    ] {
        let mut header: Value = serde_json::from_str(&header("RS256")).unwrap();
        header[name] = value;
        assert_eq!(refusal(&with_header(&header.to_string())), TokenError::Malformed("header"), "{name}");
    }
    for header in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        format!("{} ", header("RS256").replace("JWT", "jwt")),
        format!("{}x", header("RS256")),
        header("RS256").replace("\"alg\"", "\"alg\":\"none\",\"alg\""),
        header("RS256").replace("\"kid\"", "\"kid\":\"x\",\"kid\""),
    ] {
        assert!(matches!(refusal(&with_header(&header)), TokenError::Malformed(_)), "{header}");
    }
}

#[test]
fn jwt_2_the_inner_header_is_as_strict() {
    let (key_id, key) = ring().current_encryption();
    let good = jwe::encrypt(key, key_id.as_str(), IV, inner_claims().to_string().as_bytes()).unwrap();
    let rest = good.split_once('.').unwrap().1;
    let fields = json!({ "alg": "dir", "cty": "JWT", "enc": "A128CBC-HS256", "kid": key_id.as_str() });
    for (name, value, expected) in [
        ("alg", json!("none"), TokenError::WrongAlgorithm),
        ("alg", json!("RSA1_5"), TokenError::WrongAlgorithm),
        ("alg", json!("PBES2-HS256+A128KW"), TokenError::WrongAlgorithm),
        ("enc", json!("A256GCM"), TokenError::WrongAlgorithm),
        ("kid", json!("another"), TokenError::UnknownKey),
        ("cty", json!("text"), TokenError::Malformed("private header")),
        ("zip", json!("DEF"), TokenError::Malformed("private header")),
        ("p2c", json!(4_000_000_000_u64), TokenError::Malformed("private header")),
        ("crit", json!(["x"]), TokenError::Malformed("private header")),
    ] {
        let mut header = fields.clone();
        header[name] = value;
        let private = format!("{}.{rest}", base64url::encode(header.to_string().as_bytes()));
        assert_eq!(refusal(&with_private(&private)), expected, "{name}");
    }
    let parts: Vec<&str> = good.split('.').collect();
    for (at, part, expected) in [
        (1, "AAAA", TokenError::Malformed("private header")),
        (2, "AAAA", TokenError::Malformed("private initialisation vector")),
        (3, "!", TokenError::Malformed("private ciphertext")),
        (3, "", TokenError::BadDecryption),
        (4, "", TokenError::BadDecryption),
        (4, &parts[4][..20], TokenError::BadDecryption),
        (4, &parts[4][..21], TokenError::Malformed("private tag")),
        (4, "AAAAAAAAAAAAAAAAAAAAAA", TokenError::BadDecryption),
        (2, "AAAAAAAAAAAAAAAAAAAAAA", TokenError::BadDecryption),
    ] {
        let mut parts = parts.clone();
        parts[at] = part;
        assert_eq!(refusal(&with_private(&parts.join("."))), expected, "part {at}: {part}");
    }
    assert_eq!(refusal(&with_private(&format!("{good}.AAAA"))), TokenError::Malformed("parts"));
    assert_eq!(refusal(&with_private("")), TokenError::Malformed("parts"));
}

#[test]
fn jwt_3_each_claim_is_there_once_and_of_its_type() {
    for name in ["exp", "iat", "nbf", "iss", "aud", "typ", "ctyp", "tid", "ccid", "sub", "scope"] {
        let mut inner = inner_claims();
        inner.as_object_mut().unwrap().remove(name);
        assert_eq!(refusal(&with_inner(&inner.to_string())), TokenError::Malformed("claims"), "without {name}");
        for value in [json!(null), json!([]), json!({}), json!(true)] {
            let mut inner = inner_claims();
            inner[name] = value;
            assert_eq!(refusal(&with_inner(&inner.to_string())), TokenError::Malformed("claims"), "{name}");
        }
        let twice = inner_claims().to_string().replacen('{', &format!("{{\"{name}\":\"x\","), 1);
        assert_eq!(refusal(&with_inner(&twice)), TokenError::Malformed("claims"), "{name} twice");
        let same = inner_claims()[name].to_string();
        let twice = inner_claims().to_string().replacen('{', &format!("{{\"{name}\":{same},"), 1);
        assert_eq!(refusal(&with_inner(&twice)), TokenError::Malformed("claims"), "{name} twice the same");
    }
}

#[test]
fn jwt_3_times_are_whole_numbers() {
    for name in ["exp", "iat", "nbf"] {
        for value in
            ["\"1800003600\"", "1e20", "1800003600.0", "1800003600.5", "-1", "18446744073709551616", "0x6b49d200"]
        {
            let current = inner_claims()[name].to_string();
            let good = inner_claims().to_string();
            let bad = good.replacen(&format!("\"{name}\":{current}"), &format!("\"{name}\":{value}"), 1);
            assert_ne!(good, bad);
            assert_eq!(refusal(&with_inner(&bad)), TokenError::Malformed("claims"), "{name}: {value}");
        }
    }
}

#[test]
fn jwt_3_an_audience_is_one_text() {
    for value in [json!(["UnifiedCommunications"]), json!([]), json!(["UnifiedCommunications", "Other"])] {
        let mut inner = inner_claims();
        inner["aud"] = value;
        assert_eq!(refusal(&with_inner(&inner.to_string())), TokenError::Malformed("claims"));
    }
}

#[test]
fn jwt_3_json_is_shallow_and_ends() {
    let nest = |open: &str, close: &str, depth| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    for value in [nest("[", "]", 1000), nest("{\"a\":", "}", 300), nest("[", "]", 4), "[".repeat(1000)] {
        let inner = inner_claims().to_string().replacen('{', &format!("{{\"extra\":{value},"), 1);
        assert_eq!(refusal(&with_inner(&inner)), TokenError::Malformed("claims"));
    }
    for inner in [String::new(), "null".to_owned(), "[]".to_owned(), format!("{}{{}}", inner_claims())] {
        assert_eq!(refusal(&with_inner(&inner)), TokenError::Malformed("claims"));
    }
    for payload in
        ["{}", "[]", "null", "{\"private\":1}", "{\"private\":\"\",\"private\":\"\"}", "{\"private\":\"\",\"exp\":1}"]
    {
        assert_eq!(refusal(&with_payload(payload)), TokenError::WrongKind, "{payload}");
    }
}

#[test]
fn jwt_3_there_is_one_spelling() {
    let good = ring().mint(&claims(), IV).unwrap();
    let [head, payload, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    // 256 bytes leave four bits of the last character unused: all but one of its 16 spellings are refused.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let group = alphabet.find(last).unwrap() / 16 * 16;
    for other in alphabet[group..group + 16].chars().filter(|other| *other != last) {
        let token = format!("{head}.{payload}.{}{other}", &signature[..signature.len() - 1]);
        assert_eq!(refusal(&token), TokenError::Malformed("signature"), "{other}");
    }
    for signature in
        [format!("{signature}=="), format!("{signature}="), signature.replace('-', "+").replace('_', "/") + "+"]
    {
        let token = format!("{head}.{payload}.{signature}");
        assert_eq!(refusal(&token), TokenError::Malformed("signature"));
    }
    assert_eq!(refusal(&format!("{head}=.{payload}.{signature}")), TokenError::Malformed("header"));
}
