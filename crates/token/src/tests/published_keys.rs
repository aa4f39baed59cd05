//! What an Expressway-C fetches: it verifies, it cannot mint, and the key that signs is not in it.

use serde_json::{Value, json};

use super::{CLUSTER, IV, NOW, claims, encryption_key, p256_ring, ring, signing_key};
use crate::{Algorithm, KeyError, KeyRing, MAX_PUBLISHED_LENGTH, TokenError, base64url};

fn published(ring: &KeyRing) -> Value {
    serde_json::from_slice(&ring.publish().unwrap()).unwrap()
}

fn read(published: &Value) -> Result<KeyRing, KeyError> {
    KeyRing::from_published(published.to_string().as_bytes())
}

#[test]
fn a_published_ring_verifies_and_cannot_mint() {
    for ring in [ring(), p256_ring()] {
        let theirs = KeyRing::from_published(&ring.publish().unwrap()).unwrap();
        assert_eq!(theirs.cluster(), CLUSTER);
        assert_eq!(theirs.signing_hash(), ring.signing_hash());
        assert_eq!(theirs.encryption_hash(), ring.encryption_hash());
        let token = ring.mint(&claims(), IV).unwrap();
        assert_eq!(theirs.verify(token.as_bytes(), NOW).unwrap().user(), "alice");
        assert_eq!(theirs.mint(&claims(), IV), Err(KeyError::Unavailable));
        let again = theirs.publish().unwrap();
        assert_eq!(*again, *ring.publish().unwrap(), "it can be handed on, and is the same");
    }
}

#[test]
fn older_keys_are_published_behind_the_current_ones() {
    let old = KeyRing::new(CLUSTER, signing_key(Algorithm::Es256), encryption_key(1));
    let token = old.mint(&claims(), IV).unwrap();
    let ring = old.rotate_signing_key(signing_key(Algorithm::Rs256)).rotate_encryption_key(encryption_key(2));
    let theirs = KeyRing::from_published(&ring.publish().unwrap()).unwrap();
    assert_eq!(theirs.signing_hash(), ring.signing_hash());
    assert!(theirs.verify(token.as_bytes(), NOW).is_ok());
    assert!(theirs.verify(ring.mint(&claims(), IV).unwrap().as_bytes(), NOW).is_ok());
    let regenerated = ring.regenerate_signing_key(signing_key(Algorithm::Es256));
    let theirs = KeyRing::from_published(&regenerated.publish().unwrap()).unwrap();
    assert_eq!(theirs.verify(token.as_bytes(), NOW).unwrap_err(), TokenError::UnknownKey);
}

#[test]
fn sec_1_the_key_that_signs_is_never_published() {
    for ring in [ring(), p256_ring()] {
        let set = published(ring);
        let keys = set["keys"].as_array().unwrap();
        let members = |key: &Value| key.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let public: &[&str] = match ring.algorithm() {
            Algorithm::Rs256 => &["alg", "e", "kid", "kty", "n", "use"],
            Algorithm::Es256 => &["alg", "crv", "kid", "kty", "use", "x", "y"],
        };
        assert_eq!(keys.iter().map(members).collect::<Vec<_>>(), [public, &["alg", "k", "kid", "kty", "use"]]);
        let text = set.to_string();
        let (_, signing) = ring.signing().unwrap();
        // Every stretch of 33 bytes, as whole base64 characters, of the private key that is not one of the public key.
        let (private, public) = (signing.to_pkcs8().unwrap(), signing.verifying_key().spki());
        let secret = private.windows(33).filter(|bytes| !public.windows(33).any(|other| other == *bytes));
        let pieces: Vec<String> = secret.map(base64url::encode).collect();
        assert!(pieces.len() > 32);
        assert!(pieces.iter().all(|piece| !text.contains(piece.as_str())));
    }
}

#[test]
fn a_set_is_read_strictly() {
    let good = published(p256_ring());
    assert!(read(&good).is_ok());
    let other = KeyRing::new(crate::Uuid::from_u128(9), signing_key(Algorithm::Es256), encryption_key(4));
    let other = published(&other);
    let (signing, encryption) = (&good["keys"][0], &good["keys"][1]);
    let with = |key: &Value, member: &str, value: Value| {
        let mut key = key.clone();
        key[member] = value;
        key
    };
    let without = |key: &Value, member: &str| {
        let mut key = key.clone();
        key.as_object_mut().unwrap().remove(member);
        key
    };
    let sets = [
        json!({}),
        json!({ "keys": [] }),
        json!({ "keys": [signing] }),
        json!({ "keys": [encryption] }),
        json!({ "keys": [signing, signing, encryption] }),
        json!({ "keys": [signing, other["keys"][1]] }),
        json!({ "keys": [signing, encryption, other["keys"][0]] }),
        json!({ "keys": [signing, encryption], "extra": 1 }),
        json!({ "keys": [with(signing, "d", json!("AAAA")), encryption] }),
        json!({ "keys": [with(signing, "kid", encryption["kid"].clone()), encryption] }),
        json!({ "keys": [with(signing, "kid", other["keys"][0]["kid"].clone()), encryption] }),
        json!({ "keys": [with(signing, "kid", json!("x")), encryption] }),
        json!({ "keys": [with(signing, "alg", json!("none")), encryption] }),
        json!({ "keys": [with(signing, "alg", json!("RS256")), encryption] }),
        json!({ "keys": [with(signing, "use", json!("enc")), encryption] }),
        json!({ "keys": [without(signing, "alg"), encryption] }),
        json!({ "keys": [without(signing, "kid"), encryption] }),
        json!({ "keys": [with(signing, "k", encryption["k"].clone()), encryption] }),
        json!({ "keys": [signing, with(encryption, "use", json!("sig"))] }),
        json!({ "keys": [signing, with(encryption, "alg", json!("A256GCM"))] }),
        json!({ "keys": [signing, with(encryption, "x", json!("AAAA"))] }),
        json!({ "keys": [signing, with(encryption, "k", json!("AAAA"))] }),
        json!({ "keys": [signing, without(encryption, "k")] }),
        json!({ "keys": vec![signing; 33] }),
    ];
    for set in sets {
        assert_eq!(read(&set).map(|_| ()), Err(KeyError::Rejected), "{set}");
    }
    let long = format!("{}{good}", " ".repeat(MAX_PUBLISHED_LENGTH));
    assert_eq!(KeyRing::from_published(long.as_bytes()).map(|_| ()), Err(KeyError::Rejected));
    let twice = good.to_string().replacen("\"kty\":", "\"kty\":\"EC\",\"kty\":", 1);
    assert_eq!(KeyRing::from_published(twice.as_bytes()).map(|_| ()), Err(KeyError::Rejected));
}

#[test]
fn sec_1_no_error_shows_a_key() {
    let text = String::from_utf8(p256_ring().publish().unwrap().to_vec()).unwrap();
    let secret = published(p256_ring())["keys"][1]["k"].as_str().unwrap().to_owned();
    let error = KeyRing::from_published(text.replace("\"oct\"", "\"EC\"").as_bytes()).unwrap_err();
    assert!(!format!("{error:?} {error}").contains(&secret));
    let ring = KeyRing::from_published(text.as_bytes()).unwrap();
    assert!(!format!("{ring:?}").contains(&secret));
}
