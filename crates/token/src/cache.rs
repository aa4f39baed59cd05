//! Verified access tokens, remembered by the full SHA-256 digest of their bytes.
//!
//! A hit replaces a signature check of some 20 µs by a digest and one look-up. It is honest because an entry is used
//! only while three things hold: the token has not expired, the keys are those it was verified with, and the
//! revocations are those it was last compared with; otherwise it is looked at again. Only verified tokens get in, so
//! nobody without one can push others out; the size is bounded, and the oldest entry of a shard gives way.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{TokenDigest, UnixTime, VerifiedAccessToken};

const SHARDS: usize = 64;

/// What a cached verdict rests on. Both numbers only ever grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// The generation of the key ring.
    pub keys: u64,
    /// The epoch of the revocations.
    pub revocations: u64,
}

/// The bounded, sharded cache.
pub struct VerifiedTokenCache {
    shards: Box<[Mutex<Shard>]>,
    shard_capacity: usize,
}

#[derive(Default)]
struct Shard {
    entries: HashMap<[u8; 32], Entry, BuildHasherDefault<DigestHasher>>,
    /// Keys in the order of insertion, each once.
    order: VecDeque<[u8; 32]>,
}

struct Entry {
    token: VerifiedAccessToken,
    freshness: Freshness,
}

impl VerifiedTokenCache {
    /// A cache of at most `capacity` tokens, rounded up to a multiple of the shards.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            shard_capacity: capacity.div_ceil(SHARDS).max(1),
        }
    }

    /// The token with this digest, if it may still be trusted. `still_good` is asked when revocations have changed
    /// since it was last asked, and its yes is remembered.
    pub fn get(
        &self,
        digest: &TokenDigest,
        now: UnixTime,
        freshness: Freshness,
        still_good: impl FnOnce(&VerifiedAccessToken) -> bool,
    ) -> Option<VerifiedAccessToken> {
        let mut shard = self.shard(digest);
        let entry = shard.entries.get_mut(digest.as_bytes())?;
        if entry.token.expires_at() <= now || entry.freshness.keys != freshness.keys {
            return None;
        }
        if entry.freshness.revocations != freshness.revocations {
            if !still_good(&entry.token) {
                return None;
            }
            // Never backwards: another thread may have compared it with newer revocations.
            if entry.freshness.revocations < freshness.revocations {
                entry.freshness = freshness;
            }
        }
        Some(entry.token.clone())
    }

    /// Remembers a token that was verified with the keys, and compared with the revocations, of `freshness`.
    pub fn insert(&self, digest: TokenDigest, token: VerifiedAccessToken, freshness: Freshness) {
        let mut shard = self.shard(&digest);
        let shard = &mut *shard;
        if shard.entries.insert(*digest.as_bytes(), Entry { token, freshness }).is_none() {
            shard.order.push_back(*digest.as_bytes());
        }
        while shard.order.len() > self.shard_capacity {
            let Some(oldest) = shard.order.pop_front() else {
                break;
            };
            shard.entries.remove(&oldest);
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.entries = HashMap::default();
            shard.order = VecDeque::new();
        }
    }

    /// How many tokens are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).entries.len()).sum()
    }

    /// Whether no token is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, digest: &TokenDigest) -> MutexGuard<'_, Shard> {
        let [.., last] = digest.as_bytes();
        let index = usize::from(*last) % SHARDS;
        lock(self.shards.get(index).expect("the index is below the number of shards"))
    }
}

impl std::fmt::Debug for VerifiedTokenCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("VerifiedTokenCache").field("len", &self.len()).finish_non_exhaustive()
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // No code under the lock can leave a shard half-changed in a way that matters: at worst an entry is forgotten.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The key is a cryptographic digest already: its first eight bytes are the hash.
#[derive(Default)]
struct DigestHasher(u64);

impl Hasher for DigestHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }
}
