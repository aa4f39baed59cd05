//! Scenario 1 of the vendor's note, "SIP OAuth Registration port Mismatch", by each of its three causes.

use anyhow::{Context, ensure};
use runtime::identity::{Identity, IdentityRequest, KeyKind};

use super::Lab;
use super::ladder;
use super::member::LabNode;
use super::phone::{ALICE, Phone, Way};
use super::provision::PROFILE;

/// A cause, how a phone runs into it, and the reason code that the node logs.
struct Cause<'a> {
    name: &'a str,
    wrongly: &'a [&'a str],
    reason: &'a str,
}

/// Brings about each cause, shows the 403, and puts it right again.
pub(super) async fn show(lab: &Lab) -> anyhow::Result<()> {
    let publisher = LabNode::Publisher;
    let restart = "utils cluster restart Cisco CallManager";
    lab.give_all(publisher, &["utils sipOAuth-mode disable", restart]).await?;
    let mode = Cause {
        name: "the mode is not enabled in the cluster: 403",
        wrongly: &["--sip-oauth-mode", "1"],
        reason: "port-mismatch-mode-disabled",
    };
    refused(lab, mode).await?;
    lab.give_all(publisher, &["utils sipOAuth-mode enable", restart]).await?;

    lab.give(publisher, &format!("set profile \"{PROFILE}\" oauth off"), "").await?;
    let profile = Cause {
        name: "the device's security profile is without OAuth: 403",
        wrongly: &["--sip-oauth-mode", "1"],
        reason: "port-mismatch-profile-without-oauth",
    };
    refused(lab, profile).await?;
    lab.give(publisher, &format!("set profile \"{PROFILE}\" oauth on"), "").await?;

    let identity = client_certificate(lab).await?;
    let transport = Cause {
        name: "the REGISTER comes over mTLS where TLS was due: 403",
        wrongly: &["--sip-oauth-mode", "0", "--identity", &identity],
        reason: "port-mismatch-wrong-transport",
    };
    refused(lab, transport).await
}

async fn refused(lab: &Lab, cause: Cause<'_>) -> anyhow::Result<()> {
    let attempt = async {
        let mut phone = Phone::start(lab, ALICE, Way::Inside, cause.wrongly).await?;
        let refusal = phone.wait_for("registration-failed").await?;
        ensure!(refusal.is("reason", "port-mismatch"), "the refusal is {refusal}");
        let ladder = ladder::draw(&["alice", "ucm-pub"], phone.arrows(0, 1));
        phone.quit().await;
        let explanation = explanation(lab, cause.reason).await?;
        Ok(format!("{ladder}Warning: 399 ucm-pub \"{}\"\nucm-pub logs: {explanation}", refusal.text("detail")))
    };
    let shown = lab.report.step(cause.name, attempt).await?;
    lab.report.text("refused", &shown);
    Ok(())
}

/// What the publisher's log says of a refusal with this reason code.
async fn explanation(lab: &Lab, reason: &str) -> anyhow::Result<String> {
    let log = tokio::fs::read_to_string(lab.folder.file("ucm-pub.log")).await?;
    let line = log.lines().rfind(|line| line.contains(reason)).with_context(|| format!("no `{reason}` in the log"))?;
    let (_, explanation) = line.split_once("explanation=").context("a refusal without explanation")?;
    Ok(format!("{reason}: {}", explanation.trim_matches('"')))
}

/// A client certificate that names the device, trusted for 5061.
async fn client_certificate(lab: &Lab) -> anyhow::Result<String> {
    let place = lab.folder.file("client-certificate");
    let request =
        IdentityRequest { common_name: ALICE.device.into(), alternative_names: Vec::new(), key: KeyKind::EcdsaP256 };
    Identity::regenerate(&place, &request)?;
    let pem = tokio::fs::read_to_string(place.join("certificate.pem")).await?;
    for node in LabNode::UCM {
        lab.give(node, "set cert import trust CallManager", &format!("{pem}\n")).await?;
        lab.give(node, "utils service restart Cisco CallManager", "").await?;
    }
    Ok(place.to_string_lossy().into_owned())
}
