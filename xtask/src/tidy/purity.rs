//! The protocol and domain bands have no sockets, files, clock, randomness, threads or environment.
//!
//! Bytes, `now` and random bytes come from the caller, so that a whole cluster runs in one thread of a test
//! with virtual time. `IpAddr`, `SocketAddr`, `Instant` and `Duration` are types, and welcome.

use super::Finding;
use super::tree::Tree;

const RULE: &str = "purity";

const PURE: [&str; 2] = ["protocol", "domain"];

/// What a path must not hold, and what to do instead.
struct Ban {
    segments: &'static [&'static str],
    instead: &'static str,
}

const fn ban(segments: &'static [&'static str], instead: &'static str) -> Ban {
    Ban { segments, instead }
}

const SOCKETS: &str = "sockets belong to the adapters";
const CLOCK: &str = "the caller gives `now`";
const RANDOMNESS: &str = "the caller gives random bytes";
const STORAGE: &str = "files belong to the adapters";
const PROCESS: &str = "threads, processes and the environment belong to the adapters";
const OUTPUT: &str = "say it as an output of the machine";

const BANS: [Ban; 34] = [
    ban(&["tokio"], "a runtime belongs to the adapters"),
    ban(&["mio"], SOCKETS),
    ban(&["socket2"], SOCKETS),
    ban(&["TcpStream"], SOCKETS),
    ban(&["TcpListener"], SOCKETS),
    ban(&["UdpSocket"], SOCKETS),
    ban(&["UnixStream"], SOCKETS),
    ban(&["UnixListener"], SOCKETS),
    ban(&["ToSocketAddrs"], SOCKETS),
    ban(&["std", "net", "*"], SOCKETS),
    ban(&["std", "fs"], STORAGE),
    ban(&["std", "io", "stdin"], STORAGE),
    ban(&["std", "io", "stdout"], OUTPUT),
    ban(&["std", "io", "stderr"], OUTPUT),
    ban(&["std", "thread"], PROCESS),
    ban(&["std", "process"], PROCESS),
    ban(&["std", "env"], PROCESS),
    ban(&["Instant", "now"], CLOCK),
    ban(&["SystemTime", "now"], CLOCK),
    ban(&["UNIX_EPOCH", "elapsed"], CLOCK),
    ban(&["Utc", "now"], CLOCK),
    ban(&["Local", "now"], CLOCK),
    ban(&["rand"], RANDOMNESS),
    ban(&["getrandom"], RANDOMNESS),
    ban(&["fastrand"], RANDOMNESS),
    ban(&["OsRng"], RANDOMNESS),
    ban(&["SystemRandom"], RANDOMNESS),
    ban(&["thread_rng"], RANDOMNESS),
    ban(&["Uuid", "new_v4"], RANDOMNESS),
    ban(&["Uuid", "now_v7"], RANDOMNESS),
    ban(&["println"], OUTPUT),
    ban(&["eprintln"], OUTPUT),
    ban(&["print"], OUTPUT),
    ban(&["eprint"], OUTPUT),
];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (file, source) in tree.code(&PURE) {
        for path in source.paths() {
            if let Some(ban) = BANS.iter().find(|ban| ban.bans(&path.segments)) {
                let words = format!("{}: {}", path.segments.join("::"), ban.instead);
                findings.push(Finding::new(RULE, &file.path, path.line, words));
            }
        }
    }
    findings
}

impl Ban {
    /// A single name in capitals is banned anywhere; a crate or a macro only at the start; a longer path anywhere.
    fn bans(&self, path: &[String]) -> bool {
        match self.segments {
            [name] if name.starts_with(char::is_lowercase) => {
                path.first().is_some_and(|first| first == name) && is_crate_or_macro(name, path)
            }
            segments => path.windows(segments.len()).any(|window| window == segments),
        }
    }
}

/// A lone lower-case word may be a variable: a crate shows by a second segment, a macro is meant alone.
fn is_crate_or_macro(name: &str, path: &[String]) -> bool {
    path.len() > 1 || name.contains("print")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(band: &str, code: &str) -> Vec<String> {
        check(&Tree::of(band, "crates/sample/src/lib.rs", code)).into_iter().map(|finding| finding.words).collect()
    }

    #[test]
    fn refuses_what_is_not_pure() {
        for code in [
            "use std::{fs, io};",
            "fn a() { let now = std::time::Instant::now(); }",
            "use std::time::SystemTime; fn a() { SystemTime::now(); }",
            "fn a() { tokio::spawn(b()); }",
            "use std::net::{IpAddr, UdpSocket};",
            "use std::net::*;",
            "fn a() { let id = uuid::Uuid::new_v4(); }",
            "fn a() { rand::random::<u8>(); }",
            "use aws_lc_rs::rand::SystemRandom;",
            "fn a() { println!(\"x\"); }",
            "fn a() { std::thread::sleep(b); }",
        ] {
            assert_eq!(words("protocol", code).len(), 1, "{code}");
            assert_eq!(words("domain", code).len(), 1, "{code}");
        }
    }

    #[test]
    fn welcomes_addresses_durations_and_variables() {
        let code = "use std::net::{IpAddr, SocketAddr}; use std::time::{Duration, Instant};
            fn a(rand: [u8; 16], now: Instant) { b(rand, now); }";
        assert_eq!(words("protocol", code), Vec::<String>::new());
    }

    #[test]
    fn leaves_the_adapters_alone() {
        assert_eq!(words("adapters", "use tokio::net::TcpStream;"), Vec::<String>::new());
    }

    #[test]
    fn ignores_comments_strings_and_tests() {
        let code = "//! Never std::fs.\nconst A: &str = \"Instant::now()\";
            #[cfg(test)] mod tests { fn a() { std::time::Instant::now(); } }";
        assert_eq!(words("protocol", code), Vec::<String>::new());
    }
}
