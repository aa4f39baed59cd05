//! Where in a configuration file a key stands.

use toml::de::DeTable;

/// A place in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// The key of the line, with its section.
    pub(super) key: Option<String>,
}

impl Position {
    /// That of an octet. It asks the lines alone, since the file may not parse.
    pub(super) fn at(text: &str, octet: usize) -> Self {
        let before = text.get(..octet).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        let own = text.lines().nth(line - 1).unwrap_or_default();
        let section = text.lines().take(line).filter_map(section).last();
        let key = match (section, own.split_once('=').map(|(key, _)| key.trim())) {
            (Some(section), Some(key)) if is_bare(key) => Some(format!("{section}.{key}")),
            (Some(section), None) => Some(section.to_owned()),
            _ => None,
        };
        Self { line, column, key }
    }

    /// The line and the column of the value of a key, `section.key`; none when the file does not have it.
    pub(super) fn of_value(text: &str, key: &str) -> Option<(usize, usize)> {
        let (section, key) = key.split_once('.')?;
        let file = DeTable::parse(text).ok()?;
        let value = file.get_ref().get(section)?.get_ref().get(key)?;
        let position = Self::at(text, value.span().start);
        Some((position.line, position.column))
    }
}

fn section(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.split(']').next()?;
    is_bare(name).then_some(name)
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
