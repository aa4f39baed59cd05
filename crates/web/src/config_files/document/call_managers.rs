//! The CallManager group: the nodes of a device in the order of their priority, each with its own ports.

use std::sync::Arc;

use directory::{Device, Directory, NodeName, NodePorts, NodeSettings, ProcessNode};

use super::xml::Xml;

/// A node of the group, with what it runs.
pub(super) struct Member {
    node: Arc<ProcessNode>,
    ports: NodePorts,
    pub(super) sip_oauth_mode: bool,
}

/// The nodes of a device. Of a node that never ran, what is staged is the best there is to say.
pub(super) fn members(
    directory: &Directory,
    device: &Device,
    running: &dyn Fn(&NodeName) -> Option<NodeSettings>,
) -> Vec<Member> {
    let member = |node: &Arc<ProcessNode>| {
        let running = running(&node.name);
        Member {
            node: Arc::clone(node),
            ports: running.as_ref().map_or(node.ports, |running| running.ports),
            sip_oauth_mode: running.map_or(directory.parameters().sip_oauth_mode(), |running| running.sip_oauth_mode),
        }
    };
    directory.group_of(device).into_iter().map(member).collect()
}

/// The inside of `callManagerGroup`.
pub(super) fn write(xml: &mut Xml, directory: &Directory, device: &Device, members: &[Member]) {
    let pool = directory.pool(device.device_pool.as_str());
    xml.text("name", pool.map_or("", |pool| pool.group.as_str()));
    xml.texts(&[("tftpDefault", "true")]);
    xml.element("members", |xml| {
        for (priority, member) in members.iter().enumerate() {
            xml.element_with("member", &[("priority", &priority.to_string())], |xml| {
                xml.element("callManager", |xml| call_manager(xml, member));
            });
        }
    });
}

fn call_manager(xml: &mut Xml, member: &Member) {
    let Member { node, ports, .. } = member;
    xml.text("name", &node.address);
    xml.text("description", &node.description);
    xml.element("ports", |xml| {
        xml.text("ethernetPhonePort", ports.ethernet_phone());
        xml.text("sipPort", ports.sip_phone());
        xml.text("securedSipPort", ports.sip_phone_secure());
        xml.text("sipOAuthPort", ports.sip_phone_oauth());
        xml.text("sipMRAOAuthPort", ports.sip_mra_oauth());
        xml.element("mgcpPorts", |xml| {
            xml.text("listen", ports.mgcp_listen());
            xml.text("keepAlive", ports.mgcp_keep_alive());
        });
    });
    xml.text("processNodeName", &node.name);
}
