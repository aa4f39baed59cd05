//! What the security log is told. No event carries a secret.

use std::net::IpAddr;

use token::Uuid;

use crate::{RefreshTokenFamily, RevocationReason};

/// Something that an administrator may want to know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityEvent {
    /// A user signed in.
    SignedIn {
        /// The user.
        user: String,
        /// From where.
        source: IpAddr,
    },
    /// A sign-in failed. The name is as it was typed, and may be anything.
    SignInFailed {
        /// What was typed.
        user: String,
        /// From where.
        source: IpAddr,
    },
    /// A sign-in was refused before the password was looked at.
    SignInLocked {
        /// What was typed.
        user: String,
        /// From where.
        source: IpAddr,
    },
    /// Tokens were issued: a family began.
    FamilyBegan {
        /// The family.
        family: Uuid,
        /// The user.
        user: String,
        /// The client.
        client_id: String,
    },
    /// A code was presented again. What the first attempt was given has been revoked.
    CodeReplayed {
        /// The client that presented it.
        client_id: String,
        /// From where.
        source: IpAddr,
    },
    /// A family was revoked.
    FamilyRevoked {
        /// The family.
        family: Uuid,
        /// The user.
        user: String,
        /// The client.
        client_id: String,
        /// Why.
        reason: RevocationReason,
    },
}

impl SecurityEvent {
    pub(crate) fn began(family: &RefreshTokenFamily) -> Self {
        let (user, client_id) = (family.user.clone(), family.client_id.clone());
        Self::FamilyBegan { family: family.id, user, client_id }
    }

    pub(crate) fn revoked(family: &RefreshTokenFamily, reason: RevocationReason) -> Self {
        let (user, client_id) = (family.user.clone(), family.client_id.clone());
        Self::FamilyRevoked { family: family.id, user, client_id, reason }
    }
}

/// Takes the events; must not block.
pub trait SecurityLog: Send + Sync {
    /// Takes an event.
    fn record(&self, event: SecurityEvent);
}
