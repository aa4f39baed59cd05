//! While there is no administrator, the sign-in page makes the first one, for who has the node's set-up code.

use axum::http::StatusCode;
use directory::{DirectoryRepository as _, Role};

use crate::node::Node;

const GOOD: &str = "correct horse battery";

#[tokio::test]
async fn the_first_administrator_is_made_with_the_code() {
    let node = Node::first_start().await;
    let browser = node.browser();
    let page = browser.get("/ccmadmin/").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Fccmadmin%2F"));
    let page = browser.get("/sign-in").await;
    assert!(page.has("First administrator") && page.has("show setup code"));
    let code = node.set_up_code().read_or_make().unwrap();
    assert!(!page.has(&code), "the page does not tell what it asks for");
    let fields = [("code", code.as_str()), ("user", "operator"), ("password", GOOD), ("again", GOOD)];
    let done = browser.post("/set-up", &page.form_token(), &fields).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/ccmadmin/"), "{}", done.body);
    assert_eq!(browser.get("/ccmadmin/").await.status, StatusCode::OK);
    let user = node.directory().await.user("operator").unwrap().clone();
    assert_eq!((user.active, user.roles.as_slice()), (true, &[Role::Administrator][..]));
    assert!(node.store.password_hash(&user.user_id).await.unwrap().is_some());
    assert!(!node.set_up_code().path().exists(), "the code has no use any more");
    let acts: Vec<_> = node.audit(10).await.into_iter().map(|record| (record.author.name, record.action)).collect();
    let own = |action: &str| ("operator".to_owned(), action.to_owned());
    assert_eq!(acts, [own("put"), own("set password"), own("put"), own("set up")]);
    let page = node.browser().get("/sign-in").await;
    assert!(page.has("<h1>Sign in</h1>"), "there is an administrator now");
    let again = node.browser().submit("/sign-in", "/set-up", &fields).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "and no second first one");
}

#[tokio::test]
async fn adm_1_nobody_is_made_without_the_code_or_with_a_weak_password() {
    let node = Node::first_start().await;
    let browser = node.browser();
    let token = browser.get("/sign-in").await.form_token();
    let code = node.set_up_code().read_or_make().unwrap();
    let attempts = [
        ("", "operator", GOOD, GOOD, "code-error", "This is not the set-up code of this node."),
        ("AAAAA-AAAAA-AAAAA-AAAAA", "operator", GOOD, GOOD, "code-error", "This is not the set-up code of this node."),
        (&code, "operator", "short", "short", "password-error", "at least 8 characters are needed"),
        (&code, "operator", "12345678901", "12345678901", "password-error", "at least 12 characters are needed"),
        (&code, "operator", "my-operator-1", "my-operator-1", "password-error", "the user ID must not be in it"),
        (&code, "operator", GOOD, "another one", "again-error", "The two passwords are not alike."),
        (&code, "a b", GOOD, GOOD, "user-error", "only visible characters"),
        (&code, "", GOOD, GOOD, "user-error", "a value is required"),
    ];
    for (code, user, password, again, field, reason) in attempts {
        let fields = [("code", code), ("user", user), ("password", password), ("again", again)];
        let page = browser.post("/set-up", &token, &fields).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{user} {password}");
        assert!(page.has(&format!("id=\"{field}\">{reason}")), "{field}: {reason}: {}", page.body);
        assert!(!page.has(GOOD), "no password comes back");
    }
    assert!(node.directory().await.users().is_empty());
    assert_eq!(browser.get("/ccmadmin/").await.status, StatusCode::SEE_OTHER);
}
