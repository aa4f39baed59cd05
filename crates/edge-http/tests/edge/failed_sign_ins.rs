//! Guesses through the edge: bounded, and no outage for those who share the address.

use std::net::IpAddr;

use crate::edge::Edge;

const FIELDS: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

async fn sign_in(edge: &Edge, source: &str, user: &str, password: &str) -> u16 {
    let source: IpAddr = source.parse().unwrap();
    let path = format!("/{}/ssosp/oauth/authorize?client_id=C1", edge.prefix());
    let form = format!("username={user}&password={password}");
    edge.ask_from(source, "POST", &path, FIELDS, &form).await.status()
}

#[tokio::test]
async fn five_failures_lock_the_user_at_that_source_alone() {
    let edge = Edge::start().await;
    for _ in 0..5 {
        assert_eq!(sign_in(&edge, "127.0.0.71", "ana", "wrong").await, 403);
    }
    let reached = edge.node.targets().len();
    assert_eq!(sign_in(&edge, "127.0.0.71", "ana", "right").await, 429);
    assert_eq!(edge.node.targets().len(), reached, "E answers by itself");
    assert_eq!(sign_in(&edge, "127.0.0.72", "ana", "right").await, 303);
    assert_eq!(sign_in(&edge, "127.0.0.71", "bea", "right").await, 303);
}

#[tokio::test]
async fn a_guesser_behind_a_shared_address_does_not_shut_out_the_office() {
    let edge = Edge::start().await;
    assert_eq!(sign_in(&edge, "127.0.0.71", "ana", "right").await, 303);
    let mut locked = 0;
    for number in 0..80 {
        locked += usize::from(sign_in(&edge, "127.0.0.71", &format!("guess{number}"), "wrong").await == 429);
    }
    assert!(locked > 0, "the guesser is held up");
    assert_eq!(sign_in(&edge, "127.0.0.71", "ana", "right").await, 303, "who works there is not");
}

#[tokio::test]
async fn failures_with_basic_count_too() {
    let edge = Edge::start().await;
    edge.set(|settings| settings.authorize_by_user_credential = true);
    let config = format!("/{}/get_edge_config", edge.domain());
    // ana:wrong
    let wrong = "Authorization: Basic YW5hOndyb25n\r\n";
    for _ in 0..5 {
        assert_eq!(edge.get(&config, wrong).await.status(), 401);
    }
    let answer = edge.get(&config, wrong).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (429, "too_many_failures"));
    let seconds: u64 = answer.fields("retry-after")[0].parse().unwrap();
    assert!((30..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn an_answer_that_decides_nothing_does_not_count() {
    let edge = Edge::without_tunnel().await;
    for _ in 0..20 {
        assert_eq!(sign_in(&edge, "127.0.0.71", "ana", "wrong").await, 503);
    }
    edge.open_tunnel().await;
    assert_eq!(sign_in(&edge, "127.0.0.71", "ana", "right").await, 303);
}

#[tokio::test]
async fn a_node_hears_where_a_client_is_from_expressway_c_alone() {
    let edge = Edge::start().await;
    let source: IpAddr = "127.0.0.73".parse().unwrap();
    let path = format!("/{}/ssosp/oauth/authorize?client_id=C1", edge.prefix());
    let lie = "X-Ringbearer-Edge-Client: stated 10.0.0.1\r\n";
    edge.ask_from(source, "GET", &path, lie, "").await;
    assert_eq!(edge.node.last("x-ringbearer-edge-client").as_deref(), Some("stated 127.0.0.73"));
    edge.set(|settings| settings.authorize_by_user_credential = true);
    let basic = "Authorization: Basic YW5hOnJpZ2h0\r\n";
    edge.ask_from(source, "GET", &format!("/{}/get_edge_config", edge.domain()), basic, "").await;
    assert_eq!(edge.node.last("x-ringbearer-edge-client").as_deref(), Some("stated 127.0.0.73"));
}
