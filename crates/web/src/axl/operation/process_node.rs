//! `listProcessNode`: the servers of the cluster.

use soap::Element;

use crate::axl::Axl;
use crate::axl::identifier::{Identifiers, PROCESS_NODE, braced};
use crate::axl::list::List;
use crate::axl::refusal::Refusal;

/// The one role that a server of ours has.
const ROLE: &str = "CUCM Voice/Video";

pub(super) async fn list(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let list = List::read(element, &["name", "description", "processNodeRole"])?;
    let identifiers = Identifiers::read(axl, PROCESS_NODE).await?;
    let directory = axl.repository.load().await.map_err(Refusal::of_repository)?;
    let nodes = directory.nodes().into_iter().filter_map(|node| {
        let object = Element::new(PROCESS_NODE.element)
            .with_attribute("uuid", &braced(identifiers.of(node.name.as_str())?))
            .with_text("name", node.name.as_str())
            .with_text("description", node.description.as_str())
            .with(Element::new("mac"))
            .with(Element::new("ipv6Name"))
            .with_text("nodeUsage", node.usage.to_string())
            .with(Element::new("lbmHubGroup"))
            .with_text("processNodeRole", ROLE);
        Some(object)
    });
    Ok(list.returned(nodes))
}
