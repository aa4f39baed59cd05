//! Table `numplan`.

use super::{content, pkid};
use crate::error::StoreError;
use directory::{CallForward, DirectoryNumber, Line};
use rusqlite::{Connection, Row, params};

const SELECT: &str = "SELECT dnorpattern, description, alertingname, cfadestination, cfbdestination,
    cfnadestination, cfnaduration FROM numplan";

pub(super) fn read(connection: &Connection, number: Option<&str>) -> Result<Vec<Line>, StoreError> {
    let filter = if number.is_some() { "dnorpattern = ?1" } else { "?1 IS NULL" };
    let mut statement = connection.prepare_cached(&format!("{SELECT} WHERE {filter}"))?;
    let mut rows = statement.query([number])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(from_row(row)?);
    }
    Ok(lines)
}

fn from_row(row: &Row<'_>) -> Result<Line, StoreError> {
    let number = |column: usize| -> Result<Option<DirectoryNumber>, StoreError> {
        let text: Option<String> = row.get(column)?;
        content(text.as_deref().map(DirectoryNumber::new).transpose())
    };
    Ok(Line {
        directory_number: content(DirectoryNumber::new(&row.get::<_, String>(0)?))?,
        description: row.get(1)?,
        alerting_name: row.get(2)?,
        forward: CallForward {
            all: number(3)?,
            busy: number(4)?,
            no_answer: number(5)?,
            no_answer_seconds: row.get(6)?,
        },
    })
}

pub(super) fn write(connection: &Connection, line: &Line) -> Result<(), StoreError> {
    let number = line.directory_number.as_str();
    let destination = |to: &Option<DirectoryNumber>| to.as_ref().map(ToString::to_string);
    connection.execute(
        "INSERT INTO numplan (pkid, dnorpattern, description, alertingname, cfadestination,
             cfbdestination, cfnadestination, cfnaduration)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (dnorpattern) DO UPDATE SET description = ?3, alertingname = ?4,
             cfadestination = ?5, cfbdestination = ?6, cfnadestination = ?7, cfnaduration = ?8",
        params![
            pkid(connection, "SELECT pkid FROM numplan WHERE dnorpattern = ?", number)?,
            number,
            line.description,
            line.alerting_name,
            destination(&line.forward.all),
            destination(&line.forward.busy),
            destination(&line.forward.no_answer),
            line.forward.no_answer_seconds,
        ],
    )?;
    Ok(())
}
