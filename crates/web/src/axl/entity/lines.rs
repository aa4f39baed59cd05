//! The lines of a phone: what is on its buttons.

use directory::{Device, LineAppearance};
use soap::Element;

use crate::axl::fields::{Fields, items};
use crate::axl::refusal::Refusal;

const LINE: &[&str] = &[
    "index",
    "label",
    "display",
    "dirn",
    "displayAscii",
    "e164Mask",
    "maxNumCalls",
    "busyTrigger",
    "callInfoDisplay",
    "recordingFlag",
    "missedCallLogging",
    "associatedEndusers",
];

/// The buttons that a phone has from now on. One that had its line before keeps its contact, with which the phone registers.
pub(super) fn read(lines: &Element, device: &Device) -> Result<Vec<LineAppearance>, Refusal> {
    let mut all = Vec::new();
    for line in items(lines, "line")? {
        let fields = Fields::of(line, LINE)?;
        let index = fields.required("index")?.trim().parse().map_err(|_| Refusal::invalid("index is not a button"))?;
        let dirn = Fields::of(fields.required_element("dirn")?, &["pattern", "routePartitionName"])?;
        let number = dirn.required("pattern")?.parse()?;
        let before = device.lines.iter().find(|line| line.index == index);
        let mut line = match before {
            Some(line) => LineAppearance { directory_number: number, ..line.clone() },
            None => LineAppearance::new(index, number, new_contact()),
        };
        fields.copy("label", &mut line.label)?;
        fields.copy("display", &mut line.display)?;
        fields.count("maxNumCalls", &mut line.max_calls)?;
        fields.count("busyTrigger", &mut line.busy_trigger)?;
        all.push(line);
    }
    all.sort_by_key(|line| line.index);
    Ok(all)
}

pub(super) fn element(device: &Device) -> Element {
    let lines = device.lines.iter().map(|line| {
        let dirn = Element::new("dirn")
            .with_text("pattern", line.directory_number.as_str())
            .with(Element::new("routePartitionName"));
        Element::new("line")
            .with_text("index", line.index.to_string())
            .with_text("label", line.label.as_str())
            .with_text("display", line.display.as_str())
            .with(dirn)
            .with_text("maxNumCalls", line.max_calls.to_string())
            .with_text("busyTrigger", line.busy_trigger.to_string())
    });
    Element::new("lines").with_all(lines)
}

fn new_contact() -> uuid::Uuid {
    uuid::Builder::from_random_bytes(runtime::random::bytes()).into_uuid()
}
