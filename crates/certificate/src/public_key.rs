//! Names of keys and signatures (RFC 3279, RFC 5480, RFC 8410).

use x509_parser::der_parser::oid::Oid;
use x509_parser::objects::oid_registry;
use x509_parser::objects::oid2sn;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// The kind and strength of a key: `RSA 2048`, `EC P-256`.
pub(crate) fn describe(key: &SubjectPublicKeyInfo<'_>) -> String {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {}", rsa.key_size()),
        Ok(PublicKey::EC(point)) => curve(&key.algorithm).unwrap_or_else(|| format!("EC {}", point.key_size())),
        _ => match key.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".into(),
            "1.3.101.113" => "Ed448".into(),
            _ => name(&key.algorithm.algorithm),
        },
    }
}

fn curve(algorithm: &AlgorithmIdentifier<'_>) -> Option<String> {
    let curve = algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string();
    let name = match curve.as_str() {
        "1.2.840.10045.3.1.7" => "P-256",
        "1.3.132.0.34" => "P-384",
        "1.3.132.0.35" => "P-521",
        other => other,
    };
    Some(format!("EC {name}"))
}

/// The short name of an algorithm, or its number when it has none.
pub(crate) fn name(algorithm: &Oid<'_>) -> String {
    oid2sn(algorithm, oid_registry()).map_or_else(|_| algorithm.to_id_string(), str::to_owned)
}
