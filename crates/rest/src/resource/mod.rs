//! The objects of the directory, each with the same six operations: list, create, read, replace, change and delete.
//!
//! An object keeps its name. Members that are left out of a whole object take the values of a new one; what a merge patch leaves
//! out stays.

mod callmanager_group;
mod create;
mod delete;
mod device_pool;
mod expressway;
mod line;
mod list;
mod node;
mod phone;
mod read;
mod replace;
mod security_profile;
mod text;
mod user;

use std::sync::Arc;

use authorization::ApiArea;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use directory::{Directory, Object, ObjectKey, Precondition, RepositoryError, Version, Violation};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::context::{Context, answer_tagged};
use crate::precondition::etag;
use crate::problem::{FieldError, Kind, Problem};
use crate::route::Route;
use crate::{PREFIX, context};

pub(crate) use node::Ports;
use user::Secrets;

/// How often a change is tried again that met another one at an object beside its own.
const TRIES: usize = 3;

/// What a name has percent-encoded in an address (RFC 3986 §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Objects that are written with their preconditions.
type Written = Vec<(Object, Precondition)>;

/// An object, and what has to be written with it.
struct Composed {
    before: Written,
    object: Object,
    after: Written,
}

impl Composed {
    fn only(object: Object) -> Self {
        Self { before: Vec::new(), object, after: Vec::new() }
    }

    fn with(self, own: Precondition) -> Written {
        let mut objects = self.before;
        objects.push((self.object, own));
        objects.extend(self.after);
        objects
    }
}

/// A kind of object of the directory, as its JSON says it.
trait Resource: Serialize + DeserializeOwned + ToSchema + Clone + Send + Sync + 'static {
    /// The directory's object.
    type Object: Send + Sync + 'static;
    /// What a token needs to change it; its word is that of the address.
    const AREA: ApiArea;
    /// What the document calls a kind, one and many, in words and in names of operations.
    const WORDS: Words;
    /// The fields of the administration page, and the members that hold them.
    const FIELDS: &'static [(&'static str, &'static str)];
    /// What lists can be sorted and narrowed by, the name first.
    const MEMBERS: &'static [&'static str];

    /// All, in the order of their names.
    fn all(directory: &Directory) -> Vec<Arc<Self::Object>>;
    /// The one of a name.
    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>>;
    /// The key of an object.
    fn key(object: &Self::Object) -> ObjectKey;
    /// The object as JSON says it.
    fn represent(object: &Self::Object, directory: &Directory) -> Self;
    /// The name that the JSON says.
    fn name(&self) -> &str;
    /// The version that the JSON says.
    fn version(&mut self) -> &mut Option<u64>;
    /// What is to be written; `before` is what is there.
    fn compose(&self, before: Option<&Self::Object>, directory: &Directory) -> Result<Composed, Violation>;
    /// Secrets that go with it.
    fn secrets(&self) -> Option<user::Given<'_>> {
        None
    }
    /// Whether only the scope `admin` may do this: make `after` of `before`.
    fn is_privileged(_before: Option<&Self::Object>, _after: Option<&Self>) -> bool {
        false
    }
    /// The schema of a name in the address.
    fn name_schema() -> RefOr<Schema>;
}

/// What a kind of object is called.
struct Words {
    tag: &'static str,
    /// `phone`
    one: &'static str,
    /// `phones`
    many: &'static str,
    /// `Phone`
    id: &'static str,
    /// `Phones`
    ids: &'static str,
    /// What it is, in a sentence.
    about: &'static str,
}

/// Every address of the objects.
pub(crate) fn routes() -> Vec<Route> {
    let mut routes = of::<node::Node>();
    routes.extend(of::<security_profile::SecurityProfile>());
    routes.extend(of::<callmanager_group::CallManagerGroup>());
    routes.extend(of::<device_pool::DevicePool>());
    routes.extend(of::<line::Line>());
    routes.extend(of::<user::User>());
    routes.extend(of::<phone::Phone>());
    routes.extend(of::<expressway::Expressway>());
    routes.push(user::revoke_route());
    routes
}

/// The schemas that the addresses refer to.
pub(crate) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut all = Vec::new();
    collect::<node::Node>(&mut all);
    collect::<security_profile::SecurityProfile>(&mut all);
    collect::<callmanager_group::CallManagerGroup>(&mut all);
    collect::<device_pool::DevicePool>(&mut all);
    collect::<line::Line>(&mut all);
    collect::<user::User>(&mut all);
    collect::<user::RevokedTokens>(&mut all);
    collect::<phone::Phone>(&mut all);
    collect::<expressway::Expressway>(&mut all);
    all
}

/// The schemas of which there are merge patches.
pub(crate) fn patched() -> Vec<String> {
    fn name<R: Resource>() -> String {
        <R as ToSchema>::name().into_owned()
    }
    vec![
        name::<node::Node>(),
        name::<security_profile::SecurityProfile>(),
        name::<callmanager_group::CallManagerGroup>(),
        name::<device_pool::DevicePool>(),
        name::<line::Line>(),
        name::<user::User>(),
        name::<phone::Phone>(),
        name::<expressway::Expressway>(),
    ]
}

/// The schema of one of these words.
pub(crate) fn word<T: ToString>(all: impl IntoIterator<Item = T>) -> RefOr<Schema> {
    text::choice(all)
}

/// The schema of a list of some of these words.
pub(crate) fn words<T: ToString>(all: impl IntoIterator<Item = T>) -> RefOr<Schema> {
    text::list(text::choice(all), 0, 32)
}

/// The same, of one at least.
pub(crate) fn words_at_least_one<T: ToString>(all: impl IntoIterator<Item = T>) -> RefOr<Schema> {
    text::list(text::choice(all), 1, 32)
}

fn collect<T: ToSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), <T as utoipa::PartialSchema>::schema()));
    T::schemas(all);
}

fn of<R: Resource>() -> Vec<Route> {
    let (list, read, create) = (list::route::<R>(), read::route::<R>(), create::route::<R>());
    vec![list, create, read, replace::put_route::<R>(), replace::patch_route::<R>(), delete::route::<R>()]
}

fn collection<R: Resource>() -> String {
    format!("/{}", R::AREA.word())
}

fn item<R: Resource>() -> String {
    format!("/{}/{{name}}", R::AREA.word())
}

/// A route of one object.
fn at_item<R: Resource>(route: Route) -> Route {
    let schema = serde_json::to_value(R::name_schema()).unwrap_or_default();
    route.in_path("name", format!("The `{}` of the {}.", R::MEMBERS.first().unwrap_or(&"name"), R::WORDS.one), schema)
}

fn schema_of<R: Resource>() -> serde_json::Value {
    crate::route::schema(&<R as ToSchema>::name())
}

/// Finds the object of the address, with its version.
fn find<R: Resource>(directory: &Directory, name: &str) -> Result<(Arc<R::Object>, Version), Problem> {
    let found = R::find(directory, name).and_then(|object| {
        let version = directory.version(&R::key(&object))?;
        Some((object, version))
    });
    found.ok_or_else(|| {
        let mut name: String = name.chars().take(64).collect();
        name.retain(|character| !character.is_control());
        Problem::not_found(&format!("the {}", R::WORDS.one), &name)
    })
}

/// An object with its version in it.
fn represent<R: Resource>(object: &R::Object, version: Option<Version>, directory: &Directory) -> R {
    let mut representation = R::represent(object, directory);
    *representation.version() = version.map(|version| version.0);
    representation
}

/// The answer to a write: the object as it is now, or as it would be.
async fn written<R: Resource>(context: &Context, name: &str, status: StatusCode) -> Result<Response, Problem> {
    let directory = context.directory().await?;
    let (object, version) = find::<R>(&directory, name)?;
    let representation = represent::<R>(&object, Some(version), &directory);
    let mut response = answer_tagged(status, etag(version), &representation);
    if status == StatusCode::CREATED
        && let Ok(location) = HeaderValue::from_str(&location::<R>(name))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The answer to a write that is only looked at.
fn looked_at<R: Resource>(directory: &Directory, name: &str, objects: Written) -> Result<Response, Problem> {
    directory.check_put(objects.clone()).map_err(|error| Problem::of_repository(error, R::FIELDS))?;
    let mut then = directory.clone();
    for (object, _) in objects {
        then.put(object, Version(u64::MAX));
    }
    let (object, _) = find::<R>(&then, name)?;
    Ok(context::answer(StatusCode::OK, &represent::<R>(&object, None, &then)))
}

fn location<R: Resource>(name: &str) -> String {
    format!("{PREFIX}/{}/{}", R::AREA.word(), utf8_percent_encode(name, SEGMENT))
}

/// Whether somebody else wrote at the same time what is written beside the object.
fn is_race(error: &RepositoryError, own: &ObjectKey) -> bool {
    matches!(error, RepositoryError::Changed(key) | RepositoryError::AlreadyExists(key) if key != own)
}

fn keeps_its_name<R: Resource>(stored: &str, given: &str) -> Result<(), Problem> {
    if stored == given {
        return Ok(());
    }
    let member = R::MEMBERS.first().copied().unwrap_or("name");
    let detail = format!("a {} keeps its {member}: \"{stored}\"", R::WORDS.one);
    let error = FieldError {
        pointer: Some(format!("/{member}")),
        field: None,
        rule: "read-only".into(),
        detail: detail.clone(),
    };
    Err(Problem::new(Kind::RuleViolated, detail).with_error(error))
}

fn privileged<R: Resource>(context: &Context, before: Option<&R::Object>, after: Option<&R>) -> Result<(), Problem> {
    if R::is_privileged(before, after) {
        context.needs(authorization::ApiScope::Admin, "to touch a user who has a role, or a user's roles,")?;
    }
    Ok(())
}

/// Hashes the secrets of an object, which may fail, before anything is written.
async fn secrets<R: Resource>(context: &Context, given: &R) -> Result<Option<Secrets>, Problem> {
    match given.secrets() {
        Some(given) => user::Secrets::prepare(context, given).await.map(Some),
        None => Ok(None),
    }
}
