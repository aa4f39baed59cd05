//! Functions of texts in the place of SQLite's, whose time grows with the product of two lengths.
//!
//! SQLite looks at the clock between the steps of a query, never inside a function: one call of its `instr`, `replace` or `trim` on two long
//! texts takes minutes, and nothing stops it. These take time in proportion to what they are given.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Error, Result, ffi};
use std::collections::HashSet;

use super::{MOST_VALUE, text};

type Answer = Result<Option<String>>;

/// Adds the functions to a connection.
pub(super) fn add(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("instr", 2, flags, instr)?;
    connection.create_scalar_function("replace", 3, flags, replace)?;
    for arguments in [1, 2] {
        connection.create_scalar_function("trim", arguments, flags, |context| trim(context, true, true))?;
        connection.create_scalar_function("ltrim", arguments, flags, |context| trim(context, true, false))?;
        connection.create_scalar_function("rtrim", arguments, flags, |context| trim(context, false, true))?;
    }
    Ok(())
}

fn instr(context: &Context<'_>) -> Result<Option<i64>> {
    let (Some(whole), Some(part)) = (argument(context, 0), argument(context, 1)) else { return Ok(None) };
    // In characters, from 1; 0 is nowhere.
    let place = whole.find(&part).map_or(0, |at| whole[..at].chars().count() + 1);
    Ok(i64::try_from(place).ok())
}

fn replace(context: &Context<'_>) -> Answer {
    let (Some(whole), Some(part)) = (argument(context, 0), argument(context, 1)) else { return Ok(None) };
    if part.is_empty() {
        return Ok(Some(whole));
    }
    let Some(new) = argument(context, 2) else { return Ok(None) };
    let found = whole.matches(&part).count();
    let length = found.saturating_mul(new.len()).saturating_add(whole.len() - found * part.len());
    if length > MOST_VALUE as usize {
        return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_TOOBIG), None));
    }
    Ok(Some(whole.replace(&part, &new)))
}

fn trim(context: &Context<'_>, left: bool, right: bool) -> Answer {
    let Some(whole) = argument(context, 0) else { return Ok(None) };
    let characters: HashSet<char> = if context.len() > 1 {
        let Some(characters) = argument(context, 1) else { return Ok(None) };
        characters.chars().collect()
    } else {
        HashSet::from([' '])
    };
    let mut rest = whole.as_str();
    if left {
        rest = rest.trim_start_matches(|c| characters.contains(&c));
    }
    if right {
        rest = rest.trim_end_matches(|c| characters.contains(&c));
    }
    Ok(Some(rest.to_owned()))
}

fn argument(context: &Context<'_>, index: usize) -> Option<String> {
    text(context.get_raw(index))
}
