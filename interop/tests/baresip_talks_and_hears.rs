//! Two baresip softphones register with digest, one calls the other, and each hears what the other says.

use std::net::IpAddr;
use std::time::Duration;

use ringbearer_interop::baresip::{Account, Baresip};
use ringbearer_interop::cluster::{Node, PASSWORD};
use ringbearer_interop::folder::Folder;
use ringbearer_interop::tone;

const SOON: Duration = Duration::from_secs(15);
const LOW: f64 = 440.0;
const HIGH: f64 = 880.0;

#[test]
fn baresip_calls_over_udp() {
    call("baresip-udp", "udp");
}

#[test]
fn baresip_calls_over_tcp() {
    call("baresip-tcp", "tcp");
}

fn call(test: &str, transport: &'static str) {
    let folder = Folder::new(test);
    let node = Node::start(&folder, "127.0.0.34");
    let account = |user: &str, auth_user: &str, tone| Account {
        user: user.to_string(),
        auth_user: auth_user.to_string(),
        password: PASSWORD.to_string(),
        server: node.phone_port(),
        transport,
        answers: user == "1002",
        tone,
    };
    let called_address: IpAddr = [127, 0, 0, 46].into();
    let caller_address: IpAddr = [127, 0, 0, 45].into();
    let mut called = Baresip::start(&folder, called_address, &account("1002", "dave", HIGH));
    let mut caller = Baresip::start(&folder, caller_address, &account("1001", "carol", LOW));
    called.wait_until_registered(SOON);
    caller.wait_until_registered(SOON);

    caller.command("dial", &format!("sip:1002@{}", node.phone_port()));
    caller.wait_for("CALL_ESTABLISHED", SOON);
    called.wait_for("CALL_ESTABLISHED", SOON);
    // A call takes its time: this is how long the two talk.
    std::thread::sleep(Duration::from_secs(3));
    caller.command("hangup", "");
    called.wait_for("CALL_CLOSED", SOON);

    hears("the caller", &mut caller, HIGH, LOW);
    hears("the called", &mut called, LOW, HIGH);
}

/// It heard one tone, and not its own.
fn hears(who: &str, phone: &mut Baresip, other: f64, own: f64) {
    let heard = phone.heard();
    assert!(heard.len() > 2 * tone::RATE as usize, "{who} heard {} samples:\n{}", heard.len(), phone.words());
    let middle = &heard[heard.len() / 4..heard.len() * 3 / 4];
    assert!(tone::share(middle, other) > 0.9, "{who} hears {} of the other", tone::share(middle, other));
    assert!(tone::share(middle, own) < 0.05, "{who} hears {} of itself", tone::share(middle, own));
}
