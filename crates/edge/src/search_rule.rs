//! Search rules: which zone a request is for.
//!
//! Discovery makes one rule for each zone, of priority 45 and not editable. It compares the host of the Request-URI with
//! the names and addresses of the zone's node. A request whose host no rule is for goes by the `zone-id` of the Route
//! that its phone preloaded, if that names a zone of a node; otherwise there is no way for it.
//!
//! Our choice: a pattern holds 60 characters, as the vendor's page does. A longer node name gets a regular expression of
//! its beginning and its end (the vendor says that it uses one, not which). Where two such expressions fit the same
//! host, the rule whose zone has exactly this name goes first: so a long name never leads to its neighbour.

use std::fmt;

use serde::{Deserialize, Serialize};
use sip::message::{Host, Request, SipUri};

use crate::reason::Reason;
use crate::view::EdgeView;
use crate::zone::{Zone, ZoneName};

/// The priority of every rule that discovery makes.
pub const PRIORITY: u16 = 45;

/// The longest pattern.
pub const PATTERN_LENGTH: usize = 60;

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

impl Pattern {
    /// The pattern for a name: itself, or an expression of its ends when it is too long.
    #[must_use]
    pub fn for_host(name: &str) -> Self {
        if name.len() <= PATTERN_LENGTH {
            return Self::Exact(name.to_owned());
        }
        // `^`, `.*` and `$` take four; a dot is escaped and takes two, so that each end has a quarter of what remains.
        let end = (PATTERN_LENGTH - 4) / 4;
        let head: String = name.chars().take(end).collect();
        let tail: Vec<char> = name.chars().rev().take(end).collect();
        Self::Regex { head, tail: tail.into_iter().rev().collect() }
    }

    /// Whether the host fits.
    #[must_use]
    pub fn fits(&self, host: &Host<'_>) -> bool {
        match self {
            Self::Exact(name) => parse(name).is_some_and(|own| own == *host),
            Self::Regex { head, tail } => {
                let host = host.to_string().to_ascii_lowercase();
                host.len() >= head.len() + tail.len()
                    && host.starts_with(&head.to_ascii_lowercase())
                    && host.ends_with(&tail.to_ascii_lowercase())
            }
        }
    }
}

/// As the page shows it.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name),
            Self::Regex { head, tail } => {
                write!(f, "^{}.*{}$", head.replace('.', "\\."), tail.replace('.', "\\."))
            }
        }
    }
}

/// The zone that a request is for.
pub(crate) fn zone_of<'v>(
    view: &'v impl EdgeView,
    request: &Request,
    zone_id: Option<u32>,
) -> Result<&'v Zone, Reason> {
    let uri = request.uri().map_err(Reason::Malformed)?.as_sip().ok_or(Reason::UnsupportedUriScheme)?;
    let by_host = rule_of(view, &uri).and_then(|rule| view.zones().iter().find(|zone| zone.name == rule.target));
    let by_id = || view.zones().iter().find(|zone| Some(zone.id) == zone_id);
    by_host.or_else(by_id).ok_or_else(|| Reason::NoSearchRule(shown(&uri)))
}

fn rule_of<'v>(view: &'v impl EdgeView, uri: &SipUri<'_>) -> Option<&'v SearchRule> {
    let host = uri.host();
    let fitting = view.search_rules().iter().filter(|rule| rule.patterns.iter().any(|pattern| pattern.fits(&host)));
    let exactly = |rule: &SearchRule| {
        view.zones().iter().any(|zone| zone.name == rule.target && parse(&zone.node).is_some_and(|node| node == host))
    };
    fitting.min_by_key(|rule| (rule.priority, !exactly(rule)))
}

fn shown(uri: &SipUri<'_>) -> String {
    uri.host_bytes().iter().take(128).map(|&octet| char::from(octet)).filter(char::is_ascii_graphic).collect()
}

/// A name or address as an administrator writes it; an IPv6 address without brackets too.
fn parse(name: &str) -> Option<Host<'_>> {
    match name.parse() {
        Ok(address) => Some(Host::Address(address)),
        Err(_) => Host::parse(name.as_bytes()),
    }
}
