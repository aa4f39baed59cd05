//! An end user: who signs in, owns devices, and may administer.

use crate::error::Violation;
use crate::line::check_text;
use crate::name::UserId;
use std::fmt;

/// What a user may do beyond using its own devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Change everything.
    Administrator,
    /// See every page of the web administration, and change nothing.
    ReadOnly,
    /// Call the SOAP interface, fetch token keys, revoke tokens.
    AxlAccess,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::ReadOnly, Self::AxlAccess];

    /// The role's name in the administration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "Standard CCM Super Users",
            Self::ReadOnly => "Standard CCM Read Only",
            Self::AxlAccess => "Standard AXL API Access",
        }
    }
}

/// An end user. Its secrets are not here: see [`DigestSecret`] and [`PasswordHash`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndUser {
    /// User ID.
    pub user_id: UserId,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Mail ID.
    pub mail: String,
    /// Whether the user may sign in.
    pub active: bool,
    /// What the user may do, without repetition.
    pub roles: Vec<Role>,
}

impl EndUser {
    /// An active user without roles.
    #[must_use]
    pub fn new(user_id: UserId) -> Self {
        Self {
            user_id,
            first_name: String::new(),
            last_name: String::new(),
            mail: String::new(),
            active: true,
            roles: Vec::new(),
        }
    }

    /// Whether the user has a role; an administrator has all of them.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.active && (self.roles.contains(&role) || self.roles.contains(&Role::Administrator))
    }

    /// Checks the rules of the page.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        check_text("End User", "First Name", &self.first_name, 64)?;
        check_text("End User", "Last Name", &self.last_name, 64)?;
        check_text("End User", "Mail ID", &self.mail, 254)
    }
}

/// What a server needs to check a digest (RFC 8760): the two hashes of `user:realm:password`.
/// The password itself is not kept.
#[derive(Clone, PartialEq, Eq)]
pub struct DigestSecret {
    /// The realm that the hashes were made for.
    pub realm: String,
    /// H(A1) with MD5, in lower-case hexadecimal digits.
    pub ha1_md5: String,
    /// H(A1) with SHA-256, in lower-case hexadecimal digits.
    pub ha1_sha256: String,
}

impl fmt::Debug for DigestSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestSecret").field("realm", &self.realm).finish_non_exhaustive()
    }
}

/// A password hash in the PHC string format (argon2id).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string.
    #[must_use]
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for the comparison only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}
