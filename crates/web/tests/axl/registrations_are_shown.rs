//! RIS: which devices are registered with which node.

use axum::body::Body;
use axum::http::{Request, header};
use directory::{DirectoryRepository, LocationChange};
use soap::{Element, Envelope, Limits};

use crate::cluster::{Answer, Node, basic};

const NAMESPACE: &str = "http://schemas.cisco.com/ast/soap";
const PATH: &str = "/realtimeservice2/services/RISService70";

async fn node(test: &str) -> Node {
    let node = Node::new(test).await;
    let other = "ucm-sub".parse().unwrap();
    node.store.renew_lease(&other, 4_000_000_000).await.unwrap();
    let claim = LocationChange::Claim { device: "CSFCAL".parse().unwrap(), node: other };
    node.store.note_location(claim).await.unwrap();
    node
}

async fn send(node: &Node, user: &str, inside: &str) -> Answer {
    let body = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>{inside}</e:Body></e:Envelope>"
    );
    let request = Request::post(PATH)
        .header(header::AUTHORIZATION, basic(user, &format!("pw-{user}")))
        .header(header::CONTENT_TYPE, "text/xml; charset=utf-8")
        .header("SOAPAction", "selectCmDevice");
    node.send(request.body(Body::from(body)).unwrap()).await
}

/// What is returned, and where to go on.
async fn select(node: &Node, state: &str, criteria: &str) -> (Element, String) {
    node.pass(1000);
    let inside = format!(
        "<s:selectCmDevice xmlns:s=\"{NAMESPACE}\"><s:StateInfo>{state}</s:StateInfo>\
         <s:CmSelectionCriteria>{criteria}</s:CmSelectionCriteria></s:selectCmDevice>"
    );
    let answer = send(node, "axl", &inside).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
    let envelope = Envelope::parse(answer.body.as_bytes(), &Limits::ANSWER).unwrap();
    assert!(envelope.entry.is(NAMESPACE, "selectCmDeviceResponse"));
    let returned = envelope.entry.child("selectCmDeviceReturn").unwrap();
    (returned.child("SelectCmDeviceResult").unwrap().clone(), returned.child_text("StateInfo").unwrap().to_owned())
}

/// How many there are, and those of this answer, by their nodes.
fn names(result: &Element) -> (String, Vec<String>) {
    let nodes = result.child("CmNodes").unwrap().children().iter();
    let names = nodes.flat_map(|node| {
        let name = node.child_text("Name").unwrap();
        let devices = node.child("CmDevices").unwrap().children().iter();
        devices.map(move |device| format!("{name} {}", device.child_text("Name").unwrap()))
    });
    (result.child_text("TotalDevicesFound").unwrap().to_owned(), names.collect())
}

#[tokio::test]
async fn every_registered_device_is_with_its_node() {
    let node = node("ris-all").await;
    let (result, state) = select(&node, "", "<s:Status>Any</s:Status><s:Model>255</s:Model>").await;
    let all = ["ucm-pub CSFALICE", "ucm-pub CSFBOB", "ucm-sub CSFCAL"].map(str::to_owned).to_vec();
    assert_eq!((names(&result), state.as_str()), (("3".to_owned(), all), ""));
    let device = result.at(&["CmNodes", "item", "CmDevices", "item"]).unwrap();
    let text = |name| device.child_text(name).unwrap();
    assert_eq!(
        ["DirNumber", "Model", "Status", "StatusReason", "Protocol", "Description"].map(text),
        ["2001", "503", "Registered", "0", "SIP", "of CSFALICE"]
    );
    let address = device.at(&["IPAddress", "item"]).unwrap();
    assert_eq!(["IP", "IPAddrType"].map(|name| address.child_text(name).unwrap()), ["192.0.2.1", "ipv4"]);
}

#[tokio::test]
async fn a_selection_narrows_and_pages() {
    let node = node("ris-pages").await;
    for (criteria, expected) in [
        ("<SelectItems><item><Item>csfb*</Item></item></SelectItems>", vec!["ucm-pub CSFBOB"]),
        (
            "<SelectBy>IPV4Address</SelectBy><SelectItems><item><Item>192.0.2.1</Item></item></SelectItems>",
            vec!["ucm-pub CSFALICE"],
        ),
        (
            "<SelectBy>DirNumber</SelectBy><SelectItems><item><Item>2001</Item></item></SelectItems>",
            vec!["ucm-pub CSFALICE"],
        ),
        ("<NodeName>UCM-SUB</NodeName>", vec!["ucm-sub CSFCAL"]),
        ("<Status>UnRegistered</Status>", vec![]),
        ("<Protocol>SCCP</Protocol>", vec![]),
        ("<Model>684</Model>", vec![]),
    ] {
        let (result, _) = select(&node, "", criteria).await;
        assert_eq!(names(&result).1, expected, "{criteria}");
    }
    let (result, state) = select(&node, "", "<MaxReturnedDevices>2</MaxReturnedDevices>").await;
    assert_eq!((names(&result).0.as_str(), names(&result).1.len(), state.as_str()), ("3", 2, "CSFBOB"));
    let (result, state) = select(&node, &state, "<MaxReturnedDevices>2</MaxReturnedDevices>").await;
    assert_eq!((names(&result).1, state.as_str()), (vec!["ucm-sub CSFCAL".to_owned()], ""));
}

#[tokio::test]
async fn who_may_not_or_asks_too_often_is_refused() {
    let node = node("ris-refused").await;
    let inside = format!("<s:selectCmDevice xmlns:s=\"{NAMESPACE}\"/>");
    assert_eq!(send(&node, "alice", &inside).await.status.as_u16(), 403);
    let answer = send(&node, "axl", &inside).await;
    assert_eq!(answer.fault(), (500, "Client: CmSelectionCriteria is missing".to_owned()));
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(send(&node, "axl", &inside).await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 500).count(), 8, "ten requests are saved up");
    assert_eq!(statuses.last(), Some(&503));
}
