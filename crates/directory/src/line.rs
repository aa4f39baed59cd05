//! A line: a directory number with its forwarding, shared by all devices on which it appears.

use crate::error::{Rule, Violation};
use crate::name::DirectoryNumber;

/// Where calls to a line go instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallForward {
    /// Forward All: at once.
    pub all: Option<DirectoryNumber>,
    /// Forward Busy.
    pub busy: Option<DirectoryNumber>,
    /// Forward No Answer, after [`CallForward::no_answer_seconds`].
    pub no_answer: Option<DirectoryNumber>,
    /// No Answer Ring Duration in seconds.
    pub no_answer_seconds: u16,
}

impl Default for CallForward {
    fn default() -> Self {
        Self { all: None, busy: None, no_answer: None, no_answer_seconds: 12 }
    }
}

/// A directory number and what belongs to it wherever it appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The directory number.
    pub directory_number: DirectoryNumber,
    /// Description.
    pub description: String,
    /// Alerting Name: shown to the caller while the line rings.
    pub alerting_name: String,
    /// Call forward settings.
    pub forward: CallForward,
}

impl Line {
    /// A line that forwards nothing.
    #[must_use]
    pub fn new(directory_number: DirectoryNumber) -> Self {
        Self {
            directory_number,
            description: String::new(),
            alerting_name: String::new(),
            forward: CallForward::default(),
        }
    }

    /// Checks the rules of the page.
    ///
    /// # Errors
    /// The field and the rule.
    pub fn validate(&self) -> Result<(), Violation> {
        const OBJECT: &str = "Directory Number";
        check_text(OBJECT, "Description", &self.description, 200)?;
        check_text(OBJECT, "Alerting Name", &self.alerting_name, 50)?;
        if !(1..=300).contains(&self.forward.no_answer_seconds) {
            let rule = Rule::OutOfRange { least: 1, most: 300 };
            return Err(Violation::new(OBJECT, "No Answer Ring Duration", rule));
        }
        let own = Some(&self.directory_number);
        if self.forward.all.as_ref() == own {
            let rule =
                Rule::Conflict { with: "Directory Number", reason: "a line cannot forward all its calls to itself" };
            return Err(Violation::new(OBJECT, "Forward All", rule));
        }
        Ok(())
    }
}

// Control characters in a text would reach SIP headers, XML and terminals.
pub(crate) fn check_text(object: &'static str, field: &'static str, value: &str, most: usize) -> Result<(), Violation> {
    let rule = if value.chars().count() > most {
        Rule::TooLong { most }
    } else if value.chars().any(char::is_control) {
        Rule::Character { allowed: "visible characters and spaces" }
    } else {
        return Ok(());
    };
    Err(Violation::new(object, field, rule))
}
