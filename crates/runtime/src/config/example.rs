//! A commented configuration file, made from the documentation of the types that read it, so that it cannot go stale.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kind::{ConfigFile, FileKind};

/// How wide a comment is.
const COLUMNS: usize = 100;

/// The example of a kind of file.
pub(super) fn of<C: ConfigFile>(kind: FileKind) -> String {
    let schema = schema::<C>();
    let every_key = text_of(&merged::<C>(&[C::REQUIRED, C::OPTIONAL]));
    let defaults = table(&text_of(&merged::<C>(&[C::REQUIRED])));
    let required = table(C::REQUIRED);
    let mut example = head(kind);
    let mut section = "";
    for line in every_key.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
            example.push('\n');
            comment(&mut example, description(&schema, &[name]));
            example += &format!("[{name}]\n");
        } else if let Some((key, _)) = line.split_once(" = ") {
            comment(&mut example, description(&schema, &[section, key]));
            choices(&mut example, property(&schema, &[section, key]));
            example += &entry(line, section, key, &required, &defaults);
        }
    }
    example
}

/// The JSON Schema of a kind of file.
pub(super) fn schema<C: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<C>().to_value()
}

/// A key with its description.
pub(super) fn property<'a>(schema: &'a Value, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().try_fold(schema, |value, key| value.get("properties")?.get(key))
}

/// The texts as one file, read as the type that reads it.
fn merged<C: DeserializeOwned>(texts: &[&str]) -> C {
    let mut file = toml::Table::new();
    for text in texts {
        for (section, values) in table(text) {
            let merged = file.entry(section).or_insert_with(|| toml::Table::new().into());
            if let (toml::Value::Table(merged), toml::Value::Table(values)) = (merged, values) {
                merged.extend(values);
            }
        }
    }
    // Cannot panic: the texts are this crate's own, and a test reads each.
    file.try_into().expect("the example's values are of the types that read them")
}

/// As TOML, its keys in the order in which the type names them.
pub(super) fn text_of<C: serde::Serialize>(config: &C) -> String {
    // Cannot panic: a section holds plain values, and the file holds sections.
    toml::to_string(config).expect("a configuration can be written as TOML")
}

pub(super) fn table(text: &str) -> toml::Table {
    // Cannot panic: what comes here has been written by `text_of`, or is this crate's own and read by a test.
    text.parse().expect("the text is TOML")
}

/// What the file says, else its default commented out, else an illustration.
fn entry(line: &str, section: &str, key: &str, required: &toml::Table, defaults: &toml::Table) -> String {
    let value = |file: &toml::Table| file.get(section).and_then(|section| section.get(key)).cloned();
    match (value(required), value(defaults)) {
        (Some(_), _) => format!("{line}\n"),
        (None, Some(default)) => format!("#{key} = {default}\n"),
        (None, None) => format!("# No default.\n#{line}\n"),
    }
}

fn head(kind: FileKind) -> String {
    let name = kind.name();
    format!(
        "# The configuration of `ringbearer {name}`: every key there is. What is commented out shows its default.\n\
         # Paths are relative to this file. After a change: ringbearer config check FILE\n"
    )
}

fn description<'a>(schema: &'a Value, keys: &[&str]) -> &'a str {
    property(schema, keys).and_then(|property| property.get("description")?.as_str()).unwrap_or_default()
}

fn comment(example: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + word.len() >= COLUMNS {
            *example += &line;
            line = String::from("\n#");
        }
        line.push(' ');
        line += word;
    }
    *example += &line;
    example.push('\n');
}

/// The words that an enumeration may be, with what each means.
fn choices(example: &mut String, property: Option<&Value>) {
    let plain = property.and_then(|property| property.get("enum")?.as_array()).into_iter().flatten();
    let words: Vec<&str> = plain.filter_map(Value::as_str).collect();
    if !words.is_empty() {
        comment(example, &format!("One of: {}.", words.join(", ")));
    }
    let described = property.and_then(|property| property.get("oneOf")?.as_array()).into_iter().flatten();
    for choice in described {
        let part = |name| choice.get(name).and_then(Value::as_str).unwrap_or_default();
        comment(example, &format!("\"{}\": {}", part("const"), part("description")));
    }
}

/// An example with every key that is commented out.
#[cfg(test)]
pub(super) fn with_every_key(example: &str) -> String {
    let is_entry = |line: &str| line.starts_with('#') && !line.starts_with("# ") && line != "#";
    let lines = example.lines().map(|line| if is_entry(line) { line.trim_start_matches('#') } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where an example comes from, for errors in it.
#[cfg(test)]
pub(super) fn path() -> &'static std::path::Path {
    std::path::Path::new("example.toml")
}
