//! The crypto attribute: what is read, what is refused and why (RFC 4568, RFC 7714).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

use ringbearer_sdp::{
    CryptoAttribute,
    CryptoSuite::{self, AeadAes128Gcm, AeadAes256Gcm, AesCm128HmacSha1_32, AesCm128HmacSha1_80},
    CryptoViolation, MasterKey,
};

/// The key of the example in RFC 4568 §7.1.5.
const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

fn parse(value: &str) -> Result<CryptoAttribute, CryptoViolation> {
    CryptoAttribute::parse(value)
}

#[test]
fn the_example_of_rfc_4568() {
    let attribute = parse(&format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20")).unwrap();
    assert_eq!(attribute.tag, 1);
    assert_eq!(attribute.suite(), AesCm128HmacSha1_80);
    assert_eq!(attribute.lifetime, Some(1_048_576));
    assert_eq!(attribute.key.key(), b"YS___semctl () {");
    assert_eq!(attribute.key.salt(), b"\t220;}\n}\nunles");
}

#[test]
fn each_suite_has_its_key_length() {
    let lengths = [(AeadAes256Gcm, 44), (AeadAes128Gcm, 28), (AesCm128HmacSha1_80, 30), (AesCm128HmacSha1_32, 30)];
    for (suite, length) in lengths {
        let attribute = CryptoAttribute {
            tag: 7,
            key: MasterKey::generate(suite, &mut |bytes| bytes.fill(0x5a)),
            lifetime: Some(1 << 31),
        };
        assert_eq!(attribute.key.key().len() + attribute.key.salt().len(), length);
        assert_eq!(parse(&attribute.to_value()), Ok(attribute.clone()));
        // Padding may be left out.
        assert_eq!(parse(&attribute.to_value().replace('=', "")), Ok(attribute));
        assert_eq!(CryptoSuite::from_name(suite.name()), Some(suite));
        for wrong in [length - 1, length + 1] {
            assert_eq!(MasterKey::from_bytes(suite, &vec![0; wrong]), None);
        }
    }
}

#[test]
fn med_3_what_weakens_media_is_refused() {
    let with = |end: &str| parse(&format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}{end}"));
    let rows = [
        (" UNENCRYPTED_SRTP", CryptoViolation::Unencrypted),
        (" UNENCRYPTED_SRTCP", CryptoViolation::Unencrypted),
        (" UNAUTHENTICATED_SRTP", CryptoViolation::Unauthenticated),
        (" WSH=128 UNENCRYPTED_SRTP", CryptoViolation::Unencrypted),
        (" KDR=1", CryptoViolation::KeyDerivationRate),
        (" FEC_ORDER=FEC_SRTP", CryptoViolation::ForwardErrorCorrection),
        (" FEC_KEY=inline:AAAA", CryptoViolation::ForwardErrorCorrection),
        (" WSH=63", CryptoViolation::SessionParameter),
        (" WSH=x", CryptoViolation::SessionParameter),
        (" unencrypted_srtp", CryptoViolation::SessionParameter),
        (" UNENCRYPTED_SRTP=0", CryptoViolation::SessionParameter),
        (" -", CryptoViolation::SessionParameter),
        (" SOMETHING", CryptoViolation::SessionParameter),
        ("|1:4", CryptoViolation::MasterKeyIdentifier),
        ("|2^20|1:4", CryptoViolation::MasterKeyIdentifier),
        ("|0", CryptoViolation::Lifetime),
        ("|2^49", CryptoViolation::Lifetime),
        ("|2^64", CryptoViolation::Lifetime),
        ("|-1", CryptoViolation::Lifetime),
        ("|", CryptoViolation::Lifetime),
        (";inline:AAAA", CryptoViolation::KeyMethod),
        ("AA", CryptoViolation::KeyLength),
        ("!", CryptoViolation::KeyEncoding),
    ];
    for (end, violation) in rows {
        assert_eq!(with(end), Err(violation), "{end}");
    }
    for end in ["", "|2^48", "|1", " WSH=64", " -X=1", " -UNENCRYPTED_SRTP"] {
        assert!(with(end).is_ok(), "{end}");
    }
}

#[test]
fn grammar_faults() {
    let rows = [
        (String::new(), CryptoViolation::Syntax),
        ("1".into(), CryptoViolation::Syntax),
        ("1 AES_CM_128_HMAC_SHA1_80".into(), CryptoViolation::Syntax),
        (format!("0 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"), CryptoViolation::Syntax),
        (format!("01 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"), CryptoViolation::Syntax),
        (format!("+1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"), CryptoViolation::Syntax),
        (format!("1234567890 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"), CryptoViolation::Syntax),
        (format!("1 AES_CM_128_HMAC_SHA1_80 {KEY}"), CryptoViolation::Syntax),
        (format!("1 AES_CM_128_HMAC_SHA1_80 uri:{KEY}"), CryptoViolation::KeyMethod),
        (format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"), CryptoViolation::Suite),
        (format!("1 aes_cm_128_hmac_sha1_80 inline:{KEY}"), CryptoViolation::Suite),
        ("1 AES_CM_128_HMAC_SHA1_80 inline:".into(), CryptoViolation::KeyLength),
    ];
    for (value, violation) in rows {
        assert_eq!(parse(&value), Err(violation), "{value}");
    }
}

#[test]
fn sec_1_a_key_has_no_debug_form() {
    let attribute = parse(&format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}")).unwrap();
    let text = format!("{attribute:?}");
    assert_eq!(text, "CryptoAttribute { tag: 1, key: MasterKey(AES_CM_128_HMAC_SHA1_80, masked), lifetime: None }");
}
