//! Scenarios 2 and 3 of the vendor's note: one side of the mutual TLS on 5091 does not know the other's certificate
//! authority, and says so with the alert `unknown_ca`.

use anyhow::Context;

use super::{trust, zones};
use crate::lab::Lab;
use crate::lab::member::LabNode;

/// The node whose trust is taken away.
const NODE: LabNode = LabNode::Publisher;
/// Connections are made anew: those that there are were verified before.
const RESTART: &str = "utils service restart Cisco CallManager";

/// Brings about each, and puts it right again.
pub(in crate::lab) async fn show(lab: &Lab) -> anyhow::Result<()> {
    lab.report.chapter("Scenario 2: Expressway-C does not know the CA of Unified CM");
    let failed = lab.report.step("Expressway-C sends unknown_ca: the zone fails", expressway_refuses(lab)).await?;
    lab.report.text("refused", &failed);
    let fixed = async {
        let screen = trust::trust_node(lab, NODE).await?;
        Ok(format!("{screen}\n{}", zones::all_active(lab).await?))
    };
    let fixed = lab.report.step("its signer is trusted again: the zone is Active", fixed).await?;
    lab.report.text("admin", &fixed);

    lab.report.chapter("Scenario 3: Unified CM does not know the CA of Expressway-C");
    let failed = lab.report.step("Unified CM sends unknown_ca: the zone fails", unified_cm_refuses(lab)).await?;
    lab.report.text("refused", &failed);
    let fixed = async {
        let screen = trust::trust_expressway_c(lab, NODE).await?;
        let restarted = lab.give_all(NODE, &[RESTART]).await?;
        Ok(format!("{screen}\n{restarted}\n{}", zones::all_active(lab).await?))
    };
    let fixed = lab.report.step("its signer is in tomcat-trust again: the zone is Active", fixed).await?;
    lab.report.text("admin", &fixed);
    Ok(())
}

/// The tomcat certificate's signer is taken out of the trusted CA list.
async fn expressway_refuses(lab: &Lab) -> anyhow::Result<String> {
    let list = lab.give(LabNode::ExpresswayC, "xCommand TrustedCAList", "").await?;
    let name = list.output.lines().find(|line| line.starts_with(NODE.name()));
    let name = name.and_then(|line| line.split_whitespace().next()).context("the list has no such certificate")?;
    let deleted = lab.give_all(LabNode::ExpresswayC, &[&format!("xCommand TrustedCADelete {name}")]).await?;
    lab.give(NODE, RESTART, "").await?;
    let zones = zones::says(lab, NODE, "unknown_ca sent by us").await?;
    let ours = log_line(lab, LabNode::ExpresswayC, "unknown_ca sent by us").await?;
    let theirs = log_line(lab, NODE, "peer-says-unknown-ca").await?;
    Ok(format!(
        "{deleted}\n{zones}\nalert: fatal unknown_ca, sent by exp-c to {0}\nexp-c logs: {ours}\n{0} logs: {theirs}",
        NODE.name()
    ))
}

/// The signer of Expressway-C's certificate is taken out of tomcat-trust.
async fn unified_cm_refuses(lab: &Lab) -> anyhow::Result<String> {
    let list = lab.give(NODE, "show cert list trust", "").await?;
    let entry = list.output.lines().find_map(|line| line.strip_prefix("tomcat-trust/")?.split_once(".pem:"));
    let (name, _) = entry.context("tomcat-trust is empty")?;
    let deleted = lab.give_all(NODE, &[&format!("set cert delete tomcat-trust {name}")]).await?;
    lab.give(NODE, RESTART, "").await?;
    let zones = zones::says(lab, NODE, &format!("unknown_ca sent by {}", NODE.name())).await?;
    let ours = log_line(lab, NODE, "unknown-ca").await?;
    let theirs = log_line(lab, LabNode::ExpresswayC, "unknown_ca sent by the node").await?;
    Ok(format!(
        "{deleted}\n{zones}\nalert: fatal unknown_ca, sent by {0} to exp-c\n{0} logs: {ours}\nexp-c logs: {theirs}",
        NODE.name()
    ))
}

/// The last line of a member's log with `text`, without its time.
async fn log_line(lab: &Lab, node: LabNode, text: &str) -> anyhow::Result<String> {
    let log = tokio::fs::read_to_string(lab.folder.file(&format!("{}.log", node.name()))).await?;
    let line = log.lines().rfind(|line| line.contains(text));
    let line = line.with_context(|| format!("{} does not log `{text}`", node.name()))?;
    Ok(line.split_once("Z ").map_or(line, |(_, rest)| rest).trim().to_owned())
}
