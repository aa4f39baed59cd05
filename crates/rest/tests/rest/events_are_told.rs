//! The event stream and webhooks.

use std::sync::{Arc, Mutex};

use authorization::ApiScope;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::routing::post;
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use observation::{
    CredentialsForm, Dialect, Event, Place, Port, Refusal, Registration, RegistrationChange, Remedy, Step, StepOutcome,
    Transport,
};
use serde_json::{Value, json};
use token::UnixTime;
use tokio::sync::mpsc;

use crate::node::{NOW, Node, request};

fn registration(device: &str) -> Event {
    Event::Registration(Registration {
        change: RegistrationChange::Registered,
        device: device.into(),
        user: Some("alice".into()),
        port: Port::PhoneOAuth,
        transport: Transport::Tls,
        dialect: Dialect::Vendor,
        credentials: CredentialsForm::BearerParameter,
        flow: 1,
        remote: "192.0.2.1:5000".parse().unwrap(),
        user_agent: "Jabber".into(),
        since: UnixTime(NOW),
        expires_at: UnixTime(NOW + 120),
    })
}

fn refusal(reason: &'static str) -> Event {
    Event::Refusal(Refusal {
        reason,
        explanation: "The profile has no OAuth.",
        request: "REGISTER".into(),
        status: 403,
        port: Port::PhoneOAuth,
        transport: Transport::Tls,
        flow: 1,
        remote: "192.0.2.1:5000".parse().unwrap(),
        call_id: "c1".into(),
        device: Some("CSFALICE".into()),
        user: None,
        steps: Box::new([Step {
            check: "profile",
            question: "Has the profile OAuth?",
            outcome: StepOutcome::Failed,
            evidence: "CSF".into(),
        }]),
        remedy: Remedy { advice: "Enable OAuth.", place: Place::SipOauthMode, command: None },
    })
}

struct Events(Body);

impl Events {
    async fn follow(node: &Node, token: &str, query: &str, last: Option<&str>) -> Self {
        let mut request = request(Method::GET, &format!("/events{query}"), token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = node.stream(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self(response.into_body())
    }

    async fn next(&mut self) -> Option<String> {
        let frame = self.0.frame().await?.unwrap();
        Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
    }

    /// The id, the kind and the data.
    async fn event(&mut self) -> (String, String, Value) {
        let text = self.next().await.unwrap();
        let mut lines = text.lines();
        let mut field = |name: &str| lines.next().unwrap().strip_prefix(name).unwrap().to_owned();
        let (id, kind, data) = (field("id: "), field("event: "), field("data: "));
        (id, kind, serde_json::from_str(&data).unwrap())
    }
}

#[tokio::test]
async fn a_follower_hears_what_it_asked_for_and_what_it_missed() {
    let node = Node::new("events").await;
    let token = node.token("axl", &[ApiScope::Read]).await;
    node.happen(registration("BEFORE")).await;
    let mut all = Events::follow(&node, &token, "", None).await;
    let mut some = Events::follow(&node, &token, "?kind=refusal", None).await;
    node.happen(registration("CSFALICE")).await;
    node.happen(refusal("profile_without_oauth")).await;
    let (first, kind, data) = all.event().await;
    assert_eq!((kind.as_str(), &data["type"]), ("registration", &json!("registration.registered")));
    let expected = json!({
        "device": "CSFALICE", "user": "alice", "port": "SIP Phone OAuth Port", "dialect": "vendor",
        "credentials": "bearer-parameter", "address": "192.0.2.1", "userAgent": "Jabber", "since": NOW,
        "expiresAt": NOW + 120, "reason": null,
    });
    assert_eq!((&data["data"], &data["timestamp"]), (&expected, &json!(NOW * 1000)));
    assert_eq!(all.event().await.1, "refusal");
    let (_, kind, data) = some.event().await;
    assert_eq!((kind.as_str(), &data["data"]["steps"][0]["passed"]), ("refusal", &json!(false)));
    drop(all);
    node.happen(registration("CSFBOB")).await;
    let mut back = Events::follow(&node, &token, "", Some(&first)).await;
    assert_eq!(back.event().await.1, "refusal");
    assert_eq!(back.event().await.2["data"]["device"], "CSFBOB");
    let mut other = Events::follow(&node, &token, "", Some("deadbeef-900")).await;
    assert_eq!(other.event().await.2["data"]["device"], "BEFORE", "of another process: all that is kept");
    node.stop.now();
    assert_eq!(back.next().await, None, "the node does not wait for followers");
    let refusals = node.get(&token, "/refusals?reason=profile_without_oauth").await.ok(200).body;
    assert_eq!((&refusals["total"], &refusals["items"][0]["data"]["advice"]), (&json!(1), &json!("Enable OAuth.")));
    assert_eq!(node.get(&token, "/refusals?reason=other").await.body["total"], 0);
    assert_eq!(node.get(&token, "/calls?state=ringing").await.ok(200).body, json!({ "items": [], "total": 0 }));
    assert_eq!(node.get(&token, "/events?kind=calls").await.problem(), (400, "invalid-parameter"));
}

#[tokio::test(start_paused = true)]
async fn sse_1_a_stream_ends_with_its_token_and_followers_are_bounded() {
    let node = Node::new("followers").await;
    let token = node.token("axl", &[ApiScope::Read]).await;
    let mut streams = Vec::new();
    for _ in 0..64 {
        streams.push(Events::follow(&node, &token, "", None).await);
        node.pass(1);
    }
    let full = node.get(&token, "/events").await;
    assert_eq!(full.problem(), (503, "unavailable"));
    let mut last = streams.pop().unwrap();
    assert_eq!(last.next().await.as_deref(), Some(":\n\n"));
    node.delete(&token, "/tokens/self", "*").await.ok(204);
    assert_eq!(last.next().await, None);
}

type Heard = Arc<Mutex<Vec<StatusCode>>>;

/// A receiver that answers with these statuses in turn, and then with 200.
async fn receiver(answers: &[StatusCode]) -> (String, mpsc::Receiver<(HeaderMap, Bytes)>) {
    let (heard, hear) = mpsc::channel(16);
    let answers: Heard = Arc::new(Mutex::new(answers.iter().rev().copied().collect()));
    let handler = |State((heard, answers)): State<(mpsc::Sender<(HeaderMap, Bytes)>, Heard)>,
                   headers: HeaderMap,
                   body: Bytes| async move {
        heard.send((headers, body)).await.unwrap();
        answers.lock().unwrap().pop().unwrap_or(StatusCode::OK)
    };
    let router = axum::Router::new().route("/hook", post(handler)).with_state((heard, answers));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (_stop, stopping) = runtime::shutdown::channel();
    std::mem::forget(_stop);
    tokio::spawn(web::serve::serve(listener, None, router, web::serve::Limits::default(), stopping));
    (url, hear)
}

#[tokio::test]
async fn hook_2_a_webhook_is_told_with_a_signature_until_it_takes_it() {
    let node = Node::new("webhook").await;
    let token = node.all_powerful().await;
    let (url, mut hear) = receiver(&[StatusCode::SERVICE_UNAVAILABLE]).await;
    let body = json!({ "name": "pager", "url": url, "kinds": ["refusal"] });
    let made = node.post(&token, "/webhooks", &body).await.ok(201);
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    let path = made.headers[header::LOCATION].to_str().unwrap().strip_prefix("/api/v1").unwrap().to_owned();
    let read = node.get(&token, &path).await.ok(200);
    assert_eq!(read.body["secret"], Value::Null);
    assert_eq!(read.etag(), made.etag());

    node.happen(registration("CSFALICE")).await;
    node.happen(refusal("profile_without_oauth")).await;
    let (first, told) = hear.recv().await.unwrap();
    let (second, again) = hear.recv().await.unwrap();
    assert_eq!((&first["webhook-id"], &told), (&second["webhook-id"], &again), "the same message, tried again");
    let message: Value = serde_json::from_slice(&told).unwrap();
    assert_eq!((&message["type"], &message["data"]["reason"]), (&json!("refusal"), &json!("profile_without_oauth")));
    let key = base64::engine::general_purpose::STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let text = |name: &str| first[name].to_str().unwrap().to_owned();
    let content = [text("webhook-id"), text("webhook-timestamp"), String::from_utf8(told.to_vec()).unwrap()].join(".");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key);
    let signature = text("webhook-signature");
    let tag = base64::engine::general_purpose::STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
    aws_lc_rs::hmac::verify(&key, content.as_bytes(), &tag).unwrap();
    assert_eq!(node.get(&token, &format!("{path}/dead-letters")).await.ok(200).body["total"], 0);
    node.delete(&token, &path, read.etag()).await.ok(204);
    assert_eq!(node.get(&token, &path).await.problem(), (404, "not-found"));
}

#[tokio::test]
async fn what_is_refused_for_good_is_a_dead_letter() {
    let node = Node::new("dead").await;
    let token = node.all_powerful().await;
    let (url, mut hear) = receiver(&[StatusCode::GONE]).await;
    let body = json!({ "name": "pager", "url": url, "kinds": ["refusal"] });
    let made = node.post(&token, "/webhooks", &body).await.ok(201);
    node.happen(refusal("first")).await;
    node.happen(refusal("second")).await;
    hear.recv().await.unwrap();
    hear.recv().await.unwrap();
    let dead =
        node.get(&token, &format!("/webhooks/{}/dead-letters", made.body["id"].as_str().unwrap())).await.ok(200).body;
    assert_eq!(dead["total"], 1);
    let letter = &dead["items"][0];
    assert_eq!((&letter["attempts"], &letter["reason"]), (&json!(1), &json!("it answered 410")));
    let off = json!({ "name": "pager", "url": url, "kinds": ["refusal"], "active": false });
    let path = format!("/webhooks/{}", made.body["id"].as_str().unwrap());
    node.put(&token, &path, made.etag(), &off).await.ok(200);
    assert_eq!(node.put(&token, &path, made.etag(), &off).await.problem(), (412, "changed"));
}

#[tokio::test]
async fn hook_1_a_webhook_leads_nowhere_that_only_the_node_reaches() {
    let node = Node::new("ssrf").await;
    let token = node.all_powerful().await;
    for url in ["http://pager.example/", "https://169.254.169.254/", "https://[fe80::1]/", "file:///etc/passwd", "x"] {
        let refused = node.post(&token, "/webhooks", &json!({ "name": "x", "url": url, "kinds": ["call"] })).await;
        assert_eq!(refused.problem(), (422, "rule-violated"), "{url}");
        assert_eq!(refused.body["errors"][0]["pointer"], "/url");
    }
    let allowed = json!({ "name": "x", "url": "https://169.254.10.1/", "kinds": ["call"] });
    node.post(&token, "/webhooks", &allowed).await.ok(201);
    assert_eq!(node.post(&token, "/webhooks", &allowed).await.problem(), (422, "rule-violated"), "the name is taken");
    let request = Request::get("/api/v1/webhooks").body(Body::empty()).unwrap();
    assert_eq!(node.send(request).await.status, 401);
}
