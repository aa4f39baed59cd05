//! Device pools.

use std::sync::Arc;

use authorization::ApiArea;
use directory::{Directory, Object, ObjectKey, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::{Composed, Resource, Words, text};

/// A device pool: what devices at one place have in common.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DevicePool {
    /// Device Pool Name.
    #[schema(schema_with = text::pool_name)]
    name: String,
    /// The CallManager group of its devices.
    #[schema(schema_with = text::group_name)]
    callmanager_group: String,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

impl Resource for DevicePool {
    type Object = directory::DevicePool;
    const AREA: ApiArea = ApiArea::Pools;
    const WORDS: Words = Words {
        tag: "Device pools",
        one: "device pool",
        many: "device pools",
        id: "DevicePool",
        ids: "DevicePools",
        about: "A device pool gives the phones in it their CallManager group.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("Device Pool Name", "name"),
        ("Name", "callmanagerGroup"),
        ("Cisco Unified Communications Manager Group", "callmanagerGroup"),
    ];
    const MEMBERS: &'static [&'static str] = &["name", "callmanagerGroup"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        directory.pools().into_iter().cloned().collect()
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.pool(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::Pool(object.name.clone())
    }

    fn represent(object: &Self::Object, _directory: &Directory) -> Self {
        Self { name: object.name.to_string(), callmanager_group: object.group.to_string(), version: None }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, _before: Option<&Self::Object>, _directory: &Directory) -> Result<Composed, Violation> {
        let (name, group) = (self.name.parse()?, self.callmanager_group.parse()?);
        Ok(Composed::only(Object::Pool(directory::DevicePool { name, group })))
    }

    fn name_schema() -> RefOr<Schema> {
        text::pool_name()
    }
}
