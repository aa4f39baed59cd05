//! `GET /ssosp/ws/authz/keys`.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use directory::{AuditRecord, Author, Surface};
use token::KeyRing;

use crate::cluster::{Answer, Cluster, Node, START, basic, request};

async fn fetch(node: &Node, authorization: Option<String>) -> Answer {
    let mut request = request(Method::GET, "/ssosp/ws/authz/keys");
    if let Some(authorization) = authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    node.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_keys_verify_this_cluster_s_tokens_and_mint_none() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let token = node.tokens().await.access_token;
    let answer = fetch(&node, Some(basic("axl", "pw-axl"))).await;
    assert_eq!((answer.status, answer.header(header::CONTENT_TYPE)), (StatusCode::OK, "application/jwk-set+json"));
    let theirs = KeyRing::from_published(answer.body.as_bytes()).unwrap();
    assert_eq!(theirs.verify(token.as_bytes(), cluster.now()).unwrap().user(), "alice");
    assert!(KeyRing::import(answer.body.as_bytes()).is_err(), "it is not the form that holds the key that signs");
    assert!(!answer.body.contains("\"d\""));

    let keys = node.tokens.keys();
    let detail = format!("from 192.0.2.10: signing {}, encryption {}", keys.signing_hash(), keys.encryption_hash());
    let expected = AuditRecord {
        unix_time: START,
        author: Author { name: "axl".to_owned(), surface: Surface::Web },
        action: "fetch token keys".to_owned(),
        object: "authz".to_owned(),
        detail,
    };
    assert_eq!(cluster.audit.take(), [expected]);
}

#[tokio::test]
async fn nobody_else_gets_them() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let token = node.tokens().await.access_token;
    for (authorization, status) in [
        (None, 401),
        (Some(basic("axl", "wrong")), 401),
        (Some(basic("nobody", "x")), 401),
        (Some(format!("Bearer {token}")), 401),
        (Some(basic("alice", "pw-alice")), 403),
    ] {
        let answer = fetch(&node, authorization.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{authorization:?}");
        let challenge = answer.header(header::WWW_AUTHENTICATE);
        let expected = if status == 401 { "Basic realm=\"Cisco Web Services Realm\", charset=\"UTF-8\"" } else { "" };
        assert_eq!(challenge, expected);
        assert!(!answer.body.contains("\"keys\""));
    }
    assert_eq!(cluster.audit.take(), []);
}

#[tokio::test]
async fn there_are_no_keys_without_a_row_in_the_audit_log() {
    let cluster = Cluster::new();
    let node = cluster.node();
    cluster.audit.full.store(true, Ordering::Relaxed);
    let answer = fetch(&node, Some(basic("axl", "pw-axl"))).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".to_owned()));
    assert_eq!(answer.header(header::RETRY_AFTER), "2");
}
