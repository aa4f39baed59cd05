//! `ringbearer lab`: a whole system on this machine's loopback addresses, provisioned, proven, kept running.

mod addresses;
mod administrator;
mod calls;
mod checklist;
pub(crate) mod dns;
mod failover;
mod folder;
mod ladder;
mod mismatch;
mod node;
mod phone;
mod process;
mod provision;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use calls::Phones;
use folder::{Folder, LabNode};
use node::Node;
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
    /// Where the lab keeps its state.
    #[arg(long, default_value = "ringbearer-lab", value_name = "FOLDER")]
    folder: PathBuf,
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
    let outcome = runtime.block_on(lab(&report, &arguments));
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

async fn lab(report: &Report, arguments: &Arguments) -> anyhow::Result<()> {
    addresses::refuse_if_taken()?;
    let folder = Folder::make(&arguments.folder, arguments.keep)?;
    let password = password();

    report.chapter("Two nodes of one cluster");
    let publisher = report.step("ucm-pub on 127.0.0.11", Node::start(&folder, LabNode::Publisher)).await?;
    let subscriber = report.step("ucm-sub on 127.0.0.12", Node::start(&folder, LabNode::Subscriber)).await?;
    write_trust(&folder)?;
    report.step("users, phones and lines", provision::people(&folder, &password)).await?;

    report.chapter("SIP OAuth mode, in the five steps of the vendor's note");
    provision::five_steps(report, &folder).await?;

    report.chapter("Verification");
    checklist::check(report, &folder).await?;

    report.chapter("Phones");
    let mut phones = Phones::start(report, &folder, &password).await?;
    phones.call(report, &folder).await?;

    report.chapter("A node dies");
    let publisher = failover::show(report, &folder, publisher, &mut phones).await?;
    phones.quit().await;

    report.chapter("Scenario 1: SIP OAuth Registration port Mismatch");
    mismatch::show(report, &folder, &password).await?;

    if !arguments.once {
        stay(report, &folder, &password).await?;
    }
    subscriber.stop().await;
    publisher.stop().await;
    Ok(())
}

/// The certificates that the lab's phones trust: those that both nodes show.
fn write_trust(folder: &Folder) -> anyhow::Result<()> {
    let mut trust = String::new();
    for (node, name) in LabNode::ALL.into_iter().flat_map(|node| ["tomcat", "CallManager"].map(|name| (node, name))) {
        let path = folder.certificate(node, name);
        trust.push_str(&std::fs::read_to_string(&path).with_context(|| path.display().to_string())?);
    }
    std::fs::write(folder.file("trust.pem"), trust).context("writing trust.pem")
}

/// The password of all people of this lab: new each time, and only shown when the lab stays up.
fn password() -> String {
    runtime::random::bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn stay(report: &Report, folder: &Folder, password: &str) -> anyhow::Result<()> {
    report.chapter("The lab stays up until you press Ctrl+C. Try, in other terminals:");
    report.text("try", &things_to_try(folder, password));
    runtime::shutdown::signalled().await.context("waiting for Ctrl+C")
}

fn things_to_try(folder: &Folder, password: &str) -> String {
    let program = std::env::current_exe().map_or_else(|_| "ringbearer".into(), |path| path.display().to_string());
    let (place, socket) = (folder.path().display(), folder.admin_socket(LabNode::Publisher));
    let phone = |device: &str| format!("{program} phone --node 127.0.0.11 --trust {place}/trust.pem --device {device}");
    format!(
        "the admin shell      {program} admin --socket {}\n\
         alice's phone        {}\n\
         bob's phone          {}   then in alice's: call 2002\n\
         sign in as           alice, bob or carol; password {password}\n\
         the login page       https://127.0.0.11:8443/ssosp/oauth/authorize\n\
         a phone's settings   curl http://127.0.0.11:6970/CSFALICE.cnf.xml\n\
         the nodes' logs      {place}/ucm-pub.log and {place}/ucm-sub.log\n\
         a readable capture   tshark -i lo -o tls.keylog_file:{place}/ucm-pub.keylog -f 'port 5090' -Y sip",
        socket.display(),
        phone("CSFALICE"),
        phone("CSFBOB"),
    )
}
