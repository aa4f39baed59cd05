//! Table `processconfig`: a row for each enterprise parameter, set or not.

use super::{content, new_pkid};
use crate::error::StoreError;
use directory::{EnterpriseParameters, PARAMETERS, Parameter};
use rusqlite::{Connection, params};

pub(crate) fn read_parameters(connection: &Connection) -> Result<EnterpriseParameters, StoreError> {
    let mut statement = connection.prepare_cached("SELECT paramname, paramvalue FROM processconfig")?;
    let mut rows = statement.query([])?;
    let mut parameters = EnterpriseParameters::default();
    while let Some(row) = rows.next()? {
        let (name, value): (String, String) = (row.get(0)?, row.get(1)?);
        // A parameter that only a newer program has is kept, and not ours to judge.
        if Parameter::find(&name).is_some() {
            content(parameters.set(&name, &value))?;
        }
    }
    Ok(parameters)
}

/// Gives each parameter a row, so that a query shows the default where nothing was set.
pub(crate) fn write_defaults(connection: &Connection) -> Result<(), StoreError> {
    for parameter in PARAMETERS {
        connection.execute(
            "INSERT INTO processconfig (pkid, paramname, paramvalue) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![new_pkid()?, parameter.name, parameter.default],
        )?;
    }
    Ok(())
}

/// Sets a parameter to a value that was checked.
pub(crate) fn write_parameter(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection.execute("UPDATE processconfig SET paramvalue = ?2 WHERE paramname = ?1", [name, value])?;
    Ok(())
}
