//! `set node`, `set node ports` and `show node`, with what is staged and what runs.

use super::object::missing;
use super::{Session, name_and_words, optional};
use crate::admin::arguments::Pairs;
use crate::admin::columns::lay_out_text;
use crate::admin::terminal::Failure;
use directory::{Directory, DirectoryRepository, NodeSettings, NodeUsage, Object, PortName, ProcessNode};

const USAGES: [(&str, NodeUsage); 2] = [("publisher", NodeUsage::Publisher), ("subscriber", NodeUsage::Subscriber)];
const PORTS: [(&str, PortName); 7] = [
    ("ethernet-phone", PortName::EthernetPhone),
    ("mgcp-listen", PortName::MgcpListen),
    ("mgcp-keep-alive", PortName::MgcpKeepAlive),
    ("sip", PortName::SipPhone),
    ("sip-secure", PortName::SipPhoneSecure),
    ("sip-oauth", PortName::SipPhoneOAuth),
    ("sip-mra-oauth", PortName::SipMraOAuth),
];

impl Session<'_> {
    pub(super) async fn set_node(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, &["address", "description", "usage"])?;
        let directory = self.directory().await?;
        let mut node = match directory.node(&name) {
            Some(node) => (**node).clone(),
            // At the vendor, too, the name of a server is where it is reached unless said otherwise.
            None => ProcessNode::new(name.parse()?, name.parse()?, NodeUsage::Subscriber),
        };
        pairs.parsed("address", &mut node.address)?;
        pairs.text("description", &mut node.description);
        pairs.choice("usage", &USAGES, &mut node.usage)?;
        self.put(&directory, Object::Node(node)).await
    }

    pub(super) async fn set_node_ports(&mut self, rest: &str) -> Result<(), Failure> {
        let (name, words) = name_and_words(rest)?;
        let mut pairs = Pairs::read(&words, &PORTS.map(|(key, _)| key))?;
        let directory = self.directory().await?;
        let mut node = existing_node(&directory, &name)?;
        let mut changes = Vec::new();
        for (key, port) in PORTS {
            let mut number = node.ports.get(port);
            pairs.parsed(key, &mut number)?;
            changes.push((port, number));
        }
        node.ports = node.ports.with_all(&changes)?;
        let text = format!("Restart the Cisco CallManager service on {} to use the new ports.\n", node.name);
        self.put(&directory, Object::Node(node)).await?;
        self.print(&text).await
    }

    pub(super) async fn show_node(&mut self, rest: &str) -> Result<(), Failure> {
        let directory = self.directory().await?;
        let Some(name) = optional(rest)? else {
            let rows = directory.nodes().into_iter().map(|node| {
                let (address, usage) = (node.address.to_string(), node.usage.to_string());
                [node.name.to_string(), address, usage, node.description.clone()]
            });
            let table = lay_out_text(["node", "address", "usage", "description"], rows.collect());
            return self.print(&table).await;
        };
        let node = existing_node(&directory, &name)?;
        self.page(&[
            ("Name", node.name.to_string()),
            ("Host Name/IP Address", node.address.to_string()),
            ("Server Type", node.usage.to_string()),
            ("Description", node.description.clone()),
        ])
        .await?;
        let here = node.name == *self.node.node();
        let running = if here { self.node.running() } else { self.store.running(&node.name).await? };
        let certificate = match (&running, here) {
            (_, true) => self.node.tomcat_certificate(),
            // Only the node itself can see its files.
            (Some(running), false) => running.tomcat_certificate.clone(),
            (None, false) => String::new(),
        };
        let staged = NodeSettings::staged(&directory, node.name.as_str(), &certificate);
        let staged = staged.ok_or_else(|| missing("Server", &name))?;
        self.print(&format!("\n{}", compare(&staged, running.as_ref()))).await
    }
}

fn compare(staged: &NodeSettings, running: Option<&NodeSettings>) -> String {
    let on = |on: bool| if on { "Enabled" } else { "Disabled" }.to_owned();
    let mode = |mixed: bool| u8::from(mixed).to_string();
    let mut rows = vec![
        row("Cluster SIPOAuth Mode", staged, running, |settings| on(settings.sip_oauth_mode)),
        row("Cluster Security Mode", staged, running, |settings| mode(settings.mixed_mode)),
    ];
    for port in PortName::ALL {
        rows.push(row(port.label(), staged, running, |settings| settings.ports.get(port).to_string()));
    }
    rows.push(row("tomcat certificate", staged, running, |settings| {
        settings.tomcat_certificate.chars().take(16).collect()
    }));
    let mut text = lay_out_text(["setting", "staged", "running", ""], rows);
    if running.is_some_and(|running| !running.pending(staged).is_empty()) {
        text += "\nRestart the Cisco CallManager service of the node to run what is staged.\n";
    }
    text
}

fn row(
    label: &str,
    staged: &NodeSettings,
    running: Option<&NodeSettings>,
    value: impl Fn(&NodeSettings) -> String,
) -> [String; 4] {
    let (staged, running) = (value(staged), running.map(&value));
    let note = if running.as_ref().is_some_and(|running| *running != staged) { "restart needed" } else { "" };
    [label.into(), staged, running.unwrap_or_else(|| "not known".into()), note.into()]
}

fn existing_node(directory: &Directory, name: &str) -> Result<ProcessNode, Failure> {
    directory.node(name).map(|node| (**node).clone()).ok_or_else(|| missing("Server", name))
}
