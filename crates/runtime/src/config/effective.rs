//! What a configuration file comes to, each value with where it comes from.

use std::path::Path;

use super::ConfigError;
use super::example::{property, schema, table, text_of};
use super::kind::ConfigFile;
use super::position::Position;

/// What stands for a secret.
const MASK: &str = "\"********\"";

/// Every key with its value, and whether the file or the default says so.
pub(super) fn of<C: ConfigFile>(path: &Path, text: &str) -> Result<String, ConfigError> {
    let effective = text_of(&C::parse(path, text)?);
    let (file, schema) = (table(text), schema::<C>());
    let mut section = "";
    let mut dump = String::new();
    for line in effective.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        }
        let Some((key, _)) = line.split_once(" = ") else {
            dump += line;
            dump.push('\n');
            continue;
        };
        let is_set = file.get(section).and_then(|section| section.get(key)).is_some();
        let place = Position::of_value(text, &format!("{section}.{key}"));
        let source = match (is_set, place) {
            (true, Some((line, _))) => format!("{}:{line}", path.display()),
            (true, None) => path.display().to_string(),
            (false, _) => "default".to_owned(),
        };
        // JSON Schema's word for what is never shown.
        let is_secret = property(&schema, &[section, key]).and_then(|property| property.get("writeOnly")).is_some();
        let shown = if is_secret { format!("{key} = {MASK}") } else { line.to_owned() };
        dump += &format!("{shown:<48} # {source}\n");
    }
    Ok(dump)
}
