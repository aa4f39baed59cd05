//! The objects of the directory as rows: a file for each kind, with `read`, `write` and nothing else.
//!
//! `read` takes a name or reads all. `write` replaces an object under its name and keeps its pkid.

mod device;
mod end_user;
mod expressway_c;
mod line;
mod parameter;
mod pool;
mod process_node;
mod security_profile;

pub(crate) use expressway_c::rename as rename_expressway;
pub(crate) use parameter::{read_parameters, write_defaults, write_parameter};

use crate::change::{self, Change, Kind};
use crate::error::StoreError;
use directory::{Contents, DigestSecret, Directory, Object, ObjectKey, UserId, Version};
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::fmt::Display;

/// More changes than these are read as a whole directory.
const MOST_SINGLE_CHANGES: usize = 200;

/// The directory as it is now, from an earlier one when it is near.
pub(crate) fn refresh(connection: &Connection, from: &Directory) -> Result<Directory, StoreError> {
    if from.sequence() == 0 {
        return read_directory(connection);
    }
    let sequence = change::sequence(connection)?;
    let changes = change::since(connection, from.sequence())?;
    if changes.len() > MOST_SINGLE_CHANGES {
        return read_directory(connection);
    }
    let mut next = from.clone();
    for change in &changes {
        apply(connection, &mut next, change)?;
    }
    next.put_sequence(sequence);
    Ok(next)
}

fn apply(connection: &Connection, directory: &mut Directory, change: &Change) -> Result<(), StoreError> {
    if change.kind == Kind::Parameter {
        directory.put_parameters(read_parameters(connection)?);
        return Ok(());
    }
    if change.removed {
        directory.remove(&key(change.kind, &change.name)?);
        return Ok(());
    }
    for object in read(connection, change.kind, Some(&change.name))? {
        directory.put(object, change.version);
    }
    if change.kind == Kind::User {
        for (user, secret) in end_user::read_digest_secrets(connection, Some(&change.name))? {
            directory.put_digest_secret(&user, secret);
        }
    }
    Ok(())
}

fn read_directory(connection: &Connection) -> Result<Directory, StoreError> {
    let kinds =
        [Kind::Node, Kind::Profile, Kind::Group, Kind::Pool, Kind::Line, Kind::User, Kind::Device, Kind::Expressway];
    let versions = read_versions(connection)?;
    let mut objects = Vec::new();
    for kind in kinds {
        for object in read(connection, kind, None)? {
            let name = object.key().name().to_ascii_lowercase();
            let version = versions.get(&(kind.text().to_owned(), name)).copied();
            objects.push((object, version.unwrap_or(Version(0))));
        }
    }
    let cluster: String = connection.query_row("SELECT pkid FROM cluster", [], |row| row.get(0))?;
    let secrets = end_user::read_digest_secrets(connection, None)?;
    Ok(Directory::new(Contents {
        cluster: content(uuid::Uuid::try_parse(&cluster))?,
        sequence: change::sequence(connection)?,
        parameters: read_parameters(connection)?,
        objects,
        digest_secrets: secrets.into_iter().filter_map(present).collect(),
    }))
}

fn present((user, secret): (UserId, Option<DigestSecret>)) -> Option<(UserId, DigestSecret)> {
    secret.map(|secret| (user, secret))
}

fn read_versions(connection: &Connection) -> Result<HashMap<(String, String), Version>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT kind, lower(name), version FROM object")?;
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), Version(row.get(2)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read(connection: &Connection, kind: Kind, name: Option<&str>) -> Result<Vec<Object>, StoreError> {
    fn wrap<T>(rows: Vec<T>, object: fn(T) -> Object) -> Vec<Object> {
        rows.into_iter().map(object).collect()
    }
    Ok(match kind {
        Kind::Node => wrap(process_node::read(connection, name)?, Object::Node),
        Kind::Profile => wrap(security_profile::read(connection, name)?, Object::Profile),
        Kind::Group => wrap(pool::read_groups(connection, name)?, Object::Group),
        Kind::Pool => wrap(pool::read_pools(connection, name)?, Object::Pool),
        Kind::Line => wrap(line::read(connection, name)?, Object::Line),
        Kind::User => wrap(end_user::read(connection, name)?, Object::User),
        Kind::Device => wrap(device::read(connection, name)?, Object::Device),
        Kind::Expressway => wrap(expressway_c::read(connection, name)?, Object::Expressway),
        Kind::Parameter | Kind::Service => Vec::new(),
    })
}

/// Writes an object in the place of its name.
pub(crate) fn write(connection: &Connection, object: &Object) -> Result<(), StoreError> {
    match object {
        Object::Node(node) => process_node::write(connection, node),
        Object::Profile(profile) => security_profile::write(connection, profile),
        Object::Group(group) => pool::write_group(connection, group),
        Object::Pool(pool) => pool::write_pool(connection, pool),
        Object::Line(line) => line::write(connection, line),
        Object::User(user) => end_user::write(connection, user),
        Object::Device(device) => device::write(connection, device),
        Object::Expressway(row) => expressway_c::write(connection, row),
    }
}

/// Deletes an object that nothing uses any more.
pub(crate) fn delete(connection: &Connection, key: &ObjectKey) -> Result<(), StoreError> {
    let statement = match key {
        ObjectKey::Node(_) => "DELETE FROM processnode WHERE name = ?",
        ObjectKey::Profile(_) => "DELETE FROM securityprofile WHERE name = ?",
        ObjectKey::Group(_) => "DELETE FROM callmanagergroup WHERE name = ?",
        ObjectKey::Pool(_) => "DELETE FROM devicepool WHERE name = ?",
        ObjectKey::Line(_) => "DELETE FROM numplan WHERE dnorpattern = ?",
        ObjectKey::User(_) => "DELETE FROM enduser WHERE userid = ?",
        ObjectKey::Device(_) => "DELETE FROM device WHERE name = ?",
        ObjectKey::Expressway(_) => "DELETE FROM expresswaycconfiguration WHERE hostnameorip = ?",
    };
    connection.prepare_cached(statement)?.execute([key.name()])?;
    Ok(())
}

/// The kind of an object in the change feed.
pub(crate) fn kind_of(key: &ObjectKey) -> Kind {
    match key {
        ObjectKey::Node(_) => Kind::Node,
        ObjectKey::Profile(_) => Kind::Profile,
        ObjectKey::Group(_) => Kind::Group,
        ObjectKey::Pool(_) => Kind::Pool,
        ObjectKey::Line(_) => Kind::Line,
        ObjectKey::User(_) => Kind::User,
        ObjectKey::Device(_) => Kind::Device,
        ObjectKey::Expressway(_) => Kind::Expressway,
    }
}

fn key(kind: Kind, name: &str) -> Result<ObjectKey, StoreError> {
    Ok(match kind {
        Kind::Node => ObjectKey::Node(content(name.parse())?),
        Kind::Profile => ObjectKey::Profile(content(name.parse())?),
        Kind::Group => ObjectKey::Group(content(name.parse())?),
        Kind::Pool => ObjectKey::Pool(content(name.parse())?),
        Kind::Line => ObjectKey::Line(content(name.parse())?),
        Kind::User => ObjectKey::User(content(name.parse())?),
        Kind::Device => ObjectKey::Device(content(name.parse())?),
        Kind::Expressway => ObjectKey::Expressway(content(name.parse())?),
        Kind::Parameter | Kind::Service => {
            return Err(StoreError::Content(format!("{name} is no object of the directory")));
        }
    })
}

/// A value of the database that the domain does not take: the database is damaged.
pub(crate) fn content<T, E: Display>(value: Result<T, E>) -> Result<T, StoreError> {
    value.map_err(|error| StoreError::Content(error.to_string()))
}

fn known<T>(value: Option<T>, what: &str) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Content(format!("unknown {what}")))
}

fn boolean(value: &str) -> bool {
    value == "t"
}

fn t_or_f(value: bool) -> &'static str {
    if value { "t" } else { "f" }
}

/// The pkid of the row under a name, or a new one.
fn pkid(connection: &Connection, query: &str, name: &str) -> Result<String, StoreError> {
    let found = connection.prepare_cached(query)?.query_row([name], |row| row.get(0)).optional()?;
    found.map_or_else(new_pkid, Ok)
}

/// A random UUID (RFC 9562 §5.4).
pub(crate) fn new_pkid() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| StoreError::Busy("the system has no random numbers"))?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}
