//! The tunnel: none, one, another in its place.

use ringbearer_edge_http::TunnelEnd;

use crate::edge::{Edge, trusting};

#[tokio::test]
async fn without_a_tunnel_clients_come_back_later() {
    let edge = Edge::without_tunnel().await;
    let path = format!("/{}/get_edge_sso", edge.domain());
    let answer = edge.get(&path, "").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (503, "no_tunnel"));
    assert_eq!(answer.fields("retry-after"), ["5"]);
    edge.open_tunnel().await;
    assert_eq!(edge.get(&path, "").await.status(), 200);
}

#[tokio::test]
async fn a_new_connection_takes_the_place_of_the_old() {
    let edge = Edge::without_tunnel().await;
    let first = edge.open_tunnel().await;
    let (outer, inner) = tokio::io::duplex(64 * 1024);
    let tunnel = edge.tunnel.clone();
    let second = tokio::spawn(async move { tunnel.run(outer).await });
    assert!(matches!(first.await.unwrap(), TunnelEnd::Replaced));
    // The other end goes away.
    drop(inner);
    assert!(!matches!(second.await.unwrap(), TunnelEnd::Replaced));
    assert!(!edge.tunnel.is_up());
    let answer = edge.get(&format!("/{}/get_edge_sso", edge.domain()), "").await;
    assert_eq!(answer.status(), 503);
    edge.open_tunnel().await;
    assert_eq!(edge.get(&format!("/{}/get_edge_sso", edge.domain()), "").await.status(), 200);
}

#[tokio::test]
async fn c_stops_and_e_hears_it() {
    let edge = Edge::without_tunnel().await;
    let end = edge.open_tunnel().await;
    edge.stop();
    assert!(matches!(end.await.unwrap(), TunnelEnd::Closed));
}

#[tokio::test]
async fn a_node_that_is_not_trusted_is_not_asked() {
    let edge = Edge::start().await;
    *edge.core.tls.lock().unwrap() = trusting(None);
    let answer = edge.get(&format!("/{}/cucm-uds/version", edge.prefix()), &edge.bearer()).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (502, "node_unreachable"));
    assert_eq!(answer.fields("server"), ["CE_C ECS"]);
    // The list changes, and the next request is made with it.
    *edge.core.tls.lock().unwrap() = trusting(Some(&edge.node.certificate));
    let answer = edge.get(&format!("/{}/cucm-uds/version", edge.prefix()), &edge.bearer()).await;
    assert_eq!((answer.status(), answer.body()), (200, "<versionInformation/>"));
}
