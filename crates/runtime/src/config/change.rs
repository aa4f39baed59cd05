//! What differs between two readings of a configuration file.

use super::ConfigFile;
use super::example::{table, text_of};

/// The keys, with their sections, whose values differ.
#[must_use]
pub fn changed_keys<C: ConfigFile>(old: &C, new: &C) -> Vec<String> {
    let (old, new) = (table(&text_of(old)), table(&text_of(new)));
    let mut keys = Vec::new();
    for section in union(&old, &new) {
        let of =
            |file: &toml::Table| file.get(&section).and_then(|values| values.as_table()).cloned().unwrap_or_default();
        let (old, new) = (of(&old), of(&new));
        keys.extend(
            union(&old, &new)
                .into_iter()
                .filter(|key| old.get(key) != new.get(key))
                .map(|key| format!("{section}.{key}")),
        );
    }
    keys
}

fn union(old: &toml::Table, new: &toml::Table) -> Vec<String> {
    let mut keys: Vec<String> = old.keys().chain(new.keys()).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}
