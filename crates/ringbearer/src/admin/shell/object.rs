//! What the verbs on objects have in common: removal, and the page of one object.

use super::{Session, single};
use crate::admin::terminal::Failure;
use directory::{DirectoryRepository, ObjectKey, Precondition, Violation};
use std::str::FromStr;

impl Session<'_> {
    pub(super) async fn unset<N>(&mut self, rest: &str, key: fn(N) -> ObjectKey) -> Result<(), Failure>
    where
        N: FromStr<Err = Violation>,
    {
        let key = key(single(rest)?.parse()?);
        self.store.remove(&self.author, key.clone(), Precondition::Present).await?;
        self.print(&format!("{key} removed.\n")).await
    }

    pub(super) async fn page(&mut self, fields: &[(&str, String)]) -> Result<(), Failure> {
        let width = fields.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
        let text: String = fields
            .iter()
            .map(|(label, value)| {
                format!("{:<width$} {value}", format!("{label}:"), width = width + 1).trim_end().to_owned() + "\n"
            })
            .collect();
        self.print(&text).await
    }
}

/// The refusal of a name that no object has.
pub(super) fn missing(kind: &str, name: &str) -> Failure {
    Failure::Refused(format!("{kind} \"{name}\" does not exist"))
}

/// Names separated by commas.
pub(super) fn names<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

/// A value that may be absent.
pub(super) fn or_none<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "none".into(), ToString::to_string)
}

/// A switch as the pages show it.
pub(super) fn on_off(value: bool) -> String {
    if value { "on" } else { "off" }.into()
}
