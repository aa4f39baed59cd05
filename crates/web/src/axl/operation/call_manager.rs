//! `listCallManager` and `getCallManager`: the CallManager service of each server, with the ports that it takes at its next
//! restart. Its name is `CM_` and the server's, as in the database.

use directory::{Directory, NodePorts, ProcessNode};
use soap::Element;

use crate::axl::Axl;
use crate::axl::fields::{Fields, boolean};
use crate::axl::identifier::{CALL_MANAGER, Identifiers, braced};
use crate::axl::list::{List, only};
use crate::axl::refusal::Refusal;

const PREFIX: &str = "CM_";

pub(super) async fn list(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let list = List::read(element, &["name", "description"])?;
    let identifiers = Identifiers::read(axl, CALL_MANAGER).await?;
    let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
    Ok(list.returned(objects(&directory, &identifiers)))
}

pub(super) async fn get(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", "name", "returnedTags"])?;
    let identifiers = Identifiers::read(axl, CALL_MANAGER).await?;
    let name = identifiers.key_of_request(CALL_MANAGER, &fields)?;
    let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
    let is_named = |object: &Element| object.child_text("name").is_some_and(|own| own.eq_ignore_ascii_case(name));
    let object = objects(&directory, &identifiers).find(is_named);
    let object = object.ok_or_else(|| Refusal::not_found(CALL_MANAGER.name))?;
    Ok(Element::new("return").with(only(object, fields.element("returnedTags"))))
}

fn objects<'d>(directory: &'d Directory, identifiers: &'d Identifiers) -> impl Iterator<Item = Element> + 'd {
    let nodes = directory.nodes().into_iter().enumerate();
    nodes.filter_map(|(position, node)| object(node, position + 1, identifiers))
}

fn object(node: &ProcessNode, ctiid: usize, identifiers: &Identifiers) -> Option<Element> {
    let name = format!("{PREFIX}{}", node.name);
    let object = Element::new(CALL_MANAGER.element)
        .with_attribute("uuid", &braced(identifiers.of(&name)?))
        .with_attribute("ctiid", &ctiid.to_string())
        .with_text("name", name)
        .with_text("description", node.description.as_str())
        .with(auto_registration())
        .with(ports(&node.ports))
        .with_text("processNodeName", node.name.as_str());
    Some(object)
}

/// There is no auto-registration.
fn auto_registration() -> Element {
    Element::new("autoRegistration")
        .with(Element::new("startDn"))
        .with(Element::new("endDn"))
        .with(Element::new("routePartitionName"))
        .with(Element::new("e164Mask"))
        .with_text("autoRegistrationEnabled", boolean(false))
}

fn ports(ports: &NodePorts) -> Element {
    let text = |port: u16| port.to_string();
    let mgcp = Element::new("mgcpPorts")
        .with_text("listen", text(ports.mgcp_listen()))
        .with_text("keepAlive", text(ports.mgcp_keep_alive()));
    let sip = Element::new("sipPorts")
        .with_text("sipPhonePort", text(ports.sip_phone()))
        .with_text("sipPhoneSecurePort", text(ports.sip_phone_secure()))
        .with_text("sipOAuthPort", text(ports.sip_phone_oauth()))
        .with_text("sipOAuthMRAPort", text(ports.sip_mra_oauth()));
    Element::new("ports").with_text("ethernetPhonePort", text(ports.ethernet_phone())).with(mgcp).with(sip)
}
