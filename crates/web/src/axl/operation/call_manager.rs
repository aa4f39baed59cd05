//! `listCallManager`, `getCallManager` and `updateCallManager`: the CallManager service of each server, with the ports that it
//! takes at its next restart. Its name is `CM_` and the server's, as in the database.

use directory::{
    Author, Directory, NodeName, NodePorts, Object, ObjectKey, PortName, Precondition, ProcessNode, RepositoryError,
};
use soap::Element;

use crate::axl::Axl;
use crate::axl::fields::{Fields, boolean};
use crate::axl::identifier::{CALL_MANAGER, Identifiers, braced, returned};
use crate::axl::list::{List, only};
use crate::axl::refusal::Refusal;

const PREFIX: &str = "CM_";

/// How often a change is tried again that met another one.
const TRIES: usize = 3;

/// The name of a server's CallManager service.
pub(in crate::axl) fn name_of(node: &NodeName) -> String {
    format!("{PREFIX}{node}")
}

/// The server that a CallManager service is of.
pub(in crate::axl) fn node_of(name: &str) -> &str {
    let prefix = name.get(..PREFIX.len()).filter(|prefix| prefix.eq_ignore_ascii_case(PREFIX));
    prefix.and_then(|_| name.get(PREFIX.len()..)).unwrap_or(name)
}

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

/// Stages what is said of the ports; they are used after the next restart of the service.
pub(super) async fn update(axl: &Axl, author: &Author, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["uuid", "name", "description", "autoRegistration", "ports", "lbmGroup"])?;
    let changes = fields.element("ports").map(read_ports).transpose()?.unwrap_or_default();
    let mut tries = 0;
    loop {
        let identifiers = Identifiers::read(axl, CALL_MANAGER).await?;
        let name = identifiers.key_of_request(CALL_MANAGER, &fields)?;
        let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
        let before = directory.node(node_of(name)).ok_or_else(|| Refusal::not_found(CALL_MANAGER.name))?;
        let mut node = ProcessNode::clone(before);
        fields.copy("description", &mut node.description)?;
        node.ports = node.ports.with_all(&changes)?;
        let version = directory.version(&ObjectKey::Node(node.name.clone()));
        let met = version.map_or(Precondition::Present, Precondition::Version);
        let identifier = identifiers.of(&name_of(&node.name));
        tries += 1;
        match axl.repository.put(author, vec![(Object::Node(node), met)]).await {
            Ok(()) => return identifier.map(returned).ok_or_else(Refusal::unavailable),
            Err(RepositoryError::Changed(_)) if tries < TRIES => {}
            Err(error) => return Err(Refusal::of_repository(error)),
        }
    }
}

fn read_ports(element: &Element) -> Result<Vec<(PortName, u16)>, Refusal> {
    let fields = Fields::of(element, &["ethernetPhonePort", "mgcpPorts", "sipPorts"])?;
    let mut changes = Vec::new();
    let mut read = |fields: &Fields<'_>, name: &str, port: PortName| {
        let mut number = None;
        if fields.element(name).is_some() {
            fields.count(name, number.insert(0))?;
        }
        changes.extend(number.map(|number| (port, number)));
        Ok::<(), Refusal>(())
    };
    read(&fields, "ethernetPhonePort", PortName::EthernetPhone)?;
    if let Some(mgcp) = fields.element("mgcpPorts") {
        let fields = Fields::of(mgcp, &["listen", "keepAlive"])?;
        read(&fields, "listen", PortName::MgcpListen)?;
        read(&fields, "keepAlive", PortName::MgcpKeepAlive)?;
    }
    if let Some(sip) = fields.element("sipPorts") {
        let fields = Fields::of(sip, &["sipPhonePort", "sipPhoneSecurePort", "sipOAuthPort", "sipOAuthMRAPort"])?;
        read(&fields, "sipPhonePort", PortName::SipPhone)?;
        read(&fields, "sipPhoneSecurePort", PortName::SipPhoneSecure)?;
        read(&fields, "sipOAuthPort", PortName::SipPhoneOAuth)?;
        read(&fields, "sipOAuthMRAPort", PortName::SipMraOAuth)?;
    }
    Ok(changes)
}

fn objects<'d>(directory: &'d Directory, identifiers: &'d Identifiers) -> impl Iterator<Item = Element> + 'd {
    let nodes = directory.nodes().into_iter().enumerate();
    nodes.filter_map(|(position, node)| object(node, position + 1, identifiers))
}

fn object(node: &ProcessNode, ctiid: usize, identifiers: &Identifiers) -> Option<Element> {
    let name = name_of(&node.name);
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
