//! Servers, and the ports of their CallManager services. Our choice: a server is one object with its service, as there is one of
//! each.

use std::sync::Arc;

use authorization::ApiArea;
use directory::{Directory, NodePorts, NodeUsage, Object, ObjectKey, Port, PortName, ProcessNode, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use super::{Composed, Resource, Words, text};

/// A server of the cluster, with what its CallManager service takes at its next restart.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Node {
    /// The node's name.
    #[schema(schema_with = text::node_name)]
    name: String,
    /// Host Name/IP Address.
    #[schema(schema_with = text::host)]
    address: String,
    /// Description.
    #[serde(default)]
    #[schema(schema_with = text::text::<128>, required = false)]
    description: String,
    /// Server Type. A cluster has one Publisher.
    #[serde(default = "subscriber")]
    #[schema(schema_with = usages, required = false)]
    usage: String,
    /// The ports, no two alike.
    #[serde(default)]
    #[schema(required = false)]
    ports: Ports,
    /// The version that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(read_only, nullable = false)]
    version: Option<u64>,
}

/// The ports of a node: 1024 to 49151, no two alike.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(crate) struct Ports {
    /// Ethernet Phone Port.
    #[schema(schema_with = port, required = false)]
    ethernet_phone: u16,
    /// MGCP Listen Port.
    #[schema(schema_with = port, required = false)]
    mgcp_listen: u16,
    /// MGCP Keep-alive Port.
    #[schema(schema_with = port, required = false)]
    mgcp_keep_alive: u16,
    /// SIP Phone Port.
    #[schema(schema_with = port, required = false)]
    sip_phone: u16,
    /// SIP Phone Secure Port.
    #[schema(schema_with = port, required = false)]
    sip_phone_secure: u16,
    /// SIP Phone OAuth Port.
    #[serde(rename = "sipPhoneOAuth")]
    #[schema(schema_with = port, required = false)]
    sip_phone_oauth: u16,
    /// SIP Mobile and Remote Access OAuth Port.
    #[serde(rename = "sipMraOAuth")]
    #[schema(schema_with = port, required = false)]
    sip_mra_oauth: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self::of(&NodePorts::default())
    }
}

impl Ports {
    pub(crate) fn of(ports: &NodePorts) -> Self {
        Self {
            ethernet_phone: ports.ethernet_phone(),
            mgcp_listen: ports.mgcp_listen(),
            mgcp_keep_alive: ports.mgcp_keep_alive(),
            sip_phone: ports.sip_phone(),
            sip_phone_secure: ports.sip_phone_secure(),
            sip_phone_oauth: ports.sip_phone_oauth(),
            sip_mra_oauth: ports.sip_mra_oauth(),
        }
    }

    fn compose(&self) -> Result<NodePorts, Violation> {
        NodePorts::default().with_all(&[
            (PortName::EthernetPhone, self.ethernet_phone),
            (PortName::MgcpListen, self.mgcp_listen),
            (PortName::MgcpKeepAlive, self.mgcp_keep_alive),
            (PortName::SipPhone, self.sip_phone),
            (PortName::SipPhoneSecure, self.sip_phone_secure),
            (PortName::SipPhoneOAuth, self.sip_phone_oauth),
            (PortName::SipMraOAuth, self.sip_mra_oauth),
        ])
    }
}

fn port() -> RefOr<Schema> {
    let range = (Some(f64::from(Port::LEAST)), Some(f64::from(Port::MOST)));
    let builder =
        ObjectBuilder::new().schema_type(Type::Integer).description(Some("A port, of which a node has no two alike."));
    builder.minimum(range.0).maximum(range.1).build().into()
}

fn usages() -> RefOr<Schema> {
    text::choice([NodeUsage::Publisher, NodeUsage::Subscriber])
}

fn subscriber() -> String {
    NodeUsage::Subscriber.to_string()
}

impl Resource for Node {
    type Object = ProcessNode;
    const AREA: ApiArea = ApiArea::Nodes;
    const WORDS: Words = Words {
        tag: "Nodes",
        one: "node",
        many: "nodes",
        id: "Node",
        ids: "Nodes",
        about: "A node is a server of the cluster; its ports are used after the next restart of its CallManager service.",
    };
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("Name", "name"),
        ("Host Name/IP Address", "address"),
        ("Description", "description"),
        ("Server Type", "usage"),
        ("Ethernet Phone Port", "ports/ethernetPhone"),
        ("MGCP Listen Port", "ports/mgcpListen"),
        ("MGCP Keep-alive Port", "ports/mgcpKeepAlive"),
        ("SIP Phone Port", "ports/sipPhone"),
        ("SIP Phone Secure Port", "ports/sipPhoneSecure"),
        ("SIP Phone OAuth Port", "ports/sipPhoneOAuth"),
        ("SIP Mobile and Remote Access OAuth Port", "ports/sipMraOAuth"),
    ];
    const MEMBERS: &'static [&'static str] = &["name", "address", "description", "usage"];

    fn all(directory: &Directory) -> Vec<Arc<Self::Object>> {
        let mut nodes: Vec<_> = directory.nodes().into_iter().cloned().collect();
        nodes.sort_by_key(|node| node.name.as_str().to_ascii_lowercase());
        nodes
    }

    fn find(directory: &Directory, name: &str) -> Option<Arc<Self::Object>> {
        directory.node(name).cloned()
    }

    fn key(object: &Self::Object) -> ObjectKey {
        ObjectKey::Node(object.name.clone())
    }

    fn represent(object: &Self::Object, _directory: &Directory) -> Self {
        Self {
            name: object.name.to_string(),
            address: object.address.to_string(),
            description: object.description.clone(),
            usage: object.usage.to_string(),
            ports: Ports::of(&object.ports),
            version: None,
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&mut self) -> &mut Option<u64> {
        &mut self.version
    }

    fn compose(&self, _before: Option<&Self::Object>, _directory: &Directory) -> Result<Composed, Violation> {
        let usage = text_choice("Server", "Server Type", [NodeUsage::Publisher, NodeUsage::Subscriber], &self.usage)?;
        Ok(Composed::only(Object::Node(ProcessNode {
            name: self.name.parse()?,
            address: self.address.parse()?,
            description: self.description.clone(),
            usage,
            ports: self.ports.compose()?,
        })))
    }

    fn name_schema() -> RefOr<Schema> {
        text::node_name()
    }
}

/// The value that a choice shows as this text.
pub(super) fn text_choice<T: Copy + ToString, const N: usize>(
    object: &'static str,
    field: &'static str,
    all: [T; N],
    given: &str,
) -> Result<T, Violation> {
    all.into_iter().find(|one| one.to_string() == given).ok_or_else(|| {
        let choices = all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        Violation::new(object, field, directory::Rule::NotAChoice { choices })
    })
}
