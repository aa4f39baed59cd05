//! CallManager groups.

use std::sync::Arc;

use authorization::ApiArea;
use directory::{Directory, Object, ObjectKey, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::{Composed, Resource, Words, text};

/// A CallManager group: the nodes that a phone registers with, highest priority first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct CallManagerGroup {
    /// Name.
    #[schema(schema_with = text::group_name)]
    name: String,
    /// The nodes by name, highest priority first.
    #[schema(schema_with = members)]
    members: Vec<String>,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

fn members() -> RefOr<Schema> {
    text::list(text::node_name(), 1, directory::CallManagerGroup::MOST_MEMBERS)
}

impl Resource for CallManagerGroup {
    type Object = directory::CallManagerGroup;
    const AREA: ApiArea = ApiArea::Groups;
    const WORDS: Words = Words {
        tag: "CallManager groups",
        one: "CallManager group",
        many: "CallManager groups",
        id: "CallManagerGroup",
        ids: "CallManagerGroups",
        about: "A CallManager group says which nodes its phones register with, in order.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] =
        &[("Name", "name"), ("Selected Cisco Unified Communications Managers", "members")];
    const MEMBERS: &'static [&'static str] = &["name"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        directory.groups().into_iter().cloned().collect()
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.group(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::Group(object.name.clone())
    }

    fn represent(object: &Self::Object, _directory: &Directory) -> Self {
        let members = object.members.iter().map(ToString::to_string).collect();
        Self { name: object.name.to_string(), members, version: None }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, _before: Option<&Self::Object>, _directory: &Directory) -> Result<Composed, Violation> {
        let members = self.members.iter().map(|member| member.parse()).collect::<Result<_, _>>()?;
        let name = self.name.parse()?;
        Ok(Composed::only(Object::Group(directory::CallManagerGroup { name, members })))
    }

    fn name_schema() -> RefOr<Schema> {
        text::group_name()
    }
}
