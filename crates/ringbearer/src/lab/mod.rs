//! `ringbearer lab`: a whole system on this machine's loopback addresses, provisioned, proven, kept running.

mod administrator;
mod calls;
mod checklist;
pub(crate) mod dns;
mod edge;
mod failover;
mod folder;
mod hints;
mod ladder;
mod member;
mod mismatch;
mod network;
mod node;
mod phone;
mod process;
mod provision;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use calls::Phones;
use dns::DnsServer;
use folder::Folder;
use member::{DOMAIN, LabNode};
use network::Network;
use node::Node;
use process::Process;
use report::Report;

/// The arguments of `ringbearer lab`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Prove everything, then stop: exit code 0 when all of it held, else 1.
    #[arg(long)]
    once: bool,
    /// Keep what an earlier lab left in the folder: its users, keys and certificates.
    #[arg(long)]
    keep: bool,
    /// Remove the folder of an earlier lab, and do nothing else.
    #[arg(long, conflicts_with_all = ["once", "keep"])]
    clean: bool,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// Outside, DMZ and inside as network namespaces with address translation and a firewall between them; needs root.
    #[arg(long)]
    netns: bool,
    /// With --netns: write what passes the Internet to this file, as tcpdump does.
    #[arg(long, value_name = "FILE", requires = "netns")]
    capture: Option<PathBuf>,
    /// Where the lab keeps its state.
    #[arg(long, default_value = "ringbearer-lab", value_name = "FOLDER")]
    folder: PathBuf,
}

/// What every step of the lab works with.
struct Lab {
    report: Report,
    folder: Folder,
    network: Network,
    /// The password of all people of this lab: new each time, and only shown when the lab stays up.
    password: String,
}

/// What runs when everything is proven.
struct Running {
    publisher: Node,
    subscriber: Node,
    edge: edge::Edge,
    /// They answer as long as they are held.
    _dns: [DnsServer; 2],
}

/// Runs the lab.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    if arguments.clean {
        return ended(Folder::remove(&arguments.folder));
    }
    let report = Report::new(arguments.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ended(Err(error.into())),
    };
    let outcome = runtime.block_on(begin(&arguments));
    report.end(&outcome);
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ringbearer lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn begin(arguments: &Arguments) -> anyhow::Result<()> {
    let network = if arguments.netns { Network::namespaces()? } else { Network::loopback() };
    network.refuse_if_taken()?;
    let folder = Folder::make(&arguments.folder, arguments.keep, &network)?;
    let password = runtime::random::bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
    let lab = Lab { report: Report::new(arguments.json), folder, network, password };
    let capture = match &arguments.capture {
        Some(file) => lab.network.capture(&std::path::absolute(file)?)?,
        None => None,
    };
    let capture = capture.map(|command| Process::start("capture", lab.folder.path(), command)).transpose()?;
    // Whoever is interrupted ends what it has started.
    let running = tokio::select! {
        proven = prove(&lab) => proven?,
        _ = runtime::shutdown::signalled() => bail!("interrupted"),
    };
    if !arguments.once {
        stay(&lab).await?;
    }
    let Running { publisher, subscriber, edge, .. } = running;
    edge.stop().await;
    subscriber.stop().await;
    publisher.stop().await;
    if let Some(capture) = capture {
        capture.stop().await;
    }
    Ok(())
}

async fn prove(lab: &Lab) -> anyhow::Result<Running> {
    let Lab { report, .. } = lab;
    report.chapter("Two nodes of one cluster");
    let publisher = lab.start(LabNode::Publisher).await?;
    let subscriber = lab.start(LabNode::Subscriber).await?;
    report.step("users, phones and lines", provision::people(lab)).await?;

    report.chapter("SIP OAuth mode, in the five steps of the vendor's note");
    provision::five_steps(lab).await?;

    report.chapter("Mobile and remote access: the two halves of the edge, and the three steps of the note");
    let dns = report.step("the domain's DNS, inside and outside", async { lab.network.start_dns() }).await?;
    let [inside, outside] = dns.each_ref().map(DnsServer::address);
    report.text("dns", &format!("_cisco-uds._tcp.{DOMAIN} at {inside}, _collab-edge._tls.{DOMAIN} at {outside}"));
    let edge = edge::Edge::start(lab).await?;
    write_trust(lab)?;
    if lab.network.is_apart() {
        let walls = report.step("outside, DMZ and inside are apart", async { lab.network.try_the_walls() }).await?;
        report.text("network", &walls);
    }

    report.chapter("Verification");
    checklist::check(lab).await?;

    report.chapter("Phones");
    let mut phones = Phones::start(lab).await?;
    phones.call(lab).await?;

    report.chapter("A node dies");
    let publisher = failover::show(lab, publisher, &mut phones).await?;
    phones.quit().await;

    report.chapter("Phones outside");
    edge::outside::show(lab).await?;

    report.chapter("Scenario 1: SIP OAuth Registration port Mismatch");
    mismatch::show(lab).await?;

    edge::unknown_ca::show(lab).await?;
    Ok(Running { publisher, subscriber, edge, _dns: dns })
}

impl Lab {
    /// Starts a member, as a step.
    async fn start(&self, node: LabNode) -> anyhow::Result<Node> {
        let name = format!("{} on {}", node.name(), self.network.address(node));
        self.report.step(&name, Node::start(self, node)).await
    }
}

/// The certificates that the lab's phones trust: those that the nodes and Expressway-E show.
fn write_trust(lab: &Lab) -> anyhow::Result<()> {
    let of_node = |node| ["tomcat", "CallManager"].map(|name| lab.folder.certificate(node, name));
    let mut paths: Vec<_> = LabNode::UCM.into_iter().flat_map(of_node).collect();
    paths.push(lab.folder.certificate(LabNode::ExpresswayE, "server"));
    let mut trust = String::new();
    for path in paths {
        trust.push_str(&std::fs::read_to_string(&path).with_context(|| path.display().to_string())?);
    }
    std::fs::write(lab.folder.file("trust.pem"), trust).context("writing trust.pem")
}

async fn stay(lab: &Lab) -> anyhow::Result<()> {
    let phones = edge::outside::waiting(lab).await?;
    lab.report.chapter("The lab stays up until you press Ctrl+C. Try, in other terminals:");
    lab.report.text("try", &hints::things_to_try(lab));
    runtime::shutdown::signalled().await.context("waiting for Ctrl+C")?;
    for phone in phones {
        phone.quit().await;
    }
    Ok(())
}
