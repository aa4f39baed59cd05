//! The `a=crypto` attribute (RFC 4568 §9.2):
//! `<tag> <suite> inline:<key and salt>[|lifetime][|MKI:length] [session parameters]`.

use std::fmt;

use zeroize::Zeroizing;

use super::{CryptoSuite, MasterKey, session_parameter};

/// The most packets that SRTP allows under one key (RFC 3711 §9.2).
const MAXIMUM_LIFETIME: u64 = 1 << 48;

/// A crypto attribute that our SRTP can honour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CryptoAttribute {
    /// The tag, by which the answer names the chosen attribute (RFC 4568 §4.1).
    pub tag: u32,
    /// The key of the direction from the writer to the reader; it knows its suite.
    pub key: MasterKey,
    /// The number of packets the key may be used for (RFC 4568 §6.1); none means the suite's own.
    pub lifetime: Option<u64>,
}

/// Why a crypto attribute cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CryptoViolation {
    /// Forward error correction is asked for.
    ForwardErrorCorrection,
    /// A key derivation rate is asked for.
    KeyDerivationRate,
    /// The key is not base64.
    KeyEncoding,
    /// The key and salt have not the suite's length.
    KeyLength,
    /// The key parameters have another method than `inline`, or several keys.
    KeyMethod,
    /// The lifetime is no number from 1 to 2^48.
    Lifetime,
    /// A master key identifier is asked for.
    MasterKeyIdentifier,
    /// No crypto attribute can be used.
    NoneUsable,
    /// Both directions have the same key (RFC 4568 §6.1 wants it unique).
    SameKeyBothWays,
    /// An unknown session parameter that may not be ignored.
    SessionParameter,
    /// A suite that we don't have.
    Suite,
    /// The attribute's grammar.
    Syntax,
    /// The answer names a tag that was not offered.
    Tag,
    /// Packets would be without authentication.
    Unauthenticated,
    /// Packets would be in clear.
    Unencrypted,
}

impl CryptoViolation {
    fn text(self) -> &'static str {
        match self {
            Self::ForwardErrorCorrection => "forward error correction",
            Self::KeyDerivationRate => "key derivation rate",
            Self::KeyEncoding => "key is not base64",
            Self::KeyLength => "key length",
            Self::KeyMethod => "key method",
            Self::Lifetime => "lifetime",
            Self::MasterKeyIdentifier => "master key identifier",
            Self::NoneUsable => "no usable crypto attribute",
            Self::SameKeyBothWays => "same key in both directions",
            Self::SessionParameter => "unknown session parameter",
            Self::Suite => "unknown crypto suite",
            Self::Syntax => "syntax",
            Self::Tag => "tag was not offered",
            Self::Unauthenticated => "media without authentication",
            Self::Unencrypted => "media without encryption",
        }
    }
}

impl fmt::Display for CryptoViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl CryptoAttribute {
    /// Reads the value of an attribute, what follows `a=crypto:`.
    pub fn parse(value: &str) -> Result<Self, CryptoViolation> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next().and_then(tag).ok_or(CryptoViolation::Syntax)?;
        let suite = words.next().ok_or(CryptoViolation::Syntax)?;
        let parameters = words.next().ok_or(CryptoViolation::Syntax)?;
        let suite = CryptoSuite::from_name(suite).ok_or(CryptoViolation::Suite)?;
        words.try_for_each(session_parameter::check)?;
        let (key, lifetime) = key_parameters(suite, parameters)?;
        Ok(Self { tag, key, lifetime })
    }

    /// The value of the attribute, with the key in it.
    pub fn to_value(&self) -> Zeroizing<String> {
        let key = self.key.to_base64();
        Zeroizing::new(match self.lifetime {
            Some(packets) => format!("{} {} inline:{}|{packets}", self.tag, self.suite(), *key),
            None => format!("{} {} inline:{}", self.tag, self.suite(), *key),
        })
    }

    /// The suite.
    pub fn suite(&self) -> CryptoSuite {
        self.key.suite()
    }
}

/// RFC 4568 §9.2: `tag = 1*9DIGIT`, §4.1: no leading zeros.
fn tag(text: &str) -> Option<u32> {
    let digits = text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !text.starts_with('0')).then(|| text.parse().ok()).flatten()
}

fn key_parameters(suite: CryptoSuite, text: &str) -> Result<(MasterKey, Option<u64>), CryptoViolation> {
    let (method, information) = text.split_once(':').ok_or(CryptoViolation::Syntax)?;
    // RFC 4568 §6.1: several keys are told apart by a master key identifier.
    if !method.eq_ignore_ascii_case("inline") || information.contains(';') {
        return Err(CryptoViolation::KeyMethod);
    }
    let mut fields = information.split('|');
    let key = MasterKey::from_base64(suite, fields.next().unwrap_or_default())?;
    let lifetime = match (fields.next(), fields.next()) {
        (None, _) => None,
        (Some(field), _) if field.contains(':') => {
            return Err(CryptoViolation::MasterKeyIdentifier);
        }
        (Some(_), Some(_)) => return Err(CryptoViolation::MasterKeyIdentifier),
        (Some(field), None) => Some(lifetime(field)?),
    };
    Ok((key, lifetime))
}

/// A number of packets, or a power of two as `2^n`.
fn lifetime(text: &str) -> Result<u64, CryptoViolation> {
    let packets = match text.strip_prefix("2^") {
        Some(exponent) => exponent.parse().ok().and_then(|exponent| 1u64.checked_shl(exponent)),
        None => text.parse().ok(),
    };
    packets.filter(|packets| (1..=MAXIMUM_LIFETIME).contains(packets)).ok_or(CryptoViolation::Lifetime)
}
