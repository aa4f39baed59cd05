//! Scenario 1 of the vendor's note, "SIP OAuth Registration port Mismatch", by each of its three causes.

use anyhow::ensure;
use runtime::identity::{Identity, IdentityRequest, KeyKind};

use super::administrator::{give, give_all};
use super::folder::{Folder, LabNode};
use super::phone::{ALICE, Phone};
use super::provision::PROFILE;
use super::report::Report;

/// What the server says to each of the three.
const WARNING: &str = "SIP OAuth Registration port Mismatch";

/// Brings about each cause, shows the 403, and puts it right again.
pub(super) async fn show(report: &Report, folder: &Folder, password: &str) -> anyhow::Result<()> {
    let publisher = LabNode::Publisher;
    let restart = "utils cluster restart Cisco CallManager";
    give_all(folder, publisher, &["utils sipOAuth-mode disable", restart]).await?;
    let name = "the mode is not enabled in the cluster: 403";
    refused(report, folder, password, name, &["--danger-force-port", "5090"]).await?;
    give_all(folder, publisher, &["utils sipOAuth-mode enable", restart]).await?;

    give(folder, publisher, &format!("set profile \"{PROFILE}\" oauth off"), "").await?;
    let name = "the device's security profile is without OAuth: 403";
    refused(report, folder, password, name, &["--danger-force-port", "5090"]).await?;
    give(folder, publisher, &format!("set profile \"{PROFILE}\" oauth on"), "").await?;

    let (certificate, key) = client_certificate(folder).await?;
    let name = "the REGISTER comes over mTLS where TLS was due: 403";
    let mutual = ["--danger-force-port", "5061", "--client-certificate", &certificate, "--client-key", &key];
    refused(report, folder, password, name, &mutual).await
}

async fn refused(report: &Report, folder: &Folder, password: &str, name: &str, wrongly: &[&str]) -> anyhow::Result<()> {
    let attempt = async {
        let mut phone = Phone::start(folder, ALICE, password, wrongly).await?;
        let refusal = phone.wait_for("registration-refused").await?;
        let warning = refusal["warning"].as_str().unwrap_or_default();
        ensure!(refusal["status"] == 403 && warning.contains(WARNING), "the refusal is {refusal}");
        phone.quit().await;
        Ok(refusal)
    };
    let refusal = report.step(name, attempt).await?;
    report.text("refused", &refusal.to_string());
    Ok(())
}

/// A client certificate that names the device, trusted for 5061.
async fn client_certificate(folder: &Folder) -> anyhow::Result<(String, String)> {
    let place = folder.file("client-certificate");
    let request =
        IdentityRequest { common_name: ALICE.device.into(), alternative_names: Vec::new(), key: KeyKind::EcdsaP256 };
    Identity::regenerate(&place, &request)?;
    let (certificate, key) = (place.join("certificate.pem"), place.join("key.pem"));
    let pem = tokio::fs::read_to_string(&certificate).await?;
    for node in LabNode::ALL {
        give(folder, node, "set cert import trust CallManager", &format!("{pem}\n")).await?;
        give(folder, node, "utils service restart Cisco CallManager", "").await?;
    }
    Ok((certificate.to_string_lossy().into_owned(), key.to_string_lossy().into_owned()))
}
