//! The objects that administrators keep in lists, all with the same pages: find, add, copy, edit, delete, import and export.
//!
//! What an object may be is the directory's to say. Here is what its fields are called, how they are typed, and how they become
//! the object. The same fields are the columns of its files. Our choice: an object keeps its name; who wants another one
//! copies it.

mod call_manager_group;
mod device_pool;
mod end_user;
mod expressway_c;
mod line;
mod phone;
mod security_profile;

use std::sync::Arc;

use authorization::Password;
use directory::{DigestSecret, Directory, Object, ObjectKey, Precondition, Version, Violation};

use crate::form::{Draft, Field, Problem, Reader};
use crate::table::Column;

/// The names of a kind of object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// Where its pages are.
    pub(super) path: &'static str,
    /// The menu that the vendor has it in: a key of the catalogues.
    pub(super) menu: &'static str,
    /// One of them: a key of the catalogues.
    pub(super) one: &'static str,
    /// All of them: a key of the catalogues.
    pub(super) many: &'static str,
    /// What they are for: a key of the catalogues.
    pub(super) about: &'static str,
    /// The name of a file of them, without its ending.
    pub(super) file: &'static str,
}

/// Objects that go before and behind another, in the same write.
#[derive(Default)]
pub(super) struct Beside {
    /// What it needs.
    pub(super) before: Vec<(Object, Precondition)>,
    /// What needs it.
    pub(super) behind: Vec<(Object, Precondition)>,
}

/// Secrets that a form sets beside its object. They are in no file.
#[derive(Default)]
pub(super) struct Secrets {
    /// A new password.
    pub(super) password: Option<Password>,
    /// New digest credentials.
    pub(super) digest: Option<DigestSecret>,
}

/// A kind of object, as its pages say it.
pub(super) trait Entity: Clone + PartialEq + Send + Sync + Sized + 'static {
    /// Its names.
    const KIND: Kind;
    /// The columns of its list. The first is its name.
    const COLUMNS: &'static [Column<Self, Directory>];
    /// The field of its name.
    const KEY: &'static str;

    /// Fields that are in no file, because the file of another kind has them.
    const NOT_IN_FILES: &'static [&'static str] = &[];

    /// Its fields, in the order of the page.
    fn fields(directory: &Directory) -> Vec<Field>;
    /// The fields of a row of its table, for those that have one.
    fn row_fields(_row: u8) -> Vec<Field> {
        Vec::new()
    }
    /// The rows that it has.
    fn rows(&self) -> Vec<u8> {
        Vec::new()
    }
    /// The rows that a form offers, when there are already these.
    fn offered_rows(_taken: &[u8]) -> Vec<u8> {
        Vec::new()
    }
    /// What a new page has in its fields.
    fn blank() -> Draft;
    /// What an object has in its fields.
    fn draft(&self, directory: &Directory) -> Draft;
    /// The object that was typed, in the place of one or new.
    fn read(reader: &mut Reader<'_>, before: Option<&Self>) -> Option<Self>;
    /// What has to be written with it.
    ///
    /// # Errors
    /// What the directory refuses.
    fn beside(&self, _draft: &Draft, _directory: &Directory) -> Result<Beside, Violation> {
        Ok(Beside::default())
    }
    /// The object without what goes before it, which the directory does not have yet.
    fn without_new(&self, _directory: &Directory) -> Self {
        self.clone()
    }
    /// The secrets that were typed.
    fn secrets(&self, _reader: &mut Reader<'_>, _directory: &Directory) -> Secrets {
        Secrets::default()
    }

    /// The object.
    fn into_object(self) -> Object;
    /// The object of a name.
    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>>;
    /// All, in their order.
    fn all(directory: &Directory) -> Vec<&Arc<Self>>;

    /// The key of the directory.
    fn key(&self) -> ObjectKey {
        self.clone().into_object().key()
    }

    /// Its version.
    fn version(&self, directory: &Directory) -> Option<Version> {
        directory.version(&self.key())
    }
}

/// The fields of a form or a file: those of the kind, and those of its rows.
pub(super) fn all_fields<E: Entity>(directory: &Directory, rows: &[u8]) -> Vec<Field> {
    let mut fields = E::fields(directory);
    fields.extend(rows.iter().flat_map(|row| E::row_fields(*row)));
    fields
}

/// What is wrong with an object: what was typed, and what the directory says about it.
pub(super) fn checked<E: Entity>(
    draft: &Draft,
    before: Option<&E>,
    directory: &Directory,
    fields: &[Field],
) -> Result<(E, Beside, Secrets), Vec<Problem>> {
    let mut reader = Reader::new(draft);
    let read = E::read(&mut reader, before);
    let secrets = read.as_ref().map(|object| object.secrets(&mut reader, directory));
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let (Some(object), Some(secrets)) = (read, secrets) else {
        return Err(vec![Problem::of("", crate::form::Said::Text("The form cannot be read".into()))]);
    };
    let refused = |violation| vec![Problem::of_violation(violation, fields)];
    let beside = object.beside(draft, directory).map_err(refused)?;
    object.clone().into_object().validate().map_err(refused)?;
    directory.validate_put(&object.without_new(directory).into_object()).map_err(refused)?;
    Ok((object, beside, secrets))
}

/// A choice whose values are their own texts.
fn named(names: impl IntoIterator<Item = impl ToString>) -> Vec<(String, String)> {
    names.into_iter().map(|name| (name.to_string(), name.to_string())).collect()
}

/// The same with nothing as the first.
fn none_or(names: impl IntoIterator<Item = impl ToString>) -> Vec<(String, String)> {
    let mut choices = vec![(String::new(), "(none)".to_owned())];
    choices.extend(named(names));
    choices
}

/// Names as a list.
fn listed(names: impl IntoIterator<Item = impl ToString>, between: &str) -> String {
    names.into_iter().map(|name| name.to_string()).collect::<Vec<_>>().join(between)
}
