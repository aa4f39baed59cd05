//! The SOAP control center: how services are, and what is done with them.

use axum::body::Body;
use axum::http::{Request, header};
use directory::{DirectoryRepository, RequestState};
use soap::{Element, Envelope, Limits};

use crate::cluster::{Answer, Node, basic};

const NAMESPACE: &str = "http://schemas.cisco.com/ast/soap";
const PATH: &str = "/controlcenterservice2/services/ControlCenterServices";

async fn send(node: &Node, user: &str, inside: &str) -> Answer {
    node.pass(1000);
    let body = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:s=\"{NAMESPACE}\">\
         <e:Body>{inside}</e:Body></e:Envelope>"
    );
    let request = Request::post(PATH)
        .header(header::AUTHORIZATION, basic(user, &format!("pw-{user}")))
        .header(header::CONTENT_TYPE, "text/xml; charset=utf-8");
    node.send(request.body(Body::from(body)).unwrap()).await
}

/// What is returned by an operation.
async fn call(node: &Node, operation: &str, inside: &str) -> Element {
    let answer = send(node, "axl", &format!("<s:{operation}>{inside}</s:{operation}>")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    let envelope = Envelope::parse(answer.body.as_bytes(), &Limits::ANSWER).unwrap();
    assert!(envelope.entry.is(NAMESPACE, &format!("{operation}Response")), "{}", answer.body);
    envelope.entry.child(&format!("{operation}Return")).unwrap().clone()
}

fn texts<const N: usize>(element: &Element, names: [&str; N]) -> [String; N] {
    names.map(|name| element.child_text(name).unwrap_or_else(|| panic!("no {name}")).to_owned())
}

/// Return code, reason and the services, each with its status and its reason.
fn told(returned: &Element) -> (String, Vec<String>) {
    let codes = texts(returned, ["ReturnCode", "ReasonCode", "ReasonString"]).join("|");
    let items = returned.child("ServiceInfoList").unwrap().children().iter();
    let names =
        ["ServiceName", "ServiceStatus", "ReasonCode", "ReasonCodeString", "StartTime", "UpTime", "UpTimeString"];
    (codes, items.map(|item| texts(item, names).join("|")).collect())
}

fn request(node: &str, act: &str, services: &str) -> String {
    format!(
        "<s:ControlServiceRequest><s:NodeName>{node}</s:NodeName><s:ControlType>{act}</s:ControlType>\
         <s:ServiceList>{services}</s:ServiceList></s:ControlServiceRequest>"
    )
}

const CALL_MANAGER: &str = "<s:item>Cisco CallManager</s:item>";
const STARTED: &str = "Cisco CallManager|Started|-1||Fri Jan 15 08:00:00 2027|0|0 days 00:00:00";

#[tokio::test]
async fn services_are_told_with_their_time() {
    let node = Node::new("control-status").await;
    let named =
        call(&node, "soapGetServiceStatus", &format!("<s:ServiceStatus>{CALL_MANAGER}</s:ServiceStatus>")).await;
    assert_eq!(told(&named), ("0|-1|".into(), vec![STARTED.into()]));
    let all = call(&node, "soapGetServiceStatus", "").await;
    assert_eq!(told(&all).1.len(), 3);
    let unknown = call(&node, "soapGetServiceStatus", "<s:ServiceStatus><s:item>Cisco DHCP</s:item></s:ServiceStatus>");
    assert_eq!(told(&unknown.await).1, ["Cisco DHCP|Unknown|-1013|there is no such service||-1|"]);
}

#[tokio::test]
async fn a_service_is_stopped_started_and_restarted() {
    let node = Node::new("control-acts").await;
    let act = |act: &'static str| call_act(&node, act);
    let stopped = "Cisco CallManager|Stopped|-1019|Stopped by axl||-1|".to_owned();
    assert_eq!(told(&act("Stop").await), ("0|-1|".into(), vec![stopped.clone()]));
    // Once more is no fault.
    assert_eq!(told(&act("Stop").await), ("0|-1|".into(), vec![stopped]));
    assert_eq!(told(&act("Start").await), ("0|-1|".into(), vec![STARTED.into()]));
    assert_eq!(told(&act("Restart").await), ("0|-1|".into(), vec![STARTED.into()]));
    node.controlled.state().start_fails = Some("port 5090 is in use".into());
    let failed = "Cisco CallManager|Stopped|-1001|port 5090 is in use||-1|".to_owned();
    assert_eq!(told(&act("Restart").await), ("1|-1001|port 5090 is in use".into(), vec![failed]));
    let audit = node.store.audit_records(5).await.unwrap();
    let rows: Vec<_> =
        audit.iter().rev().map(|row| format!("{} {} {}", row.author.name, row.action, row.detail)).collect();
    let expected =
        ["axl stop stopped", "axl start started", "axl restart started", "axl restart failed: port 5090 is in use"];
    assert_eq!(rows.get(rows.len() - 4..).unwrap(), expected);
}

async fn call_act(node: &Node, act: &str) -> Element {
    call(node, "soapDoControlServices", &request("ucm-pub", act, CALL_MANAGER)).await
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let node = Node::new("control-refused").await;
    let tomcat = request("ucm-pub", "Stop", "<s:item>Cisco Tomcat</s:item><s:item>Cisco Tftp</s:item>");
    let (codes, services) = told(&call(&node, "soapDoControlServices", &tomcat).await);
    let reason = "Cisco Tomcat serves the administration itself and cannot stop itself: stop the node instead.";
    assert_eq!(codes, format!("1|-1001|{reason}"));
    assert!(services[0].starts_with(&format!("Cisco Tomcat|Started|-1001|{reason}")), "{services:?}");
    assert_eq!(services[1], "Cisco Tftp|Stopped|-1019|Stopped by axl||-1|", "the next one is acted on");
    for (inside, fault) in [
        (request("nowhere", "Stop", CALL_MANAGER), "The cluster has no node nowhere."),
        (request("ucm-pub", "Reboot", CALL_MANAGER), "ControlType is Start, Stop or Restart"),
        (request("ucm-pub", "Stop", ""), "ServiceList names no service"),
        (String::new(), "ControlServiceRequest is missing"),
    ] {
        let answer = send(&node, "axl", &format!("<s:soapDoControlServices>{inside}</s:soapDoControlServices>")).await;
        assert_eq!(answer.fault(), (500, format!("Client: {fault}")), "{}", answer.body);
    }
    let answer = send(&node, "axl", "<s:soapDoSomething/>").await;
    assert!(answer.fault().1.contains("the operation is one of"), "{}", answer.body);
}

#[tokio::test]
async fn another_node_does_it_and_answers() {
    let node = Node::new("control-elsewhere").await;
    let other = "ucm-sub".parse().unwrap();
    let answers = async {
        let mut seen = 0;
        loop {
            if let Some(taken) = node.store.take_service_request(&other).await.unwrap() {
                assert_eq!((taken.author.as_str(), taken.act.as_str()), ("axl", "restart"));
                let failed = RequestState::Failed("port 5091 is in use".into());
                return node.store.finish_service_request(taken.id, failed).await.unwrap();
            }
            seen = node.store.wait_change(seen).await.unwrap();
        }
    };
    let asked = request("ucm-sub", "Restart", CALL_MANAGER);
    let (returned, ()) = tokio::join!(call(&node, "soapDoControlServices", &asked), answers);
    assert_eq!(told(&returned).0, "1|-1001|port 5091 is in use");
}

#[tokio::test]
async fn axl_1_the_control_center_asks_who_it_is() {
    let node = Node::new("control-roles").await;
    let stop =
        format!("<s:soapDoControlServices>{}</s:soapDoControlServices>", request("ucm-pub", "Stop", CALL_MANAGER));
    assert_eq!(send(&node, "alice", &stop).await.status.as_u16(), 403);
    let body = Request::post(PATH).header(header::CONTENT_TYPE, "text/xml");
    assert_eq!(node.send(body.body(Body::from(stop)).unwrap()).await.status.as_u16(), 401);
    let (_, services) = told(&call(&node, "soapGetServiceStatus", "").await);
    assert!(services[0].contains("|Started|"), "{services:?}");
    let wsdl = node.send(Request::get(format!("{PATH}?wsdl")).body(Body::empty()).unwrap()).await;
    assert!(
        wsdl.body
            .contains("location=\"https://ucm-pub.example:8443/controlcenterservice2/services/ControlCenterServices\"")
    );
}
