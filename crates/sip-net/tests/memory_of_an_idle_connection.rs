//! What a registered phone that is idle costs the node, beside a TLS server that does nothing (run with `--ignored --nocapture`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod support;

use std::sync::Arc;

use callmanager::flow::{Listener, Transport};
use support::client::Client;
use support::{RunningNode, identity};
use testkit::line_side::status;
use testkit::register::Register;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PHONES: u32 = 1000;

/// Kilobytes in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4
}

#[tokio::test]
#[ignore = "a measurement"]
async fn our_part_is_less_than_seven_kilobytes() {
    // Both stay open to the end, so that neither lives in what the other gave back.
    let (bare, _open) = bare().await;
    let (ours, _node, _open) = ours().await;
    println!("bare {bare} B, ours {ours} B, difference {} B a connection, client's side included in both", ours - bare);
    assert!(ours - bare < 7 * 1024);
}

async fn bare() -> (i64, Vec<Client>) {
    let config = runtime::tls::server_config(&identity("bare")).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await.unwrap();
                let mut received = Vec::new();
                while stream.read_buf(&mut received).await.unwrap_or(0) > 0 {
                    if received.ends_with(b"\r\n\r\n") {
                        received = Vec::new();
                        let _ = stream.write_all(b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                    }
                }
            });
        }
    });
    let before = resident();
    let mut phones = Vec::new();
    for number in 0..PHONES {
        let mut phone = Client::connect(address).await;
        phone.ask(Register::vendor("x", &number.to_string()).bearing(&"t".repeat(900)).text()).await;
        phones.push(phone);
    }
    (per_phone(before), phones)
}

async fn ours() -> (i64, RunningNode, Vec<Client>) {
    let mut node = RunningNode::start();
    let like = node.node.directory.device("CSFalice").unwrap().as_ref().clone();
    node.node
        .add_all((10_000..10_000 + PHONES).flat_map(|number| testkit::cluster::phone_like(&like, number)).collect());
    node.directory.store(Arc::new(node.node.directory.clone()));
    let address = node.address(Listener::OAuth, Transport::Tls);
    let tokens: Vec<String> = (10_000..10_000 + PHONES).map(|number| node.token(&format!("user{number}"))).collect();
    let before = resident();
    let mut phones = Vec::new();
    for (number, token) in (10_000..).zip(&tokens) {
        let mut phone = Client::connect(address).await;
        let register = Register::vendor(&format!("CSF{number}"), &number.to_string());
        phone.ask(register.text()).await;
        let answer = phone.ask(register.next().bearing(token).text()).await;
        assert_eq!(status(&answer), "SIP/2.0 200 OK");
        phone.ask(register.next().next().bearing(token).text()).await;
        phones.push(phone);
    }
    assert_eq!(node.service.status().devices, PHONES as usize);
    (per_phone(before), node, phones)
}

fn per_phone(before: u64) -> i64 {
    i64::try_from((resident() - before) * 1024).unwrap() / i64::from(PHONES)
}
