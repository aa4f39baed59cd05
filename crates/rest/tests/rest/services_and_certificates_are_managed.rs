//! Services and certificates, over the operations that the shell, the pages and SOAP use.

use authorization::{ApiArea, ApiScope};
use axum::http::header;
use directory::{DirectoryRepository as _, NodeName, Service, ServiceName, ServiceState};
use serde_json::{Value, json};

use crate::node::Node;

const CALL_MANAGER: &str = "/nodes/ucm-pub/services/CallManager";

fn service(state: &str, since: u64) -> Value {
    json!({
        "node": "ucm-pub", "service": "CallManager", "name": "Cisco CallManager", "state": state, "since": since,
        "alive": true,
    })
}

#[tokio::test]
async fn a_service_is_read_stopped_and_started() {
    let node = Node::new("services").await;
    let token = node.token("axl", &[ApiScope::Read, ApiScope::Control]).await;
    let began = service("started", 1_700_000_000);
    assert_eq!(node.get(&token, CALL_MANAGER).await.ok(200).body, began);
    let all = node.get(&token, "/services").await.ok(200).body;
    assert_eq!((&all["total"], &all["items"][0]), (&json!(3), &began));

    let control = format!("{CALL_MANAGER}/control");
    let stopped = node.post(&token, &control, &json!({ "act": "stop" })).await.ok(200).body;
    let mut expected = service("stopped", crate::node::NOW);
    expected["stoppedBy"] = "axl".into();
    assert_eq!(stopped, expected);
    let act = ("axl (rest)".to_owned(), "stop".to_owned(), "Cisco CallManager on ucm-pub".to_owned());
    assert_eq!(node.acts(1).await, [act]);

    let again = node.post(&token, &control, &json!({ "act": "stop" })).await;
    assert_eq!(again.problem(), (409, "conflict"));
    assert_eq!(again.body["detail"], "Cisco CallManager is stopped already.");
    let started = node.post(&token, &control, &json!({ "act": "restart" })).await.ok(200).body;
    assert_eq!(started, service("started", crate::node::NOW));
}

#[tokio::test]
async fn what_a_service_cannot_do_is_refused_with_the_reason() {
    let node = Node::new("services-refused").await;
    let token = node.token("axl", &[ApiScope::Read, ApiScope::Control]).await;
    let order = async |path: &str, act: &str| {
        let answer = node.post(&token, &format!("/nodes/{path}/control"), &json!({ "act": act })).await;
        let (status, kind) = answer.problem();
        (status, kind.to_owned(), answer.body["detail"].as_str().unwrap().to_owned())
    };
    let refused = |status, kind: &str, detail: &str| (status, kind.to_owned(), detail.to_owned());
    assert_eq!(
        order("ucm-pub/services/Tomcat", "stop").await,
        refused(
            409,
            "conflict",
            "Cisco Tomcat serves the administration itself and cannot stop itself: stop the node instead."
        )
    );
    assert_eq!(order("ucm-pub/services/Tftp", "restart").await, refused(409, "conflict", "port 6970 is in use"));
    let failed = node.get(&token, "/nodes/ucm-pub/services/Tftp").await.ok(200).body;
    assert_eq!((&failed["state"], &failed["failure"]), (&json!("stopped"), &json!("port 6970 is in use")));
    assert_eq!(
        order("ucm-pub/services/Tftp", "pause").await,
        refused(422, "rule-violated", "only start, stop, restart are allowed, not \"pause\"")
    );
    assert_eq!(order("nowhere/services/Tftp", "stop").await, refused(404, "not-found", "the node does not exist"));
    assert_eq!(order("ucm-pub/services/Fax", "stop").await, refused(404, "not-found", "there is no such service"));
}

#[tokio::test]
async fn a_service_of_another_node_is_asked_there() {
    let node = Node::new("services-there").await;
    let token = node.token("axl", &[ApiScope::Read, ApiScope::Control]).await;
    let path = "/nodes/ucm-sub/services/CallManager";
    assert_eq!(node.get(&token, path).await.problem(), (409, "conflict"));
    let subscriber: NodeName = "ucm-sub".parse().unwrap();
    let note = Service { name: ServiceName::CallManager, state: ServiceState::Started, since: 5 };
    node.store.note_service(&subscriber, &note).await.unwrap();
    let shown = node.get(&token, path).await.ok(200).body;
    assert_eq!((&shown["state"], &shown["alive"]), (&json!("started"), &json!(false)));
    // Nobody is there who would do it.
    let asked = node.post(&token, &format!("{path}/control"), &json!({ "act": "restart" })).await;
    assert_eq!(asked.problem(), (503, "unavailable"));
    assert_eq!(asked.body["detail"], "ucm-sub does not answer.");
    assert!(node.store.take_service_request(&subscriber).await.unwrap().is_none(), "it is not done later");
}

#[tokio::test]
async fn an_own_certificate_is_requested_installed_and_made_anew() {
    let node = Node::new("certificates").await;
    let token = node.token("admin", &[ApiScope::Read, ApiScope::Write(ApiArea::Certificates)]).await;
    let own = "/certificates/own/tomcat";
    let read = node.get(&token, own).await.ok(200).body;
    let mut expected = json!({
        "store": "tomcat", "name": "tomcat", "subject": "CN=tomcat", "issuer": "CN=Authority", "serial": "0a",
        "notBefore": 1_700_000_000, "notAfter": 1_900_000_000, "names": ["ucm-pub.example"], "isCa": false,
        "publicKey": "EC P-256", "fingerprint": "ab".repeat(32), "pem": "tomcat/tomcat in PEM",
    });
    assert_eq!(read, expected);
    expected.as_object_mut().unwrap().remove("pem");
    let listed = node.get(&token, "/certificates").await.ok(200).body;
    assert_eq!((&listed["total"], &listed["items"][0]), (&json!(2), &expected));

    let request = format!("{own}/signing-request");
    assert_eq!(node.get(&token, &request).await.problem(), (404, "not-found"));
    let made = node.post(&token, &request, &Value::Null).await.ok(201).body;
    assert_eq!(made, json!({ "pem": "a request of tomcat" }));
    assert_eq!(node.get(&token, &request).await.ok(200).body, made);

    let chain = format!("{own}/chain");
    let refused = node.post(&token, &chain, &json!({ "pem": "nonsense" })).await;
    assert_eq!(refused.problem(), (422, "rule-violated"));
    assert_eq!(refused.body["errors"][0]["pointer"], "/pem");
    assert_eq!(node.post(&token, &chain, &json!({ "pem": "the chain" })).await.ok(200).body, expected);
    assert_eq!(node.post(&token, &format!("{own}/regenerate"), &Value::Null).await.ok(200).body, expected);
    let acts: Vec<_> = node.acts(3).await.into_iter().map(|(who, act, what)| format!("{who}: {act}: {what}")).collect();
    assert_eq!(
        acts,
        [
            "admin (rest): regenerate certificate: tomcat on ucm-pub",
            "admin (rest): install certificate: tomcat on ucm-pub",
            "admin (rest): request certificate: tomcat on ucm-pub",
        ]
    );
    assert_eq!(node.get(&token, "/certificates/own/ipsec").await.problem(), (404, "not-found"));
}

#[tokio::test]
async fn an_authority_is_trusted_and_trusted_no_more() {
    let node = Node::new("trust").await;
    let token = node.token("admin", &[ApiScope::Read, ApiScope::Write(ApiArea::Certificates)]).await;
    let store = "/certificates/trust/tomcat-trust";
    assert_eq!(node.post(&token, store, &json!({ "pem": "nonsense" })).await.problem(), (422, "rule-violated"));
    let added = node.post(&token, store, &json!({ "pem": "an authority" })).await.ok(201);
    let entry = "/api/v1/certificates/trust/tomcat-trust/Authority-1a2b3c4d";
    assert_eq!(added.headers[header::LOCATION], entry);
    let entry = entry.strip_prefix("/api/v1").unwrap();
    assert_eq!(node.get(&token, entry).await.ok(200).body, added.body);
    node.delete(&token, entry, "*").await.ok(204);
    let again = node.delete(&token, entry, "*").await;
    assert_eq!(again.problem(), (404, "not-found"));
    assert_eq!(again.body["detail"], "There is no such certificate: tomcat-trust Authority-1a2b3c4d");
    assert_eq!(node.get(&token, entry).await.problem(), (404, "not-found"));
    let elsewhere = node.post(&token, "/certificates/trust/tomcat", &json!({ "pem": "an authority" })).await;
    assert_eq!(elsewhere.problem(), (404, "not-found"));
}

#[tokio::test]
async fn adm_1_who_may_use_axl_does_not_say_whom_a_node_trusts() {
    let node = Node::new("trust-role").await;
    let token = node.token("axl", &[ApiScope::Read, ApiScope::Write(ApiArea::Certificates)]).await;
    node.get(&token, "/certificates").await.ok(200);
    let refused = node.post(&token, "/certificates/trust/tomcat-trust", &json!({ "pem": "an authority" })).await;
    assert_eq!(refused.problem(), (403, "forbidden"));
    let refused = node.post(&token, "/certificates/own/tomcat/regenerate", &Value::Null).await;
    assert_eq!(refused.problem(), (403, "forbidden"));
}
