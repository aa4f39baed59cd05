//! The one error of this crate: a rule of the configuration that a value would break.

use std::fmt;

/// A refused value: which object, which field (by its label on the page), which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The kind of object, as its page is called.
    pub object: &'static str,
    /// The field by its label on the page.
    pub field: &'static str,
    /// The rule that the value breaks.
    pub rule: Rule,
}

/// The rule that a refused value breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The field may not be empty.
    Required,
    /// The value has more characters than the field takes.
    TooLong {
        /// The most characters that the field takes.
        most: usize,
    },
    /// The value has a character that the field does not take.
    Character {
        /// What the field takes, in words.
        allowed: &'static str,
    },
    /// The number is outside its range.
    OutOfRange {
        /// The smallest value.
        least: u64,
        /// The greatest value.
        most: u64,
    },
    /// The value is none of the choices.
    NotAChoice {
        /// The choices, separated by commas.
        choices: String,
    },
    /// Another field of the same object has a value that excludes this one.
    Conflict {
        /// The other field by its label.
        with: &'static str,
        /// Why the two exclude each other.
        reason: &'static str,
    },
    /// The value names an object that does not exist.
    Unknown {
        /// The name that was given.
        name: String,
    },
    /// Another object has this value already.
    Duplicate {
        /// The value that is taken.
        value: String,
    },
    /// The object is used by others and cannot be deleted.
    InUse {
        /// The kind of the object that uses it.
        by: &'static str,
        /// The name of one that uses it.
        name: String,
    },
    /// The field is changed by a command only.
    ReadOnly {
        /// The command that changes it.
        command: &'static str,
    },
}

impl Violation {
    /// A refusal.
    #[must_use]
    pub fn new(object: &'static str, field: &'static str, rule: Rule) -> Self {
        Self { object, field, rule }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.object, self.field, self.rule)
    }
}

impl std::error::Error for Violation {}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("a value is required"),
            Self::TooLong { most } => write!(f, "at most {most} characters are allowed"),
            Self::Character { allowed } => write!(f, "only {allowed} are allowed"),
            Self::OutOfRange { least, most } => {
                write!(f, "the value must be between {least} and {most}")
            }
            Self::NotAChoice { choices } => write!(f, "the value must be one of: {choices}"),
            Self::Conflict { with, reason } => write!(f, "conflicts with {with}: {reason}"),
            Self::Unknown { name } => write!(f, "\"{name}\" does not exist"),
            Self::Duplicate { value } => write!(f, "\"{value}\" is already in use"),
            Self::InUse { by, name } => write!(f, "in use by {by} \"{name}\""),
            Self::ReadOnly { command } => write!(f, "read-only, changed by: {command}"),
        }
    }
}
