//! Directory numbers. There are no partitions, and one destination serves calls from inside and from outside.

use std::sync::Arc;

use directory::{Directory, DirectoryNumber, Line, Object};
use soap::Element;

use super::{Entity, Field, Shape};
use crate::axl::fields::Fields;
use crate::axl::identifier::{Kind, LINE};
use crate::axl::refusal::Refusal;

const FORWARD: &[&str] =
    &["forwardToVoiceMail", "callingSearchSpaceName", "secondaryCallingSearchSpaceName", "destination", "duration"];

impl Entity for Line {
    const KIND: Kind = LINE;
    const FIELDS: &'static [Field] = &[
        ("pattern", Shape::Needed),
        ("description", Shape::Text),
        ("usage", Shape::Needed),
        ("routePartitionName", Shape::Ignored),
        ("aarNeighborhoodName", Shape::Ignored),
        ("aarDestinationMask", Shape::Ignored),
        ("callForwardAll", Shape::Tree("CallForward")),
        ("callForwardBusy", Shape::Tree("CallForward")),
        ("callForwardBusyInt", Shape::Ignored),
        ("callForwardNoAnswer", Shape::Tree("CallForward")),
        ("callForwardNoAnswerInt", Shape::Ignored),
        ("callForwardNoCoverage", Shape::Ignored),
        ("callForwardNoCoverageInt", Shape::Ignored),
        ("callForwardOnFailure", Shape::Ignored),
        ("callForwardNotRegistered", Shape::Ignored),
        ("callForwardNotRegisteredInt", Shape::Ignored),
        ("callPickupGroupName", Shape::Ignored),
        ("autoAnswer", Shape::Ignored),
        ("alertingName", Shape::Text),
        ("asciiAlertingName", Shape::Ignored),
        ("presenceGroupName", Shape::Ignored),
        ("shareLineAppearanceCssName", Shape::Ignored),
        ("voiceMailProfileName", Shape::Ignored),
        ("directoryURIs", Shape::Ignored),
        ("allowCtiControlFlag", Shape::Ignored),
    ];
    const CRITERIA: &'static [&'static str] = &["pattern", "description", "usage", "routePartitionName"];
    const BESIDE_KEY: &'static [&'static str] = &["routePartitionName"];

    fn new(fields: &Fields<'_>) -> Result<Self, Refusal> {
        fields.required("usage")?;
        Ok(Self::new(fields.required("pattern")?.parse()?))
    }

    fn change(&mut self, fields: &Fields<'_>) -> Result<(), Refusal> {
        fields.only_value("usage", "Device")?;
        fields.copy("description", &mut self.description)?;
        fields.copy("alertingName", &mut self.alerting_name)?;
        forward(fields, "callForwardAll", &mut self.forward.all)?;
        forward(fields, "callForwardBusy", &mut self.forward.busy)?;
        forward(fields, "callForwardNoAnswer", &mut self.forward.no_answer)?;
        if let Some(no_answer) = fields.element("callForwardNoAnswer") {
            Fields::of(no_answer, FORWARD)?.count("duration", &mut self.forward.no_answer_seconds)?;
        }
        Ok(())
    }

    fn element(&self, _directory: &Directory) -> Element {
        let forward = |name, number: &Option<DirectoryNumber>| {
            let number = number.as_ref().map(DirectoryNumber::as_str).unwrap_or_default();
            Element::new(name).with_text("destination", number)
        };
        let no_answer = forward("callForwardNoAnswer", &self.forward.no_answer)
            .with_text("duration", self.forward.no_answer_seconds.to_string());
        Element::new(LINE.element)
            .with_text("pattern", self.directory_number.as_str())
            .with_text("description", self.description.as_str())
            .with_text("usage", "Device")
            .with(Element::new("routePartitionName"))
            .with(forward("callForwardAll", &self.forward.all))
            .with(forward("callForwardBusy", &self.forward.busy))
            .with(no_answer)
            .with_text("alertingName", self.alerting_name.as_str())
    }

    fn key(&self) -> &str {
        self.directory_number.as_str()
    }

    fn into_object(self) -> Object {
        Object::Line(self)
    }

    fn find<'d>(directory: &'d Directory, key: &str) -> Option<&'d Arc<Self>> {
        directory.line(key)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.lines()
    }
}

fn forward(fields: &Fields<'_>, name: &str, number: &mut Option<DirectoryNumber>) -> Result<(), Refusal> {
    match fields.element(name) {
        Some(forward) => Fields::of(forward, FORWARD)?.optional("destination", number),
        None => Ok(()),
    }
}
