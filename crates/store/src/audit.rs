//! The audit log: rows are only ever added, and each row's hash covers the row before it, so that a row
//! that was changed or taken out from outside breaks the chain.

use crate::error::StoreError;
use aws_lc_rs::digest::{Context, SHA256};
use directory::{AuditRecord, Author, Surface};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Appends a row.
pub(crate) fn append(connection: &Connection, record: &AuditRecord) -> Result<(), StoreError> {
    let last = "SELECT hash FROM auditlog ORDER BY id DESC LIMIT 1";
    let before: Option<Vec<u8>> = connection.prepare_cached(last)?.query_row([], |row| row.get(0)).optional()?;
    let hash = chain(&before.unwrap_or_default(), record);
    let mut insert = connection.prepare_cached(
        "INSERT INTO auditlog (unixtime, author, surface, action, object, detail, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    insert.execute(params![
        record.unix_time,
        record.author.name,
        record.author.surface.to_string(),
        record.action,
        record.object,
        record.detail,
        hash,
    ])?;
    Ok(())
}

/// The newest rows, newest first.
pub(crate) fn newest(connection: &Connection, most: usize) -> Result<Vec<AuditRecord>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT unixtime, author, surface, action, object, detail FROM auditlog ORDER BY id DESC LIMIT ?",
    )?;
    let rows = statement.query_map([most], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The rows before the one of a number, newest first, each with its number.
pub(crate) fn page(
    connection: &Connection,
    before: Option<u64>,
    most: usize,
) -> Result<Vec<(u64, AuditRecord)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT unixtime, author, surface, action, object, detail, id FROM auditlog
         WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![before, most], |row| Ok((row.get(6)?, from_row(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The number of the first row that does not follow from the one before it.
pub(crate) fn first_break(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let mut statement = connection
        .prepare("SELECT unixtime, author, surface, action, object, detail, hash, id FROM auditlog ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut before = Vec::new();
    while let Some(row) = rows.next()? {
        let hash: Vec<u8> = row.get(6)?;
        if chain(&before, &from_row(row)?) != hash {
            return Ok(Some(row.get(7)?));
        }
        before = hash;
    }
    Ok(None)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AuditRecord> {
    let surface: String = row.get(2)?;
    let surface = match surface.as_str() {
        "cli" => Surface::Cli,
        "web" => Surface::Web,
        "axl" => Surface::Axl,
        "rest" => Surface::Rest,
        _ => Surface::System,
    };
    Ok(AuditRecord {
        unix_time: row.get(0)?,
        author: Author { name: row.get(1)?, surface },
        action: row.get(3)?,
        object: row.get(4)?,
        detail: row.get(5)?,
    })
}

fn chain(before: &[u8], record: &AuditRecord) -> Vec<u8> {
    let mut hash = Context::new(&SHA256);
    let surface = record.author.surface.to_string();
    let texts = [&record.author.name, &surface, &record.action, &record.object, &record.detail];
    hash.update(before);
    hash.update(&record.unix_time.to_be_bytes());
    for text in texts {
        // The length first: two fields cannot pass for others that read the same in a row.
        hash.update(&(text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finish().as_ref().to_vec()
}
