//! Call Routing > Directory Number.

use std::borrow::Cow;
use std::sync::Arc;

use directory::{CallForward, Directory, DirectoryNumber, Line, Object};

use super::{Entity, Kind, listed};
use crate::form::{Control, Draft, Field, Reader};
use crate::table::Column;

fn shown(number: &Option<DirectoryNumber>) -> Cow<'_, str> {
    Cow::Borrowed(number.as_ref().map_or("", DirectoryNumber::as_str))
}

impl Entity for Line {
    const KIND: Kind = Kind {
        path: "/ccmadmin/directory-number",
        menu: "Call Routing",
        one: "Directory Number",
        many: "Directory Numbers",
        about: "What is dialled to reach a line, and where its calls go when nobody answers. A line may be on several phones.",
        file: "directory-numbers",
    };
    const COLUMNS: &'static [Column<Self, Directory>] = &[
        Column {
            name: "number",
            label: "Directory Number",
            value: |line, _| Cow::Borrowed(line.directory_number.as_str()),
        },
        Column { name: "description", label: "Description", value: |line, _| Cow::Borrowed(&line.description) },
        Column { name: "alerting", label: "Alerting Name", value: |line, _| Cow::Borrowed(&line.alerting_name) },
        Column { name: "all", label: "Forward All", value: |line, _| shown(&line.forward.all) },
        Column {
            name: "devices",
            label: "Associated Devices",
            value: |line, directory| {
                let devices = directory.devices_of_line(line.directory_number.as_str());
                Cow::Owned(listed(devices.iter().map(|device| &device.name), ", "))
            },
        },
    ];
    const KEY: &'static str = "number";

    fn fields(_directory: &Directory) -> Vec<Field> {
        const PART: &str = "Directory Number Information";
        const FORWARD: &str = "Call Forward Settings";
        vec![
            Field::text(PART, "number", "Directory Number", 50)
                .help("Digits, *, #, the letters A to D, and a + in front.")
                .required(),
            Field::text(PART, "description", "Description", 200),
            Field::text(PART, "alerting", "Alerting Name", 50).help("Shown to the caller while the line rings."),
            Field::text(FORWARD, "all", "Forward All", 50).help("Where all calls go at once. Empty forwards nothing."),
            Field::text(FORWARD, "busy", "Forward Busy", 50),
            Field::text(FORWARD, "no_answer", "Forward No Answer", 50),
            Field::new(
                FORWARD,
                "no_answer_seconds",
                "No Answer Ring Duration",
                Control::Number { least: 1, most: 300 },
            )
            .help("Seconds until a call counts as not answered."),
        ]
    }

    fn blank() -> Draft {
        Draft::default().with("no_answer_seconds", CallForward::default().no_answer_seconds)
    }

    fn draft(&self, _directory: &Directory) -> Draft {
        Draft::default()
            .with("number", &self.directory_number)
            .with("description", &self.description)
            .with("alerting", &self.alerting_name)
            .with("all", shown(&self.forward.all))
            .with("busy", shown(&self.forward.busy))
            .with("no_answer", shown(&self.forward.no_answer))
            .with("no_answer_seconds", self.forward.no_answer_seconds)
    }

    fn read(reader: &mut Reader<'_>, _before: Option<&Self>) -> Option<Self> {
        let number = reader.name("number");
        let (all, busy) = (reader.optional("all"), reader.optional("busy"));
        let no_answer = reader.optional("no_answer");
        let seconds = reader.number("no_answer_seconds", (1, 300));
        Some(Self {
            directory_number: number?,
            description: reader.text("description"),
            alerting_name: reader.text("alerting"),
            forward: CallForward { all: all?, busy: busy?, no_answer: no_answer?, no_answer_seconds: seconds? },
        })
    }

    fn into_object(self) -> Object {
        Object::Line(self)
    }

    fn find<'d>(directory: &'d Directory, name: &str) -> Option<&'d Arc<Self>> {
        directory.line(name)
    }

    fn all(directory: &Directory) -> Vec<&Arc<Self>> {
        directory.lines()
    }
}
