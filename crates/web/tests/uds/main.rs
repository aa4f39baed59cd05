//! `/cucm-uds` through the real router.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod node;

use axum::http::header;
use soap::Element;

use node::{Answer, Node, basic};

const RELEASE: &str = concat!("15.0.", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"), "-0");
const BASE: &str = "https://ucm-pub.example:8443/cucm-uds";

fn resource(name: &str, path: &str) -> Element {
    Element::new(name).with_attribute("uri", &format!("{BASE}/{path}")).with_attribute("version", RELEASE)
}

fn error(code: &str, message: &str) -> Element {
    Element::new("errors").with(Element::new("error").with_text("code", code).with_text("message", message))
}

#[tokio::test]
async fn anybody_hears_the_release_and_the_servers() {
    let node = Node::new();
    let version = node.get("/cucm-uds/version", None).await;
    assert_eq!(version.header(header::CONTENT_TYPE), "application/xml; charset=utf-8");
    assert_eq!(version.element(), resource("versionInformation", "version").with_text("version", RELEASE));
    let servers = resource("servers", "servers").with_text("server", "127.0.0.11").with_text("server", "127.0.0.12");
    assert_eq!(node.get("/cucm-uds/servers", None).await.element(), servers);
}

#[tokio::test]
async fn anybody_hears_whose_home_this_is() {
    let node = Node::new();
    let home = Element::new("homeCluster")
        .with_attribute("serversUri", &format!("{BASE}/servers"))
        .with_own_text("127.0.0.11");
    for (query, own) in [
        ("username=alice", "username=alice"),
        ("username=ALICE", "username=ALICE"),
        ("email=Alice@Example.com", "email=Alice%40Example.com"),
    ] {
        let found = resource("result", "user/alice").with_attribute("found", "true");
        let expected = resource("clusterUser", &format!("clusterUser?{own}")).with(found).with(home.clone());
        assert_eq!(node.get(&format!("/cucm-uds/clusterUser?{query}"), None).await.element(), expected, "{query}");
    }
    for query in ["username=nobody", "username=gone", "email=nobody%40example.com", "username=%3Cb%3E"] {
        let missing = Element::new("result").with_attribute("version", RELEASE).with_attribute("found", "false");
        let expected = resource("clusterUser", &format!("clusterUser?{query}")).with(missing);
        let answer = node.get(&format!("/cucm-uds/clusterUser?{query}"), None).await;
        assert_eq!((answer.status, answer.element()), (200, expected), "{query}");
    }
    for query in ["", "username=", "username=a&email=b", "username=a&username=b", "email="] {
        let answer = node.get(&format!("/cucm-uds/clusterUser?{query}"), None).await;
        let expected = error("400", "either username or email is needed, once");
        assert_eq!((answer.status, answer.element()), (400, expected), "{query}");
    }
}

#[tokio::test]
async fn a_user_reads_the_own_record_and_devices() {
    let node = Node::new();
    let record = resource("user", "user/alice")
        .with_text("id", "alice")
        .with_text("userName", "alice")
        .with_text("firstName", "Alice")
        .with_text("lastName", "")
        .with_text("displayName", "Alice")
        .with_text("email", "alice@example.com")
        .with_text("homeCluster", "true")
        .with(Element::new("devices").with_attribute("uri", &format!("{BASE}/user/alice/devices")));
    let device = resource("device", "user/alice/device/CSFALICE")
        .with_text("id", "CSFALICE")
        .with_text("name", "CSFALICE")
        .with_text("type", "Cisco Unified Client Services Framework")
        .with_text("model", "503")
        .with_text("description", "")
        .with_text("association", "owner")
        .with(
            Element::new("extensions").with(
                Element::new("extension")
                    .with_attribute("index", "1")
                    .with_text("directoryNumber", "2001")
                    .with_text("label", ""),
            ),
        )
        .with(
            Element::new("provision")
                .with_text("uri", "http://127.0.0.11:6970/CSFALICE.cnf.xml")
                .with_text("uri", "https://127.0.0.11:6972/CSFALICE.cnf.xml"),
        );
    for authorization in [basic("alice", "pw-alice"), format!("Bearer {}", node.token("alice", node::SCOPE))] {
        let get = |path: &'static str| node.get(path, Some(&authorization));
        assert_eq!(get("/cucm-uds/user/alice").await.element(), record);
        assert_eq!(get("/cucm-uds/user/Alice").await.element(), record);
        let devices = resource("devices", "user/alice/devices").with(device.clone());
        assert_eq!(get("/cucm-uds/user/alice/devices").await.element(), devices);
        assert_eq!(get("/cucm-uds/user/alice/device/csfalice").await.element(), device);
        for other in ["/cucm-uds/user/alice/device/CSFBOB", "/cucm-uds/user/alice/device/none"] {
            let answer = get(other).await;
            assert_eq!((answer.status, answer.element()), (404, error("404", "there is no such user or device")));
        }
    }
}

#[tokio::test]
async fn nobody_reads_another_s() {
    let node = Node::new();
    let bearer = |token: &str| format!("Bearer {token}");
    let challenge = |answer: &Answer| answer.header(header::WWW_AUTHENTICATE).to_owned();
    const BASIC: &str = "Basic realm=\"Cisco Web Services Realm\", charset=\"UTF-8\"";
    const BEARER: &str = "Bearer realm=\"Cisco Web Services Realm\", error=\"invalid_token\"";
    for path in ["/cucm-uds/user/alice", "/cucm-uds/user/alice/devices", "/cucm-uds/user/alice/device/CSFALICE"] {
        for (authorization, status, expected) in [
            (None, 401, BASIC),
            (Some(basic("alice", "wrong")), 401, BASIC),
            (Some("Digest x".to_owned()), 401, BASIC),
            (Some(bearer("x")), 401, BEARER),
            (Some(bearer(&node.token("gone", node::SCOPE))), 401, BEARER),
            (Some(bearer(&node.token("nobody", node::SCOPE))), 401, BEARER),
            (Some(bearer(&node.token("alice", "other"))), 401, BEARER),
            (Some(bearer(&node.token("bob", node::SCOPE))), 403, ""),
            (Some(basic("bob", "pw-bob")), 403, ""),
        ] {
            let answer = node.get(path, authorization.as_deref()).await;
            assert_eq!((answer.status, challenge(&answer).as_str()), (status, expected), "{path} {authorization:?}");
            assert_eq!(answer.element().name(), "errors");
        }
    }
    let nobody = node.get("/cucm-uds/user/nobody", Some(&basic("bob", "pw-bob"))).await;
    let alice = node.get("/cucm-uds/user/alice", Some(&basic("bob", "pw-bob"))).await;
    assert_eq!((nobody.status, nobody.body), (alice.status, alice.body), "who exists is not told here");
}

#[tokio::test]
async fn who_asks_too_often_waits() {
    let node = Node::new();
    let mut statuses = Vec::new();
    for _ in 0..410 {
        statuses.push(node.get("/cucm-uds/version", None).await.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 400);
    let refused = node.get("/cucm-uds/clusterUser?username=alice", None).await;
    assert_eq!((refused.status, refused.header(header::RETRY_AFTER)), (503, "1"));
}
