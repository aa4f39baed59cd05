//! Scenario 1 of the vendor's note, "SIP OAuth Registration port Mismatch", by each of its three causes.

use anyhow::{Context, ensure};
use runtime::identity::{Identity, IdentityRequest, KeyKind};

use super::administrator::{give, give_all};
use super::folder::{Folder, LabNode};
use super::ladder;
use super::phone::{ALICE, Phone};
use super::provision::PROFILE;
use super::report::Report;

/// A cause, how a phone runs into it, and the reason code that the node logs.
struct Cause<'a> {
    name: &'a str,
    wrongly: &'a [&'a str],
    reason: &'a str,
}

/// Brings about each cause, shows the 403, and puts it right again.
pub(super) async fn show(report: &Report, folder: &Folder, password: &str) -> anyhow::Result<()> {
    let publisher = LabNode::Publisher;
    let restart = "utils cluster restart Cisco CallManager";
    give_all(folder, publisher, &["utils sipOAuth-mode disable", restart]).await?;
    let mode = Cause {
        name: "the mode is not enabled in the cluster: 403",
        wrongly: &["--sip-oauth-mode", "1"],
        reason: "port-mismatch-mode-disabled",
    };
    refused(report, folder, password, mode).await?;
    give_all(folder, publisher, &["utils sipOAuth-mode enable", restart]).await?;

    give(folder, publisher, &format!("set profile \"{PROFILE}\" oauth off"), "").await?;
    let profile = Cause {
        name: "the device's security profile is without OAuth: 403",
        wrongly: &["--sip-oauth-mode", "1"],
        reason: "port-mismatch-profile-without-oauth",
    };
    refused(report, folder, password, profile).await?;
    give(folder, publisher, &format!("set profile \"{PROFILE}\" oauth on"), "").await?;

    let identity = client_certificate(folder).await?;
    let transport = Cause {
        name: "the REGISTER comes over mTLS where TLS was due: 403",
        wrongly: &["--sip-oauth-mode", "0", "--identity", &identity],
        reason: "port-mismatch-wrong-transport",
    };
    refused(report, folder, password, transport).await
}

async fn refused(report: &Report, folder: &Folder, password: &str, cause: Cause<'_>) -> anyhow::Result<()> {
    let attempt = async {
        let mut phone = Phone::start(folder, ALICE, password, cause.wrongly).await?;
        let refusal = phone.wait_for("registration-failed").await?;
        ensure!(refusal.is("reason", "port-mismatch"), "the refusal is {refusal}");
        let ladder = ladder::draw(&["alice", "ucm-pub"], phone.arrows(0, 1));
        phone.quit().await;
        let explanation = explanation(folder, cause.reason).await?;
        Ok(format!("{ladder}Warning: 399 ucm-pub \"{}\"\nucm-pub logs: {explanation}", refusal.text("detail")))
    };
    let shown = report.step(cause.name, attempt).await?;
    report.text("refused", &shown);
    Ok(())
}

/// What the publisher's log says of a refusal with this reason code.
async fn explanation(folder: &Folder, reason: &str) -> anyhow::Result<String> {
    let log = tokio::fs::read_to_string(folder.file("ucm-pub.log")).await?;
    let line = log.lines().rfind(|line| line.contains(reason)).with_context(|| format!("no `{reason}` in the log"))?;
    let (_, explanation) = line.split_once("explanation=").context("a refusal without explanation")?;
    Ok(format!("{reason}: {}", explanation.trim_matches('"')))
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
