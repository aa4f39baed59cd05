//! The parameters of an address: those that a route has, each once, and no others.

use axum::extract::Query as Parameters;
use axum::http::Uri;
use serde_json::{Value, json};

use crate::problem::Problem;

/// A parameter as the document describes it.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) description: String,
    pub(crate) schema: Value,
}

impl Parameter {
    pub(crate) fn new(name: &'static str, description: impl Into<String>, schema: Value) -> Self {
        Self { name, description: description.into(), schema }
    }

    /// Whether to only look what would happen.
    pub(crate) fn dry_run() -> Self {
        let description = "Check everything and answer as if it were done, without doing it.";
        Self::new("dry_run", description, json!({ "type": "boolean", "default": false }))
    }

    /// How many items a page has.
    pub(crate) fn limit() -> Self {
        let schema = json!({
            "type": "integer", "minimum": 1, "maximum": crate::page::MOST, "default": crate::page::DEFAULT,
        });
        Self::new("limit", "The most items of the answer.", schema)
    }

    /// Where a page begins.
    pub(crate) fn cursor() -> Self {
        let schema = json!({ "type": "string", "minLength": 1, "maxLength": 2048 });
        Self::new("cursor", "Goes on behind the page that answered with this as its `next`.", schema)
    }
}

/// What an address says behind its question mark.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn read(uri: &Uri, known: &[Parameter]) -> Result<Self, Problem> {
        let Parameters(pairs) = Parameters::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| Problem::parameter("the query", "it cannot be read"))?;
        for (position, (name, _)) in pairs.iter().enumerate() {
            if !known.iter().any(|parameter| parameter.name == name) {
                let names: Vec<_> = known.iter().map(|parameter| parameter.name).collect();
                let known =
                    if names.is_empty() { "there are none".into() } else { format!("there are {}", names.join(", ")) };
                return Err(Problem::parameter(&format!("\"{name}\""), format!("there is no such parameter; {known}")));
            }
            if pairs.iter().take(position).any(|(earlier, _)| earlier == name) {
                return Err(Problem::parameter(name, "it is given twice"));
            }
        }
        Ok(Self(pairs))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A switch; `false` when it is not given.
    pub(crate) fn is_on(&self, name: &str) -> Result<bool, Problem> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Problem::parameter(name, "only true and false are allowed")),
        }
    }

    /// One of some words.
    pub(crate) fn word<'a, T: Copy>(&self, name: &str, words: &'a [(&'a str, T)]) -> Result<Option<T>, Problem> {
        let Some(given) = self.get(name) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| *word == given).map(|(_, value)| *value);
        let all = || words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.map(Some).ok_or_else(|| Problem::parameter(name, format!("the value must be one of: {}", all())))
    }

    /// A number in a range.
    pub(crate) fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Problem> {
        let Some(given) = self.get(name) else { return Ok(None) };
        let number = given.parse().ok().filter(|number| (least..=most).contains(number));
        // `+5` parses and is not a number of JSON.
        let number = number.filter(|_| given.bytes().all(|digit| digit.is_ascii_digit()));
        number
            .map(Some)
            .ok_or_else(|| Problem::parameter(name, format!("the value must be between {least} and {most}")))
    }

    /// A text that is not empty and not too long.
    pub(crate) fn text(&self, name: &str, most: usize) -> Result<Option<&str>, Problem> {
        let Some(given) = self.get(name) else { return Ok(None) };
        if given.is_empty() || given.chars().count() > most {
            return Err(Problem::parameter(name, format!("between 1 and {most} characters are allowed")));
        }
        Ok(Some(given))
    }
}
