//! Schemas of texts: how long they are and which characters they take, as the directory has it.

use serde_json::Value;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

/// What no text has.
const NO_CONTROL: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F]*$";

fn string(about: &str, pattern: &str, least: usize, most: usize) -> RefOr<Schema> {
    let builder = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(about))
        .pattern(Some(pattern))
        .min_length((least > 0).then_some(least))
        .max_length(Some(most));
    builder.build().into()
}

/// The same, or null.
pub(super) fn optional(of: RefOr<Schema>) -> RefOr<Schema> {
    match of {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = SchemaType::Array(vec![Type::String, Type::Null]);
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

/// A list of these.
pub(super) fn list(of: RefOr<Schema>, least: usize, most: usize) -> RefOr<Schema> {
    let about = format!("{least} to {most} of these.");
    let builder = ArrayBuilder::new().items(of).max_items(Some(most)).description(Some(about));
    let builder = if least > 0 { builder.min_items(Some(least)) } else { builder };
    RefOr::T(Schema::Array(builder.build()))
}

/// One of some words.
pub(super) fn choice<T: ToString>(all: impl IntoIterator<Item = T>) -> RefOr<Schema> {
    let values = all.into_iter().map(|one| Value::String(one.to_string())).collect::<Vec<_>>();
    let builder =
        ObjectBuilder::new().schema_type(Type::String).description(Some("One of these.")).enum_values(Some(values));
    builder.build().into()
}

pub(super) fn text<const MOST: usize>() -> RefOr<Schema> {
    string(&format!("At most {MOST} visible characters and spaces."), NO_CONTROL, 0, MOST)
}

/// A new password.
pub(super) fn secret() -> RefOr<Schema> {
    let schema = optional(string("A new one, in no answer.", NO_CONTROL, 8, 128));
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.write_only = Some(true);
            RefOr::T(Schema::Object(object))
        }
        other => other,
    }
}

pub(super) fn device_name() -> RefOr<Schema> {
    string("The name of a phone.", "^[A-Za-z0-9_-][A-Za-z0-9._-]*$", 1, 128)
}

pub(super) fn user_id() -> RefOr<Schema> {
    let pattern = "^[^\\s\\u0000-\\u001F\\u007F-\\u009F\"<>&:;,/\\\\?%]+$";
    string("The User ID of an end user.", pattern, 1, 128)
}

pub(super) fn number() -> RefOr<Schema> {
    string("A directory number: what is dialled.", "^\\+?[0-9*#A-D]+$", 1, 50)
}

pub(super) fn node_name() -> RefOr<Schema> {
    string("The name of a node.", "^[A-Za-z0-9._-]+$", 1, 255)
}

pub(super) fn host() -> RefOr<Schema> {
    string("A host name or an IP address.", "^[A-Za-z0-9._:-]+$", 1, 255)
}

pub(super) fn subject_name() -> RefOr<Schema> {
    string("A name that a certificate carries.", "^[^\\s\\u0000-\\u001F\\u007F-\\u009F,]+$", 1, 253)
}

fn visible(about: &str, most: usize) -> RefOr<Schema> {
    let one = "[^\\s\\u0000-\\u001F\\u007F-\\u009F\"<>&\\\\%]";
    let inner = "[^\\u0000-\\u001F\\u007F-\\u009F\"<>&\\\\%]";
    string(about, &format!("^{one}({inner}*{one})?$"), 1, most)
}

pub(super) fn profile_name() -> RefOr<Schema> {
    visible("The name of a phone security profile.", 64)
}

pub(super) fn pool_name() -> RefOr<Schema> {
    visible("The name of a device pool.", 50)
}

pub(super) fn group_name() -> RefOr<Schema> {
    visible("The name of a CallManager group.", 128)
}
