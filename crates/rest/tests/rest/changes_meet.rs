//! ETags, races, and requests that are sent again.

use axum::http::{Method, header};
use serde_json::{Value, json};

use crate::node::{Node, request};

#[tokio::test]
async fn the_second_of_two_administrators_is_told_and_nothing_is_lost() {
    let node = Node::new("race").await;
    let token = node.all_powerful().await;
    let read = node.get(&token, "/lines/2001").await.ok(200);
    let etag = read.etag().to_owned();
    let first = node.patch(&token, "/lines/2001", &etag, &json!({ "description": "first" })).await.ok(200);
    assert_ne!(first.etag(), etag);
    let second = node.patch(&token, "/lines/2001", &etag, &json!({ "alertingName": "second" })).await;
    assert_eq!(second.problem(), (412, "changed"));
    assert_eq!(second.body["detail"], "Directory Number \"2001\" was changed by someone else: read it again");
    let late = node.delete(&token, "/lines/2001", &etag).await;
    assert_eq!(late.problem(), (412, "changed"));
    let now = node.get(&token, "/lines/2001").await.ok(200);
    assert_eq!((&now.body["description"], &now.body["alertingName"]), (&json!("first"), &json!("")));
    assert_eq!(now.etag(), first.etag());
    // The version in the body counts like the one in the header.
    let stale = node.put(&token, "/lines/2001", "*", &read.body).await;
    assert_eq!(stale.problem(), (412, "changed"));
    node.put(&token, "/lines/2001", "*", &now.body).await.ok(200);
}

#[tokio::test]
async fn of_many_that_change_at_once_one_wins() {
    let node = Node::new("many").await;
    let token = node.all_powerful().await;
    let etag = node.get(&token, "/lines/2001").await.etag().to_owned();
    let changes =
        (0..8).map(|number| {
            let (node, token, etag) = (&node, &token, &etag);
            async move {
                node.patch(token, "/lines/2001", etag, &json!({ "description": format!("n{number}") })).await.status
            }
        });
    let mut won = 0;
    let mut all: Vec<_> = changes.map(Box::pin).collect();
    let mut lost = 0;
    std::future::poll_fn(|context| {
        all.retain_mut(|change| match change.as_mut().poll(context) {
            std::task::Poll::Ready(status) => {
                won += usize::from(status == 200);
                lost += usize::from(status == 412);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    assert_eq!((won, lost), (1, 7));
}

#[tokio::test]
async fn a_change_without_a_precondition_is_refused() {
    let node = Node::new("required").await;
    let token = node.all_powerful().await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let media_type = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let request = request(method, "/lines/2001", &token).header(header::CONTENT_TYPE, media_type);
        let answer = node.send(request.body("{}".into()).unwrap()).await;
        assert_eq!(answer.problem(), (428, "precondition-required"));
    }
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let node = Node::new("known").await;
    let token = node.all_powerful().await;
    for path in ["/lines/2001", "/parameters/OAuthAccessTokenExpiryTimer"] {
        let etag = node.get(&token, path).await.etag().to_owned();
        let ask = async |etag: &str| {
            let request = request(Method::GET, path, &token).header(header::IF_NONE_MATCH, etag);
            node.send(request.body(axum::body::Body::empty()).unwrap()).await
        };
        let known = ask(&etag).await.ok(304);
        assert_eq!((known.body.clone(), known.etag()), (Value::Null, etag.as_str()));
        ask(&format!("W/{etag}, \"x\"")).await.ok(304);
        ask("\"x\"").await.ok(200);
    }
}

async fn create(node: &Node, token: &str, key: &str, body: &Value) -> crate::node::Answer {
    let request = request(Method::POST, "/lines", token)
        .header(header::CONTENT_TYPE, "application/json")
        .header("Idempotency-Key", key);
    node.send(request.body(body.to_string().into()).unwrap()).await
}

#[tokio::test]
async fn api_2_a_creation_that_is_sent_again_is_answered_again_and_done_once() {
    let node = Node::new("idempotency").await;
    let token = node.all_powerful().await;
    let body = json!({ "directoryNumber": "3001" });
    let first = create(&node, &token, "k1", &body).await.ok(201);
    let acts = node.acts(1).await;
    let again = create(&node, &token, "k1", &body).await.ok(201);
    assert_eq!(again.body, first.body);
    for name in [header::ETAG, header::LOCATION, header::CONTENT_TYPE] {
        assert_eq!(again.headers[&name], first.headers[&name]);
    }
    assert_eq!(node.acts(1).await, acts, "nothing was done");
    let other = create(&node, &token, "k1", &json!({ "directoryNumber": "3002" })).await;
    assert_eq!(other.problem(), (422, "idempotency-key-reused"));
    assert_eq!(create(&node, &token, "k2", &body).await.problem(), (409, "already-exists"));
    // A refusal changed nothing: it may be sent again when it is put right.
    assert_eq!(create(&node, &token, "k3", &json!({ "directoryNumber": "x" })).await.status, 422);
    create(&node, &token, "k3", &json!({ "directoryNumber": "3003" })).await.ok(201);
    // Another token's key is another key.
    let second = node.all_powerful().await;
    assert_eq!(create(&node, &second, "k1", &body).await.problem(), (409, "already-exists"));
    node.pass(25 * 60 * 60);
    assert_eq!(create(&node, &token, "k1", &body).await.problem(), (409, "already-exists"), "it is forgotten");
    assert_eq!(create(&node, &token, "", &body).await.problem(), (400, "invalid-parameter"));
}
