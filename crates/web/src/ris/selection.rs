//! Which devices are asked for.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use directory::{Device, DeviceLocation, Directory, NodeName};
use soap::{Element, Fault};

use super::client;
use crate::axl::list::like;
use crate::registrations::Registrations;

/// The most devices of an answer.
const MOST: usize = 1000;
/// The number that stands for any model.
const ANY_MODEL: u16 = 255;

/// A registered device, and where it is.
pub(super) struct Found {
    pub(super) device: Arc<Device>,
    pub(super) node: NodeName,
    /// Known of devices of this node.
    pub(super) address: Option<IpAddr>,
    pub(super) since: u64,
}

/// By what the items are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Name,
    Address,
    Number,
    Description,
}

/// The parameters of `selectCmDevice`.
pub(super) struct Selection {
    after: String,
    most: usize,
    model: u16,
    node: Option<String>,
    by: By,
    items: Vec<String>,
    /// Whether the answer is none, whatever is registered.
    none: bool,
}

impl Selection {
    pub(super) fn read(request: &Element) -> Result<Self, Fault> {
        let criteria = request.child("CmSelectionCriteria").ok_or_else(|| client("CmSelectionCriteria is missing"))?;
        let text = |name: &str| criteria.child_text(name).unwrap_or_default().trim();
        let any = |name: &str, ours: &str| {
            let text = text(name);
            text.is_empty() || text.eq_ignore_ascii_case("Any") || text.eq_ignore_ascii_case(ours)
        };
        let number = |name: &str, default: usize| match text(name) {
            "" => Ok(default),
            number => number.parse::<usize>().map_err(|_| client(format!("{name} is not a number"))),
        };
        let by = match text("SelectBy") {
            "" | "Name" => By::Name,
            "IPV4Address" => By::Address,
            "DirNumber" => By::Number,
            "Description" => By::Description,
            _ => return Err(client("SelectBy is one of Name, IPV4Address, DirNumber, Description")),
        };
        let items = criteria.child("SelectItems").map(Element::children).unwrap_or_default();
        let items = items.iter().filter_map(|item| item.child_text("Item"));
        // An asterisk stands for anything.
        let items: Vec<String> =
            items.map(|item| item.trim().replace('*', "%")).filter(|item| !item.is_empty()).collect();
        if let Some(long) = items.iter().find(|item| item.len() > 255) {
            return Err(client(format!("an Item has at most 255 bytes, not {}", long.len())));
        }
        let model = u16::try_from(number("Model", ANY_MODEL.into())?).map_err(|_| client("Model is too large"))?;
        let of_ours = any("DeviceClass", "Phone") && any("Status", "Registered") && any("Protocol", "SIP");
        Ok(Self {
            after: request.child_text("StateInfo").unwrap_or_default().trim().to_ascii_lowercase(),
            most: number("MaxReturnedDevices", MOST)?.clamp(1, MOST),
            model,
            node: (!any("NodeName", "")).then(|| text("NodeName").to_owned()),
            by,
            items,
            none: !of_ours,
        })
    }

    /// Whether a node is asked for.
    pub(super) fn has_node(&self, name: &str, address: &str) -> bool {
        self.node.as_deref().is_none_or(|node| node.eq_ignore_ascii_case(name) || node.eq_ignore_ascii_case(address))
    }

    /// How many devices fit, those of this answer, and where to go on if there are more.
    pub(super) fn page<'f>(&self, directory: &Directory, found: &'f [Found]) -> (usize, Vec<&'f Found>, String) {
        let all: Vec<&Found> = found.iter().filter(|one| self.fits(directory, one)).collect();
        let rest = all.iter().filter(|one| one.device.name.as_str().to_ascii_lowercase() > self.after);
        let mut rest = rest.copied();
        let page: Vec<&Found> = rest.by_ref().take(self.most).collect();
        let more = rest.next().is_some();
        let state = page.last().filter(|_| more).map(|last| last.device.name.to_string()).unwrap_or_default();
        (all.len(), page, state)
    }

    fn fits(&self, directory: &Directory, found: &Found) -> bool {
        let address = directory.node(found.node.as_str()).map(|node| node.address.as_str()).unwrap_or_default();
        let model = self.model == ANY_MODEL || self.model == found.device.product.model();
        !self.none && model && self.has_node(found.node.as_str(), address) && self.has_item(found)
    }

    fn has_item(&self, Found { device, address, .. }: &Found) -> bool {
        let one = |text: &str| self.items.iter().any(|item| like(item, text));
        self.items.is_empty()
            || match self.by {
                By::Name => one(device.name.as_str()),
                By::Address => address.is_some_and(|address| one(&address.to_string())),
                By::Number => device.lines.iter().any(|line| one(line.directory_number.as_str())),
                By::Description => one(&device.description),
            }
    }
}

/// The registered devices of the cluster by name: this node knows its own best.
pub(super) fn found(directory: &Directory, located: Vec<DeviceLocation>, here: &dyn Registrations) -> Vec<Found> {
    let mut all = BTreeMap::new();
    for DeviceLocation { device, node, since } in located.into_iter().filter(|one| one.node != *here.node()) {
        all.insert(device.as_str().to_ascii_lowercase(), (node, None, since));
    }
    for own in here.all() {
        let place = (here.node().clone(), Some(own.address), own.since);
        all.insert(own.device.as_str().to_ascii_lowercase(), place);
    }
    let device = |(name, (node, address, since)): (String, (NodeName, Option<IpAddr>, u64))| {
        let device = Arc::clone(directory.device(&name)?);
        Some(Found { device, node, address, since })
    };
    all.into_iter().filter_map(device).collect()
}
