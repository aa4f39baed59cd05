//! A refresh-token family: the chain of rotations that began with one login.
//!
//! Only one token of a family is current. Presenting it makes its successor the current one. Presenting the one before again is a
//! lost reply while the grace lasts: the same successor is given again. Anything older, or later, is a copy in a second
//! pair of hands, and ends the family (RFC 9700 §4.14.2).
//!
//! The successor is derived from the presented token, not drawn, so that every node that is asked in parallel arrives at
//! the same one, and a repeated answer needs no secret in the database. Which request came first, the repository
//! decides by running [`RefreshTokenFamily::rotate`] and writing its result in one transaction.

use std::time::Duration;

use token::{UnixTime, Uuid};

use crate::TokenHash;

/// How long after a rotation the token before it gets the same successor again. Our choice.
pub const ROTATION_GRACE: Duration = Duration::from_secs(60);

/// A family as the repository keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshTokenFamily {
    /// Its identifier: `tid` in every token that stems from it.
    pub id: Uuid,
    /// The user who signed in.
    pub user: String,
    /// The client it was issued to.
    pub client_id: String,
    /// The device that the tokens are bound to.
    pub device: Option<String>,
    /// The granted scopes.
    pub scope: String,
    /// When it began.
    pub issued_at: UnixTime,
    /// When it ends. A rotation does not extend it, as at the vendor.
    pub expires_at: UnixTime,
    /// The hash of the current refresh token.
    pub current: TokenHash,
    /// The token before.
    pub previous: Option<PreviousToken>,
    /// Set once, never cleared.
    pub revoked: Option<FamilyRevocation>,
}

/// The token that the current one replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousToken {
    /// Its hash.
    pub hash: TokenHash,
    /// When it was replaced.
    pub rotated_at: UnixTime,
}

/// When and why a family ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FamilyRevocation {
    /// When.
    pub at: UnixTime,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a family was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// An administrator asked for it.
    Administrator,
    /// The client asked for it (RFC 7009).
    Client,
    /// A refresh token came back after its grace.
    RefreshTokenReused,
    /// A refresh token was presented by another client, or for another device.
    RefreshTokenStolen,
    /// The code that it began with was presented again.
    CodeReplayed,
    /// Something that the tokens rest on has changed: the user, the keys, the lifetimes.
    Policy,
}

impl RevocationReason {
    /// A stable word for storage, log fields and counters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Client => "client",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::RefreshTokenStolen => "refresh_token_stolen",
            Self::CodeReplayed => "code_replayed",
            Self::Policy => "policy",
        }
    }

    /// The reason with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Administrator,
            Self::Client,
            Self::RefreshTokenReused,
            Self::RefreshTokenStolen,
            Self::CodeReplayed,
            Self::Policy,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == word)
    }
}

/// A client's attempt to refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The family that the presented token names.
    pub family: Uuid,
    /// The hash of the presented token.
    pub presented: TokenHash,
    /// The hash of the token that follows it.
    pub successor: TokenHash,
    /// The client, authenticated as far as it can be.
    pub client_id: String,
    /// The device that the client says it is, when it says so.
    pub device: Option<String>,
}

/// What a rotation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The successor is now the current token.
    Now,
    /// It had been already, within the grace: the answer was lost. Nothing has changed.
    Again,
}

/// Why a refresh token is refused. The client hears `invalid_grant` for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationRefusal {
    /// No such family.
    Unknown,
    /// The family has come to its end.
    Expired,
    /// The family was revoked before.
    Revoked,
    /// The family has just been revoked for this attempt.
    RevokedNow(RevocationReason),
}

impl RefreshTokenFamily {
    /// Rotates, or says why not; may revoke the family.
    pub fn rotate(&mut self, rotation: &Rotation, now: UnixTime) -> Result<Rotated, RotationRefusal> {
        if self.revoked.is_some() {
            return Err(RotationRefusal::Revoked);
        }
        if self.expires_at <= now {
            return Err(RotationRefusal::Expired);
        }
        let another_device = |device: &String| self.device.as_ref().is_some_and(|own| own != device);
        if rotation.client_id != self.client_id || rotation.device.as_ref().is_some_and(another_device) {
            return Err(self.revoke_for(RevocationReason::RefreshTokenStolen, now));
        }
        if rotation.presented == self.current {
            self.previous = Some(PreviousToken { hash: self.current, rotated_at: now });
            self.current = rotation.successor;
            return Ok(Rotated::Now);
        }
        let lost_reply = self.previous.is_some_and(|previous| {
            previous.hash == rotation.presented && now.since(previous.rotated_at) <= ROTATION_GRACE
        });
        if lost_reply && rotation.successor == self.current {
            return Ok(Rotated::Again);
        }
        Err(self.revoke_for(RevocationReason::RefreshTokenReused, now))
    }

    /// Revokes the family; an earlier revocation stands.
    pub fn revoke(&mut self, reason: RevocationReason, now: UnixTime) {
        self.revoked.get_or_insert(FamilyRevocation { at: now, reason });
    }

    /// Whether its current token may still be used.
    #[must_use]
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.revoked.is_none() && now < self.expires_at
    }

    fn revoke_for(&mut self, reason: RevocationReason, now: UnixTime) -> RotationRefusal {
        self.revoke(reason, now);
        RotationRefusal::RevokedNow(reason)
    }
}
