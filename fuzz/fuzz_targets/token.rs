//! Access tokens: nothing verifies but the octets that were minted.
//!
//! An odd first octet splices the input into a valid token, so that the mutations reach behind the signature's door.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use token::{AccessTokenClaims, Algorithm, KeyRing, UnixTime, Uuid, generate};

const ISSUED_AT: u64 = 1_800_000_000;
const NOW: UnixTime = UnixTime(ISSUED_AT + 60);

static KEYS: LazyLock<(KeyRing, Vec<u8>)> = LazyLock::new(|| {
    let signing = generate::signing_key(Algorithm::Es256).expect("a key is made");
    let encryption = generate::encryption_key().expect("a key is made");
    let ring = KeyRing::new(Uuid::from_u128(1), signing, encryption);
    let claims = AccessTokenClaims {
        user: "alice".to_owned(),
        client_id: "client".to_owned(),
        scope: "UnifiedCommunications:readwrite".to_owned(),
        family: Uuid::from_u128(2),
        device: Some("CSFALICE".to_owned()),
        issued_at: UnixTime(ISSUED_AT),
        expires_at: UnixTime(ISSUED_AT + 3600),
    };
    let token = ring.mint(&claims, [3; 16]).expect("a token is minted");
    (ring, token.into_bytes())
});

fuzz_target!(|input: &[u8]| {
    let (ring, minted) = &*KEYS;
    let presented = match input {
        [first, at_high, at_low, removed, rest @ ..] if first % 2 == 1 => {
            let at = usize::from(u16::from_be_bytes([*at_high, *at_low])) % (minted.len() + 1);
            let end = (at + usize::from(*removed)).min(minted.len());
            [&minted[..at], rest, &minted[end..]].concat()
        }
        _ => input.to_vec(),
    };
    if let Ok(verified) = ring.verify(&presented, NOW) {
        assert_eq!(&presented, minted, "another token than the minted one verifies");
        assert_eq!(verified.user(), "alice");
    }
    let _ = ring.verify_refresh_token(&presented, NOW);
});
