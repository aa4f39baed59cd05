//! The vendor's `/ssosp/token/revoke`, and RFC 7009.

use authorization::{AccessTokenError, PHONE_CLIENT_ID, SOFTPHONE_CLIENT_ID};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::cluster::{APPLICATION, Answer, Cluster, Node, basic, query, request};

async fn revoke(node: &Node, target: &str, authorization: Option<String>) -> Answer {
    let mut request = request(Method::GET, target);
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    node.send(request.body(Body::empty()).unwrap()).await
}

fn axl() -> Option<String> {
    Some(basic("axl", "pw-axl"))
}

#[tokio::test]
async fn all_tokens_of_a_user_end_everywhere() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(), cluster.node());
    let tokens = one.tokens().await;
    let bob = one.sign_in(&query(&[]), "bob", "pw-bob").await.redirected("code").unwrap();
    let bob = one.redeem(&bob).await.tokens();
    let keys = one.tokens.keys();
    let refresh_token = tokens.refresh_token.unwrap();
    let identity = keys.verify_refresh_token(refresh_token.as_bytes(), cluster.now()).unwrap().identity();
    let index: String = identity.iter().map(|byte| format!("{byte:02x}")).collect();

    let answer = revoke(&two, "/ssosp/token/revoke?user_id=ALICE", axl()).await;
    let expected = json!({ "revoked_tokens": {
        "status": "success", "user_id": "alice",
        "clientID_tokens": [{ "client_id": SOFTPHONE_CLIENT_ID, "refresh_token": index }],
    } });
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, expected));

    cluster.synchronize(&one).await;
    for node in [&one, &two] {
        let verdict = node.tokens.verify(tokens.access_token.as_bytes(), cluster.now());
        assert_eq!(verdict.unwrap_err(), AccessTokenError::Revoked);
        assert!(node.tokens.verify(bob.access_token.as_bytes(), cluster.now()).is_ok());
        assert_eq!(node.refresh(&refresh_token).await.error(), (400, "invalid_grant".to_owned()));
    }
    let again = revoke(&two, "/ssosp/token/revoke?user_id=alice", axl()).await.json();
    assert_eq!(again["revoked_tokens"]["clientID_tokens"], json!([]));
    let new = one.tokens().await;
    assert!(one.tokens.verify(new.access_token.as_bytes(), cluster.now()).is_ok(), "alice may sign in again");
}

/// AUT-8 on three nodes: each learns it from the change feed, and none needs to be asked.
#[tokio::test]
async fn aut_8_three_nodes_refuse_what_one_revoked() {
    let cluster = Cluster::new();
    let nodes = [cluster.node(), cluster.node(), cluster.node()];
    let tokens = nodes[0].tokens().await;
    let bob = nodes[1].sign_in(&query(&[]), "bob", "pw-bob").await.redirected("code").unwrap();
    let bob = nodes[1].redeem(&bob).await.tokens();
    // Every node has seen, and remembers, both tokens.
    let held = nodes.each_ref().map(|node| node.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).unwrap());
    nodes.iter().for_each(|node| assert!(node.tokens.verify(bob.access_token.as_bytes(), cluster.now()).is_ok()));
    revoke(&nodes[2], "/ssosp/token/revoke?user_id=alice", axl()).await;
    for (node, held) in nodes.iter().zip(&held) {
        cluster.synchronize(node).await;
        assert!(node.tokens.is_revoked(held), "what ends the registrations that rest on it");
        let verdict = node.tokens.verify(tokens.access_token.as_bytes(), cluster.now());
        assert_eq!(verdict.unwrap_err(), AccessTokenError::Revoked);
        assert!(node.tokens.verify(bob.access_token.as_bytes(), cluster.now()).is_ok());
        let refresh = tokens.refresh_token.as_deref().unwrap();
        assert_eq!(node.refresh(refresh).await.error(), (400, "invalid_grant".to_owned()));
    }
}

#[tokio::test]
async fn oau_9_an_administrator_waits_for_the_hashes_too() {
    let cluster = Cluster::new();
    let node = cluster.node();
    cluster.passwords.busy.store(true, std::sync::atomic::Ordering::Relaxed);
    for _ in 0..10 {
        let answer = revoke(&node, "/ssosp/token/revoke?user_id=alice", axl()).await;
        assert_eq!((answer.status, answer.header(header::RETRY_AFTER)), (StatusCode::SERVICE_UNAVAILABLE, "2"));
    }
    cluster.passwords.busy.store(false, std::sync::atomic::Ordering::Relaxed);
    let answer = revoke(&node, "/ssosp/token/revoke?user_id=alice", axl()).await;
    assert_eq!(answer.status, StatusCode::OK, "being turned away is no failure");
}

#[tokio::test]
async fn the_tokens_of_one_client_end() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let tokens = node.tokens().await;
    let target = format!("/ssosp/token/revoke?user_id=alice&client_id={PHONE_CLIENT_ID}");
    let answer = revoke(&node, &target, axl()).await.json();
    assert_eq!(answer["revoked_tokens"]["clientID_tokens"], json!([]));
    assert!(node.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).is_ok());
    let target = format!("/ssosp/token/revoke?user_id=alice&client_id={SOFTPHONE_CLIENT_ID}");
    let answer = revoke(&node, &target, axl()).await.json();
    assert_eq!(answer["revoked_tokens"]["clientID_tokens"].as_array().unwrap().len(), 1);
    assert!(node.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).is_err());
}

#[tokio::test]
async fn only_an_administrator_may() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let tokens = node.tokens().await;
    let target = "/ssosp/token/revoke?user_id=alice";
    for (authorization, status) in [
        (None, 401),
        (Some(basic("axl", "wrong")), 401),
        (Some(basic("nobody", "x")), 401),
        (Some("Basic !".to_owned()), 401),
        (Some(format!("Bearer {}", tokens.access_token)), 401),
        (Some(basic("alice", "pw-alice")), 403),
    ] {
        let answer = revoke(&node, target, authorization.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{authorization:?}");
        let challenge = answer.header(header::WWW_AUTHENTICATE);
        let expected = if status == 401 { "Basic realm=\"Cisco Web Services Realm\", charset=\"UTF-8\"" } else { "" };
        assert_eq!(challenge, expected);
    }
    let cross = request(Method::GET, target)
        .header(header::AUTHORIZATION, basic("axl", "pw-axl"))
        .header("Sec-Fetch-Site", "cross-site");
    assert_eq!(node.send(cross.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
    for _ in 0..4 {
        revoke(&node, target, Some(basic("axl", "wrong"))).await;
    }
    let locked = revoke(&node, target, axl()).await;
    assert_eq!((locked.status.as_u16(), locked.header(header::RETRY_AFTER)), (429, "60"));
    assert!(node.tokens.verify(tokens.access_token.as_bytes(), cluster.now()).is_ok());
    cluster.pass(60);
    let missing = revoke(&node, "/ssosp/token/revoke", axl()).await;
    assert_eq!(missing.error(), (400, "invalid_request".to_owned()));
    let unknown = revoke(&node, "/ssosp/token/revoke?user_id=nobody", axl()).await;
    assert_eq!(unknown.error(), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn a_client_gives_its_tokens_up() {
    let cluster = Cluster::new();
    let node = cluster.node();
    for which in 0..2 {
        let tokens = node.tokens().await;
        let (access, refresh) = (tokens.access_token, tokens.refresh_token.unwrap());
        let token = if which == 0 { &access } else { &refresh };
        let others = [("token", token.as_str()), ("client_id", PHONE_CLIENT_ID)];
        assert_eq!(node.post("/ssosp/oauth/revoke", &others).await.error(), (400, "invalid_grant".to_owned()));
        assert!(node.tokens.verify(access.as_bytes(), cluster.now()).is_ok());
        let own = [("token", token.as_str()), ("client_id", SOFTPHONE_CLIENT_ID)];
        for _ in 0..2 {
            let answer = node.post("/ssosp/oauth/revoke", &own).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
        }
        assert!(node.tokens.verify(access.as_bytes(), cluster.now()).is_err());
        assert_eq!(node.refresh(&refresh).await.error(), (400, "invalid_grant".to_owned()));
    }
    let nonsense = [("token", "x"), ("client_id", SOFTPHONE_CLIENT_ID)];
    assert_eq!(node.post("/ssosp/oauth/revoke", &nonsense).await.status, StatusCode::OK);
    let missing = [("client_id", SOFTPHONE_CLIENT_ID)];
    assert_eq!(node.post("/ssosp/oauth/revoke", &missing).await.error(), (400, "invalid_request".to_owned()));
    let unauthenticated = [("token", "x"), ("client_id", APPLICATION)];
    assert_eq!(node.post("/ssosp/oauth/revoke", &unauthenticated).await.error(), (401, "invalid_client".to_owned()));
}
