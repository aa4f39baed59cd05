//! Files of objects: comma-separated values (RFC 4180), a column for each field, named as on the page.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front, and loses it when it is read: what is
//! exported comes back as it was. Our choice: a file has at most 20,000 objects; semicolons between the columns are read too,
//! as spreadsheets write them where the comma is for decimals.

use directory::Directory;

use super::entity::{Entity, all_fields};
use crate::form::{Control, Draft, Field};
use crate::language::Language;

/// Objects of a file.
pub(super) const MOST_ROWS: usize = 20_000;
/// The greatest number of a row of an object's table.
const MOST_TABLE_ROWS: u8 = 200;

/// Why a file is not read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FileError {
    /// It is not UTF-8.
    NotText,
    /// It has no row of names.
    Empty,
    /// A column that no field has.
    UnknownColumn(String),
    /// A column that comes twice.
    RepeatedColumn(String),
    /// The column of the name is missing.
    NoName(&'static str),
    /// It has too many rows.
    TooLong,
    /// A row that is no row: its line, and what is wrong.
    Row(u64, String),
}

/// Objects as a file.
pub(super) fn write<E: Entity>(objects: &[&E], directory: &Directory) -> Result<Vec<u8>, csv::Error> {
    let mut rows: Vec<u8> = objects.iter().flat_map(|object| object.rows()).collect();
    rows.sort_unstable();
    rows.dedup();
    if rows.is_empty() && !E::row_fields(1).is_empty() {
        rows.push(1);
    }
    let fields = columns::<E>(directory, &rows);
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(fields.iter().map(heading))?;
    for object in objects {
        let draft = object.draft(directory);
        writer.write_record(fields.iter().map(|field| guarded(draft.get(&field.name))))?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// The rows of a file: line and texts by field. Columns that are not there are not in the draft.
pub(super) fn read<E: Entity>(octets: &[u8], directory: &Directory) -> Result<Vec<(u64, Draft)>, FileError> {
    let text = std::str::from_utf8(octets).map_err(|_| FileError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| row_error(&error))?.clone();
    let fields = fields_of::<E>(&headings, directory)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| row_error(&error))?;
        if rows.len() == MOST_ROWS {
            return Err(FileError::TooLong);
        }
        let line = record.position().map_or(0, csv::Position::line);
        let mut draft = Draft::default();
        for (field, cell) in fields.iter().zip(&record) {
            draft.set(field.name.clone(), typed(field, cell));
        }
        rows.push((line, draft));
    }
    Ok(rows)
}

/// The fields of the file's columns.
fn fields_of<E: Entity>(headings: &csv::StringRecord, directory: &Directory) -> Result<Vec<Field>, FileError> {
    if headings.iter().all(|heading| heading.trim().is_empty()) {
        return Err(FileError::Empty);
    }
    let known = columns::<E>(directory, &(1..=MOST_TABLE_ROWS).collect::<Vec<_>>());
    let mut fields: Vec<Field> = Vec::new();
    for name in headings {
        let name = name.trim();
        let found = known.iter().find(|field| heading(field).eq_ignore_ascii_case(name));
        let field = found.ok_or_else(|| FileError::UnknownColumn(name.to_owned()))?;
        if fields.iter().any(|other| other.name == field.name) {
            return Err(FileError::RepeatedColumn(name.to_owned()));
        }
        fields.push(field.clone());
    }
    match known.iter().find(|field| field.name == E::KEY) {
        Some(key) if !fields.iter().any(|field| field.name == E::KEY) => Err(FileError::NoName(key.label)),
        _ => Ok(fields),
    }
}

/// The fields that are in files: all but secrets, and what the file of another kind has.
pub(super) fn columns<E: Entity>(directory: &Directory, rows: &[u8]) -> Vec<Field> {
    let mut fields = all_fields::<E>(directory, rows);
    fields.retain(|field| field.control != Control::Secret && !E::NOT_IN_FILES.contains(&&*field.name));
    fields
}

/// Files are the same in every language.
fn heading(field: &Field) -> String {
    field.full_label(Language::English)
}

fn typed(field: &Field, cell: &str) -> String {
    let cell = unguarded(cell.trim());
    if field.control != Control::Check {
        return cell.to_owned();
    }
    let is_true = ["true", "t", "yes", "y", "on", "1"].iter().any(|word| word.eq_ignore_ascii_case(cell));
    is_true.to_string()
}

fn is_risky(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell that no spreadsheet takes for a formula.
fn guarded(text: &str) -> String {
    if is_risky(text) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_risky(rest) => rest,
        _ => text,
    }
}

fn row_error(error: &csv::Error) -> FileError {
    let line = error.position().map_or(0, csv::Position::line);
    let what = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} columns instead of {expected_len}"),
        _ => "the row cannot be read".to_owned(),
    };
    FileError::Row(line, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adm_3_a_formula_is_no_formula_and_comes_back() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+4930", "'+4930"),
            ("-x", "'-x"),
            ("@a", "'@a"),
            ("'=1", "''=1"),
            ("''", "''"),
            ("it's", "it's"),
            ("'hello", "'hello"),
            ("2001", "2001"),
            ("", ""),
        ] {
            assert_eq!(guarded(text), cell);
            assert_eq!(unguarded(cell), text);
        }
    }
}
