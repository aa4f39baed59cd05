//! A key ring as bytes: how it is stored, and how nodes and an Expressway-C get it.
//!
//! Our choice: a JSON object, as the vendor's form of this exchange is not public. The bytes are secret and wiped when
//! dropped; the reader accepts nothing that it does not know.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Algorithm, EncryptionKey, KeyError, KeyRing, SigningKey, VerifyingKey, base64url};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    cluster: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signing: Option<Key>,
    verifying: Vec<Key>,
    encryption: Vec<Secret>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    alg: Algorithm,
    key: Secret,
}

/// Base64url text that is wiped when dropped.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn encode(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(base64url::encode(bytes)))
    }

    fn decode(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        base64url::decode(self.0.as_bytes()).map(Zeroizing::new).ok_or(KeyError::Rejected)
    }
}

impl KeyRing {
    /// The whole ring, with the key that signs.
    pub fn export(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let signing = match self.signing() {
            Ok((_, key)) => Some(Key { alg: key.verifying_key().algorithm(), key: Secret::encode(&key.to_pkcs8()?) }),
            Err(_) => None,
        };
        self.write(signing)
    }

    /// The ring without the key that signs: enough to verify access tokens.
    pub fn export_verifying(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.write(None)
    }

    /// Reads what [`Self::export`] or [`Self::export_verifying`] wrote.
    pub fn import(bytes: &[u8]) -> Result<Self, KeyError> {
        let export: Export = serde_json::from_slice(bytes).map_err(|_| KeyError::Rejected)?;
        let verifying = export.verifying.iter().map(|key| VerifyingKey::from_spki(key.alg, &key.key.decode()?));
        let verifying = verifying.collect::<Result<Vec<_>, _>>()?;
        let encryption = export.encryption.iter().map(encryption_key).collect::<Result<Vec<_>, _>>()?;
        let signing = match &export.signing {
            Some(key) => Some(SigningKey::from_pkcs8(key.alg, &key.key.decode()?)?),
            None => None,
        };
        Self::assemble(export.cluster, signing, verifying, encryption).ok_or(KeyError::Rejected)
    }

    fn write(&self, signing: Option<Key>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let verifying = self.verifying_keys().map(|key| Key { alg: key.algorithm(), key: Secret::encode(key.spki()) });
        let export = Export {
            cluster: self.cluster(),
            signing,
            verifying: verifying.collect(),
            encryption: self.encryption_keys().map(|key| Secret::encode(key.expose())).collect(),
        };
        serde_json::to_vec(&export).map(Zeroizing::new).map_err(|_| KeyError::Unavailable)
    }
}

pub(crate) fn encryption_key(secret: &Secret) -> Result<EncryptionKey, KeyError> {
    let bytes = secret.decode()?;
    let mut bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KeyError::Rejected)?;
    Ok(EncryptionKey::from_bytes(&mut bytes))
}
