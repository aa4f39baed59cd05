//! Every route, as everybody.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use ringbearer_admin_web::Permission;

use crate::node::{Answer, Node};

fn path(route: &str) -> String {
    route.replace("{kind}", "user").replace("{number}", "1")
}

/// A page, the question which object is meant, or an entrance that leads to a page.
fn is_page(page: &Answer, node: &Node) -> bool {
    match page.status {
        StatusCode::OK | StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST => true,
        StatusCode::SEE_OTHER => node.routes.iter().any(|route| route.path == page.location()),
        _ => false,
    }
}

#[tokio::test]
async fn adm_1_nobody_sees_or_changes_anything_without_signing_in() {
    let node = Node::office().await;
    let browser = node.browser();
    let token = browser.get("/sign-in").await.form_token();
    assert!(node.routes.len() > 50);
    for route in &node.routes {
        let page = browser.get(&path(&route.path)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "GET {}", route.path);
        assert!(page.location().starts_with("/sign-in?next="), "{}", page.location());
        let page = browser.post(&path(&route.path), &token, &[]).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "POST {}", route.path);
    }
}

#[tokio::test]
async fn adm_1_who_only_reads_changes_nothing() {
    let node = Node::office().await;
    let browser = node.signed_in("reader").await;
    let token = browser.get("/ccmadmin/").await.form_token();
    let before = node.directory().await.sequence();
    let readable: BTreeSet<_> =
        node.routes.iter().filter(|route| route.permission == Permission::Read).map(|route| &route.path).collect();
    for route in &node.routes {
        let page = browser.post(&path(&route.path), &token, &[("name", "alice"), ("user", "alice")]).await;
        let expected = if readable.contains(&route.path) && route.permission == Permission::Read {
            [StatusCode::METHOD_NOT_ALLOWED, StatusCode::FORBIDDEN]
        } else {
            [StatusCode::FORBIDDEN; 2]
        };
        assert!(expected.contains(&page.status), "POST {}: {}", route.path, page.status);
        let page = browser.get(&path(&route.path)).await;
        if readable.contains(&route.path) {
            assert!(is_page(&page, &node), "GET {}: {}", route.path, page.status);
        } else {
            assert_eq!(page.status, StatusCode::FORBIDDEN, "GET {}", route.path);
        }
    }
    assert_eq!(node.directory().await.sequence(), before, "nothing was written");
    let page = browser.get("/ccmadmin/end-user/edit?name=alice").await;
    assert!(page.has("read only") && !page.has(">Save<") && !page.has("Revoke tokens"), "{}", page.body);
    let list = browser.get("/ccmadmin/end-user").await;
    assert!(!list.has("Add New") && !list.has("/delete?") && list.has("Export"));
}

#[tokio::test]
async fn an_administrator_reaches_every_page() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    for route in &node.routes {
        let page = browser.get(&path(&route.path)).await;
        let is_fine = is_page(&page, &node) || page.status == StatusCode::METHOD_NOT_ALLOWED;
        assert!(is_fine, "GET {}: {}", route.path, page.status);
        assert!(!page.has(" style=") && !page.has("<script>"), "nothing is inline in {}", route.path);
    }
}
