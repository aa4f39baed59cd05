//! Who is let in, and what those hear who are not.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use soap::Limits;
use soap::axl::{self, Version};

use crate::cluster::{Node, basic, envelope, post};

const VERSION: &str = "<a:getCCMVersion/>";

#[tokio::test]
async fn axl_1_without_the_role_there_is_no_answer() {
    let node = Node::new("role").await;
    for (user, password, status) in [
        ("axl", "wrong", 401),
        ("nobody", "pw-nobody", 401),
        ("gone", "pw-gone", 401),
        ("alice", "wrong", 401),
        ("alice", "pw-alice", 403),
        ("axl", "pw-axl", 200),
    ] {
        let answer = node.send(post(user, password).body(envelope(VERSION).into()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{user} {password}");
        let challenge = if status == 401 { "Basic realm=\"Cisco Web Services Realm\", charset=\"UTF-8\"" } else { "" };
        assert_eq!(answer.header(header::WWW_AUTHENTICATE), challenge);
        let page = status != 200;
        assert_eq!(answer.header(header::CONTENT_TYPE).starts_with("text/html"), page, "{user}");
        assert_eq!(answer.body.contains("componentVersion"), !page);
    }
    for authorization in [None, Some("Bearer x"), Some("Basic !"), Some("Basic YXhs")] {
        let mut request = Request::post("/axl/").header(header::CONTENT_TYPE, "text/xml");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let answer = node.send(request.body(envelope(VERSION).into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{authorization:?}");
    }
    let twice = post("axl", "pw-axl").header(header::AUTHORIZATION, basic("axl", "pw-axl"));
    let answer = node.send(twice.body(envelope(VERSION).into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn failures_lock_as_at_the_login_page() {
    let node = Node::new("locked").await;
    for _ in 0..5 {
        let answer = node.send(post("axl", "wrong").body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let asked = node.passwords.asked.load(Ordering::Relaxed);
    let locked = node.post(envelope(VERSION)).await;
    assert_eq!((locked.status.as_u16(), locked.header(header::RETRY_AFTER)), (429, "60"));
    assert_eq!(node.passwords.asked.load(Ordering::Relaxed), asked, "no hash is computed");
    node.pass(60_000);
    assert_eq!(node.post(envelope(VERSION)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn axl_3_who_asks_too_often_hears_when_to_come_back() {
    let node = Node::new("throttle").await;
    let mut statuses = [0; 2];
    for _ in 0..1000 {
        let answer = node.post(envelope(VERSION)).await;
        match answer.status.as_u16() {
            200 => statuses[0] += 1,
            503 => {
                statuses[1] += 1;
                assert_eq!(answer.header(header::RETRY_AFTER), "1");
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(statuses, [50, 950]);
    assert_eq!(node.passwords.asked.load(Ordering::Relaxed), 50, "one too many costs no hash");
    node.pass(1000);
    assert_eq!(node.post(envelope(VERSION)).await.status, StatusCode::OK);
    node.passwords.busy.store(true, Ordering::Relaxed);
    let busy = node.post(envelope(VERSION)).await;
    assert_eq!((busy.status.as_u16(), busy.header(header::RETRY_AFTER)), (503, "2"));
}

#[tokio::test]
async fn the_address_says_that_it_is_there() {
    let node = Node::new("working").await;
    for (path, user, status) in
        [("/axl/", "axl", 200), ("/axl", "axl", 200), ("/axl/", "alice", 403), ("/axl/", "x", 401)]
    {
        let request = Request::get(path).header(header::AUTHORIZATION, basic(user, &format!("pw-{user}")));
        let answer = node.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {user}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
    }
    let put = Request::builder().method(Method::PUT).uri("/axl/").body(Body::empty()).unwrap();
    assert_eq!(node.send(put).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn each_version_is_answered_in_its_own_namespace() {
    let node = Node::new("versions").await;
    for version in Version::ALL {
        let call = axl::request(version, "getCCMVersion", []);
        let answer = node.answer(&call).await.unwrap();
        let found = answer.at(&["componentVersion", "version"]).unwrap().text();
        assert_eq!(
            found,
            concat!("15.0.", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"), "-0")
        );
    }
    let with_sequence = node.post(envelope("<a:getCCMVersion sequence=\"18446744073709551615\"/>")).await;
    let read = soap::Envelope::parse(with_sequence.body.as_bytes(), &Limits::ANSWER).unwrap();
    assert!(read.entry.is("http://www.cisco.com/AXL/API/15.0", "getCCMVersionResponse"));
    assert_eq!(read.entry.attribute("sequence"), Some("18446744073709551615"));
}

#[tokio::test]
async fn an_unknown_version_is_the_vendor_s_599() {
    let node = Node::new("version").await;
    for number in ["13.0", "10.5", "16.0", "", "15"] {
        let action = format!("\"CUCM:DB ver={number} getCCMVersion\"");
        let by_action = post("axl", "pw-axl").header("SOAPAction", action).body(envelope(VERSION).into()).unwrap();
        let by_namespace = envelope(VERSION).replace("API/15.0", &format!("API/{number}"));
        for answer in [node.send(by_action).await, node.post(by_namespace).await] {
            assert_eq!(answer.status.as_u16(), 599, "{number}");
            assert!(answer.body.contains("11.0, 11.5, 12.0, 12.5, 14.0 and 15.0"));
        }
    }
}

#[tokio::test]
async fn the_description_names_every_operation() {
    let node = Node::new("description").await;
    let get = |path: String| node.send(Request::get(path).body(Body::empty()).unwrap());
    for (folder, version) in [("/axl", "15.0"), ("/axl/12.5", "12.5"), ("/axl/14.0", "14.0")] {
        let wsdl = get(format!("{folder}/AXLAPI.wsdl")).await;
        let schema = get(format!("{folder}/AXLSoap.xsd")).await;
        let limits = Limits { nodes: 100_000, ..Limits::ANSWER };
        for document in [&wsdl, &schema] {
            assert_eq!(
                (document.status, document.header(header::CONTENT_TYPE)),
                (StatusCode::OK, "text/xml; charset=utf-8")
            );
            soap::Element::parse(document.body.as_bytes(), &limits).unwrap();
            assert!(document.body.contains(&format!("\"http://www.cisco.com/AXL/API/{version}\"")));
            assert!(!document.body.contains("{version}") && !document.body.contains("{operation}"));
        }
        assert!(wsdl.body.contains("location=\"https://ucm-pub.example:8443/axl/\""));
        for &operation in ringbearer_web::axl::OPERATIONS {
            assert!(wsdl.body.contains(&format!("soapAction=\"CUCM:DB ver={version} {operation}\"")), "{operation}");
            for element in [operation.to_owned(), format!("{operation}Response")] {
                assert!(schema.body.contains(&format!("<xsd:element name=\"{element}\"")), "{element}");
            }
            let refused = node.refusal_or_answer(operation).await;
            assert!(!refused.contains("is not available"), "{operation}: {refused}");
        }
    }
    assert_eq!(get("/axl/13.0/AXLAPI.wsdl".to_owned()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get("/axl/13.0/AXLSoap.xsd".to_owned()).await.status, StatusCode::NOT_FOUND);
}

impl Node {
    async fn refusal_or_answer(&self, operation: &str) -> String {
        match self.call(operation, []).await {
            Ok(_) => String::new(),
            Err(fault) => fault.string,
        }
    }
}
