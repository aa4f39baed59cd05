//! The verification of the vendor's note, as far as it is about the premises: checks 1 and 4.

use anyhow::ensure;

use super::administrator::give;
use super::folder::{Folder, LabNode};
use super::report::Report;

/// Check 1 asks the database this.
const MODE: &str = "run sql select paramvalue FROM processconfig WHERE paramname = 'ClusterSIPOAuthMode'";

/// Makes the checks on every node and shows what each printed.
pub(super) async fn check(report: &Report, folder: &Folder) -> anyhow::Result<()> {
    for node in LabNode::ALL {
        let name = node.name();
        let mode = give(folder, node, MODE, "");
        let mode = report.step(&format!("1. Cluster SIPOAuth Mode is Enabled ({name})"), mode).await?;
        ensure!(mode.output.lines().any(|line| line.trim() == "1"), "{name} answers:\n{}", mode.output);
        report.text("admin", &mode.screen());
        for port in [5090, 5091] {
            let command = format!("show open ports regexp {port}");
            let open = give(folder, node, &command, "");
            let open = report.step(&format!("4. CallManager listens on {port} ({name})"), open).await?;
            let listening = format!("TCP {}:{port} (LISTEN)", node.address());
            ensure!(open.output.contains(&listening), "{name} answers:\n{}", open.output);
            report.text("admin", &open.screen());
        }
    }
    Ok(())
}
