//! The CEOAuth zones of Expressway-C, as its administrator sees them.

use crate::lab::Lab;
use crate::lab::member::LabNode;

/// The zones' page.
const ZONES: &str = "xStatus Zones";

/// Waits until every node's zone is Active, and shows the page.
pub(in crate::lab) async fn all_active(lab: &Lab) -> anyhow::Result<String> {
    let all = |page: &str| {
        LabNode::UCM.iter().all(|node| row(page, *node).is_some_and(|row| row.trim_end().ends_with(" Active")))
    };
    lab.until(LabNode::ExpresswayC, ZONES, all).await
}

/// Waits until a node's zone has a status with `text`, and shows its row.
pub(super) async fn says(lab: &Lab, node: LabNode, text: &str) -> anyhow::Result<String> {
    lab.until(LabNode::ExpresswayC, ZONES, |page| row(page, node).is_some_and(|row| row.contains(text))).await
}

fn row(page: &str, node: LabNode) -> Option<&str> {
    let name = format!("CEOAuth-{} ", node.name());
    page.lines().find(|line| line.starts_with(&name))
}
