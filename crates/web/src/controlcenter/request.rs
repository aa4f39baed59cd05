//! What is asked of the control center.

use directory::ServiceAct;
use soap::{Element, Fault};

use super::{NAMESPACE, client};

/// More services than these are not in one request.
const MOST_SERVICES: usize = 64;

/// An operation with its parameters.
#[derive(Debug)]
pub(super) enum Operation {
    /// How these services are; all when none is named.
    Status(Vec<String>),
    /// Start, stop or restart.
    Control(Control),
    /// Which product this is.
    Products,
}

/// An act on services of a node.
#[derive(Debug)]
pub(super) struct Control {
    /// The node, by its name or address.
    pub(super) node: String,
    /// What is done.
    pub(super) act: ServiceAct,
    /// The services, by name.
    pub(super) services: Vec<String>,
}

impl Operation {
    pub(super) fn read(entry: &Element) -> Result<Self, Fault> {
        let names = ["soapGetServiceStatus", "soapDoControlServices", "getProductInformationList"];
        match names.into_iter().find(|name| entry.is(NAMESPACE, name)) {
            Some("soapGetServiceStatus") => Ok(Self::Status(items(entry.child("ServiceStatus"))?)),
            Some("soapDoControlServices") => {
                let request = entry.child("ControlServiceRequest");
                Ok(Self::Control(control(request.ok_or_else(|| client("ControlServiceRequest is missing"))?)?))
            }
            Some(_) => Ok(Self::Products),
            None => Err(client(format!("the operation is one of {NAMESPACE}: {}", names.join(", ")))),
        }
    }
}

fn control(request: &Element) -> Result<Control, Fault> {
    let text = |name: &str| {
        let text = request.child_text(name).map(str::trim).filter(|text| !text.is_empty());
        text.ok_or_else(|| client(format!("{name} is missing")))
    };
    let word = text("ControlType")?;
    let act = ServiceAct::find(word).ok_or_else(|| client("ControlType is Start, Stop or Restart"))?;
    let services = items(request.child("ServiceList"))?;
    if services.is_empty() {
        return Err(client("ServiceList names no service"));
    }
    Ok(Control { node: text("NodeName")?.to_owned(), act, services })
}

/// The items of a list. An empty one names nothing.
fn items(list: Option<&Element>) -> Result<Vec<String>, Fault> {
    let children = list.map(Element::children).unwrap_or_default();
    if children.len() > MOST_SERVICES {
        return Err(client(format!("a request has at most {MOST_SERVICES} services")));
    }
    if let Some(other) = children.iter().find(|child| child.name() != "item") {
        return Err(client(format!("a list of services has no {}", other.name())));
    }
    Ok(children.iter().map(|item| item.text().trim().to_owned()).filter(|name| !name.is_empty()).collect())
}
