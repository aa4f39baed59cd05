//! Directory numbers.

use std::sync::Arc;

use authorization::ApiArea;
use directory::{CallForward, Directory, DirectoryNumber, Object, ObjectKey, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::{Composed, Resource, Words, text};

/// A directory number, with its forwarding.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Line {
    /// Directory Number.
    #[schema(schema_with = text::number)]
    directory_number: String,
    /// Description.
    #[serde(default)]
    #[schema(schema_with = text::text::<200>, required = false)]
    description: String,
    /// Alerting Name: shown to the caller while the line rings.
    #[serde(default)]
    #[schema(schema_with = text::text::<50>, required = false)]
    alerting_name: String,
    /// Forward All: where every call goes at once.
    #[serde(default)]
    #[schema(schema_with = forward, required = false)]
    forward_all: Option<String>,
    /// Forward Busy.
    #[serde(default)]
    #[schema(schema_with = forward, required = false)]
    forward_busy: Option<String>,
    /// Forward No Answer.
    #[serde(default)]
    #[schema(schema_with = forward, required = false)]
    forward_no_answer: Option<String>,
    /// No Answer Ring Duration.
    #[serde(default = "no_answer_seconds")]
    #[schema(minimum = 1, maximum = 300, default = 12, required = false)]
    no_answer_seconds: u16,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

fn forward() -> RefOr<Schema> {
    text::optional(text::number())
}

fn no_answer_seconds() -> u16 {
    CallForward::default().no_answer_seconds
}

impl Resource for Line {
    type Object = directory::Line;
    const AREA: ApiArea = ApiArea::Lines;
    const WORDS: Words = Words {
        tag: "Directory numbers",
        one: "directory number",
        many: "directory numbers",
        id: "Line",
        ids: "Lines",
        about: "A directory number is what is dialled; it rings on every phone on whose buttons it is.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("Directory Number", "directoryNumber"),
        ("Description", "description"),
        ("Alerting Name", "alertingName"),
        ("Forward All", "forwardAll"),
        ("No Answer Ring Duration", "noAnswerSeconds"),
    ];
    const MEMBERS: &'static [&'static str] = &["directoryNumber", "description", "alertingName", "forwardAll"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        directory.lines().into_iter().cloned().collect()
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.line(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::Line(object.directory_number.clone())
    }

    fn represent(object: &Self::Object, _directory: &Directory) -> Self {
        let number = |number: &Option<DirectoryNumber>| number.as_ref().map(ToString::to_string);
        Self {
            directory_number: object.directory_number.to_string(),
            description: object.description.clone(),
            alerting_name: object.alerting_name.clone(),
            forward_all: number(&object.forward.all),
            forward_busy: number(&object.forward.busy),
            forward_no_answer: number(&object.forward.no_answer),
            no_answer_seconds: object.forward.no_answer_seconds,
            version: None,
        }
    }

    fn name(&self) -> &str {
        &self.directory_number
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, _before: Option<&Self::Object>, _directory: &Directory) -> Result<Composed, Violation> {
        let number = |number: &Option<String>| number.as_deref().map(str::parse).transpose();
        Ok(Composed::only(Object::Line(directory::Line {
            directory_number: self.directory_number.parse()?,
            description: self.description.clone(),
            alerting_name: self.alerting_name.clone(),
            forward: CallForward {
                all: number(&self.forward_all)?,
                busy: number(&self.forward_busy)?,
                no_answer: number(&self.forward_no_answer)?,
                no_answer_seconds: self.no_answer_seconds,
            },
        })))
    }

    fn name_schema() -> RefOr<Schema> {
        text::number()
    }
}
