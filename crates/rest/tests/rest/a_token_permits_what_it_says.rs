//! Who is let in, and to what.

use authorization::{ApiArea, ApiScope};
use axum::body::Body;
use axum::http::{Method, header};
use directory::{DirectoryRepository as _, EndUser, Object, Precondition, Role};
use serde_json::{Value, json};

use crate::node::{Node, author, basic, request};

/// Every operation of the document: method, path with something in its braces, and what it needs.
fn operations(node: &Node) -> Vec<(Method, String, Value)> {
    let paths = node.document()["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            let path = path.replace("{id}", "00000000-0000-0000-0000-000000000000");
            let path = path.replace("{name}", "nobody").replace("{device}", "nobody");
            all.push((method.to_uppercase().parse().unwrap(), path, operation.clone()));
        }
    }
    assert!(all.len() > 55, "{}", all.len());
    all
}

async fn ask(node: &Node, method: &Method, path: &str, token: &str, operation: &Value) -> (u16, String) {
    let mut request = request(method.clone(), path, token).header(header::IF_MATCH, "\"1\"");
    if let Some(content) = operation["requestBody"]["content"].as_object() {
        request = request.header(header::CONTENT_TYPE, content.keys().next().unwrap());
    }
    let request = request.body(Body::from("{}")).unwrap();
    if path == "/events" {
        // It has no end: how it begins says enough.
        let response = node.stream(request).await;
        let kind = if response.status() == 403 { "forbidden" } else { "unauthorized" };
        return (response.status().as_u16(), if response.status() == 200 { "" } else { kind }.to_owned());
    }
    let answer = node.send(request).await;
    let kind = answer.body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default().to_owned();
    (answer.status.as_u16(), kind)
}

#[tokio::test]
async fn api_1_every_address_asks_for_a_token_and_for_its_scope() {
    let node = Node::new("scopes").await;
    let mut tokens = Vec::new();
    for scope in ApiScope::all() {
        tokens.push((scope.to_string(), node.token("admin", &[scope]).await));
    }
    for (method, path, operation) in operations(&node) {
        let security = operation["security"].as_array().unwrap();
        let shown = format!("{method} {path}");
        if security.is_empty() {
            assert_eq!(path, "/openapi.json");
            assert_eq!(ask(&node, &method, &path, "", &operation).await.0, 200);
            continue;
        }
        let none = ask(&node, &method, &path, "", &operation).await;
        assert_eq!(none, (401, "unauthorized".into()), "{shown}");
        let wrong = ask(&node, &method, &path, "ringbearer_nonsense", &operation).await;
        assert_eq!(wrong, (401, "unauthorized".into()), "{shown}");
        let needed = security.iter().find_map(|one| one["token"].as_array()).unwrap();
        for (scope, token) in &tokens {
            if path == "/tokens/self" {
                continue;
            }
            let answer = ask(&node, &method, &path, token, &operation).await;
            if needed.iter().any(|one| one == scope) {
                assert!(answer.1 != "forbidden" && answer.0 != 401, "{shown} with {scope}: {answer:?}");
            } else {
                assert_eq!(answer, (403, "forbidden".into()), "{shown} with {scope}");
            }
        }
    }
}

#[tokio::test]
async fn api_1_a_token_is_worth_what_its_owner_is_now() {
    let node = Node::new("owner").await;
    let token = node.token("admin", &[ApiScope::Read, ApiScope::Admin]).await;
    node.get(&token, "/tokens").await.ok(200);
    let set = async |active, roles: &[Role]| {
        let user = EndUser { active, roles: roles.to_vec(), ..EndUser::new("admin".parse().unwrap()) };
        node.store.put(&author(), vec![(Object::User(user), Precondition::None)]).await.unwrap();
        let sequence = node.store.load().await.unwrap().sequence();
        // The node's own directory follows.
        while node.get("", "/openapi.json").await.status != 200 || !node.has_seen(sequence) {
            tokio::task::yield_now().await;
        }
    };
    set(true, &[Role::AxlAccess]).await;
    assert_eq!(node.get(&token, "/tokens").await.problem(), (403, "forbidden"));
    node.get(&token, "/phones").await.ok(200);
    set(true, &[]).await;
    assert_eq!(node.get(&token, "/phones").await.problem(), (403, "forbidden"));
    set(false, &[Role::Administrator]).await;
    assert_eq!(node.get(&token, "/phones").await.problem(), (401, "unauthorized"));
    set(true, &[Role::Administrator]).await;
    node.get(&token, "/tokens").await.ok(200);
}

#[tokio::test]
async fn api_1_a_token_ends_on_its_day_or_when_it_is_revoked() {
    let node = Node::new("expiry").await;
    let (short, admin) = (node.token("axl", &[ApiScope::Read]).await, node.all_powerful().await);
    let own = node.get(&short, "/tokens/self").await.ok(200).body;
    assert_eq!((&own["owner"], &own["scopes"]), (&json!("axl"), &json!(["read"])));
    assert_eq!(own["lastUsed"], crate::node::NOW);
    let path = format!("/tokens/{}", own["id"].as_str().unwrap());
    let second = node.token("axl", &[ApiScope::Read]).await;
    node.delete(&admin, &path, "*").await.ok(204);
    assert_eq!(node.get(&short, "/phones").await.problem(), (401, "unauthorized"));
    assert_eq!(node.delete(&admin, &path, "*").await.problem(), (404, "not-found"));
    node.get(&second, "/phones").await.ok(200);
    node.pass(30 * 86_400);
    assert_eq!(node.get(&second, "/phones").await.problem(), (401, "unauthorized"));
}

#[tokio::test]
async fn api_1_a_token_is_made_by_password_and_shown_once() {
    let node = Node::new("make").await;
    let make = async |user: &str, password: &str, body: &Value| {
        let request = request(Method::POST, "/tokens", "")
            .header(header::AUTHORIZATION, basic(user, password))
            .header(header::CONTENT_TYPE, "application/json")
            .header("Idempotency-Key", "one");
        node.send(request.body(body.to_string().into()).unwrap()).await
    };
    let body = json!({ "name": "ci", "scopes": ["read", "write:phones"], "days": 7 });
    let made = make("axl", "pw-axl", &body).await.ok(201);
    let token = made.body["token"].as_str().unwrap().to_owned();
    assert_eq!(made.body["expires"], crate::node::NOW + 7 * 86_400);
    let location = made.headers[header::LOCATION].to_str().unwrap();
    assert_eq!(location, format!("/api/v1/tokens/{}", made.body["id"].as_str().unwrap()));
    node.get(&token, "/phones").await.ok(200);
    let again = make("axl", "pw-axl", &body).await;
    assert_eq!(again.problem(), (409, "shown-once"));
    assert_eq!(node.acts(1).await, [("axl (rest)".into(), "create".into(), "API Token \"ci\" of axl".into())]);

    assert_eq!(make("axl", "wrong", &body).await.problem(), (401, "unauthorized"));
    assert_eq!(make("alice", "pw-alice", &body).await.problem(), (403, "forbidden"));
    let admin = json!({ "name": "root", "scopes": ["admin"] });
    assert_eq!(make("axl", "pw-axl", &json!({ "name": "x", "scopes": ["admin"], "days": 1 })).await.status, 422);
    let beyond = node.send(
        request(Method::POST, "/tokens", "")
            .header(header::AUTHORIZATION, basic("axl", "pw-axl"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(admin.to_string().into())
            .unwrap(),
    );
    assert_eq!(beyond.await.problem(), (403, "forbidden"));
    // A token makes no greater one than it is.
    let maker = node.token("admin", &[ApiScope::Admin]).await;
    let greater = node.post(&maker, "/tokens", &json!({ "name": "x", "scopes": ["read"] })).await;
    assert_eq!(greater.problem(), (403, "forbidden"));
    node.post(&maker, "/tokens", &admin).await.ok(201);
}

#[tokio::test]
async fn api_1_who_may_write_users_makes_no_administrator() {
    let node = Node::new("escalation").await;
    let writer = node.token("admin", &[ApiScope::Read, ApiScope::Write(ApiArea::Users)]).await;
    let made = json!({ "userId": "mallory", "roles": ["Standard CCM Super Users"], "password": "correct horse" });
    assert_eq!(node.post(&writer, "/users", &made).await.problem(), (403, "forbidden"));
    node.post(&writer, "/users", &json!({ "userId": "mallory", "password": "correct horse" })).await.ok(201);
    let steps = [
        ("/users/mallory", json!({ "roles": ["Standard AXL API Access"] })),
        ("/users/admin", json!({ "password": "correct horse" })),
        ("/users/admin", json!({ "roles": [] })),
        ("/users/axl", json!({ "active": false })),
    ];
    for (path, patch) in steps {
        assert_eq!(node.patch(&writer, path, "*", &patch).await.problem(), (403, "forbidden"), "{path} {patch}");
    }
    assert_eq!(node.delete(&writer, "/users/axl", "*").await.problem(), (403, "forbidden"));
    let admin = node.all_powerful().await;
    node.patch(&admin, "/users/mallory", "*", &json!({ "roles": ["Standard AXL API Access"] })).await.ok(200);
    node.delete(&admin, "/users/axl", "*").await.ok(204);
}

#[tokio::test]
async fn api_2_one_token_that_asks_too_often_waits_and_others_do_not() {
    let node = Node::new("throttle").await;
    let (busy, other) = (node.token("axl", &[ApiScope::Read]).await, node.token("axl", &[ApiScope::Read]).await);
    let mut refused = None;
    for _ in 0..400 {
        // The client lets 50 ms pass before each request; a token has 50 a second, so none is refused.
        let answer = node.get(&busy, "/tokens/self").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    assert!(refused.is_none());
    let mut refused = None;
    for _ in 0..400 {
        node.take_back_time();
        let answer = node.get(&busy, "/tokens/self").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.unwrap();
    assert_eq!(refused.problem(), (429, "too-many-requests"));
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    node.get(&other, "/tokens/self").await.ok(200);
}
