//! SEC-1: what the security log and every page are told.

use axum::http::header;

use crate::cluster::{Cluster, query};

#[tokio::test]
async fn sec_1_no_event_and_no_page_has_a_secret() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let code = node.code().await;
    let tokens = node.redeem(&code).await.tokens();
    let refresh = tokens.refresh_token.unwrap();
    let mut said = String::new();
    let wrong = node.sign_in(&query(&[]), "alice", "canary-password").await;
    let typed_there = node.sign_in(&query(&[]), "canary password", "x").await;
    assert!(typed_there.header(header::LOCATION).is_empty());
    said.push_str(&wrong.body);
    said.push_str(&node.redeem(&code).await.body);
    said.push_str(&node.refresh(&refresh).await.body);
    said.push_str(&node.redeem("canary-code").await.body);
    said.push_str(&format!("{:?}", cluster.events.take()));
    for secret in ["canary", &code, &refresh, &tokens.access_token, "pw-alice"] {
        assert!(!said.contains(secret), "{said}");
    }
    for told in
        ["SignedIn { user: \"alice\"", "FamilyBegan", "CodeReplayed", "SignInFailed { user: \"(not a user ID)\""]
    {
        assert!(said.contains(told), "{told} in {said}");
    }
}
