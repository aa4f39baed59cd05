//! SIPp registers two devices with digest on 5060, and calls one from the other through the B2BUA.

use std::time::Duration;

use ringbearer_interop::cluster::{Node, PASSWORD};
use ringbearer_interop::folder::Folder;
use ringbearer_interop::sipp::Scenario;

const LIMIT: Duration = Duration::from_secs(40);

/// The scenarios check that the media addresses pass through unchanged; they know these two.
const CALLER: &str = "127.0.0.43:5070";
const CALLED: &str = "127.0.0.44:5070";

/// One socket for all calls.
const UDP: [&str; 2] = ["-t", "u1"];

#[test]
fn sipp_registers_with_digest_and_calls() {
    let folder = Folder::new("sipp");
    let node = Node::start(&folder, "127.0.0.33");
    let scenario = |name, local: &str, service, user, calls| Scenario {
        name,
        local: local.parse().expect("an address"),
        server: Some(node.phone_port()),
        service,
        credentials: (user, PASSWORD),
        calls,
        words: &UDP,
    };
    scenario("register", CALLED, "1002", "dave", 1).start(&folder).succeed(LIMIT);
    scenario("register", CALLER, "1001", "carol", 1).start(&folder).succeed(LIMIT);
    let mut called = Scenario { server: None, ..scenario("answer", CALLED, "1002", "dave", 5) }.start(&folder);
    let words = [&UDP[..], &["-key", "caller", "1001", "-l", "1"]].concat();
    let mut caller = Scenario { words: &words, ..scenario("call", CALLER, "1002", "carol", 5) }.start(&folder);
    caller.succeed(LIMIT);
    called.succeed(LIMIT);
}

#[test]
fn sipp_with_a_wrong_password_is_challenged_again() {
    let folder = Folder::new("sipp-wrong");
    let node = Node::start(&folder, "127.0.0.33");
    let mut sipp = Scenario {
        name: "register_refused",
        local: CALLER.parse().expect("an address"),
        server: Some(node.phone_port()),
        service: "1001",
        credentials: ("carol", "wrong"),
        calls: 1,
        words: &UDP,
    }
    .start(&folder);
    sipp.succeed(LIMIT);
}
