//! End users, with their passwords, and the end of what they hold.
//!
//! A password is hashed before anything is written, and is in no answer. Our choice: whoever touches a user with a role, or
//! gives one, needs the scope `admin`, so that a token which may write users cannot make itself an administrator.

use std::sync::Arc;

use authorization::{ApiArea, ApiScope, Password, PasswordError, RevokeError, UnixTime};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use directory::{Directory, EndUser, Object, ObjectKey, PasswordHash, Role, UserId, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};
use web::passwords;
use zeroize::Zeroizing;

use super::{Composed, Resource, Words, text};
use crate::context::{Context, answer};
use crate::problem::{FieldError, Kind, Problem};
use crate::query::Parameter;
use crate::route::{Route, schema};

/// An end user.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct User {
    /// User ID.
    #[schema(schema_with = text::user_id)]
    user_id: String,
    /// First Name.
    #[serde(default)]
    #[schema(schema_with = text::text::<64>, required = false)]
    first_name: String,
    /// Last Name.
    #[serde(default)]
    #[schema(schema_with = text::text::<64>, required = false)]
    last_name: String,
    /// Mail ID.
    #[serde(default)]
    #[schema(schema_with = text::text::<254>, required = false)]
    mail: String,
    /// Whether the user may sign in. One who may not has no token any more.
    #[serde(default = "active")]
    #[schema(default = true, required = false)]
    active: bool,
    /// What the user may do beyond using its own phones. To change it needs the scope `admin`.
    #[serde(default)]
    #[schema(schema_with = roles, required = false)]
    roles: Vec<String>,
    /// The phones that the user is associated with; those that it owns are not here.
    #[serde(default)]
    #[schema(schema_with = phones, required = false)]
    phones: Vec<String>,
    /// A new password. It is in no answer; the user has to sign in again everywhere.
    #[serde(default, skip_serializing_if = "never_shown")]
    #[schema(schema_with = text::secret, required = false)]
    password: Option<Zeroizing<String>>,
    /// New digest credentials, for phones that register with a password. They are in no answer.
    #[serde(default, skip_serializing_if = "never_shown")]
    #[schema(schema_with = text::secret, required = false)]
    digest_credentials: Option<Zeroizing<String>>,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

/// Whether a secret stays out of an answer: always.
fn never_shown(_: &Option<Zeroizing<String>>) -> bool {
    true
}

fn active() -> bool {
    true
}

fn roles() -> RefOr<Schema> {
    text::list(text::choice(Role::ALL.map(Role::name)), 0, Role::ALL.len())
}

fn phones() -> RefOr<Schema> {
    text::list(text::device_name(), 0, 1000)
}

impl Resource for User {
    type Object = EndUser;
    const AREA: ApiArea = ApiArea::Users;
    const WORDS: Words = Words {
        tag: "End users",
        one: "end user",
        many: "end users",
        id: "User",
        ids: "Users",
        about: "An end user signs in, owns phones, and may have a role.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("User ID", "userId"),
        ("First Name", "firstName"),
        ("Last Name", "lastName"),
        ("Mail ID", "mail"),
        ("Roles", "roles"),
        ("Device Name", "phones"),
        ("Controlled Devices", "phones"),
    ];
    const MEMBERS: &'static [&'static str] = &["userId", "firstName", "lastName", "mail", "active"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        directory.users().into_iter().cloned().collect()
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.user(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::User(object.user_id.clone())
    }

    fn represent(object: &Self::Object, directory: &Directory) -> Self {
        let own = |user: &UserId| user.as_str().eq_ignore_ascii_case(object.user_id.as_str());
        let phones = directory.devices_of_user(object.user_id.as_str()).into_iter();
        let phones = phones.filter(|device| device.associated_users.iter().any(own));
        Self {
            user_id: object.user_id.to_string(),
            first_name: object.first_name.clone(),
            last_name: object.last_name.clone(),
            mail: object.mail.clone(),
            active: object.active,
            roles: object.roles.iter().map(|role| role.name().to_owned()).collect(),
            phones: phones.map(|device| device.name.to_string()).collect(),
            password: None,
            digest_credentials: None,
            version: None,
        }
    }

    fn name(&self) -> &str {
        &self.user_id
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, _before: Option<&Self::Object>, directory: &Directory) -> Result<Composed, Violation> {
        let mut roles = self.roles.iter().map(|name| role(name)).collect::<Result<Vec<_>, _>>()?;
        roles.sort_unstable();
        roles.dedup();
        let user_id = UserId::new(&self.user_id)?;
        let phones: Vec<&str> = self.phones.iter().map(String::as_str).collect();
        let after = directory.associate(&user_id, &phones)?;
        let user = EndUser {
            user_id,
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            mail: self.mail.clone(),
            active: self.active,
            roles,
        };
        Ok(Composed { before: Vec::new(), object: Object::User(user), after })
    }

    fn secrets(&self) -> Option<Given<'_>> {
        let (password, digest) = (self.password.as_ref(), self.digest_credentials.as_ref());
        (password.is_some() || digest.is_some()).then_some(Given { password, digest })
    }

    fn is_privileged(before: Option<&Self::Object>, after: Option<&Self>) -> bool {
        before.is_some_and(|before| !before.roles.is_empty()) || after.is_some_and(|after| !after.roles.is_empty())
    }

    fn name_schema() -> RefOr<Schema> {
        text::user_id()
    }
}

fn role(name: &str) -> Result<Role, Violation> {
    Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| {
        let choices = Role::ALL.map(Role::name).join(", ");
        Violation::new("End User", "Roles", directory::Rule::NotAChoice { choices })
    })
}

/// New secrets as they were given.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    password: Option<&'a Zeroizing<String>>,
    digest: Option<&'a Zeroizing<String>>,
}

impl Given<'_> {
    pub(super) fn check(&self) -> Result<(), Problem> {
        for (member, given) in [("password", self.password), ("digestCredentials", self.digest)] {
            let Some(given) = given else { continue };
            if let Err(reason) = passwords::check(given) {
                let error = FieldError {
                    pointer: Some(format!("/{member}")),
                    field: None,
                    rule: "password".into(),
                    detail: reason.clone(),
                };
                return Err(Problem::new(Kind::RuleViolated, format!("{member}: {reason}")).with_error(error));
            }
        }
        Ok(())
    }
}

/// New secrets, ready to be written.
pub(super) struct Secrets {
    password: Option<PasswordHash>,
    digest: Option<Zeroizing<String>>,
}

impl Secrets {
    pub(super) async fn prepare(context: &Context, given: Given<'_>) -> Result<Self, Problem> {
        given.check()?;
        let password = match given.password {
            Some(password) => Some(hash(context, Password::new(password.to_string())).await?),
            None => None,
        };
        Ok(Self { password, digest: given.digest.cloned() })
    }

    pub(super) async fn write(self, context: &Context, user: &str) -> Result<(), Problem> {
        let user = UserId::new(user).map_err(|violation| Problem::of_violation(&violation, User::FIELDS))?;
        let (repository, author) = (&context.rest.repository, context.author());
        let refused = |error| Problem::of_repository(error, User::FIELDS);
        if let Some(hash) = self.password {
            repository.set_password_hash(&author, &user, hash).await.map_err(refused)?;
        }
        if let Some(digest) = self.digest {
            let directory = context.directory().await?;
            let secret = passwords::digest_secret(&user, directory.parameters().sip_station_realm(), &digest);
            repository.set_digest_secret(&author, &user, secret).await.map_err(refused)?;
        }
        Ok(())
    }
}

async fn hash(context: &Context, password: Password) -> Result<PasswordHash, Problem> {
    context.rest.hashes.hash(password).await.map_err(|error| {
        if let PasswordError::Unavailable(reason) = error {
            tracing::error!(reason, "a password cannot be hashed");
        }
        Problem::unavailable()
    })
}

/// What a revocation ended.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevokedTokens {
    /// The user.
    user_id: String,
    /// How many refresh tokens ended, with the access tokens that came from them and what was registered with those.
    revoked: usize,
}

pub(super) fn revoke_route() -> Route {
    let client = Parameter::new(
        "client_id",
        "Only what was issued to this client.",
        serde_json::json!({ "type": "string", "minLength": 1, "maxLength": 255 }),
    );
    let name = serde_json::to_value(text::user_id()).unwrap_or_default();
    Route::new(Method::POST, "/users/{name}/revoke-tokens", "revokeUserTokens", revoke)
        .about(
            "End users",
            "Revoke what a user holds",
            "Ends the user's OAuth tokens on every node, and the registrations that were made with them. API tokens stay.",
        )
        .for_scope(ApiScope::Control)
        .in_path("name", "The `userId` of the end user.", name)
        .with_query([client])
        .answering(StatusCode::OK, "What ended.", schema("RevokedTokens"))
}

async fn revoke(context: Context) -> Result<Response, Problem> {
    let directory = context.directory().await?;
    let client = context.query.text("client_id", 255)?;
    let now = UnixTime(context.now.unix_seconds);
    let revoked = match context.rest.server.revoke_user(&directory, context.part(0), client, now).await {
        Ok(revoked) => revoked,
        Err(RevokeError::UnknownUser | RevokeError::AnotherClient) => {
            return Err(Problem::new(Kind::NotFound, "the end user does not exist"));
        }
        Err(RevokeError::Repository(error)) => {
            tracing::error!(%error, "a user's tokens cannot be revoked");
            return Err(Problem::unavailable());
        }
    };
    let detail = format!("{} refresh tokens", revoked.families.len());
    context.audit("revoke tokens", format!("End User \"{}\"", revoked.user), &detail).await?;
    let answered = RevokedTokens { user_id: revoked.user, revoked: revoked.families.len() };
    Ok(answer(StatusCode::OK, &answered))
}
