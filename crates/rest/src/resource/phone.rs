//! Phones.

use std::sync::Arc;

use authorization::ApiArea;
use directory::{Device, Directory, LineAppearance, Object, ObjectKey, Precondition, Product, UserId, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::node::text_choice;
use super::{Composed, Resource, Words, text};

/// A phone: what registers, under the name that it gives when it does.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Phone {
    /// Device Name.
    #[schema(schema_with = text::device_name)]
    name: String,
    /// Description.
    #[serde(default)]
    #[schema(schema_with = text::text::<128>, required = false)]
    description: String,
    /// Product type.
    #[schema(schema_with = products)]
    product: String,
    /// Device Security Profile.
    #[schema(schema_with = text::profile_name)]
    security_profile: String,
    /// Device Pool.
    #[schema(schema_with = text::pool_name)]
    device_pool: String,
    /// Owner User ID.
    #[serde(default)]
    #[schema(schema_with = user, required = false)]
    owner: Option<String>,
    /// Users who may register it besides its owner.
    #[serde(default)]
    #[schema(schema_with = users, required = false)]
    users: Vec<String>,
    /// Digest User: with whose digest credentials it registers.
    #[serde(default)]
    #[schema(schema_with = user, required = false)]
    digest_user: Option<String>,
    /// What is on its buttons. A directory number that is not there yet is added.
    #[serde(default)]
    #[schema(max_items = 200, required = false)]
    lines: Vec<PhoneLine>,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

/// A directory number on a button.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PhoneLine {
    /// The button, from 1.
    #[schema(minimum = 1, maximum = 200)]
    index: u8,
    /// Directory Number.
    #[schema(schema_with = text::number)]
    directory_number: String,
    /// Line Text Label.
    #[serde(default)]
    #[schema(schema_with = text::text::<50>, required = false)]
    label: String,
    /// Display: the name that the called party sees.
    #[serde(default)]
    #[schema(schema_with = text::text::<50>, required = false)]
    display: String,
    /// Maximum Number of Calls.
    #[serde(default = "max_calls")]
    #[schema(minimum = 1, maximum = 200, default = 4, required = false)]
    max_calls: u8,
    /// Busy Trigger: the number of calls at which a further one finds the line busy.
    #[serde(default = "busy_trigger")]
    #[schema(minimum = 1, maximum = 200, default = 2, required = false)]
    busy_trigger: u8,
}

fn max_calls() -> u8 {
    4
}

fn busy_trigger() -> u8 {
    2
}

fn products() -> RefOr<Schema> {
    text::choice(Product::ALL)
}

fn user() -> RefOr<Schema> {
    text::optional(text::user_id())
}

fn users() -> RefOr<Schema> {
    text::list(text::user_id(), 0, 100)
}

impl PhoneLine {
    fn of(line: &LineAppearance) -> Self {
        Self {
            index: line.index,
            directory_number: line.directory_number.to_string(),
            label: line.label.clone(),
            display: line.display.clone(),
            max_calls: line.max_calls,
            busy_trigger: line.busy_trigger,
        }
    }

    /// A button that had a line before keeps its contact, with which the phone registers.
    fn compose(&self, before: Option<&Device>) -> Result<LineAppearance, Violation> {
        let kept = before.and_then(|device| device.lines.iter().find(|line| line.index == self.index));
        let contact = kept.map_or_else(new_contact, |line| line.contact);
        Ok(LineAppearance {
            index: self.index,
            directory_number: self.directory_number.parse()?,
            contact,
            label: self.label.clone(),
            display: self.display.clone(),
            max_calls: self.max_calls,
            busy_trigger: self.busy_trigger,
        })
    }
}

fn new_contact() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(runtime::random::bytes()).into_uuid()
}

impl Resource for Phone {
    type Object = Device;
    const AREA: ApiArea = ApiArea::Phones;
    const WORDS: Words = Words {
        tag: "Phones",
        one: "phone",
        many: "phones",
        id: "Phone",
        ids: "Phones",
        about: "A phone is a device that registers, with the directory numbers on its buttons.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("Device Name", "name"),
        ("Description", "description"),
        ("Product Type", "product"),
        ("Device Security Profile", "securityProfile"),
        ("Device Pool", "devicePool"),
        ("Owner User ID", "owner"),
        ("Users", "users"),
        ("Digest User", "digestUser"),
        ("Line", "lines"),
        ("Line index", "lines"),
        ("Directory Number", "lines"),
        ("Line Text Label", "lines"),
        ("Display", "lines"),
        ("Maximum Number of Calls", "lines"),
        ("Busy Trigger", "lines"),
    ];
    const MEMBERS: &'static [&'static str] =
        &["name", "description", "product", "securityProfile", "devicePool", "owner", "digestUser"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        directory.devices().into_iter().cloned().collect()
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.device(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::Device(object.name.clone())
    }

    fn represent(object: &Self::Object, _directory: &Directory) -> Self {
        let user = |user: &Option<UserId>| user.as_ref().map(ToString::to_string);
        Self {
            name: object.name.to_string(),
            description: object.description.clone(),
            product: object.product.to_string(),
            security_profile: object.security_profile.to_string(),
            device_pool: object.device_pool.to_string(),
            owner: user(&object.owner),
            users: object.associated_users.iter().map(ToString::to_string).collect(),
            digest_user: user(&object.digest_user),
            lines: object.lines.iter().map(PhoneLine::of).collect(),
            version: None,
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, before: Option<&Self::Object>, directory: &Directory) -> Result<Composed, Violation> {
        let user = |user: &Option<String>| user.as_deref().map(str::parse).transpose();
        let lines = self.lines.iter().map(|line| line.compose(before)).collect::<Result<Vec<_>, _>>()?;
        let device = Device {
            name: self.name.parse()?,
            description: self.description.clone(),
            product: text_choice("Phone", "Product Type", Product::ALL, &self.product)?,
            security_profile: self.security_profile.parse()?,
            device_pool: self.device_pool.parse()?,
            owner: user(&self.owner)?,
            associated_users: self.users.iter().map(|user| user.parse()).collect::<Result<_, _>>()?,
            lines,
            digest_user: user(&self.digest_user)?,
        };
        // A number that is on two buttons is refused by the phone's own rules, not by the second line's.
        device.validate()?;
        let missing = directory.lines_to_add(&device).into_iter();
        let before = missing.map(|line| (Object::Line(line), Precondition::Absent)).collect();
        Ok(Composed { before, object: Object::Device(device), after: Vec::new() })
    }

    fn name_schema() -> RefOr<Schema> {
        text::device_name()
    }
}
