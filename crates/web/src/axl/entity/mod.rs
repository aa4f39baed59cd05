//! The objects that are provisioned, each with the same five operations: `add`, `update`, `get`, `remove` and `list`.
//!
//! What an object may be is the directory's to say; here is only what its elements are called. A documented field that we keep
//! nothing of is taken and ignored; one that the object does not have is refused. Our choice: an object keeps its name, so a
//! `newName` is refused; and of the schema's mandatory fields, those are mandatory here that are kept or checked.

mod call_manager_group;
mod description;
mod device_pool;
mod line;
mod lines;
mod phone;
mod security_profile;
pub(super) mod user;

use std::sync::Arc;

use directory::{Directory, Object, ObjectKey, Precondition, RepositoryError};
use soap::Element;

use super::fields::Fields;
use super::identifier::{Identifiers, Kind, braced, returned};
use super::list::{List, only};
use super::refusal::Refusal;
use super::{Axl, Caller};

pub(super) use description::describe;

/// How often a change is tried again that met another one.
const TRIES: usize = 3;

/// What becomes of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// It is a text that has to be there when the object is added.
    Needed,
    /// It is a text.
    Text,
    /// It is of this type of our schema.
    Tree(&'static str),
    /// It is documented, and nothing is kept of it.
    Ignored,
}

/// A field of an object.
pub(super) type Field = (&'static str, Shape);

/// Objects that go before or with another.
pub(super) type Beside = Vec<(Object, Precondition)>;

/// A kind of object of the directory, as its elements say it.
pub(super) trait Entity: Clone + Send + Sync + Sized + 'static {
    /// Its names.
    const KIND: Kind;
    /// Its fields, in their order.
    const FIELDS: &'static [Field];
    /// What a list may be narrowed by.
    const CRITERIA: &'static [&'static str];
    /// What may stand beside the key of a request, without meaning here.
    const BESIDE_KEY: &'static [&'static str] = &[];

    /// A new object of the mandatory fields.
    fn new(fields: &Fields<'_>) -> Result<Self, Refusal>;
    /// Takes over what is said.
    fn change(&mut self, fields: &Fields<'_>) -> Result<(), Refusal>;
    /// What has to be written with it.
    fn beside(&self, _fields: &Fields<'_>, _directory: &Directory) -> Result<Beside, Refusal> {
        Ok(Vec::new())
    }
    /// Its fields as elements, in their order.
    fn element(&self, directory: &Directory) -> Element;
    /// Its name.
    fn key(&self) -> &str;
    /// The object.
    fn into_object(self) -> Object;
    /// The object of a name.
    fn find<'d>(directory: &'d Directory, key: &str) -> Option<&'d Arc<Self>>;
    /// All, in their order.
    fn all(directory: &Directory) -> Vec<&Arc<Self>>;

    /// The key of the directory.
    fn object_key(&self) -> ObjectKey {
        self.clone().into_object().key()
    }
}

/// Carries out an operation on the objects of a kind.
pub(super) async fn run<E: Entity>(
    axl: &Axl,
    caller: &Caller,
    verb: &str,
    element: &Element,
) -> Result<Element, Refusal> {
    match verb {
        "add" => add::<E>(axl, caller, element).await,
        "update" => update::<E>(axl, caller, element).await,
        "get" => get::<E>(axl, element).await,
        "remove" => remove::<E>(axl, caller, element).await,
        "list" => list::<E>(axl, element).await,
        other => Err(Refusal::unknown_operation(other)),
    }
}

/// The fields of a new object.
pub(super) fn fields_of_new<E: Entity>(element: &Element) -> Result<Fields<'_>, Refusal> {
    let outer = Fields::of(element, &[E::KIND.element])?;
    let known: Vec<&str> = E::FIELDS.iter().map(|(name, _)| *name).collect();
    Fields::of(outer.required_element(E::KIND.element)?, &known)
}

/// The fields of a change.
pub(super) fn fields_of_change<E: Entity>(element: &Element) -> Result<Fields<'_>, Refusal> {
    let renamed = new_key::<E>();
    let mut known = vec!["uuid", renamed.as_str()];
    known.extend(E::FIELDS.iter().map(|(name, _)| *name));
    let fields = Fields::of(element, &known)?;
    if fields.element(&renamed).is_some() {
        return Err(Refusal::invalid(format!("{renamed}: a {} keeps its {}", E::KIND.name, E::KIND.key)));
    }
    Ok(fields)
}

/// `newName` of `name`.
fn new_key<E: Entity>() -> String {
    let mut rest = E::KIND.key.chars();
    let first = rest.next().map(|first| first.to_ascii_uppercase()).into_iter();
    "new".chars().chain(first).chain(rest).collect()
}

async fn add<E: Entity>(axl: &Axl, caller: &Caller, element: &Element) -> Result<Element, Refusal> {
    let fields = fields_of_new::<E>(element)?;
    let mut object = E::new(&fields)?;
    object.change(&fields)?;
    let own = object.object_key();
    let mut tries = 0;
    loop {
        let directory = load(axl).await?;
        let mut objects = object.beside(&fields, &directory)?;
        // What the object names comes before it, what names the object behind it.
        let behind = objects.iter().position(|(_, met)| *met != Precondition::Absent).unwrap_or(objects.len());
        objects.insert(behind, (object.clone().into_object(), Precondition::Absent));
        tries += 1;
        match axl.repository.put(&caller.author, objects).await {
            Ok(()) => break,
            Err(error) if tries < TRIES && is_race(&error, &own) => {}
            Err(error) => return Err(Refusal::of_repository(error)),
        }
    }
    let identifiers = Identifiers::read(axl, E::KIND).await?;
    identifiers.of(object.key()).map(returned).ok_or_else(Refusal::unavailable)
}

/// What is not named stays as it is.
async fn update<E: Entity>(axl: &Axl, caller: &Caller, element: &Element) -> Result<Element, Refusal> {
    let fields = fields_of_change::<E>(element)?;
    let mut tries = 0;
    loop {
        let identifiers = Identifiers::read(axl, E::KIND).await?;
        let directory = load(axl).await?;
        let mut object = find::<E>(&directory, identifiers.key_of_request(E::KIND, &fields)?)?;
        let own = object.object_key();
        let version = directory.version(&own).ok_or_else(|| Refusal::not_found(E::KIND.name))?;
        object.change(&fields)?;
        let mut objects = object.beside(&fields, &directory)?;
        let identifier = identifiers.of(object.key());
        objects.push((object.into_object(), Precondition::Version(version)));
        tries += 1;
        match axl.repository.put(&caller.author, objects).await {
            Ok(()) => return identifier.map(returned).ok_or_else(Refusal::unavailable),
            Err(error) if tries < TRIES && is_race(&error, &own) => {}
            Err(error) => return Err(Refusal::of_repository(error)),
        }
    }
}

async fn get<E: Entity>(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = keyed::<E>(element, &["returnedTags"])?;
    let identifiers = Identifiers::read(axl, E::KIND).await?;
    let directory = load(axl).await?;
    let object = find::<E>(&directory, identifiers.key_of_request(E::KIND, &fields)?)?;
    let object = with_identifier(&object, &directory, &identifiers);
    let object = object.ok_or_else(|| Refusal::not_found(E::KIND.name))?;
    Ok(Element::new("return").with(only(object, fields.element("returnedTags"))))
}

async fn remove<E: Entity>(axl: &Axl, caller: &Caller, element: &Element) -> Result<Element, Refusal> {
    let fields = keyed::<E>(element, &[])?;
    let identifiers = Identifiers::read(axl, E::KIND).await?;
    let directory = load(axl).await?;
    let object = find::<E>(&directory, identifiers.key_of_request(E::KIND, &fields)?)?;
    let removing = axl.repository.remove(&caller.author, object.object_key(), Precondition::Present);
    removing.await.map_err(Refusal::of_repository)?;
    identifiers.of(object.key()).map(returned).ok_or_else(Refusal::unavailable)
}

async fn list<E: Entity>(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let list = List::read(element, E::CRITERIA)?;
    let identifiers = Identifiers::read(axl, E::KIND).await?;
    let directory = load(axl).await?;
    let objects = E::all(&directory).into_iter();
    Ok(list.returned(objects.filter_map(|object| with_identifier(object.as_ref(), &directory, &identifiers))))
}

fn keyed<'e, E: Entity>(element: &'e Element, others: &[&str]) -> Result<Fields<'e>, Refusal> {
    let mut known = vec!["uuid", E::KIND.key];
    known.extend_from_slice(E::BESIDE_KEY);
    known.extend_from_slice(others);
    Fields::of(element, &known)
}

fn find<E: Entity>(directory: &Directory, key: &str) -> Result<E, Refusal> {
    E::find(directory, key).map(|object| E::clone(object)).ok_or_else(|| Refusal::not_found(E::KIND.name))
}

fn with_identifier<E: Entity>(object: &E, directory: &Directory, identifiers: &Identifiers) -> Option<Element> {
    Some(object.element(directory).with_attribute("uuid", &braced(identifiers.of(object.key())?)))
}

/// Whether somebody else wrote at the same time what is read anew: never the object that was to be added.
fn is_race(error: &RepositoryError, own: &ObjectKey) -> bool {
    match error {
        RepositoryError::Changed(_) => true,
        RepositoryError::AlreadyExists(key) => key != own,
        _ => false,
    }
}

pub(super) async fn load(axl: &Axl) -> Result<Arc<Directory>, Refusal> {
    axl.repository.load().await.map_err(Refusal::of_repository)
}
