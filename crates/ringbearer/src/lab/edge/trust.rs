//! Who trusts whose certificate, put in place with the commands that an administrator gives.
//!
//! All certificates of the lab are self-signed: each is its own certificate authority, and stands in the list of whoever
//! has to believe it.

use anyhow::Context;

use crate::lab::Lab;
use crate::lab::member::LabNode;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Adds a certificate, pasted, to the trusted CA list of an Expressway.
const ADD: &str = "xCommand TrustedCAAdd";
/// Shows the certificate of an Expressway.
const SHOW: &str = "xCommand ServerCertificateShow";
/// Adds a certificate, pasted, to the list by which 5091 knows Expressway-C.
const IMPORT: &str = "set cert import trust tomcat";

/// Expressway-C believes Expressway-E's certificate, and the reverse.
pub(super) async fn between_the_halves(lab: &Lab) -> anyhow::Result<String> {
    let mut screens = Vec::new();
    for (whose, believer) in
        [(LabNode::ExpresswayC, LabNode::ExpresswayE), (LabNode::ExpresswayE, LabNode::ExpresswayC)]
    {
        let pem = expressway_certificate(lab, whose).await?;
        screens.push(screen(whose, SHOW, ""));
        screens.push(screen(believer, ADD, &lab.give(believer, ADD, &pem).await?.output));
    }
    Ok(screens.join("\n"))
}

/// Expressway-C believes the nodes' tomcat certificates, and the nodes believe Expressway-C's.
pub(super) async fn with_unified_cm(lab: &Lab) -> anyhow::Result<String> {
    let mut screens = Vec::new();
    for node in LabNode::UCM {
        screens.push(trust_node(lab, node).await?);
        screens.push(trust_expressway_c(lab, node).await?);
    }
    screens.push(lab.give_all(LabNode::Publisher, &["utils cluster restart Cisco CallManager"]).await?);
    Ok(screens.join("\n"))
}

/// Puts the signer of a node's tomcat certificate into the trusted CA list of Expressway-C.
pub(super) async fn trust_node(lab: &Lab, node: LabNode) -> anyhow::Result<String> {
    let path = lab.folder.certificate(node, "tomcat");
    let pem = tokio::fs::read_to_string(&path).await.with_context(|| path.display().to_string())?;
    let said = lab.give(LabNode::ExpresswayC, ADD, &pem).await?;
    Ok(screen(LabNode::ExpresswayC, ADD, &said.output))
}

/// Puts the signer of Expressway-C's certificate into a node's tomcat-trust.
pub(super) async fn trust_expressway_c(lab: &Lab, node: LabNode) -> anyhow::Result<String> {
    let pem = expressway_certificate(lab, LabNode::ExpresswayC).await?;
    let said = lab.give(node, IMPORT, &pem).await?;
    Ok(screen(node, IMPORT, &said.output))
}

async fn expressway_certificate(lab: &Lab, half: LabNode) -> anyhow::Result<String> {
    let shown = lab.give(half, SHOW, "").await?.output;
    let from = shown.find(BEGIN).with_context(|| format!("{} shows no certificate", half.name()))?;
    let pem = shown.get(from..).and_then(|rest| rest.find(END).and_then(|to| rest.get(..to + END.len())));
    Ok(format!("{}\n", pem.with_context(|| format!("{} shows half a certificate", half.name()))?))
}

/// The screen of one of several members, without what was pasted.
fn screen(node: LabNode, command: &str, output: &str) -> String {
    let said = output.trim().trim_start_matches("Paste the certificate in PEM:").trim();
    let pasted = if command == SHOW { "" } else { "\n(the certificate, pasted)" };
    let said = if said.is_empty() { String::new() } else { format!("\n{said}") };
    format!("{}> {command}{pasted}{said}", node.name())
}
