//! Enterprise parameters: one table says name, label, group, default, range and help; the page, the
//! CLI and the database read it, so that they show the same text.
//!
//! The names of `ClusterSIPOAuthMode` and `ClusterSecurityMode` are the vendor's. Our choice: the
//! other names, the last two groups, and the values 0 and 1 for switches in the database.

use crate::error::{Rule, Violation};
use std::fmt;

mod table;
mod values;

pub use table::PARAMETERS;
pub use values::{EnterpriseParameters, LbmSecurityMode};

/// A group of the enterprise parameters page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterGroup {
    /// SSO and OAuth Configuration.
    SsoAndOAuth,
    /// Security Parameters.
    Security,
    /// Clusterwide Domain Configuration.
    ClusterwideDomain,
    /// Clusterwide Parameters (Device - SIP).
    DeviceSip,
}

impl fmt::Display for ParameterGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SsoAndOAuth => "SSO and OAuth Configuration",
            Self::Security => "Security Parameters",
            Self::ClusterwideDomain => "Clusterwide Domain Configuration",
            Self::DeviceSip => "Clusterwide Parameters (Device - SIP)",
        })
    }
}

/// Which values a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A number in a range.
    Number {
        /// The smallest value.
        least: u64,
        /// The greatest value.
        most: u64,
    },
    /// One of the values of the database, each with its text on the page.
    Choice(&'static [(&'static str, &'static str)]),
    /// Text.
    Text {
        /// The most characters.
        most: usize,
    },
}

/// Who may change a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The administrator, on the page or elsewhere.
    Writable,
    /// Only the named command.
    SetBy(&'static str),
}

/// A row of the table of enterprise parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Parameter {
    /// `paramname` of the database.
    pub name: &'static str,
    /// The label on the page.
    pub label: &'static str,
    /// The group on the page.
    pub group: ParameterGroup,
    /// The value while nothing is set.
    pub default: &'static str,
    /// Which values it takes.
    pub kind: ParameterKind,
    /// Who may change it.
    pub access: Access,
    /// What it does.
    pub help: &'static str,
}

impl Parameter {
    /// The name of the parameter that holds the cluster's SIP OAuth mode.
    pub const CLUSTER_SIP_OAUTH_MODE: &'static str = "ClusterSIPOAuthMode";

    /// The parameter of a name, without regard to case.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PARAMETERS.iter().find(|p| p.name.eq_ignore_ascii_case(name))
    }

    /// Turns what was typed (a value, or the text of a choice) into the value of the database.
    ///
    /// # Errors
    /// The parameter's label and the rule.
    pub fn parse(&self, text: &str) -> Result<String, Violation> {
        match self.kind {
            ParameterKind::Number { least, most } => match text.parse::<u64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
                _ => Err(self.refused(Rule::OutOfRange { least, most })),
            },
            ParameterKind::Choice(choices) => choices
                .iter()
                .find(|(value, shown)| *value == text || shown.eq_ignore_ascii_case(text))
                .map(|(value, _)| (*value).to_owned())
                .ok_or_else(|| {
                    let shown: Vec<_> = choices.iter().map(|(_, shown)| *shown).collect();
                    let choices = shown.join(", ");
                    self.refused(Rule::NotAChoice { choices })
                }),
            ParameterKind::Text { most } => {
                crate::line::check_text("Enterprise Parameters", self.label, text, most)?;
                Ok(text.to_owned())
            }
        }
    }

    /// Refuses a change by hand of a parameter that a command sets.
    ///
    /// # Errors
    /// [`Rule::ReadOnly`] with the command.
    pub fn check_writable(&self) -> Result<(), Violation> {
        match self.access {
            Access::Writable => Ok(()),
            Access::SetBy(command) => Err(self.refused(Rule::ReadOnly { command })),
        }
    }

    /// The text on the page for a value of the database.
    #[must_use]
    pub fn shown<'a>(&self, value: &'a str) -> &'a str {
        if let ParameterKind::Choice(choices) = self.kind {
            for (own, shown) in choices {
                if *own == value {
                    return shown;
                }
            }
        }
        value
    }

    fn refused(&self, rule: Rule) -> Violation {
        Violation::new("Enterprise Parameters", self.label, rule)
    }
}

#[cfg(test)]
mod tests;
