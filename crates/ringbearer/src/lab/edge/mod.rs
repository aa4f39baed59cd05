//! The two halves of the edge: started, trusted, and set up in the three steps of the vendor's note for phones outside.

mod ladder;
pub(super) mod outside;
mod trust;
pub(super) mod unknown_ca;
pub(super) mod zones;

use super::Lab;
use super::member::LabNode;
use super::node::Node;
use super::provision::PROFILE;

/// The account by which Expressway-C asks Unified CM.
const AXL_USER: &str = "axl";

/// Both halves, running.
pub(super) struct Edge {
    expressway_c: Node,
    expressway_e: Node,
}

impl Edge {
    /// Starts both halves and does what an administrator does until phones can register from outside.
    pub(super) async fn start(lab: &Lab) -> anyhow::Result<Self> {
        let Lab { report, .. } = lab;
        let expressway_e = lab.start(LabNode::ExpresswayE).await?;
        let expressway_c = lab.start(LabNode::ExpresswayC).await?;
        report.step("an administrator on each half, for its pages", administrators(lab)).await?;
        let screen = report.step("the halves of the edge trust each other", trust::between_the_halves(lab)).await?;
        report.text("admin", &screen);
        let screen = report.step("Expressway-C and Unified CM trust each other", trust::with_unified_cm(lab)).await?;
        report.text("admin", &screen);
        let screen = report.step("Expressway-C has opened the traversal to Expressway-E", traversal(lab)).await?;
        report.text("admin", &screen);

        let steps =
            report.step("1. Refresh logins over MRA: Authorize by OAuth token with refresh", authorize(lab)).await?;
        report.text("admin", &steps);
        let steps = report.step("2. Unified CM servers: discover the nodes", discover(lab)).await?;
        report.text("admin", &steps);
        let profile = format!("show profile \"{PROFILE}\"");
        let shown = report
            .step("3. OAuth support in the phone security profile", lab.give(LabNode::Publisher, &profile, ""))
            .await?;
        report.text("admin", &shown.screen());
        Ok(Self { expressway_c, expressway_e })
    }

    /// Ends both in order.
    pub(super) async fn stop(self) {
        self.expressway_c.stop().await;
        self.expressway_e.stop().await;
    }
}

/// The account of the pages on both halves.
pub(super) const ADMINISTRATOR: &str = "admin";

async fn administrators(lab: &Lab) -> anyhow::Result<()> {
    for node in [LabNode::ExpresswayC, LabNode::ExpresswayE] {
        let known = lab.give(node, "xStatus Administrators", "").await?;
        // One that an earlier lab left has another password.
        let command = match known.output.lines().any(|line| line.starts_with(&format!("{ADMINISTRATOR} "))) {
            true => "AdministratorPassword",
            false => "AdministratorAdd",
        };
        let command = format!("xCommand {command} Name: {ADMINISTRATOR}");
        lab.give(node, &command, &format!("{0}\n{0}\n", lab.password)).await?;
    }
    Ok(())
}

async fn traversal(lab: &Lab) -> anyhow::Result<String> {
    let up = |screen: &str| screen.lines().filter(|line| line.trim_end().ends_with("Active")).count() == 2;
    lab.until(LabNode::ExpresswayC, "xStatus Traversal", up).await
}

async fn authorize(lab: &Lab) -> anyhow::Result<String> {
    let command = "xConfiguration CollaborationEdge OauthLocal: On";
    lab.give_all(LabNode::ExpresswayC, &[command, "xConfiguration"]).await
}

/// With an account of its own, that may ask AXL and nothing else.
async fn discover(lab: &Lab) -> anyhow::Result<String> {
    let password: String = runtime::random::bytes::<12>().iter().map(|byte| format!("{byte:02x}")).collect();
    let publisher = LabNode::Publisher;
    let user = lab.give(publisher, &format!("set user {AXL_USER} last-name AXL roles axl"), "").await?;
    lab.give(publisher, &format!("set user password {AXL_USER}"), &format!("{password}\n{password}\n")).await?;
    // One that an earlier lab left has another password.
    let known = lab.give(LabNode::ExpresswayC, "xStatus UnifiedCMServers", "").await?;
    if known.output.lines().any(|line| line.starts_with("ucm-pub ")) {
        lab.give(LabNode::ExpresswayC, "xCommand UnifiedCMServerDelete Address: ucm-pub", "").await?;
    }
    let add = format!("xCommand UnifiedCMServerAdd Address: ucm-pub AxlUsername: {AXL_USER} TlsVerifyMode: On");
    let added = lab.give(LabNode::ExpresswayC, &add, &format!("{password}\n")).await?;
    let found = lab.give_all(LabNode::ExpresswayC, &["xStatus UnifiedCMServers", "xStatus SearchRules"]).await?;
    Ok(format!("{}\n{}\n{found}", user.screen(), added.screen()))
}
