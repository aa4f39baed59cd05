//! An Expressway-C with all its phones on one connection: more than the bounds of a phone's connection would let through.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod support;

use std::sync::Arc;

use callmanager::flow::{Listener, Transport};
use support::RunningNode;
use support::certificates::Request;
use support::client::{Client, tls};
use testkit::edge;
use testkit::line_side::status;
use testkit::register::Register;

const PHONES: std::ops::Range<u32> = 10_000..10_600;

#[tokio::test]
async fn six_hundred_phones_register_at_once_and_refresh() {
    let mut node = RunningNode::start();
    let like = node.node.directory.device("CSFalice").unwrap().as_ref().clone();
    node.node.add_all(PHONES.flat_map(|number| testkit::cluster::phone_like(&like, number)).collect());
    node.directory.store(Arc::new(node.node.directory.clone()));
    let identity = node.authority.issue(&Request::named("exp-c.lab.test"));
    let address = node.address(Listener::MraOAuth, Transport::Tls);
    let mut edge = Client::try_connect(address, tls(Some(identity), rustls::DEFAULT_VERSIONS)).await.unwrap();
    let registers: Vec<Register> = PHONES
        .map(|number| {
            let token = node.token(&format!("user{number}"));
            Register::vendor(&format!("CSF{number}"), &number.to_string()).bearing(&token)
        })
        .collect();
    for round in 0..2 {
        for (client, register) in registers.iter().enumerate() {
            let register = Register { sequence: register.sequence + round, ..register.clone() };
            edge.send(edge::inwards(&format!("k{client}"), &register.text())).await;
            // The answers are read in two heaps: what waits meanwhile is the node's to hold.
            if client % 300 == 299 {
                for _ in 0..300 {
                    let (_, answer) = edge::outwards(&edge.receive().await.unwrap());
                    assert_eq!(status(&answer), "SIP/2.0 200 OK");
                    assert_eq!(answer.contains(";x-cisco-newreg"), round == 0);
                }
            }
        }
        assert_eq!(node.service.status().devices, registers.len());
    }
    drop(edge);
    let gone = async {
        while node.service.status().devices > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), gone).await.unwrap();
    assert_eq!(node.count("unregistered", "connectivity-error"), registers.len() as u64);
}

#[tokio::test]
async fn a_client_that_guesses_behind_an_edge_does_not_hold_up_its_neighbours() {
    let node = RunningNode::start();
    let address = node.address(Listener::MraOAuth, Transport::Tls);
    let identity = node.authority.issue(&Request::named("exp-c.lab.test"));
    let connect = || Client::try_connect(address, tls(Some(identity.clone()), rustls::DEFAULT_VERSIONS));
    let mut edge = connect().await.unwrap();
    for sequence in 1..=100 {
        let guess = Register { sequence, ..Register::vendor("CSFalice", "1001") }.bearing("guess.ed.token");
        let answer = edge.ask(edge::inwards("k1", &guess.text())).await;
        assert_eq!(status(&edge::outwards(&answer).1), "SIP/2.0 407 Proxy Authentication Required");
    }
    drop(edge);
    let mut edge = connect().await.unwrap();
    let bob = Register::vendor("CSFbob", "1002").bearing(&node.token("bob"));
    let answer = edge.ask(edge::inwards("k2", &bob.text())).await;
    assert_eq!(status(&edge::outwards(&answer).1), "SIP/2.0 200 OK");
}
