//! `run sql`: queries on the cluster database that can neither write nor reach a secret.
//!
//! Each query gets a read-only connection of its own. SQLite's authorizer is asked about every table and
//! function while the query is compiled, and knows only an allow-list of whole tables: secrets are in
//! other tables. (The authorizer's "accessor" must not be trusted for that: a common table expression
//! with the name of a view passes for the view.) Limits bound the time, the rows and the memory.
//!
//! The time is bounded between the steps of a query; so values are short and every function takes time in proportion to them.
//!
//! Our choice: of the vendor's dialect, `SELECT [SKIP n] [FIRST n]` is understood.

mod functions;

use crate::connection::open_reader;
use crate::error::StoreError;
use crate::store::Store;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Statement};
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

/// The most bytes of a value.
const MOST_VALUE: i32 = 64 * 1024;
/// The most bytes of a pattern of `LIKE` and `GLOB`, which takes a value's bytes times its own.
const MOST_PATTERN: i32 = 64;
/// The most bytes of a query.
const MOST_SQL: usize = 16 * 1024;
/// The most rows of an answer.
const MOST_ROWS: usize = 100_000;
/// The most bytes of an answer.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The longest time.
const MOST_TIME: Duration = Duration::from_secs(5);

/// The tables that queries may read, none of which has a secret in any column.
const TABLES: &[&str] = &[
    "calldetailrecord",
    "callmanager",
    "callmanagergroup",
    "callmanagergroupmember",
    "device",
    "devicelocation",
    "devicenumplanmap",
    "devicepool",
    "dirgroup",
    "enduser",
    "enduserdevicemap",
    "enduserdirgroupmap",
    "expresswaycconfiguration",
    "expresswayconfiguration",
    "nodelease",
    "noderunning",
    "numplan",
    "processconfig",
    "processnode",
    "refreshtokendetails",
    "securityprofile",
    "typedevicesecuritymode",
    "typemodel",
    "typenodeusage",
    "typetransport",
];

/// The functions that queries may call: none reads files, loads code or makes large values.
const FUNCTIONS: &[&str] = &[
    "abs",
    "avg",
    "coalesce",
    "count",
    "date",
    "datetime",
    "glob",
    "group_concat",
    "ifnull",
    "iif",
    "instr",
    "length",
    "like",
    "lower",
    "ltrim",
    "max",
    "min",
    "nullif",
    "replace",
    "round",
    "rtrim",
    "strftime",
    "substr",
    "substring",
    "sum",
    "total",
    "trim",
    "upper",
];

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows; none is SQL's NULL.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Why a query has no answer.
#[derive(Debug)]
pub enum SqlError {
    /// The query does not compile, or asks for what it may not: SQLite's or our words.
    Refused(String),
    /// The query takes too long, or answers with too much.
    Limit(&'static str),
    /// The database does not answer.
    Store(StoreError),
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => f.write_str(reason),
            Self::Limit(what) => write!(f, "the query was stopped: {what}"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SqlError {}

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::OperationInterrupted) => Self::Limit("it took too long"),
            Some(Code::TooBig | Code::OutOfMemory) => Self::Limit("a value is too large"),
            Some(Code::AuthorizationForStatementDenied | Code::ReadOnly) => Self::Refused(refusal(&error)),
            Some(Code::DatabaseBusy | Code::SystemIoFailure | Code::CannotOpen | Code::DatabaseCorrupt) => {
                Self::Store(error.into())
            }
            _ => Self::Refused(refusal(&error)),
        }
    }
}

/// SQLite's words without its number.
fn refusal(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

impl Store {
    /// Runs one query of an administrator.
    ///
    /// # Errors
    /// The query is wrong, asks for what it may not, or for too much.
    pub async fn run_sql(&self, sql: &str) -> Result<Table, SqlError> {
        let (path, sql) = (self.path().to_owned(), sql.to_owned());
        let run = tokio::task::spawn_blocking(move || run(&path, &sql));
        run.await.map_err(|_| SqlError::Store(StoreError::Busy("the query was given up")))?
    }
}

fn run(path: &Path, sql: &str) -> Result<Table, SqlError> {
    if sql.len() > MOST_SQL {
        return Err(SqlError::Limit("it is too long"));
    }
    // SQLite stops reading at a NUL, and would not see what is behind it.
    if sql.contains('\0') {
        return Err(SqlError::Refused("a query has no NUL".into()));
    }
    let connection = restricted(path)?;
    let sql = translate(sql);
    let mut batch = Batch::new(&connection, &sql);
    let Some(mut statement) = batch.next()? else {
        return Err(SqlError::Refused("there is no query".into()));
    };
    if !matches!(batch.next(), Ok(None)) {
        return Err(SqlError::Refused("one query at a time".into()));
    }
    if !statement.readonly() || statement.is_explain() != 0 || statement.column_count() == 0 {
        return Err(SqlError::Refused("only queries are allowed".into()));
    }
    answer(&mut statement)
}

fn restricted(path: &Path) -> Result<Connection, SqlError> {
    let mut connection = open_reader(path).map_err(SqlError::Store)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_VALUE)?;
    connection.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, 100)?;
    connection.set_limit(Limit::SQLITE_LIMIT_COMPOUND_SELECT, 20)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MOST_PATTERN)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    functions::add(&connection)?;
    connection.authorizer(Some(authorize))?;
    let deadline = Instant::now() + MOST_TIME;
    connection.progress_handler(1000, Some(move || Instant::now() > deadline))?;
    Ok(connection)
}

fn authorize(context: AuthContext<'_>) -> Authorization {
    let own_database = context.database_name.is_none_or(|name| name == "main");
    let allowed = match context.action {
        AuthAction::Select => true,
        AuthAction::Read { table_name, .. } => own_database && TABLES.contains(&table_name),
        AuthAction::Function { function_name } => FUNCTIONS.iter().any(|f| f.eq_ignore_ascii_case(function_name)),
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

fn answer(statement: &mut Statement<'_>) -> Result<Table, SqlError> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let mut table = Table { columns, rows: Vec::new() };
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(table.columns.len());
        for column in 0..table.columns.len() {
            let value = text(row.get_ref(column)?);
            bytes += value.as_ref().map_or(0, String::len) + size_of::<Option<String>>();
            values.push(value);
        }
        table.rows.push(values);
        if table.rows.len() > MOST_ROWS || bytes > MOST_BYTES {
            return Err(SqlError::Limit("the answer has too many rows"));
        }
    }
    Ok(table)
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}

/// Turns `SELECT [SKIP n] [FIRST n] …` into `SELECT … LIMIT n OFFSET n`.
fn translate(sql: &str) -> String {
    let sql = sql.trim().trim_end_matches(';').trim_end();
    let Some(mut rest) = after_word(sql, "select") else {
        return sql.to_owned();
    };
    let (mut skip, mut first) = (None, None);
    for (word, count) in [("skip", &mut skip), ("first", &mut first)] {
        if let Some((number, behind)) = after_word(rest, word).and_then(number) {
            *count = Some(number);
            rest = behind;
        }
    }
    match (first, skip) {
        (None, None) => sql.to_owned(),
        (first, skip) => {
            // SQLite has OFFSET with LIMIT only; -1 is no limit.
            let limit = first.map_or(-1, i64::from);
            format!("SELECT {rest} LIMIT {limit} OFFSET {}", skip.unwrap_or(0))
        }
    }
}

fn after_word<'a>(sql: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = sql.split_at_checked(word.len())?;
    let ends = rest.starts_with(char::is_whitespace);
    (ends && head.eq_ignore_ascii_case(word)).then(|| rest.trim_start())
}

fn number(sql: &str) -> Option<(u32, &str)> {
    let (digits, rest) = sql.split_once(char::is_whitespace)?;
    Some((digits.parse().ok()?, rest.trim_start()))
}

#[cfg(test)]
mod tests;
