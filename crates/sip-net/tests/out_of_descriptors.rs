//! The process has no descriptor left (F14): connections that stand go on, none is accepted, nothing spins, and it heals alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod support;

use std::fs::File;
use std::io::{Read, Seek};
use std::time::Duration;

use callmanager::flow::{Listener, Transport};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::RunningNode;
use support::client::Client;
use testkit::line_side::status;
use testkit::register::Register;
use tokio::net::TcpStream;

/// Processor time of this process in clock ticks, from a file that was opened while that was possible.
fn ticks(stat: &mut File) -> u64 {
    let mut text = String::new();
    stat.rewind().unwrap();
    stat.read_to_string(&mut text).unwrap();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
    fields.iter().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
}

#[tokio::test]
async fn accepting_pauses_and_heals() {
    let node = RunningNode::start();
    let address = node.address(Listener::OAuth, Transport::Tls);
    let mut phone = Client::connect(address).await;
    let register = Register::vendor("CSFalice", "1001").bearing(&node.token("alice"));
    phone.ask(register.text()).await;
    let mut stat = File::open("/proc/self/stat").unwrap();
    let before = getrlimit(Resource::Nofile);
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
    setrlimit(Resource::Nofile, Rlimit { current: Some(open + 9), maximum: before.maximum }).unwrap();
    let mut holders = Vec::new();
    while let Ok(holder) = TcpStream::connect(address).await {
        holders.push(holder);
    }
    let spent = ticks(&mut stat);
    while node.count("accept-failed", "resources") == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(ticks(&mut stat) - spent < 25, "half a second must not cost a quarter of one");
    assert_eq!(status(&phone.ask(register.next().text()).await), "SIP/2.0 200 OK");
    setrlimit(Resource::Nofile, before).unwrap();
    let mut other = Client::connect(address).await;
    let answer = other.ask(Register::vendor("CSFbob", "1002").bearing(&node.token("bob")).text()).await;
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
}
