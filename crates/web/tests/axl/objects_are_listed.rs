//! Lists and what else is read.

use soap::Element;

use crate::cluster::{Node, text};

fn criteria(name: &str, pattern: &str) -> Element {
    Element::new("searchCriteria").with_text(name, pattern)
}

fn tags(names: &[&str]) -> Element {
    Element::new("returnedTags").with_all(names.iter().map(|name| Element::new(name)))
}

fn names(answer: &Element, name: &str) -> Vec<String> {
    answer.children().iter().filter_map(|object| object.child_text(name)).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_servers_are_listed() {
    let node = Node::new("servers").await;
    let list = |parameters: Vec<Element>| node.call("listProcessNode", parameters);
    let all = list(vec![criteria("name", "%")]).await.unwrap();
    assert_eq!(names(&all, "name"), ["ucm-pub", "ucm-sub"]);
    assert_eq!(names(&all, "nodeUsage"), ["Publisher", "Subscriber"]);
    assert_eq!(names(&all, "processNodeRole"), ["CUCM Voice/Video"; 2]);
    assert!(all.children().iter().all(|object| object.name() == "processNode" && object.attribute("uuid").is_some()));

    let only_names = list(vec![criteria("name", "%SUB"), tags(&["name"])]).await.unwrap();
    assert_eq!(names(&only_names, "name"), ["ucm-sub"]);
    assert_eq!(only_names.children()[0].children().len(), 1);
    let role = list(vec![criteria("processNodeRole", "CUCM IM and Presence")]).await.unwrap();
    assert_eq!(role.children(), []);
    let second = list(vec![criteria("name", "%"), text("skip", "1"), text("first", "1")]).await.unwrap();
    assert_eq!(names(&second, "name"), ["ucm-sub"]);
    let none = list(vec![criteria("name", "%"), text("first", "0")]).await.unwrap();
    assert_eq!(none.children(), []);
}

#[tokio::test]
async fn a_list_needs_a_criterion() {
    let node = Node::new("criterion").await;
    let wanted = "searchCriteria needs one of name, description, processNodeRole";
    for (parameters, message) in [
        (vec![], "searchCriteria is missing"),
        (vec![Element::new("searchCriteria")], wanted),
        (vec![criteria("address", "%")], "searchCriteria has no address"),
        (vec![criteria("name", &"%".repeat(256))], "name has at most 255 bytes"),
        (vec![criteria("name", "%"), text("first", "many")], "first is not a number"),
    ] {
        assert_eq!(node.refusal("listProcessNode", parameters).await, (5003, message.to_owned()));
    }
}

#[tokio::test]
async fn the_ports_of_a_server_are_read() {
    let node = Node::new("ports").await;
    let get = [text("name", "CM_ucm-sub"), tags(&["ports", "processNodeName"])];
    let answer = node.call("getCallManager", get).await.unwrap();
    let object = answer.child("callManager").unwrap();
    assert_eq!(object.attribute("ctiid"), Some("2"));
    assert_eq!(object.child_text("processNodeName"), Some("ucm-sub"));
    assert_eq!(object.child("name"), None);
    let port = |name| object.at(&["ports", "sipPorts", name]).unwrap().text();
    let sip = ["sipPhonePort", "sipPhoneSecurePort", "sipOAuthPort", "sipOAuthMRAPort"].map(port);
    assert_eq!(sip, ["5060", "5061", "5090", "5091"]);

    let all = node.call("listCallManager", [criteria("name", "%"), tags(&["name"])]).await.unwrap();
    assert_eq!(names(&all, "name"), ["CM_ucm-pub", "CM_ucm-sub"]);
    let identifier = all.children()[0].attribute("uuid").unwrap();
    let answer = node.call("getCallManager", [text("uuid", identifier)]).await.unwrap();
    assert_eq!(answer.at(&["callManager", "name"]).unwrap().text(), "CM_ucm-pub");
    assert_eq!(node.refusal("getCallManager", [text("name", "CM_x")]).await.0, 5007);
}

#[tokio::test]
async fn a_security_profile_is_read() {
    let node = Node::new("profile").await;
    let answer = node.call("getPhoneSecurityProfile", [text("name", "csf oauth")]).await.unwrap();
    let object = answer.child("phoneSecurityProfile").unwrap();
    let field = |name| object.child_text(name).unwrap();
    let fields = ["name", "deviceSecurityMode", "transportType", "EnableOAuthAuthentication", "nonceValidityTime"];
    assert_eq!(fields.map(field), ["CSF OAuth", "Encrypted", "TLS", "true", "600"]);
    let missing = node.refusal("getPhoneSecurityProfile", [text("name", "none")]).await;
    assert_eq!(missing, (5007, "Item not valid: The specified PhoneSecurityProfile was not found".to_owned()));
}

#[tokio::test]
async fn the_release_of_an_unknown_server_is_not_known() {
    let node = Node::new("release").await;
    assert!(node.call("getCCMVersion", [text("processNodeName", "ucm-sub")]).await.is_ok());
    assert!(node.call("getCCMVersion", [text("processNodeName", "")]).await.is_ok());
    assert_eq!(node.refusal("getCCMVersion", [text("processNodeName", "x")]).await.0, 5007);
}

#[tokio::test]
async fn the_expressways_are_listed() {
    let node = Node::new("expressways").await;
    for (host, description) in [("exp-a", "one"), ("exp-b", "two"), ("other", "one")] {
        let row = Element::new("expresswayCConfiguration")
            .with_text("HostNameOrIP", host)
            .with_text("description", description)
            .with_text("X509SubjectNameorSubjectAlternateName", host);
        node.call("addExpresswayCConfiguration", [row]).await.unwrap();
    }
    let list = |criteria: Element| node.call("listExpresswayCConfiguration", [criteria]);
    assert_eq!(names(&list(criteria("HostNameOrIP", "exp%")).await.unwrap(), "HostNameOrIP"), ["exp-a", "exp-b"]);
    assert_eq!(names(&list(criteria("description", "one")).await.unwrap(), "HostNameOrIP"), ["exp-a", "other"]);
    let both = criteria("HostNameOrIP", "exp%").with_text("description", "one");
    assert_eq!(names(&list(both).await.unwrap(), "HostNameOrIP"), ["exp-a"]);
}
