//! A node dies: its phones register with the other node of their group, and go on calling.

use anyhow::ensure;

use super::calls::{Phones, connect, hang_up};
use super::folder::{Folder, LabNode};
use super::node::Node;
use super::phone::Phone;
use super::report::Report;

/// Kills the publisher, lets the phones move, calls, and starts the publisher again.
pub(super) async fn show(
    report: &Report,
    folder: &Folder,
    publisher: Node,
    phones: &mut Phones,
) -> anyhow::Result<Node> {
    publisher.kill().await;
    let Phones { alice, bob, carol } = phones;
    report
        .step("the publisher is killed; the phones register with the subscriber", async {
            tokio::try_join!(moved(alice), moved(bob), moved(carol))?;
            Ok(())
        })
        .await?;
    report
        .step("alice calls bob over the subscriber, and hangs up", async {
            connect(alice, bob).await?;
            hang_up(alice, bob).await
        })
        .await?;
    report.step("the publisher starts again", Node::start(folder, LabNode::Publisher)).await
}

async fn moved(phone: &mut Phone) -> anyhow::Result<()> {
    let registered = phone.wait_for("registered").await?;
    let node = LabNode::Subscriber.address().to_string();
    ensure!(registered.is("node", node), "{} registered elsewhere: {registered}", phone.person.device);
    Ok(())
}
