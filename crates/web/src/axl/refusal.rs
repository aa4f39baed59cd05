//! Why an operation is refused, as the `axlError` that the client gets.
//!
//! The database's codes are those of the vendor's database, and `5007` says that something is not there. Our choice: `5002` for an
//! operation that we do not have, `5003` for parameters that are not in order or break a rule, `5000` when the
//! database does not take or give anything, `5001` for an answer that would be too large.

use directory::{ObjectKey, RepositoryError, Violation};
use soap::axl::AxlError;
use soap::{Fault, FaultCode};

use super::QueryError;

const UNAVAILABLE: i32 = 5000;
const TOO_MUCH: i32 = 5001;
const UNKNOWN_OPERATION: i32 = 5002;
const INVALID: i32 = 5003;

/// A refused operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    by: FaultCode,
    pub(super) code: i32,
    message: String,
}

impl Refusal {
    fn client(code: i32, message: impl Into<String>) -> Self {
        Self { by: FaultCode::Client, code, message: message.into() }
    }

    /// The operation is none of ours.
    pub(super) fn unknown_operation(name: &str) -> Self {
        Self::client(UNKNOWN_OPERATION, format!("The operation {name} is not available."))
    }

    /// The parameters are not in order.
    pub(super) fn invalid(reason: impl Into<String>) -> Self {
        Self::client(INVALID, reason)
    }

    /// There is no such object.
    pub(super) fn not_found(kind: &str) -> Self {
        Self::client(AxlError::NOT_FOUND, format!("Item not valid: The specified {kind} was not found"))
    }

    /// The database cannot be asked.
    pub(super) fn unavailable() -> Self {
        let message = "The database is not available. Try again in a moment.".to_owned();
        Self { by: FaultCode::Server, code: UNAVAILABLE, message }
    }

    /// What the database says about a write.
    pub(super) fn of_repository(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Refused(violation) => Self::invalid(violation.to_string()),
            RepositoryError::NotFound(key) => Self::not_found(kind(&key)),
            RepositoryError::AlreadyExists(key) => Self::client(
                AxlError::DUPLICATE,
                format!("Could not insert new row - duplicate value in a UNIQUE INDEX column ({key})."),
            ),
            RepositoryError::Changed(key) => Self {
                by: FaultCode::Server,
                code: UNAVAILABLE,
                message: format!("{key} was changed at the same time. Try again."),
            },
            RepositoryError::Unavailable(reason) | RepositoryError::Corrupt(reason) => {
                tracing::error!(reason, "an AXL operation failed");
                Self::unavailable()
            }
        }
    }

    /// What the database says about a query, in its own words.
    pub(super) fn of_query(error: QueryError) -> Self {
        match error {
            QueryError::Refused(reason) => Self::client(sql_code(&reason), sql_message(&reason)),
            QueryError::Limit(reason) => Self::client(TOO_MUCH, reason),
            QueryError::Unavailable(reason) => {
                tracing::error!(reason, "an AXL query failed");
                Self::unavailable()
            }
        }
    }

    /// The fault.
    pub(super) fn to_fault(&self, operation: &str) -> Fault {
        let error = AxlError { code: self.code, message: self.message.clone(), request: operation.to_owned() };
        error.to_fault(self.by)
    }
}

/// What is said breaks a rule of the directory.
impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::invalid(violation.to_string())
    }
}

/// The element that names a kind of object.
fn kind(key: &ObjectKey) -> &'static str {
    match key {
        ObjectKey::Expressway(_) => "ExpresswayCConfiguration",
        ObjectKey::Profile(_) => "PhoneSecurityProfile",
        ObjectKey::Node(_) => "ProcessNode",
        ObjectKey::Group(_) => "CallManagerGroup",
        ObjectKey::Pool(_) => "DevicePool",
        ObjectKey::Line(_) => "Line",
        ObjectKey::User(_) => "User",
        other => other.kind(),
    }
}

/// The vendor's code for what our database says.
fn sql_code(reason: &str) -> i32 {
    match reason {
        reason if reason.starts_with("no such table") => AxlError::NO_TABLE,
        reason if reason.starts_with("no such column") => AxlError::NO_COLUMN,
        reason if reason.ends_with("is prohibited") || reason == "not authorized" => AxlError::NO_TABLE,
        _ => AxlError::SQL_SYNTAX,
    }
}

fn sql_message(reason: &str) -> String {
    match sql_code(reason) {
        AxlError::NO_TABLE => {
            // A table that may not be read is none: `access to <table>.<column> is prohibited`.
            let name = reason.strip_prefix("no such table: ").or_else(|| {
                let name = reason.strip_prefix("access to ")?.split_once(' ')?.0;
                Some(name.split_once('.').map_or(name, |(table, _)| table))
            });
            match name {
                Some(name) => format!("The specified table ({name}) is not in the database."),
                None => "The specified table is not in the database.".to_owned(),
            }
        }
        AxlError::NO_COLUMN => {
            let name = reason.strip_prefix("no such column: ").unwrap_or(reason);
            format!("Column ({name}) not found in any table in the query.")
        }
        _ => format!("A syntax error has occurred: {reason}."),
    }
}
