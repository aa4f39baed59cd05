//! Five hundred phones behind one edge: registered, and refreshed again and again with no error, and what each weighs on
//! Expressway-E, Expressway-C and the node. Half a minute here; by hand `RINGBEARER_FLEET_SECONDS=180` makes it three.

use std::process::Command;
use std::time::Duration;

use ringbearer_interop::child::{Child, wait_until};
use ringbearer_interop::edge::Edge;
use ringbearer_interop::fleet::furnish;
use ringbearer_interop::folder::Folder;

const NET: u8 = 62;
const PHONES: u32 = 500;
/// How often each refreshes.
const EVERY: u32 = 10;
const SECONDS: u64 = 30;
const REGISTERED_WITHIN: Duration = Duration::from_secs(60);

#[test]
fn edge_five_hundred_phones_refresh_without_an_error() {
    let seconds = std::env::var("RINGBEARER_FLEET_SECONDS").map_or(SECONDS, |text| text.parse().expect("seconds"));
    let folder = Folder::new("edge-fleet");
    let edge = Edge::start(&folder, NET);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A tenth more: what the first connections make the processes allocate is not memory of a phone.
    let tokens = runtime.block_on(furnish(&folder.join("cluster.db"), PHONES));
    folder.write("tokens", tokens.join("\n"));
    load(&folder, &edge, "first", PHONES / 10, 1).succeed(REGISTERED_WITHIN);
    wait_until("the first are gone", REGISTERED_WITHIN, || edge.registered() == 0);

    let before = resident(&edge);
    let mut fleet = load(&folder, &edge, "fleet", PHONES, seconds);
    wait_until("all are registered", REGISTERED_WITHIN, || edge.registered() == PHONES as usize);
    std::thread::sleep(Duration::from_secs(seconds.saturating_sub(5)));
    assert_eq!(edge.registered(), PHONES as usize, "{}", fleet.words());
    let after = resident(&edge);
    let words = fleet.succeed(Duration::from_secs(seconds) + REGISTERED_WITHIN);

    let measured: serde_json::Value = serde_json::from_str(words.trim()).unwrap_or_else(|_| panic!("{words}"));
    assert_eq!(measured["errors"], serde_json::json!({}), "{measured}");
    let least = u64::from(PHONES) * seconds / u64::from(EVERY);
    assert!(measured["count"].as_u64().is_some_and(|count| count >= least), "fewer than {least}: {measured}");
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        let each = after.saturating_sub(*before) as f64 / f64::from(PHONES) / 1024.0;
        println!("{name}: {each:.1} KiB a phone, {:.1} MiB in all", *after as f64 / 1_048_576.0);
    }
    println!("refresh: {}", measured["latency"]);
    wait_until("no registration is left", REGISTERED_WITHIN, || edge.registered() == 0);
}

fn load(folder: &Folder, edge: &Edge, name: &str, phones: u32, seconds: u64) -> Child {
    let mut command = Command::new(ringbearer_interop::ringbearer());
    command.args(["load", "keep", "--json", "--server", &edge.outer.port(5061).to_string()]);
    command.args(["--node", &edge.node.address().to_string(), "--phones", &phones.to_string()]);
    command.args(["--seconds", &seconds.to_string(), "--every", &EVERY.to_string()]);
    command.arg("--trust").arg(edge.trust()).arg("--token").arg(folder.join("tokens"));
    Child::start(name, folder.path(), &mut command)
}

/// The resident memory of the three processes, in bytes.
fn resident(edge: &Edge) -> [(&'static str, u64); 3] {
    [("Expressway-E", edge.outer.id()), ("Expressway-C", edge.inner.id()), ("Unified CM", edge.node.id())].map(
        |(name, id)| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
            let row = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a row");
            let kibibytes: u64 = row.split_whitespace().next().expect("a count").parse().expect("a number");
            (name, kibibytes * 1024)
        },
    )
}
