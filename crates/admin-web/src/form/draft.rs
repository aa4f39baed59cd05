//! What was typed, and reading it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use directory::{Rule, Violation};

use super::{Control, Field, Problem, Said};
use crate::submission::Submission;

/// Texts by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft(BTreeMap<String, String>);

impl Draft {
    /// The text of a field; empty when there is none.
    #[must_use]
    pub fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// Sets the text of a field.
    pub fn set(&mut self, field: impl Into<String>, value: impl Display) {
        self.0.insert(field.into(), value.to_string());
    }

    /// The same with the text of a field.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Display) -> Self {
        self.set(field, value);
        self
    }

    /// The fields that have a text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What a form sent. A box that is not checked is not sent. Texts lose the space around them; secrets do not.
    #[must_use]
    pub fn of_form(form: &Submission, fields: &[Field]) -> Self {
        let mut draft = Self::default();
        for field in fields {
            match field.control {
                Control::Check => draft.set(field.name.clone(), form.has(&field.name)),
                Control::Secret => draft.set(field.name.clone(), form.text(&field.name)),
                _ => draft.set(field.name.clone(), form.text(&field.name).trim()),
            }
        }
        draft
    }
}

/// Makes values of what was typed, and notes what is wrong.
#[derive(Debug)]
pub struct Reader<'d> {
    draft: &'d Draft,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
}

impl<'d> Reader<'d> {
    /// A reader of a draft.
    #[must_use]
    pub fn new(draft: &'d Draft) -> Self {
        Self { draft, problems: Vec::new() }
    }

    /// The draft.
    #[must_use]
    pub fn draft(&self) -> &'d Draft {
        self.draft
    }

    /// The text of a field.
    #[must_use]
    pub fn text(&self, field: &str) -> String {
        self.draft.get(field).to_owned()
    }

    /// A name that has to be given.
    pub fn name<T: FromStr<Err = Violation>>(&mut self, field: &str) -> Option<T> {
        match self.draft.get(field).parse() {
            Ok(name) => Some(name),
            Err(violation) => self.refuse(field, Said::Rule(violation.rule)),
        }
    }

    /// A name that may be left out.
    pub fn optional<T: FromStr<Err = Violation>>(&mut self, field: &str) -> Option<Option<T>> {
        if self.draft.get(field).is_empty() {
            return Some(None);
        }
        self.name(field).map(Some)
    }

    /// Names, separated by commas, semicolons, spaces or ends of lines.
    pub fn names<T: FromStr<Err = Violation>>(&mut self, field: &str) -> Option<Vec<T>> {
        let mut names = Vec::new();
        for name in separate(self.draft.get(field)) {
            match name.parse::<T>() {
                Ok(name) => names.push(name),
                Err(violation) => return self.refuse(field, Said::Rule(violation.rule)),
            }
        }
        Some(names)
    }

    /// A number.
    pub fn number<T: TryFrom<u64>>(&mut self, field: &str, (least, most): (u64, u64)) -> Option<T> {
        let number = self.draft.get(field).parse::<u64>().ok().filter(|number| (least..=most).contains(number));
        match number.and_then(|number| T::try_from(number).ok()) {
            Some(number) => Some(number),
            None => self.refuse(field, Said::Rule(Rule::OutOfRange { least, most })),
        }
    }

    /// Whether a box is checked.
    #[must_use]
    pub fn is_checked(&self, field: &str) -> bool {
        self.draft.get(field) == "true"
    }

    /// One of these, by its text in any case.
    pub fn choice<T: Copy + Display>(&mut self, field: &str, choices: &[T]) -> Option<T> {
        let typed = self.draft.get(field);
        let found = choices.iter().find(|choice| choice.to_string().eq_ignore_ascii_case(typed));
        if found.is_none() {
            let choices = choices.iter().map(T::to_string).collect::<Vec<_>>().join(", ");
            return self.refuse(field, Said::Rule(Rule::NotAChoice { choices }));
        }
        found.copied()
    }

    /// Notes what is wrong with a field.
    pub fn refuse<T>(&mut self, field: &str, said: Said) -> Option<T> {
        self.problems.push(Problem::of(field, said));
        None
    }
}

/// The names of a list.
pub fn separate(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|name| !name.is_empty())
}
