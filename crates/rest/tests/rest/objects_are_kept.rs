//! The objects: made, read, changed, listed, deleted; seen in the directory and in the audit log.

use directory::{DirectoryRepository as _, Parameter, UserId};
use serde_json::{Value, json};

use crate::node::{Node, author};

fn names(page: &Value, member: &str) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_phone_lives_from_creation_to_deletion() {
    let node = Node::new("phone").await;
    let token = node.all_powerful().await;
    let body = json!({
        "name": "CSFBOB",
        "product": "Cisco Unified Client Services Framework",
        "securityProfile": "CSF OAuth",
        "devicePool": "Default",
        "owner": "bob",
        "lines": [{ "index": 1, "directoryNumber": "2002", "label": "Bob" }],
    });
    let made = node.post(&token, "/phones", &body).await.ok(201);
    assert_eq!(made.headers["location"], "/api/v1/phones/CSFBOB");
    let version = made.body["version"].as_u64().unwrap();
    assert_eq!(made.etag(), format!("\"{version}\""));
    let expected = json!({
        "name": "CSFBOB",
        "description": "",
        "product": "Cisco Unified Client Services Framework",
        "securityProfile": "CSF OAuth",
        "devicePool": "Default",
        "owner": "bob",
        "users": [],
        "digestUser": null,
        "lines": [{
            "index": 1, "directoryNumber": "2002", "label": "Bob", "display": "", "maxCalls": 4, "busyTrigger": 2,
        }],
        "version": version,
    });
    assert_eq!(made.body, expected);
    node.get(&token, "/lines/2002").await.ok(200);
    let directory = node.store.load().await.unwrap();
    let contact = directory.device("CSFBOB").unwrap().lines[0].contact;

    let patch = json!({ "description": "of Bob", "owner": null, "users": ["alice", "bob"] });
    let changed = node.patch(&token, "/phones/csfbob", made.etag(), &patch).await.ok(200);
    assert_eq!((&changed.body["owner"], &changed.body["users"]), (&Value::Null, &json!(["alice", "bob"])));
    let directory = node.store.load().await.unwrap();
    assert_eq!(directory.device("CSFBOB").unwrap().lines[0].contact, contact, "it registers with it");

    assert_eq!(node.delete(&token, "/lines/2002", "*").await.problem(), (409, "in-use"));
    node.delete(&token, "/phones/CSFBOB", changed.etag()).await.ok(204);
    assert_eq!(node.get(&token, "/phones/CSFBOB").await.problem(), (404, "not-found"));
    let act = |action: &str, object: &str| ("admin (rest)".to_owned(), action.to_owned(), object.to_owned());
    let acts = [
        act("remove", "Phone \"CSFBOB\""),
        act("put", "Phone \"CSFBOB\""),
        act("put", "Phone \"CSFBOB\""),
        act("put", "Directory Number \"2002\""),
    ];
    assert_eq!(node.acts(4).await, acts);
}

#[tokio::test]
async fn every_kind_is_read_replaced_by_itself_and_looked_at() {
    let node = Node::new("kinds").await;
    let token = node.all_powerful().await;
    let paths = [
        "/nodes/ucm-pub",
        "/security-profiles/CSF%20OAuth",
        "/callmanager-groups/Default",
        "/device-pools/Default",
        "/lines/2001",
        "/users/alice",
        "/phones/CSFALICE",
        "/expressways/exp-c",
    ];
    for path in paths {
        let read = node.get(&token, path).await.ok(200);
        let replaced = node.put(&token, path, read.etag(), &read.body).await.ok(200);
        let (mut before, mut after) = (read.body.clone(), replaced.body.clone());
        assert!(after["version"].as_u64() > before["version"].as_u64(), "{path}");
        before["version"].take();
        after["version"].take();
        assert_eq!(after, before, "{path}");
        let acts = node.acts(1).await;
        let dry = node.put(&token, &format!("{path}?dry_run=true"), replaced.etag(), &replaced.body).await.ok(200);
        assert!(dry.body["version"].is_null() && !dry.headers.contains_key("etag"), "{path}");
        let unused = node.delete(&token, &format!("{path}?dry_run=true"), replaced.etag()).await;
        assert!([204, 409].contains(&unused.status.as_u16()), "{path}");
        assert_eq!(node.acts(1).await, acts, "{path}");
        assert_eq!(node.get(&token, path).await.etag(), replaced.etag(), "{path}");
    }
}

#[tokio::test]
async fn a_user_has_a_password_that_no_answer_shows_and_phones() {
    let node = Node::new("user").await;
    let token = node.all_powerful().await;
    let body = json!({ "userId": "carol", "password": "canary horse", "phones": ["CSFALICE"], "digestCredentials": "canary phone" });
    let made = node.post(&token, "/users", &body).await.ok(201);
    assert_eq!(made.body["phones"], json!(["CSFALICE"]));
    assert!(!made.body.to_string().contains("canary"), "{}", made.body);
    let carol: UserId = "carol".parse().unwrap();
    assert!(node.store.password_hash(&carol).await.unwrap().is_some());
    let directory = node.store.load().await.unwrap();
    assert_eq!(directory.digest_secret("carol").unwrap().realm, "ccmsipline");
    assert!(directory.device("CSFALICE").unwrap().is_of_user("carol"));
    let patch = json!({ "phones": ["TCTALICE"], "lastName": "Doe" });
    let changed = node.patch(&token, "/users/carol", "*", &patch).await.ok(200);
    assert_eq!((&changed.body["phones"], &changed.body["lastName"]), (&json!(["TCTALICE"]), &json!("Doe")));
    assert!(!node.store.load().await.unwrap().device("CSFALICE").unwrap().is_of_user("carol"));
    let short = node.patch(&token, "/users/carol", "*", &json!({ "password": "short" })).await;
    assert_eq!(short.problem(), (422, "rule-violated"));
    assert_eq!(short.body["errors"][0]["pointer"], "/password");
    let revoked = node.post(&token, "/users/carol/revoke-tokens", &Value::Null).await.ok(200);
    assert_eq!(revoked.body, json!({ "userId": "carol", "revoked": 0 }));
    assert_eq!(node.acts(1).await[0].1, "revoke tokens");
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_read_page_by_page() {
    let node = Node::new("lists").await;
    let token = node.all_powerful().await;
    for number in 0..25 {
        let body = json!({ "directoryNumber": format!("30{number:02}"), "description": format!("d{}", number % 3) });
        node.post(&token, "/lines", &body).await.ok(201);
    }
    let mut read = Vec::new();
    let mut path = "/lines?limit=10".to_owned();
    loop {
        let page = node.get(&token, &path).await.ok(200).body;
        assert_eq!(page["total"], 26);
        read.extend(names(&page, "directoryNumber"));
        // What is written meanwhile before the cursor shifts nothing.
        let line = directory::Line::new("1000".parse().unwrap());
        let _ = node.store.put(&author(), vec![(directory::Object::Line(line), directory::Precondition::None)]).await;
        let remove = directory::ObjectKey::Line("1000".parse().unwrap());
        node.store.remove(&author(), remove, directory::Precondition::None).await.unwrap();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/lines?limit=10&cursor={next}");
    }
    assert_eq!(read.len(), 26);
    assert!(read.is_sorted() && read[0] == "2001");
    let some = node.get(&token, "/lines?description=D1&sort=-directoryNumber&limit=2").await.ok(200).body;
    assert_eq!(names(&some, "directoryNumber"), ["3022", "3019"]);
    assert_eq!(some["total"], 8);
    let rest = some["next"].as_str().unwrap();
    let rest =
        node.get(&token, &format!("/lines?description=d1&sort=-directoryNumber&cursor={rest}")).await.ok(200).body;
    assert_eq!(names(&rest, "directoryNumber"), ["3016", "3013", "3010", "3007", "3004", "3001"]);
    assert_eq!(names(&node.get(&token, "/phones?name=*alice&owner=alice").await.body, "name"), ["CSFALICE"]);
    assert_eq!(names(&node.get(&token, "/nodes").await.body, "name"), ["ucm-pub", "ucm-sub"]);
    for bad in ["limit=0", "limit=1001", "limit=+5", "sort=password", "colour=red", "name=", "limit=1&limit=2"] {
        let answer = node.get(&token, &format!("/phones?{bad}")).await;
        assert_eq!(answer.problem(), (400, "invalid-parameter"), "{bad}");
    }
    let answer = node.get(&token, "/phones?cursor=x").await;
    assert_eq!(answer.problem(), (422, "unknown-cursor"), "it is a text, and none that a page gave");
}

#[tokio::test]
async fn a_parameter_is_set_where_it_was_read() {
    let node = Node::new("parameter").await;
    let token = node.all_powerful().await;
    let path = "/parameters/oauthaccesstokenexpirytimer";
    let read = node.get(&token, path).await.ok(200);
    assert_eq!((&read.body["name"], &read.body["value"]), (&json!("OAuthAccessTokenExpiryTimer"), &json!("60")));
    let etag = read.etag().to_owned();
    let set = node.put(&token, path, &etag, &json!({ "value": "30" })).await.ok(200);
    assert_eq!(set.body["value"], "30");
    assert_eq!(node.put(&token, path, &etag, &json!({ "value": "20" })).await.problem(), (412, "changed"));
    let parameter = Parameter::find("OAuthAccessTokenExpiryTimer").unwrap();
    assert_eq!(node.store.load().await.unwrap().parameters().get(parameter), "30");
    let wrong = node.put(&token, path, "*", &json!({ "value": "0" })).await;
    assert_eq!(wrong.problem(), (422, "rule-violated"));
    assert_eq!(wrong.body["errors"][0]["rule"], "out-of-range");
    let mode = node.put(&token, "/parameters/ClusterSIPOAuthMode", "*", &json!({ "value": "1" })).await;
    assert_eq!(mode.body["errors"][0]["detail"], "read-only, changed by: utils sipOAuth-mode enable|disable");
    let all = node.get(&token, "/parameters").await.ok(200).body;
    assert_eq!(all["total"], all["items"].as_array().unwrap().len());
}

#[tokio::test]
async fn what_happens_is_shown_and_a_registration_ended() {
    let node = Node::new("live").await;
    let token = node.all_powerful().await;
    let registrations = node.get(&token, "/registrations").await.ok(200).body;
    let alice = json!({ "device": "CSFALICE", "node": "ucm-pub", "since": 1_700_000_000, "address": "192.0.2.1" });
    assert_eq!(registrations, json!({ "items": [alice], "total": 1 }));
    assert_eq!(node.get(&token, "/registrations/csfalice").await.ok(200).body, alice);
    node.delete(&token, "/registrations/CSFALICE?mode=apply", "*").await.ok(204);
    let ended = node.here.ended.lock().unwrap().clone();
    assert_eq!(ended, [("CSFALICE".to_owned(), web::registrations::Reset::ApplyConfiguration)]);
    assert_eq!(
        node.acts(1).await,
        [("admin (rest)".into(), "apply configuration".into(), "Phone \"CSFALICE\"".into())]
    );
    assert_eq!(node.delete(&token, "/registrations/CSFBOB", "*").await.problem(), (404, "not-found"));

    let first = node.get(&token, "/call-records?limit=3").await.ok(200).body;
    assert_eq!(names(&first, "id"), ["record-4", "record-3", "record-2"]);
    let next = first["next"].as_str().unwrap();
    let last = node.get(&token, &format!("/call-records?cursor={next}")).await.ok(200).body;
    assert_eq!((names(&last, "id"), &last["next"]), (vec!["record-1".into(), "record-0".into()], &Value::Null));

    let log = node.get(&token, "/audit-log?limit=1").await.ok(200).body;
    assert_eq!(log["items"][0]["surface"], "rest");
    let older = node.get(&token, &format!("/audit-log?cursor={}", log["next"].as_str().unwrap())).await.ok(200).body;
    assert!(older["items"][0]["id"].as_u64() < log["items"][0]["id"].as_u64());

    assert_eq!(node.get(&token, "/nodes/ucm-pub/running").await.problem(), (404, "not-found"));
    let directory = node.store.load().await.unwrap();
    let runs = directory::NodeSettings::staged(&directory, "ucm-pub", "ab").unwrap();
    node.store.record_running(&runs).await.unwrap();
    node.patch(&token, "/nodes/ucm-pub", "*", &json!({ "ports": { "sipPhoneOAuth": 5190 } })).await.ok(200);
    let running = node.get(&token, "/nodes/ucm-pub/running").await.ok(200).body;
    assert_eq!((&running["ports"]["sipPhoneOAuth"], &running["pending"]), (&json!(5090), &json!(["ports"])));
}
