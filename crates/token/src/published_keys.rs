//! The keys that whoever verifies this cluster's access tokens needs, as a JSON Web Key Set (RFC 7517 §5).
//!
//! An Expressway-C fetches it from `GET /ssosp/ws/authz/keys` and makes of it a ring that verifies and cannot mint:
//! public keys with `use` `sig`, and the keys that decrypt the inner claims as `kty` `oct` (RFC 7518 §6.4) with `use` `enc`.
//! The current one of each is the first. The `kid` is the one of the tokens, `<cluster>:<hash>`, so a set says which
//! cluster it is of, and each key is checked against its own hash.
//!
//! The bytes are secret because of the `oct` keys: they are wiped when dropped, and belong nowhere but into TLS and a file
//! of mode 0600. The key that signs is not among them. The reader accepts nothing that it does not know: a private
//! member, such as `d`, is a refusal. Our choice, as the vendor's form of this exchange is not public.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::export::{Secret, encryption_key};
use crate::{EncryptionKey, Jwk, KeyError, KeyHash, KeyRing, VerifyingKey};

/// The longest set that is read, and more than any that is published.
pub const MAX_PUBLISHED_LENGTH: usize = 64 * 1024;

/// More keys than a cluster keeps.
const MAX_KEYS: usize = 32;

/// The one content encryption of the inner claims, and so the algorithm of the key (RFC 7518 §5.2.3).
const CONTENT_ENCRYPTION: &str = "A128CBC-HS256";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedKeys {
    keys: Vec<PublishedKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedKey {
    kty: String,
    #[serde(rename = "use")]
    key_use: String,
    alg: String,
    kid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    k: Option<Secret>,
}

impl KeyRing {
    /// The JSON Web Key Set for those who verify: everything but the key that signs.
    pub fn publish(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let verifying = self.verifying_with_ids().iter().map(|(id, key)| PublishedKey::verifying(id.as_str(), key));
        let encryption = self.encryption_with_ids().iter().map(|(id, key)| Ok(PublishedKey::secret(id.as_str(), key)));
        let keys = verifying.chain(encryption).collect::<Result<Vec<_>, _>>()?;
        // Reserved at once: growing would leave parts of the secret behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PUBLISHED_LENGTH));
        serde_json::to_writer(&mut *bytes, &PublishedKeys { keys }).map_err(|_| KeyError::Unavailable)?;
        Ok(bytes)
    }

    /// Reads what [`Self::publish`] wrote, into a ring that only verifies.
    ///
    /// # Errors
    /// [`KeyError::Rejected`] when the set is of another form, mixes clusters, repeats a key, lacks one of the two kinds,
    /// or has a key that is not the one that its identifier names.
    pub fn from_published(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() > MAX_PUBLISHED_LENGTH {
            return Err(KeyError::Rejected);
        }
        let published: PublishedKeys = serde_json::from_slice(bytes).map_err(|_| KeyError::Rejected)?;
        let mut seen = HashSet::new();
        if published.keys.len() > MAX_KEYS || !published.keys.iter().all(|key| seen.insert(key.kid.as_str())) {
            return Err(KeyError::Rejected);
        }
        let cluster = published.keys.first().and_then(PublishedKey::cluster).ok_or(KeyError::Rejected)?;
        let (mut verifying, mut encryption) = (Vec::new(), Vec::new());
        for key in &published.keys {
            match key.read(cluster)? {
                Read::Verifying(key) => verifying.push(key),
                Read::Encryption(key) => encryption.push(key),
            }
        }
        Self::assemble(cluster, None, verifying, encryption).ok_or(KeyError::Rejected)
    }
}

enum Read {
    Verifying(VerifyingKey),
    Encryption(EncryptionKey),
}

impl PublishedKey {
    fn verifying(id: &str, key: &VerifyingKey) -> Result<Self, KeyError> {
        let Jwk { kty, n, e, crv, x, y, .. } = key.to_jwk(id).ok_or(KeyError::Unavailable)?;
        let (key_use, alg) = ("sig".to_owned(), key.algorithm().name().to_owned());
        Ok(Self { kty, key_use, alg, kid: id.to_owned(), n, e, crv, x, y, k: None })
    }

    fn secret(id: &str, key: &EncryptionKey) -> Self {
        let k = Some(Secret::encode(key.expose()));
        let (key_use, alg) = ("enc".to_owned(), CONTENT_ENCRYPTION.to_owned());
        let (n, e, crv, x, y) = (None, None, None, None, None);
        Self { kty: "oct".to_owned(), key_use, alg, kid: id.to_owned(), n, e, crv, x, y, k }
    }

    fn cluster(&self) -> Option<Uuid> {
        let (cluster, _) = self.kid.split_once(':')?;
        Uuid::try_parse(cluster).ok()
    }

    fn read(&self, cluster: Uuid) -> Result<Read, KeyError> {
        let read = match (self.key_use.as_str(), &self.k) {
            ("sig", None) => {
                let key = self.to_jwk().to_verifying_key()?;
                self.check_identifier(cluster, key.hash())?;
                Read::Verifying(key)
            }
            ("enc", Some(secret)) if self.kty == "oct" && self.alg == CONTENT_ENCRYPTION && !self.has_public_part() => {
                let key = encryption_key(secret)?;
                self.check_identifier(cluster, key.hash())?;
                Read::Encryption(key)
            }
            _ => return Err(KeyError::Rejected),
        };
        Ok(read)
    }

    fn to_jwk(&self) -> Jwk {
        Jwk {
            kty: self.kty.clone(),
            key_use: Some(self.key_use.clone()),
            alg: Some(self.alg.clone()),
            kid: Some(self.kid.clone()),
            n: self.n.clone(),
            e: self.e.clone(),
            crv: self.crv.clone(),
            x: self.x.clone(),
            y: self.y.clone(),
        }
    }

    fn has_public_part(&self) -> bool {
        [&self.n, &self.e, &self.crv, &self.x, &self.y].into_iter().any(Option::is_some)
    }

    fn check_identifier(&self, cluster: Uuid, hash: KeyHash) -> Result<(), KeyError> {
        let expected = format!("{}:{hash}", cluster.hyphenated());
        if self.kid == expected { Ok(()) } else { Err(KeyError::Rejected) }
    }
}
