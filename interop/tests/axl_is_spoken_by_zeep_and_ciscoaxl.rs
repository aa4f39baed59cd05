//! Unmodified SOAP clients list the servers, write an Expressway-C, and get the vendor's kinds of error.

use ringbearer_interop::axl::{ciscoaxl, zeep};
use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;
use serde_json::{Value, json};

const NAMES: &str = "X509SubjectNameorSubjectAlternateName";

fn uuid(value: &Value) -> &str {
    let uuid = value.as_str().expect("a uuid");
    assert!(uuid.len() == 38 && uuid.starts_with('{') && uuid.ends_with('}'), "{uuid}");
    uuid
}

#[test]
fn zeep_reads_our_description_and_provisions_by_it() {
    let folder = Folder::new("zeep");
    let node = Node::start(&folder, "127.0.0.37");
    let found = zeep(&folder, &node);
    let added = uuid(&found["added"]);
    assert_eq!(found["version"], "15.0.0.1-0");
    assert_eq!(found["older"], found["version"]);
    let [server] = found["nodes"].as_array().expect("a list").as_slice() else { panic!("one server") };
    assert_eq!((&server["name"], &server["nodeUsage"]), (&json!("judged"), &json!("Publisher")));
    assert_eq!(server["processNodeRole"], Value::Null, "only what was asked for");
    assert_eq!(found["managers"][0]["name"], "CM_judged");
    let ports = json!({
        "sipPhonePort": "5060", "sipPhoneSecurePort": "5061", "sipOAuthPort": "5090", "sipOAuthMRAPort": "5091",
    });
    assert_eq!(found["ports"], ports);
    assert_eq!(found["profile"]["EnableOAuthAuthentication"], "true");
    assert_eq!(found["profile"]["deviceSecurityMode"], "Encrypted");

    let read = json!({
        "uuid": added, "HostNameOrIP": "exp-c", "description": "this is added through axl",
        NAMES: "exp-c.judged.test,judged.test",
    });
    assert_eq!(found["read"], read);
    assert_eq!((uuid(&found["updated"]), uuid(&found["removed"])), (added, added));
    let listed = json!([{ "uuid": added, "HostNameOrIP": "exp-d", "description": null, NAMES: "exp-d.judged.test" }]);
    assert_eq!(found["listed"], listed);
    let row = json!([{ "hostnameorip": "exp-d", "x509subjectnameoraltname": "exp-d.judged.test" }]);
    assert_eq!(found["sql"], row);
    assert_eq!(found["empty"], Value::Null, "zeep's word for an empty element");
    assert_eq!(found["valid"], 12, "every answer is held against our schema");

    let refusal = |code: &str, message: &str, request: &str| json!({ "fault": "soapenv:Client", "axlcode": code, "axlmessage": message, "request": request });
    let duplicate = "Could not insert new row - duplicate value in a UNIQUE INDEX column (Expressway-C \"exp-c\").";
    assert_eq!(found["duplicate"], refusal("-239", duplicate, "addExpresswayCConfiguration"));
    let gone = "Item not valid: The specified ExpresswayCConfiguration was not found";
    assert_eq!(found["gone"], refusal("5007", gone, "getExpresswayCConfiguration"));
    let bad = "Server: Host Name/IP Address: only a host name or an IP address are allowed";
    assert_eq!(found["bad"], refusal("5003", bad, "addExpresswayCConfiguration"));
    let secret = "The specified table (credential) is not in the database.";
    assert_eq!(found["secret"], refusal("-206", secret, "executeSQLQuery"));
    assert_eq!(found["wrong_password"], json!({ "status": 401, "page": true }));
    assert_eq!(found["no_role"], json!({ "status": 403, "page": true }));
    let audit = node.admin("show audit 5");
    assert!(audit.contains("axl (axl)") && audit.contains("Expressway-C \"exp-c\""), "{audit}");
}

#[test]
fn ciscoaxl_provisions_by_its_own_description() {
    let folder = Folder::new("ciscoaxl");
    let node = Node::start(&folder, "127.0.0.38");
    let found = ciscoaxl(&folder, &node);
    let added = uuid(&found["added"]);
    assert_eq!(found["nodes"], json!(["judged"]));
    assert_eq!(found["managers"], json!(["CM_judged"]));
    assert_eq!(found["version"], "15.0.0.1-0");
    assert_eq!((&found["mode"]["num_rows"], &found["mode"]["rows"]), (&json!(1), &json!([{ "paramvalue": "1" }])));
    assert_eq!(found["none"]["num_rows"], 0);
    let read = json!({ "uuid": added, "description": "by ciscoaxl", "names": "exp-c.judged.test" });
    assert_eq!(found["read"], read);
    assert_eq!((uuid(&found["updated"]), uuid(&found["removed"])), (added, added));
    assert_eq!(found["listed"], json!([[added, "exp-c", "changed"]]));
    assert_eq!(found["oauth"], "true");

    let duplicate = "Could not insert new row - duplicate value in a UNIQUE INDEX column (Expressway-C \"exp-c\").";
    assert_eq!(found["duplicate"], json!([duplicate, "-239"]));
    let gone = "Item not valid: The specified ExpresswayCConfiguration was not found";
    assert_eq!(found["gone"], json!([gone, "5007"]));
    assert_eq!(found["bad"][1], "5003");
    assert_eq!(found["syntax"][1], "-201");
    assert_eq!(found["update"][1], "5003");
    let unauthorized = "[401 Unauthorized]: Please check your username and password";
    assert_eq!(found["wrong_password"], unauthorized);
    let forbidden = "[403 Forbidden]: Please ensure the user 'alice' has AXL access set up";
    assert_eq!(found["no_role"], forbidden);
}
