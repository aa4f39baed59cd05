//! Unmodified SOAP clients provision a softphone and its user, and read from RIS who is registered.

use ringbearer_interop::authlib::take_token;
use ringbearer_interop::axl::deployment;
use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::softphone::Softphone;
use serde_json::json;

#[test]
fn ciscoaxl_and_zeep_set_up_a_deployment_and_see_who_is_registered() {
    let folder = Folder::new("deployment");
    let node = Node::start(&folder, "127.0.0.58");
    let alice = take_token(&folder, &node, "alice");
    let token = alice["access_token"].as_str().expect("a token");
    let (_phone, _) = Softphone::register(&node, "CSFALICE", "2001", token);
    let found = deployment(&folder, &node);
    assert_eq!(found["authenticated"], json!("true"));
    let read = json!({
        "phone": ["CSFERIN", "Judged", "Judged", "erin"],
        "line": "4001",
        "alerting": "Erin",
        "user": ["CSFERIN"],
        "pool": found["read"]["pool"],
        "group": [{ "callManagerName": "CM_judged", "priority": "0" }],
        "parameter": "1",
    });
    assert_eq!(found["read"], read);
    assert_eq!(found["read"]["pool"][0]["callManagerGroupName"], "Default");
    let registered = json!({
        "total": 1, "node": "judged", "Name": "CSFALICE", "DirNumber": "2001", "Model": 503, "Status": "Registered",
        "Protocol": "SIP",
    });
    assert_eq!(found["registered"], registered);
    let audit = node.admin("show audit 30");
    assert!(audit.contains("apply configuration") && audit.contains("Phone \"CSFERIN\""), "{audit}");
}
