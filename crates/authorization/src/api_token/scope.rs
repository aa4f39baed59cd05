//! What a token may do.

use std::fmt;
use std::str::FromStr;

use directory::{EndUser, Role, Rule, Violation};

/// What a token may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApiArea {
    /// Servers and their ports.
    Nodes,
    /// Enterprise parameters.
    Parameters,
    /// Phone security profiles.
    Profiles,
    /// CallManager groups.
    Groups,
    /// Device pools.
    Pools,
    /// Directory numbers.
    Lines,
    /// End users.
    Users,
    /// Phones.
    Phones,
    /// Device > Expressway-C.
    Expressways,
    /// Webhooks.
    Webhooks,
}

impl ApiArea {
    /// All areas.
    pub const ALL: [Self; 10] = [
        Self::Nodes,
        Self::Parameters,
        Self::Profiles,
        Self::Groups,
        Self::Pools,
        Self::Lines,
        Self::Users,
        Self::Phones,
        Self::Expressways,
        Self::Webhooks,
    ];

    /// The area's word in scopes and addresses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Nodes => "nodes",
            Self::Parameters => "parameters",
            Self::Profiles => "security-profiles",
            Self::Groups => "callmanager-groups",
            Self::Pools => "device-pools",
            Self::Lines => "lines",
            Self::Users => "users",
            Self::Phones => "phones",
            Self::Expressways => "expressways",
            Self::Webhooks => "webhooks",
        }
    }
}

/// What a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApiScope {
    /// `read`: see everything but tokens and webhooks.
    Read,
    /// `write:<area>`: change what is in an area.
    Write(ApiArea),
    /// `control`: end registrations, revoke a user's access, restart services.
    Control,
    /// `admin`: tokens, and users who have a role.
    Admin,
}

impl ApiScope {
    /// All scopes, in their order.
    pub fn all() -> impl Iterator<Item = Self> {
        let write = ApiArea::ALL.into_iter().map(Self::Write);
        [Self::Read].into_iter().chain(write).chain([Self::Control, Self::Admin])
    }

    /// Whether a user may have it, now. Our choice: the role Standard AXL API Access may do what AXL does, which is all but to
    /// make administrators.
    #[must_use]
    pub fn is_permitted(self, user: &EndUser) -> bool {
        match self {
            Self::Admin => user.has_role(Role::Administrator),
            Self::Read => user.has_role(Role::ReadOnly) || user.has_role(Role::AxlAccess),
            Self::Write(_) | Self::Control => user.has_role(Role::AxlAccess),
        }
    }
}

impl fmt::Display for ApiScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read => f.pad("read"),
            Self::Write(area) => f.pad(&format!("write:{}", area.word())),
            Self::Control => f.pad("control"),
            Self::Admin => f.pad("admin"),
        }
    }
}

impl FromStr for ApiScope {
    type Err = Violation;

    fn from_str(text: &str) -> Result<Self, Violation> {
        Self::all().find(|scope| scope.to_string() == text).ok_or_else(|| {
            let choices: Vec<_> = Self::all().map(|scope| scope.to_string()).collect();
            Violation::new("API Token", "Scopes", Rule::NotAChoice { choices: choices.join(", ") })
        })
    }
}
