//! What is refused, word for word.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::node::{Node, request};

#[tokio::test]
async fn a_broken_rule_is_told_with_its_field() {
    let node = Node::new("rule").await;
    let token = node.all_powerful().await;
    let body = json!({ "name": "New", "oauthAuthentication": true });
    let refused = node.post(&token, "/security-profiles", &body).await.ok(422);
    let detail = "Phone Security Profile: Enable OAuth Authentication: conflicts with Device Security Mode: \
                  OAuth needs the device security mode Encrypted";
    let expected = json!({
        "type": "urn:ringbearer:problem:rule-violated",
        "title": "A value breaks a rule",
        "status": 422,
        "detail": detail,
        "errors": [{
            "pointer": "/oauthAuthentication",
            "field": "Enable OAuth Authentication",
            "rule": "conflict",
            "detail": "conflicts with Device Security Mode: OAuth needs the device security mode Encrypted",
        }],
    });
    assert_eq!(refused.body, expected);
    let port = node.patch(&token, "/nodes/ucm-pub", "*", &json!({ "ports": { "sipMraOAuth": 5090 } })).await.ok(422);
    assert_eq!(port.body["errors"][0]["pointer"], "/ports/sipMraOAuth");
    let renamed = node.patch(&token, "/lines/2001", "*", &json!({ "directoryNumber": "2009" })).await.ok(422);
    assert_eq!(renamed.body["detail"], "a directory number keeps its directoryNumber: \"2001\"");
    let unknown = json!({ "name": "P", "callmanagerGroup": "Nowhere" });
    let unknown = node.post(&token, "/device-pools", &unknown).await.ok(422);
    assert_eq!(unknown.body["errors"][0]["detail"], "\"Nowhere\" does not exist");
    let taken = node.post(&token, "/lines", &json!({ "directoryNumber": "2001" })).await;
    assert_eq!(taken.problem(), (409, "already-exists"));
    let used = node.delete(&token, "/device-pools/Default", "*").await.ok(409);
    assert_eq!(used.body["detail"], "Device Pool: Name: in use by Phone \"CSFALICE\"");
}

#[tokio::test]
async fn api_2_a_body_is_read_strictly() {
    let node = Node::new("strict").await;
    let token = node.all_powerful().await;
    let post = async |text: &str, media_type: &str| {
        let request = request(Method::POST, "/lines", &token).header(header::CONTENT_TYPE, media_type);
        node.send(request.body(Body::from(text.to_owned())).unwrap()).await
    };
    const JSON: &str = "application/json";
    let unknown = post(r#"{ "directoryNumber": "3001", "colour": "red" }"#, JSON).await;
    assert_eq!(unknown.problem(), (400, "invalid-body"));
    assert!(unknown.body["detail"].as_str().unwrap().starts_with("unknown field `colour`, expected one of"));
    assert_eq!(unknown.body["errors"][0]["pointer"], "/colour");
    let twice = post(r#"{ "directoryNumber": "3001", "directoryNumber": "3002" }"#, JSON).await;
    assert!(twice.body["detail"].as_str().unwrap().starts_with("duplicate field `directoryNumber`"));
    let typed = post(r#"{ "directoryNumber": "3001", "noAnswerSeconds": "5" }"#, JSON).await;
    assert_eq!(typed.body["errors"][0]["pointer"], "/noAnswerSeconds");
    for text in ["", "{", "[]", "null", "{} {}", "\u{feff}{}"] {
        assert_eq!(post(text, JSON).await.problem(), (400, "invalid-body"), "{text:?}");
    }
    for media_type in
        ["text/plain", "application/xml", "application/json; charset=utf-16", "application/merge-patch+json"]
    {
        assert_eq!(post("{}", media_type).await.problem(), (415, "unsupported-media-type"), "{media_type}");
    }
    let long = format!("{{ \"directoryNumber\": \"{}\" }}", "1".repeat(300_000));
    assert_eq!(post(&long, JSON).await.problem(), (413, "too-large"));
    post(r#"{ "directoryNumber": "3001" }"#, "Application/JSON; charset=UTF-8").await.ok(201);
    let patch = request(Method::PATCH, "/lines/2001", &token).header(header::IF_MATCH, "*");
    let patch = patch.header(header::CONTENT_TYPE, JSON).body(Body::from("{}")).unwrap();
    assert_eq!(node.send(patch).await.status, 415);
}

#[tokio::test]
async fn what_cannot_be_sent_or_is_not_there_is_refused() {
    let node = Node::new("http").await;
    let token = node.all_powerful().await;
    let accept = async |accept: &str| {
        let request = request(Method::GET, "/lines", &token).header(header::ACCEPT, accept);
        node.send(request.body(Body::empty()).unwrap()).await.status
    };
    for good in ["*/*", "application/*", "application/json", "text/html, application/json;q=0.5", "text/html,*/*;q=0.1"]
    {
        assert_eq!(accept(good).await, StatusCode::OK, "{good}");
    }
    for bad in ["text/html", "application/xml", "application/json;q=0"] {
        assert_eq!(accept(bad).await, StatusCode::NOT_ACCEPTABLE, "{bad}");
    }
    let method = node.send(request(Method::POST, "/lines/2001", &token).body(Body::empty()).unwrap()).await;
    assert_eq!(method.problem(), (405, "method-not-allowed"));
    assert_eq!(method.headers[header::ALLOW], "DELETE, GET, HEAD, PATCH, PUT");
    for path in ["/nothing", "/phones/", "/", "/phones/a/b", ""] {
        assert_eq!(node.get(&token, path).await.problem(), (404, "not-found"), "{path}");
    }
    let header = async |value: &str| {
        let request = request(Method::GET, "/lines", "").header(header::AUTHORIZATION, value);
        node.send(request.body(Body::empty()).unwrap()).await
    };
    for bad in ["Bearer", "Bearer ", "Token x", "Bearer x y", "Basic YWRtaW46cHctYWRtaW4="] {
        let refused = header(bad).await;
        assert_eq!(refused.problem(), (401, "unauthorized"), "{bad}");
        assert!(refused.headers[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Bearer realm=\"ringbearer\""));
    }
    assert_eq!(header(&format!("bearer {token}")).await.status, 200);
    let refused = node.get("", "/lines").await;
    assert_eq!(refused.body["detail"], "send an API token as \"Authorization: Bearer …\"");
    assert_eq!(refused.body["errors"], Value::Null);
}
