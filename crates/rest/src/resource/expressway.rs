//! Device > Expressway-C.

use std::sync::Arc;

use authorization::ApiArea;
use directory::{Directory, Object, ObjectKey, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::{Composed, Resource, Words, text};

/// An Expressway-C: whose certificate is let in at the port for mobile and remote access.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Expressway {
    /// Host Name/IP Address.
    #[schema(schema_with = text::host)]
    host: String,
    /// Description.
    #[serde(default)]
    #[schema(schema_with = text::text::<50>, required = false)]
    description: String,
    /// X509 Subject Name / Subject Alternate Name: the names that its certificate may carry.
    #[schema(schema_with = names)]
    subject_names: Vec<String>,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

fn names() -> RefOr<Schema> {
    text::list(text::subject_name(), 1, 64)
}

impl Resource for Expressway {
    type Object = directory::ExpresswayC;
    const AREA: ApiArea = ApiArea::Expressways;
    const WORDS: Words = Words {
        tag: "Expressway-C",
        one: "Expressway-C",
        many: "Expressway-C rows",
        id: "Expressway",
        ids: "Expressways",
        about: "A row of Device > Expressway-C names the certificates that are let in for mobile and remote access.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("Host Name/IP Address", "host"),
        ("Description", "description"),
        ("X509 Subject Name / Subject Alternate Name", "subjectNames"),
    ];
    const MEMBERS: &'static [&'static str] = &["host", "description"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        directory.expressways().into_iter().cloned().collect()
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.expressway(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::Expressway(object.host.clone())
    }

    fn represent(object: &Self::Object, _directory: &Directory) -> Self {
        Self {
            host: object.host.to_string(),
            description: object.description.clone(),
            subject_names: object.names().map(str::to_owned).collect(),
            version: None,
        }
    }

    fn name(&self) -> &str {
        &self.host
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, _before: Option<&Self::Object>, _directory: &Directory) -> Result<Composed, Violation> {
        if self.subject_names.iter().any(|name| name.contains(',') || name.trim() != name || name.is_empty()) {
            let allowed = "names without commas and without spaces around them";
            let field = "X509 Subject Name / Subject Alternate Name";
            return Err(Violation::new("Expressway-C", field, directory::Rule::Character { allowed }));
        }
        Ok(Composed::only(Object::Expressway(directory::ExpresswayC {
            host: self.host.parse()?,
            description: self.description.clone(),
            subject_names: self.subject_names.join(","),
        })))
    }

    fn name_schema() -> RefOr<Schema> {
        text::host()
    }
}
