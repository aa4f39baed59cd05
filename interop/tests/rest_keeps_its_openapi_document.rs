//! The REST interface answers as its OpenAPI document says, whatever it is asked.

use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::schemathesis;

#[test]
fn rest_keeps_its_openapi_document() {
    let folder = Folder::new("schemathesis");
    let node = Node::start(&folder, "127.0.0.39");
    node.admin("set user judge roles administrator");
    let scopes = "read,write:nodes,write:parameters,write:security-profiles,write:callmanager-groups,write:device-pools,\
                  write:lines,write:users,write:phones,write:expressways,write:webhooks,control,admin";
    let made = node.admin(&format!("utils api token create judge {scopes} owner judge"));
    let token = made.lines().next().expect("a token").trim();
    let (is_kept, report) = schemathesis::judge(&folder, &node, token);
    assert!(is_kept, "{report}\n{}", node.words());
    println!("{report}");
    let tokens = node.admin("utils api token list");
    assert!(tokens.contains("judge"), "the judge could ask until its end: {tokens}");
}
