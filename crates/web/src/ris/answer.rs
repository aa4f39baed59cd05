//! The answer of `selectCmDevice`.

use directory::{Directory, ProcessNode};
use soap::Element;

use super::NAMESPACE;
use super::selection::{Found, Selection};

/// `noError` of CISCO-CCM-MIB: the device is registered.
const NO_ERROR: &str = "0";

pub(super) fn of(selection: &Selection, directory: &Directory, found: &[Found]) -> Element {
    let (total, page, state) = selection.page(directory, found);
    let nodes =
        directory.nodes().into_iter().filter(|node| selection.has_node(node.name.as_str(), node.address.as_str()));
    let nodes = nodes.map(|node| node_item(node, &page));
    let result = element("SelectCmDeviceResult")
        .with(text("TotalDevicesFound", &total.to_string()))
        .with(element("CmNodes").with_all(nodes));
    let returned = element("selectCmDeviceReturn").with(result).with(text("StateInfo", &state));
    element("selectCmDeviceResponse").with(returned)
}

fn node_item(node: &ProcessNode, page: &[&Found]) -> Element {
    let devices: Vec<Element> = page.iter().filter(|one| one.node == node.name).map(|one| device_item(one)).collect();
    let code = if devices.is_empty() { "NotFound" } else { "Ok" };
    element("item")
        .with(text("ReturnCode", code))
        .with(text("Name", node.name.as_str()))
        .with(element("CmDevices").with_all(devices))
}

fn device_item(Found { device, address, since, .. }: &Found) -> Element {
    let numbers: Vec<&str> = device.lines.iter().map(|line| line.directory_number.as_str()).collect();
    let addresses = address.iter().map(|address| {
        let kind = if address.is_ipv4() { "ipv4" } else { "ipv6" };
        element("item").with(text("IP", &address.to_string())).with(text("IPAddrType", kind))
    });
    element("item")
        .with(text("Name", device.name.as_str()))
        .with(text("DirNumber", &numbers.join(",")))
        .with(text("Model", &device.product.model().to_string()))
        .with(text("Status", "Registered"))
        .with(text("StatusReason", NO_ERROR))
        .with(text("Protocol", "SIP"))
        .with(text("Description", &device.description))
        .with(element("IPAddress").with_all(addresses))
        .with(text("TimeStamp", &since.to_string()))
}

fn element(name: &str) -> Element {
    Element::qualified(NAMESPACE, name)
}

fn text(name: &str, text: &str) -> Element {
    element(name).with_own_text(text)
}
