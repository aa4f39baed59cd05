//! End users, with their passwords. A password is hashed before anything is written, and is in no message and no log.
//!
//! Our choice: a group that begins with `Standard ` and is none of ours is one of the vendor's that grants nothing here; any other
//! is refused.

use std::sync::Arc;

use authorization::{Password, PasswordError};
use directory::{Directory, EndUser, Object, PasswordHash, Role, UserId};
use soap::Element;

use super::{Beside, Entity, Field, Shape};
use crate::axl::fields::{Fields, items};
use crate::axl::identifier::{Identifiers, Kind, USER};
use crate::axl::refusal::Refusal;
use crate::axl::{Axl, Caller};
use crate::passwords;

impl Entity for EndUser {
    const KIND: Kind = USER;
    const FIELDS: &'static [Field] = &[
        ("firstName", Shape::Text),
        ("displayName", Shape::Ignored),
        ("middleName", Shape::Ignored),
        ("lastName", Shape::Needed),
        ("userid", Shape::Needed),
        ("password", Shape::Text),
        ("pin", Shape::Ignored),
        ("mailid", Shape::Text),
        ("department", Shape::Ignored),
        ("manager", Shape::Ignored),
        ("userLocale", Shape::Ignored),
        ("associatedDevices", Shape::Tree("AssociatedDevices")),
        ("primaryExtension", Shape::Ignored),
        ("associatedGroups", Shape::Tree("AssociatedGroups")),
        ("enableCti", Shape::Ignored),
        ("digestCredentials", Shape::Text),
        ("phoneProfiles", Shape::Ignored),
        ("defaultProfile", Shape::Ignored),
        ("presenceGroupName", Shape::Needed),
        ("subscribeCallingSearchSpaceName", Shape::Ignored),
        ("homeCluster", Shape::Ignored),
        ("imAndPresenceEnable", Shape::Ignored),
        ("serviceProfile", Shape::Ignored),
        ("telephoneNumber", Shape::Ignored),
    ];
    const CRITERIA: &'static [&'static str] = &["userid", "firstName", "lastName"];

    fn new(fields: &Fields<'_>) -> Result<Self, Refusal> {
        fields.required("lastName")?;
        fields.required("presenceGroupName")?;
        Ok(Self::new(fields.required("userid")?.parse()?))
    }

    fn change(&mut self, fields: &Fields<'_>) -> Result<(), Refusal> {
        fields.copy("firstName", &mut self.first_name)?;
        fields.copy("lastName", &mut self.last_name)?;
        fields.copy("mailid", &mut self.mail)?;
        if let Some(groups) = fields.element("associatedGroups") {
            self.roles = roles(groups)?;
        }
        Ok(())
    }

    /// The phones that gain or lose the user.
    fn beside(&self, fields: &Fields<'_>, directory: &Directory) -> Result<Beside, Refusal> {
        let Some(given) = fields.element("associatedDevices") else { return Ok(Vec::new()) };
        let given = items(given, "device")?.into_iter().map(|device| device.text().trim()).collect::<Vec<_>>();
        if let Some(unknown) = given.iter().find(|name| directory.device(name).is_none()) {
            return Err(Refusal::invalid(format!("associatedDevices: there is no phone {unknown}")));
        }
        Ok(directory.associate(&self.user_id, &given)?)
    }

    fn element(&self, directory: &Directory) -> Element {
        let own = |user: &UserId| user.as_str().eq_ignore_ascii_case(self.user_id.as_str());
        let devices = directory.devices_of_user(self.user_id.as_str()).into_iter();
        let devices = devices.filter(|device| device.associated_users.iter().any(own));
        let device = |name: &str| Element::new("device").with_own_text(name);
        let devices = devices.map(|found| device(found.name.as_str()));
        let groups = self.roles.iter().map(|role| Element::new("userGroup").with_text("name", role.name()));
        Element::new(USER.element)
            .with_text("firstName", self.first_name.as_str())
            .with_text("lastName", self.last_name.as_str())
            .with_text("userid", self.user_id.as_str())
            .with_text("mailid", self.mail.as_str())
            .with(Element::new("associatedDevices").with_all(devices))
            .with(Element::new("associatedGroups").with_all(groups))
    }

    fn key(&self) -> &str {
        self.user_id.as_str()
    }

    fn into_object(self) -> Object {
        Object::User(self)
    }

    fn find<'d>(directory: &'d Directory, key: &str) -> Option<&'d Arc<Self>> {
        directory.user(key)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.users()
    }
}

/// An operation on users: adding and changing take passwords along.
pub(in crate::axl) async fn run(axl: &Axl, caller: &Caller, verb: &str, element: &Element) -> Result<Element, Refusal> {
    let fields = match verb {
        "add" => super::fields_of_new::<EndUser>(element)?,
        "update" => super::fields_of_change::<EndUser>(element)?,
        _ => return super::run::<EndUser>(axl, caller, verb, element).await,
    };
    let digest = secret(&fields, "digestCredentials")?;
    let hash = match secret(&fields, "password")? {
        Some(password) => Some(hash(axl, password).await?),
        None => None,
    };
    let answer = super::run::<EndUser>(axl, caller, verb, element).await?;
    if hash.is_none() && digest.is_none() {
        return Ok(answer);
    }
    let identifiers = Identifiers::read(axl, USER).await?;
    let directory = super::load(axl).await?;
    let user = super::find::<EndUser>(&directory, identifiers.key_of_request(USER, &fields)?)?.user_id;
    if let Some(hash) = hash {
        axl.repository.set_password_hash(&caller.author, &user, hash).await.map_err(Refusal::of_repository)?;
    }
    if let Some(digest) = digest {
        let realm = directory.parameters().sip_station_realm();
        let secret = passwords::digest_secret(&user, realm, digest.expose());
        axl.repository.set_digest_secret(&caller.author, &user, secret).await.map_err(Refusal::of_repository)?;
    }
    Ok(answer)
}

/// A new secret, if there is one. An empty one is none.
fn secret(fields: &Fields<'_>, name: &str) -> Result<Option<Password>, Refusal> {
    let Some(text) = fields.text(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    passwords::check(text).map_err(|reason| Refusal::invalid(format!("{name}: {reason}")))?;
    Ok(Some(Password::new(text.to_owned())))
}

async fn hash(axl: &Axl, password: Password) -> Result<PasswordHash, Refusal> {
    axl.hashes.hash(password).await.map_err(|error| {
        if let PasswordError::Unavailable(reason) = error {
            tracing::error!(reason, "a password cannot be hashed");
        }
        Refusal::unavailable()
    })
}

fn roles(groups: &Element) -> Result<Vec<Role>, Refusal> {
    let mut roles = Vec::new();
    for group in items(groups, "userGroup")? {
        let name = Fields::of(group, &["name", "userRoles"])?.required("name")?;
        match Role::ALL.into_iter().find(|role| role.name().eq_ignore_ascii_case(name)) {
            Some(role) => roles.push(role),
            None if name.starts_with("Standard ") => {}
            None => return Err(Refusal::invalid(format!("associatedGroups: there is no group {name}"))),
        }
    }
    Ok(roles)
}
