//! Unmodified SOAP clients provision a softphone and its user, restart the service, and read from RIS who is registered.

use ringbearer_interop::authlib::take_token;
use ringbearer_interop::axl::{control_center, deployment};
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

    // The service takes what was set up, the new phone registers, and after another restart it is there again.
    let fine = |status: &str| {
        let started = status == "Started";
        let reason = if started { "" } else { "Stopped by axl" };
        json!({ "code": ["0", -1], "services": [["Cisco CallManager", status, reason, started]] })
    };
    let acts = control_center(&folder, &node, &["products", "Restart", "status"]);
    assert_eq!(acts, json!(["Ringbearer", fine("Started"), fine("Started")]));
    let erin = take_token(&folder, &node, "erin");
    let token = erin["access_token"].as_str().expect("a token");
    let (_first, _) = Softphone::register(&node, "CSFERIN", "4001", token);
    assert_eq!(control_center(&folder, &node, &["registered", "Restart"]), json!([["CSFERIN"], fine("Started")]));
    let (_again, _) = Softphone::register(&node, "CSFERIN", "4001", token);
    assert_eq!(control_center(&folder, &node, &["registered"]), json!([["CSFERIN"]]));
    let stopped = control_center(&folder, &node, &["Stop", "status", "registered", "Start"]);
    assert_eq!(stopped, json!([fine("Stopped"), fine("Stopped"), [], fine("Started")]));
    let audit = node.admin("show audit 10");
    assert!(
        audit.contains("axl (axl)") && audit.contains("stop                Cisco CallManager on judged   stopped"),
        "{audit}"
    );
}
