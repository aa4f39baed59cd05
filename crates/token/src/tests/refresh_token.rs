//! Refresh tokens: the published form, and one identity for one token.

use serde_json::{Value, json};

use super::{CLUSTER, IV, NOW, claims, p256_ring, ring, with_payload};
use crate::{RefreshTokenClaims, TokenError, UnixTime, base64url};

fn refresh() -> RefreshTokenClaims {
    RefreshTokenClaims {
        family: claims().family,
        identifier: [9; 32],
        client_id: claims().client_id,
        expires_at: UnixTime(NOW.0 + 86_400),
    }
}

#[test]
fn the_form_is_that_of_the_published_sample_and_a_jti() {
    let token = ring().mint_refresh_token(&refresh()).unwrap();
    let parts: Vec<Value> = token
        .split('.')
        .take(2)
        .map(|part| serde_json::from_slice(&base64url::decode(part.as_bytes()).unwrap()).unwrap())
        .collect();
    let key_id = format!("{CLUSTER}:{}", ring().signing_hash());
    assert_eq!(parts[0], json!({ "alg": "RS256", "typ": "JWT", "kid": key_id }));
    let expected = json!({
        "exp": NOW.0 + 86_400, "iss": CLUSTER, "typ": "user", "tid": refresh().family, "ctyp": "refresh",
        "ccid": refresh().client_id, "jti": base64url::encode(&[9; 32]),
    });
    assert_eq!(parts[1], expected);
}

#[test]
fn minted_again_it_is_the_same_token() {
    for ring in [ring(), p256_ring()] {
        let (first, again) =
            (ring.mint_refresh_token(&refresh()).unwrap(), ring.mint_refresh_token(&refresh()).unwrap());
        let first = ring.verify_refresh_token(first.as_bytes(), NOW).unwrap();
        let again = ring.verify_refresh_token(again.as_bytes(), NOW).unwrap();
        assert_eq!(first.claims(), &refresh());
        assert_eq!(first.identity(), again.identity());
        assert_ne!(first.identity(), refresh().identifier, "a hash");
    }
    let token = ring().mint_refresh_token(&refresh()).unwrap();
    assert_eq!(token, ring().mint_refresh_token(&refresh()).unwrap(), "RS256: to the byte");
}

#[test]
fn other_tokens_are_refused() {
    let refusal = |token: &str, at| ring().verify_refresh_token(token.as_bytes(), at).unwrap_err();
    let access = ring().mint(&claims(), IV).unwrap();
    assert_eq!(refusal(&access, NOW), TokenError::WrongKind);
    let token = ring().mint_refresh_token(&refresh()).unwrap();
    assert_eq!(refusal(&token, UnixTime(NOW.0 + 86_400)), TokenError::Expired);
    let good = json!({
        "exp": NOW.0 + 1, "iss": CLUSTER, "typ": "user", "tid": CLUSTER, "ctyp": "refresh", "ccid": "C1",
        "jti": base64url::encode(&[0; 32]),
    });
    assert!(ring().verify_refresh_token(with_payload(&good.to_string()).as_bytes(), NOW).is_ok());
    for (name, value, expected) in [
        ("iss", json!(claims().family), TokenError::WrongIssuer),
        ("typ", json!("machine"), TokenError::WrongKind),
        ("ctyp", json!("access"), TokenError::WrongKind),
        ("jti", json!("AAAA"), TokenError::BadClaim("jti")),
        ("jti", json!(""), TokenError::BadClaim("jti")),
        ("exp", json!("1"), TokenError::WrongKind),
    ] {
        let mut payload = good.clone();
        payload[name] = value;
        assert_eq!(refusal(&with_payload(&payload.to_string()), NOW), expected, "{name}");
    }
    let another = p256_ring().mint_refresh_token(&refresh()).unwrap();
    assert_eq!(refusal(&another, NOW), TokenError::UnknownKey);
    assert!(!format!("{:?}", refresh()).contains("9, 9"));
}
