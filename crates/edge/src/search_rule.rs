//! Search rules: which zone a request is for.

use serde::{Deserialize, Serialize};

use crate::zone::ZoneName;

/// The priority of every rule that discovery makes.
pub const PRIORITY: u16 = 45;

/// What a rule compares the host of the Request-URI with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pattern {
    /// The whole host, without regard to case.
    Exact(String),
    /// A regular expression `^head.*tail$`, for node names that a pattern cannot hold.
    Regex {
        /// What the host begins with.
        head: String,
        /// What it ends with.
        tail: String,
    },
}

/// A search rule: made by discovery with its zone, and not editable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRule {
    /// The zone's name.
    pub name: String,
    /// Lower is asked first.
    pub priority: u16,
    /// The hosts it is for.
    pub patterns: Vec<Pattern>,
    /// Where the request goes.
    pub target: ZoneName,
}
