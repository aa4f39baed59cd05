//! The form that others see, and what comes back.

use serde_json::{Value, json};

use super::{CLUSTER, IV, NOW, claims, inner_claims, p256_ring, refusal, ring, with_inner};
use crate::{KeyRing, TokenError, TokenFingerprint, UnixTime, base64url};

fn part(token: &str, position: usize) -> Value {
    let part = token.split('.').nth(position).unwrap();
    serde_json::from_slice(&base64url::decode(part.as_bytes()).unwrap()).unwrap()
}

#[test]
fn the_outer_form_is_that_of_the_published_sample() {
    for (ring, algorithm) in [(ring(), "RS256"), (p256_ring(), "ES256")] {
        let token = ring.mint(&claims(), IV).unwrap();
        assert_eq!(token.split('.').count(), 3);
        let key_id = format!("{CLUSTER}:{}", ring.signing_hash());
        assert_eq!(key_id.len(), 36 + 1 + 64);
        assert_eq!(part(&token, 0), json!({ "alg": algorithm, "typ": "JWT", "kid": key_id }));
        let payload = part(&token, 1);
        assert_eq!(payload.as_object().unwrap().keys().collect::<Vec<_>>(), ["private"]);
        let private = payload["private"].as_str().unwrap();
        assert_eq!(private.split('.').count(), 5);
        assert_eq!(private.split('.').nth(1), Some(""));
        let key_id = format!("{CLUSTER}:{}", ring.encryption_hash());
        let header = json!({ "alg": "dir", "cty": "JWT", "enc": "A128CBC-HS256", "kid": key_id });
        assert_eq!(part(private, 0), header);
        assert!(token.len() < 2048, "{}", token.len());
        assert!(!token.contains(&base64url::encode(b"alice")));
    }
}

#[test]
fn a_minted_token_verifies() {
    for ring in [ring(), p256_ring()] {
        let token = ring.mint(&claims(), IV).unwrap();
        let verified = ring.verify(token.as_bytes(), NOW).unwrap();
        assert_eq!(verified.user(), "alice");
        assert_eq!(verified.client_id(), claims().client_id);
        assert_eq!(verified.scope(), "UnifiedCommunications:readwrite");
        assert!(verified.has_scope("UnifiedCommunications:readwrite"));
        assert!(!verified.has_scope("UnifiedCommunications"));
        assert_eq!(verified.family(), claims().family);
        assert_eq!(verified.device(), Some("CSFALICE"));
        assert_eq!((verified.issued_at(), verified.expires_at()), (NOW, UnixTime(NOW.0 + 3600)));
    }
}

/// JWT-3: 30 s of skew for clocks that run ahead, none for tokens that are over.
#[test]
fn jwt_3_a_token_is_good_from_its_issue_to_its_end() {
    let token = ring().mint(&claims(), IV).unwrap();
    for (at, expected) in [
        (NOW.0 - 31, Some(TokenError::NotYetValid)),
        (NOW.0 - 30, None),
        (NOW.0 + 3599, None),
        (NOW.0 + 3600, Some(TokenError::Expired)),
        (u64::MAX, Some(TokenError::Expired)),
    ] {
        assert_eq!(ring().verify(token.as_bytes(), UnixTime(at)).err(), expected, "at {at}");
    }
}

#[test]
fn strange_names_survive() {
    for user in ["ünïcödé", "[[[[{{{{", "a\\\"b", "]}"] {
        let token = ring().mint(&crate::AccessTokenClaims { user: user.to_owned(), ..claims() }, IV).unwrap();
        assert_eq!(ring().verify(token.as_bytes(), NOW).unwrap().user(), user);
    }
}

/// AUT-2: each claim that says "not for you".
#[test]
fn aut_2_tokens_for_others_are_refused() {
    for (name, value, expected) in [
        ("iss", json!("00000000-0000-0000-0000-000000000001"), TokenError::WrongIssuer),
        ("aud", json!("Another"), TokenError::WrongAudience),
        ("aud", json!(""), TokenError::WrongAudience),
        ("typ", json!("machine"), TokenError::WrongKind),
        ("ctyp", json!("refresh"), TokenError::WrongKind),
        ("ctyp", json!("id"), TokenError::WrongKind),
        ("exp", json!(NOW.0), TokenError::Expired),
        ("exp", json!(NOW.0 - 1), TokenError::BadClaim("exp")),
        ("nbf", json!(NOW.0 + 31), TokenError::NotYetValid),
        ("iat", json!(NOW.0 + 31), TokenError::NotYetValid),
        ("sub", json!(""), TokenError::BadClaim("sub")),
        ("ccid", json!(""), TokenError::BadClaim("ccid")),
        ("scope", json!(""), TokenError::BadClaim("scope")),
        ("device", json!(""), TokenError::BadClaim("device")),
    ] {
        let mut inner = inner_claims();
        inner[name] = value.clone();
        if name == "exp" {
            inner["iat"] = json!(NOW.0 - 1);
        }
        assert_eq!(refusal(&with_inner(&inner.to_string())), expected, "{name} {value}");
    }
    assert!(ring().verify(with_inner(&inner_claims().to_string()).as_bytes(), NOW).is_ok());
}

#[test]
fn aut_2_a_refresh_token_is_no_access_token() {
    let refresh = crate::RefreshTokenClaims {
        family: claims().family,
        identifier: [1; 32],
        client_id: claims().client_id,
        expires_at: claims().expires_at,
    };
    let refresh = ring().mint_refresh_token(&refresh).unwrap();
    assert_eq!(refusal(&refresh), TokenError::WrongKind);
    let id_token = super::with_payload(&inner_claims().to_string());
    assert_eq!(refusal(&id_token), TokenError::WrongKind);
}

#[test]
fn sec_1_nothing_secret_is_shown() {
    let token = ring().mint(&claims(), IV).unwrap();
    let verified = ring().verify(token.as_bytes(), NOW).unwrap();
    let fingerprint = TokenFingerprint::of(token.as_bytes());
    assert_eq!(fingerprint.to_string().len(), 16);
    let exported = ring().export().unwrap();
    let exported: Value = serde_json::from_slice(&exported).unwrap();
    let secrets = [
        token.rsplit('.').next().unwrap(),
        exported["signing"]["key"].as_str().unwrap(),
        exported["encryption"][0].as_str().unwrap(),
    ];
    let key = super::encryption_key(1);
    let shown = format!("{:?} {verified:?} {fingerprint:?} {key:?}", ring());
    for secret in secrets {
        assert!(!shown.contains(secret));
    }
    assert!(!shown.contains("1, 1, 1"));
    let _: fn(&[u8]) -> Result<KeyRing, _> = KeyRing::import;
}
