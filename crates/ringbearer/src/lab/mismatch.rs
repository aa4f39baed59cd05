//! Scenario 1 of the vendor's note, "SIP OAuth Registration port Mismatch", by each of its three causes.

use anyhow::ensure;
use runtime::identity::{Identity, IdentityRequest, KeyKind};

use super::administrator::{give, give_all};
use super::folder::{Folder, LabNode};
use super::phone::{ALICE, Phone};
use super::provision::PROFILE;
use super::report::Report;

/// Brings about each cause, shows the 403, and puts it right again.
pub(super) async fn show(report: &Report, folder: &Folder, password: &str) -> anyhow::Result<()> {
    let publisher = LabNode::Publisher;
    let restart = "utils cluster restart Cisco CallManager";
    give_all(folder, publisher, &["utils sipOAuth-mode disable", restart]).await?;
    let name = "the mode is not enabled in the cluster: 403";
    refused(report, folder, password, name, &["--sip-oauth-mode", "1"]).await?;
    give_all(folder, publisher, &["utils sipOAuth-mode enable", restart]).await?;

    give(folder, publisher, &format!("set profile \"{PROFILE}\" oauth off"), "").await?;
    let name = "the device's security profile is without OAuth: 403";
    refused(report, folder, password, name, &["--sip-oauth-mode", "1"]).await?;
    give(folder, publisher, &format!("set profile \"{PROFILE}\" oauth on"), "").await?;

    let identity = client_certificate(folder).await?;
    let name = "the REGISTER comes over mTLS where TLS was due: 403";
    let mutual = ["--sip-oauth-mode", "0", "--identity", &identity];
    refused(report, folder, password, name, &mutual).await
}

async fn refused(report: &Report, folder: &Folder, password: &str, name: &str, wrongly: &[&str]) -> anyhow::Result<()> {
    let attempt = async {
        let mut phone = Phone::start(folder, ALICE, password, wrongly).await?;
        let refusal = phone.wait_for("registration-failed").await?;
        ensure!(refusal.is("reason", "port-mismatch"), "the refusal is {refusal}");
        phone.quit().await;
        Ok(refusal)
    };
    let refusal = report.step(name, attempt).await?;
    report.text("refused", &refusal.to_string());
    Ok(())
}

/// A client certificate that names the device, trusted for 5061.
async fn client_certificate(folder: &Folder) -> anyhow::Result<String> {
    let place = folder.file("client-certificate");
    let request =
        IdentityRequest { common_name: ALICE.device.into(), alternative_names: Vec::new(), key: KeyKind::EcdsaP256 };
    Identity::regenerate(&place, &request)?;
    let pem = tokio::fs::read_to_string(place.join("certificate.pem")).await?;
    for node in LabNode::ALL {
        give(folder, node, "set cert import trust CallManager", &format!("{pem}\n")).await?;
        give(folder, node, "utils service restart Cisco CallManager", "").await?;
    }
    Ok(place.to_string_lossy().into_owned())
}
