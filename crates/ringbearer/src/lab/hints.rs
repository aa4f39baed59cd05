//! What a person can try while the lab stays up.

use super::Lab;
use super::member::{DOMAIN, LabNode, SSH_PORT};
use super::network::Place;
use super::provision::ADMINISTRATOR;

/// Where the pages of an Expressway are.
fn pages(lab: &Lab, node: LabNode) -> String {
    // With networks of their own, Expressway-E's are on its own machine alone.
    let address = match (node, lab.network.is_apart()) {
        (LabNode::ExpresswayE, true) => "127.0.0.1".to_owned(),
        _ => lab.network.address(node).to_string(),
    };
    format!("{}https://{address}:7443/", lab.network.prefix(node.place()))
}

/// Commands to copy, with what they are for.
pub(super) fn things_to_try(lab: &Lab) -> String {
    let program = std::env::current_exe().map_or_else(|_| "ringbearer".into(), |path| path.display().to_string());
    let Lab { folder, network, password, .. } = lab;
    let place = folder.path().display();
    let publisher = network.address(LabNode::Publisher);
    let shell = |node| format!("{program} admin --socket {}", folder.admin_socket(node).display());
    let phone = |from: Place, way: &str, device: &str| {
        format!("{}{program} phone {way} --trust {place}/trust.pem --device {device}", network.prefix(from))
    };
    let inside = |device| phone(Place::Inside, &format!("--node {publisher}"), device);
    let way = format!("--domain {DOMAIN} --resolver {}", network.resolver(Place::Outside));
    let outside = |device| phone(Place::Outside, &way, device);
    let interface = if network.is_apart() { "lan" } else { "lo" };
    let prefix = network.prefix(Place::Inside);
    let mut lines = vec![
        format!("the admin shell      {}", shell(LabNode::Publisher)),
        format!("the same, by SSH     {prefix}ssh -p {SSH_PORT} {ADMINISTRATOR}@{publisher}   password {password}"),
        format!("Expressway-C's shell {}   then: xStatus Zones", shell(LabNode::ExpresswayC)),
        format!("Expressway-E's shell {}   then: xStatus Traversal", shell(LabNode::ExpresswayE)),
        format!(
            "their pages          {}   {}   sign in as {}; password {password}",
            pages(lab, LabNode::ExpresswayC),
            pages(lab, LabNode::ExpresswayE),
            super::edge::ADMINISTRATOR
        ),
        format!("alice's phone        {}", inside("CSFALICE")),
        format!("bob's phone          {}   then in alice's: call 2002", inside("CSFBOB")),
        format!("bob's, outside       {}   then: call 2004 (dave is outside too, and answers)", outside("CSFBOB")),
        "                     call 2003 (carol is inside, and answers)".to_owned(),
        format!("sign in as           alice, bob, carol or dave; password {password}"),
        format!("the administration   https://{publisher}:8443/   sign in as {ADMINISTRATOR}, with the same password"),
        format!("the login page       https://{publisher}:8443/ssosp/oauth/authorize"),
        format!("a phone's settings   {prefix}curl http://{publisher}:6970/CSFALICE.cnf.xml"),
        format!("the logs             {place}/ucm-pub.log, ucm-sub.log, exp-c.log, exp-e.log"),
    ];
    lines.push(format!(
        "a readable capture   {prefix}tshark -i {interface} -o tls.keylog_file:{place}/ucm-pub.keylog -f 'port 5090 or port 5091' -Y sip"
    ));
    lines.join("\n")
}
