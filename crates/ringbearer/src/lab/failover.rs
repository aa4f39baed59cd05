//! A node dies: its phones register with the other node of their group, and go on calling.

use anyhow::ensure;

use super::Lab;
use super::calls::{Phones, connect, hang_up};
use super::member::LabNode;
use super::node::Node;
use super::phone::Phone;

/// Kills the publisher, lets the phones move, calls, and starts the publisher again.
pub(super) async fn show(lab: &Lab, publisher: Node, phones: &mut Phones) -> anyhow::Result<Node> {
    let Lab { report, network, .. } = lab;
    let subscriber = network.address(LabNode::Subscriber).to_string();
    publisher.kill().await;
    let Phones { alice, bob, carol } = phones;
    report
        .step("the publisher is killed; the phones register with the subscriber", async {
            tokio::try_join!(moved(alice, &subscriber), moved(bob, &subscriber), moved(carol, &subscriber))?;
            Ok(())
        })
        .await?;
    report
        .step("alice calls bob over the subscriber, and hangs up", async {
            connect(alice, bob).await?;
            hang_up(alice, bob).await
        })
        .await?;
    report.step("the publisher starts again", Node::start(lab, LabNode::Publisher)).await
}

async fn moved(phone: &mut Phone, node: &str) -> anyhow::Result<()> {
    let registered = phone.wait_for("registered").await?;
    ensure!(registered.is("node", node), "{} registered elsewhere: {registered}", phone.person.device);
    Ok(())
}
