//! Migrations: numbered SQL files, each applied once, all of a start in one transaction.
//!
//! The database keeps the checksum of each. A database that went through a migration which this
//! program does not know, or knows with another text, is refused rather than guessed at.

use crate::error::StoreError;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

struct Migration {
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_directory", sql: include_str!("migrations/0001_directory.sql") },
    Migration { name: "0002_running", sql: include_str!("migrations/0002_running.sql") },
    Migration { name: "0003_authorization", sql: include_str!("migrations/0003_authorization.sql") },
    Migration { name: "0004_calls", sql: include_str!("migrations/0004_calls.sql") },
    Migration { name: "0005_restart_taken", sql: include_str!("migrations/0005_restart_taken.sql") },
    Migration { name: "0006_api", sql: include_str!("migrations/0006_api.sql") },
    Migration { name: "0007_read_only_group", sql: include_str!("migrations/0007_read_only_group.sql") },
    Migration { name: "0008_services", sql: include_str!("migrations/0008_services.sql") },
    Migration { name: "0009_ssh_keys", sql: include_str!("migrations/0009_ssh_keys.sql") },
];

/// Brings the database to the schema of this program. Two processes may do so at once.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if applied(connection)? == Some(MIGRATIONS.len()) {
        return check(connection, MIGRATIONS);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    apply(&transaction, MIGRATIONS)?;
    transaction.commit()?;
    Ok(())
}

fn applied(connection: &Connection) -> Result<Option<usize>, StoreError> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'migration'";
    if connection.query_row(table, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    Ok(Some(connection.query_row("SELECT count(*) FROM migration", [], |row| row.get(0))?))
}

fn apply(connection: &Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (
             name TEXT PRIMARY KEY, checksum BLOB NOT NULL, position INTEGER NOT NULL UNIQUE) STRICT",
    )?;
    check(connection, migrations)?;
    let done = applied(connection)?.unwrap_or(0);
    for (position, migration) in migrations.iter().enumerate().skip(done) {
        connection.execute_batch(migration.sql)?;
        let insert = "INSERT INTO migration (name, checksum, position) VALUES (?, ?, ?)";
        connection.execute(insert, params![migration.name, migration.checksum(), position])?;
    }
    Ok(())
}

fn check(connection: &Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT name, checksum FROM migration ORDER BY position")?;
    let mut rows = statement.query([])?;
    let mut known = migrations.iter();
    while let Some(row) = rows.next()? {
        let (name, checksum): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let Some(migration) = known.next() else {
            return Err(StoreError::Newer { migration: name });
        };
        if migration.name != name || migration.checksum() != checksum {
            return Err(StoreError::Altered { migration: name });
        }
    }
    Ok(())
}

impl Migration {
    fn checksum(&self) -> Vec<u8> {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.sql.as_bytes());
        digest.as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration { name: "1", sql: "CREATE TABLE a (x) " };
    const SECOND: Migration = Migration { name: "2", sql: "CREATE TABLE b (x) " };
    const SECOND_ALTERED: Migration = Migration { name: "2", sql: "CREATE TABLE c (x)" };

    #[test]
    fn an_empty_database_gets_the_whole_schema_and_keeps_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(applied(&connection).unwrap(), Some(MIGRATIONS.len()));
    }

    #[test]
    fn only_what_is_missing_is_applied() {
        let connection = Connection::open_in_memory().unwrap();
        apply(&connection, &[FIRST]).unwrap();
        connection.execute_batch("INSERT INTO a VALUES (7)").unwrap();
        apply(&connection, &[FIRST, SECOND]).unwrap();
        let kept: i64 = connection.query_row("SELECT x FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 7);
        connection.execute_batch("INSERT INTO b VALUES (7)").unwrap();
    }

    #[test]
    fn a_database_of_a_newer_program_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        apply(&connection, &[FIRST, SECOND]).unwrap();
        let error = apply(&connection, &[FIRST]).unwrap_err();
        assert!(matches!(error, StoreError::Newer { migration } if migration == "2"));
    }

    #[test]
    fn an_altered_migration_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        apply(&connection, &[FIRST, SECOND]).unwrap();
        let error = apply(&connection, &[FIRST, SECOND_ALTERED]).unwrap_err();
        assert!(matches!(error, StoreError::Altered { migration } if migration == "2"));
    }
}
