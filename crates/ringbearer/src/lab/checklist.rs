//! The verification of the vendor's note: its four checks.

use anyhow::ensure;

use super::Lab;
use super::edge::zones;
use super::member::LabNode;

/// Check 1 asks the database this.
const MODE: &str = "run sql select paramvalue FROM processconfig WHERE paramname = 'ClusterSIPOAuthMode'";
/// Check 2 asks the database this.
const NAMES: &str = "run sql select * from expresswaycconfiguration";

/// Makes the checks where they are to be made, and shows what each printed.
pub(super) async fn check(lab: &Lab) -> anyhow::Result<()> {
    for node in LabNode::UCM {
        let name = node.name();
        let mode = lab.give(node, MODE, "");
        let mode = lab.report.step(&format!("1. Cluster SIPOAuth Mode is Enabled ({name})"), mode).await?;
        ensure!(mode.output.lines().any(|line| line.trim() == "1"), "{name} answers:\n{}", mode.output);
        lab.report.text("admin", &mode.screen());
    }
    for node in LabNode::UCM {
        let name = node.name();
        let names = lab.give(node, NAMES, "");
        let names =
            lab.report.step(&format!("2. The names of Expressway-C reached Unified CM ({name})"), names).await?;
        ensure!(names.output.contains("exp-c.lab.test"), "{name} answers:\n{}", names.output);
        lab.report.text("admin", &names.screen());
    }
    let active = lab.report.step("3. All CEOAuth zones are Active (exp-c)", zones::all_active(lab)).await?;
    lab.report.text("admin", &active);
    for node in LabNode::UCM {
        let name = node.name();
        for port in [5090, 5091] {
            let command = format!("show open ports regexp {port}");
            let open = lab.give(node, &command, "");
            let open = lab.report.step(&format!("4. CallManager listens on {port} ({name})"), open).await?;
            let listening = format!("TCP {}:{port} (LISTEN)", lab.network.address(node));
            ensure!(open.output.contains(&listening), "{name} answers:\n{}", open.output);
            lab.report.text("admin", &open.screen());
        }
    }
    Ok(())
}
