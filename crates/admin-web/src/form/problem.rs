//! What is wrong with a form, in the reader's language.

use directory::{Rule, Violation};

use super::Field;
use crate::language::Language;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The field by its name; empty when it is of none.
    pub field: String,
    /// The field by its label.
    pub label: String,
    /// What is wrong with it.
    pub said: Said,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It breaks a rule of the directory.
    Rule(Rule),
    /// Something else: a key of the catalogues.
    Text(String),
}

impl Said {
    /// The text.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match self {
            Self::Rule(rule) => rule_text(rule, language),
            Self::Text(text) => language.tr(text).to_owned(),
        }
    }
}

impl Problem {
    /// The problem of a field.
    #[must_use]
    pub fn of(field: &str, said: Said) -> Self {
        Self { field: field.to_owned(), label: String::new(), said }
    }

    /// What the directory refuses, at the field that has the label it names.
    #[must_use]
    pub fn of_violation(violation: Violation, fields: &[Field]) -> Self {
        let field = fields.iter().find(|field| field.label == violation.field && field.row.is_none());
        let field = field.map(|field| field.name.to_string()).unwrap_or_default();
        Self { field, label: violation.field.to_owned(), said: Said::Rule(violation.rule) }
    }
}

fn rule_text(rule: &Rule, language: Language) -> String {
    match rule {
        Rule::Required => language.tr("a value is required").to_owned(),
        Rule::TooLong { most } => language.fill("at most {0} characters are allowed", &[most]),
        Rule::Character { allowed } => language.fill("only {0} are allowed", &[&language.tr(allowed)]),
        Rule::OutOfRange { least, most } => language.fill("the value must be between {0} and {1}", &[least, most]),
        Rule::NotAChoice { choices } => language.fill("the value must be one of: {0}", &[choices]),
        Rule::Conflict { with, reason } => {
            language.fill("conflicts with {0}: {1}", &[&language.tr(with), &language.tr(reason)])
        }
        Rule::Unknown { name } => language.fill("\"{0}\" does not exist", &[name]),
        Rule::Duplicate { value } => language.fill("\"{0}\" is already in use", &[value]),
        Rule::InUse { by, name } => language.fill("in use by {0} \"{1}\"", &[&language.tr(by), name]),
        Rule::ReadOnly { command } => language.fill("read-only, changed by: {0}", &[command]),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_in_english_as_the_directory_says_it() {
        let rules = [
            Rule::Required,
            Rule::TooLong { most: 3 },
            Rule::Character { allowed: "digits" },
            Rule::OutOfRange { least: 1, most: 2 },
            Rule::NotAChoice { choices: "a, b".into() },
            Rule::Conflict { with: "Name", reason: "so" },
            Rule::Unknown { name: "x".into() },
            Rule::Duplicate { value: "x".into() },
            Rule::InUse { by: "Phone", name: "x".into() },
            Rule::ReadOnly { command: "x" },
        ];
        for rule in rules {
            assert_eq!(rule_text(&rule, Language::English), rule.to_string());
            assert_ne!(rule_text(&rule, Language::Spanish), rule.to_string(), "{rule:?}");
        }
    }
}
