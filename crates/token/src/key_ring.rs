//! The cluster's token keys: one pair that signs, one key that encrypts, and older ones that only verify.
//!
//! A key identifier is `<cluster uuid>:<hash of the key>`, 36 + 1 + 64 characters. Keys are found by comparing that
//! text with those of the ring, so whatever an attacker writes there reaches nothing else (RFC 8725 §3.10).

use std::fmt;

use aws_lc_rs::hmac;
use uuid::Uuid;

use crate::{Algorithm, EncryptionKey, JwkSet, KeyError, SigningKey, VerifyingKey};

/// SHA-256 over a key: public to show, and what an administrator compares between nodes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// `<cluster uuid>:<key hash>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    fn new(cluster: Uuid, hash: KeyHash) -> Self {
        Self(format!("{}:{hash}", cluster.hyphenated()))
    }

    /// The text, as a header carries it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The keys of a cluster.
#[derive(Debug)]
pub struct KeyRing {
    cluster: Uuid,
    signing: Option<SigningKey>,
    /// The signing key's own public half is the first.
    verifying: Vec<(KeyId, VerifyingKey)>,
    /// The current one is the first.
    encryption: Vec<(KeyId, EncryptionKey)>,
}

impl KeyRing {
    /// A ring that mints and verifies.
    #[must_use]
    pub fn new(cluster: Uuid, signing: SigningKey, encryption: EncryptionKey) -> Self {
        let verifying = signing.verifying_key().clone();
        let mut ring = Self::verifying_only(cluster, verifying, encryption);
        ring.signing = Some(signing);
        ring
    }

    /// A ring that only verifies: what an Expressway-C gets.
    #[must_use]
    pub fn verifying_only(cluster: Uuid, verifying: VerifyingKey, encryption: EncryptionKey) -> Self {
        Self {
            cluster,
            signing: None,
            verifying: vec![(KeyId::new(cluster, verifying.hash()), verifying)],
            encryption: vec![(KeyId::new(cluster, encryption.hash()), encryption)],
        }
    }

    /// Adds a public key that earlier tokens were signed with.
    #[must_use]
    pub fn with_older_verifying_key(mut self, key: VerifyingKey) -> Self {
        self.verifying.push((KeyId::new(self.cluster, key.hash()), key));
        self
    }

    /// Signs with a new key from now on; the keys so far still verify.
    #[must_use]
    pub fn rotate_signing_key(mut self, signing: SigningKey) -> Self {
        let verifying = signing.verifying_key().clone();
        self.verifying.insert(0, (KeyId::new(self.cluster, verifying.hash()), verifying));
        self.signing = Some(signing);
        self
    }

    /// Encrypts with a new key from now on; the keys so far still decrypt.
    #[must_use]
    pub fn rotate_encryption_key(mut self, encryption: EncryptionKey) -> Self {
        self.encryption.insert(0, (KeyId::new(self.cluster, encryption.hash()), encryption));
        self
    }

    /// Signs with a new key, and forgets the others: all tokens die, as the vendor's regeneration has it.
    #[must_use]
    pub fn regenerate_signing_key(mut self, signing: SigningKey) -> Self {
        self.verifying.clear();
        self.rotate_signing_key(signing)
    }

    /// Encrypts with a new key, and forgets the others: all access tokens die.
    #[must_use]
    pub fn regenerate_encryption_key(mut self, encryption: EncryptionKey) -> Self {
        self.encryption.clear();
        self.rotate_encryption_key(encryption)
    }

    /// Drops the older keys: only the current ones still verify.
    #[must_use]
    pub fn retire_older_keys(mut self) -> Self {
        self.verifying.truncate(1);
        self.encryption.truncate(1);
        self
    }

    pub(crate) fn assemble(
        cluster: Uuid,
        signing: Option<SigningKey>,
        verifying: Vec<VerifyingKey>,
        encryption: Vec<EncryptionKey>,
    ) -> Option<Self> {
        let current = verifying.first()?;
        if signing.as_ref().is_some_and(|key| key.verifying_key().hash() != current.hash()) || encryption.is_empty() {
            return None;
        }
        let verifying = verifying.into_iter().map(|key| (KeyId::new(cluster, key.hash()), key)).collect();
        let encryption = encryption.into_iter().map(|key| (KeyId::new(cluster, key.hash()), key)).collect();
        Some(Self { cluster, signing, verifying, encryption })
    }

    /// The identifiers of the keys that verify, the current one first.
    pub(crate) fn verifying_with_ids(&self) -> &[(KeyId, VerifyingKey)] {
        &self.verifying
    }

    /// The identifiers of the keys that decrypt, the current one first.
    pub(crate) fn encryption_with_ids(&self) -> &[(KeyId, EncryptionKey)] {
        &self.encryption
    }

    pub(crate) fn verifying_keys(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.verifying.iter().map(|(_, key)| key)
    }

    pub(crate) fn encryption_keys(&self) -> impl Iterator<Item = &EncryptionKey> {
        self.encryption.iter().map(|(_, key)| key)
    }

    /// The cluster whose keys these are: the issuer of its tokens.
    #[must_use]
    pub fn cluster(&self) -> Uuid {
        self.cluster
    }

    /// The hash of the current signing key.
    #[must_use]
    pub fn signing_hash(&self) -> KeyHash {
        self.current_verifying().1.hash()
    }

    /// The hash of the current encryption key.
    #[must_use]
    pub fn encryption_hash(&self) -> KeyHash {
        self.current_encryption().1.hash()
    }

    /// The algorithm of the current signing key.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.current_verifying().1.algorithm()
    }

    /// The public keys, the current one first.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: self.verifying.iter().filter_map(|(id, key)| key.to_jwk(id.as_str())).collect() }
    }

    /// A 32-byte value that every node of the cluster derives alike and nobody else can: HMAC-SHA-256 under the
    /// encryption key over a label and data. The label keeps uses apart.
    #[must_use]
    pub fn derive(&self, label: &str, data: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.current_encryption().1.expose());
        let mut context = hmac::Context::with_key(&key);
        context.update(label.as_bytes());
        context.update(&[0]);
        context.update(data);
        let mut out = [0; 32];
        // Cannot panic: an HMAC-SHA256 has 32 bytes.
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    pub(crate) fn signing(&self) -> Result<(&str, &SigningKey), KeyError> {
        let key = self.signing.as_ref().ok_or(KeyError::Unavailable)?;
        Ok((self.current_verifying().0.as_str(), key))
    }

    pub(crate) fn current_encryption(&self) -> &(KeyId, EncryptionKey) {
        self.encryption.first().expect("a ring is made with an encryption key")
    }

    pub(crate) fn verifying_key(&self, key_id: &str) -> Option<&VerifyingKey> {
        self.verifying.iter().find(|(id, _)| id.as_str() == key_id).map(|(_, key)| key)
    }

    pub(crate) fn encryption_key(&self, key_id: &str) -> Option<&EncryptionKey> {
        self.encryption.iter().find(|(id, _)| id.as_str() == key_id).map(|(_, key)| key)
    }

    fn current_verifying(&self) -> &(KeyId, VerifyingKey) {
        self.verifying.first().expect("a ring is made with a verifying key")
    }
}
