//! The whole lab in network namespaces, with a capture of what passes the Internet: TLS, SRTP, and the question for the edge's
//! address; nothing that a stranger could read.
//!
//! It needs root, iproute2, nftables and tcpdump; without them it says so, and checks nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ringbearer_interop::child::Child;
use ringbearer_interop::folder::Folder;

/// The lab takes half a minute.
const PATIENCE: Duration = Duration::from_secs(150);

#[test]
fn edge_netns_a_stranger_outside_sees_tls_srtp_and_one_question() {
    if let Some(reason) = impossible() {
        println!("NOT CHECKED: {reason}");
        return;
    }
    let folder = Folder::new("edge-netns");
    let capture = folder.join("internet.pcap");
    let mut command = Command::new(ringbearer_interop::ringbearer());
    command.args(["lab", "--netns", "--once", "--json", "--folder"]).arg(folder.join("lab"));
    command.arg("--capture").arg(&capture);
    let mut lab = Child::start("lab", folder.path(), &mut command);
    let prefix = format!("ringbearer-{}-", lab.id());
    let words = lab.succeed(PATIENCE);

    for step in ["each hears the other, sample by sample", "bob calls dave, both outside, and they hear each other"] {
        let done = words.lines().any(|line| line.contains(step) && line.contains("\"ok\":true"));
        assert!(done, "{step}: not in\n{words}");
    }
    let left = output(Command::new("ip").args(["netns", "list"]));
    assert!(!left.contains(&prefix), "namespaces are left: {left}");

    let kinds = kinds(&capture);
    assert!(kinds.get("tls").is_some_and(|count| *count > 50), "{kinds:?}");
    assert!(kinds.get("srtp").is_some_and(|count| *count > 300), "{kinds:?}");
    assert!(kinds.contains_key("dns"), "{kinds:?}");
    let other: Vec<_> = kinds.keys().filter(|kind| !["tls", "srtp", "dns", "tcp"].contains(&kind.as_str())).collect();
    assert_eq!(other, Vec::<&String>::new(), "{kinds:?}");
    // The capture holds no word of SIP, of the configuration, of a sign-in.
    let octets = std::fs::read(&capture).expect("the capture is there");
    for word in ["SIP/2.0", "REGISTER sip:", "inline:", "sipOAuthMode", "Bearer ", "password", "bob@lab.test"] {
        assert!(!octets.windows(word.len()).any(|window| window == word.as_bytes()), "{word} passes in clear");
    }
}

fn impossible() -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("network namespaces need root".to_owned());
    }
    let missing: Vec<_> =
        ["ip", "nft", "tcpdump", "tshark"].into_iter().filter(|program| find(program).is_none()).collect();
    if !missing.is_empty() {
        return Some(format!("missing: {}", missing.join(", ")));
    }
    // Root of a container may be without the right.
    let probe = format!("ringbearer-probe-{}", std::process::id());
    let made = Command::new("ip").args(["netns", "add", &probe]).output().expect("ip runs");
    if !made.status.success() {
        return Some(format!("no network namespace can be made: {}", String::from_utf8_lossy(&made.stderr).trim()));
    }
    output(Command::new("ip").args(["netns", "delete", &probe]));
    None
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

/// How many packets of each kind there are. What UDP carries to and from a media port is read as RTP, and counted as SRTP when
/// its form is that.
fn kinds(capture: &Path) -> BTreeMap<String, usize> {
    let fields =
        ["-T", "fields", "-e", "frame.protocols", "-e", "udp.srcport", "-e", "udp.dstport", "-e", "udp.payload"];
    let words = output(Command::new("tshark").arg("-r").arg(capture).args(["-Y", "ip && !icmp"]).args(fields));
    let mut kinds = BTreeMap::new();
    for line in words.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [protocols, source, destination, payload] = columns[..] else { panic!("{line}") };
        let kind = match protocols {
            protocols if protocols.contains(":dns") => "dns",
            protocols if protocols.contains(":tls") => "tls",
            protocols if protocols.contains(":tcp") => "tcp",
            _ if [source, destination].iter().any(|port| is_media_port(port)) && is_protected(payload) => "srtp",
            other => other,
        };
        *kinds.entry(kind.to_owned()).or_default() += 1;
    }
    kinds
}

fn is_media_port(port: &str) -> bool {
    port.parse::<u16>().is_ok_and(|port| (36_000..=59_999).contains(&port))
}

/// Version 2 of RTP or RTCP with more behind its header than an unprotected packet of the lab's codec has; or the empty packet
/// that keeps a way open.
fn is_protected(payload: &str) -> bool {
    const HEADER: usize = 12;
    const SAMPLES: usize = 160;
    let octets = payload.len() / 2;
    let is_control = payload.get(2..4).is_some_and(|kind| ("c8"..="cc").contains(&kind));
    payload.is_empty() || payload.starts_with(['8', '9']) && (is_control || octets != HEADER + SAMPLES)
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
