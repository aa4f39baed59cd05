//! Signing in, and how long it lasts.

use std::time::Duration;

use axum::http::StatusCode;
use directory::{EndUser, Object, Role};

use crate::node::{Node, password};

const SESSION: &str = "__Host-ringbearer-session";

fn is_sent_to_sign_in(answer: &crate::node::Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.location() == "/sign-in?next=%2Fccmadmin%2F"
}

#[tokio::test]
async fn adm_1_who_signs_in_gets_a_session_of_its_own() {
    let node = Node::office().await;
    let browser = node.browser();
    browser.set_cookie(SESSION, &"a".repeat(64));
    let answer = browser.sign_in("ADMIN", &password("admin")).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/ccmadmin/"));
    let session = browser.cookie(SESSION).unwrap();
    assert_ne!(session, "a".repeat(64), "what somebody else put there is no session");
    let set: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    let expected = format!("{SESSION}={session}; Path=/; Secure; HttpOnly; SameSite=Strict");
    assert!(set.contains(&expected.as_str()), "{set:?}");
    let page = browser.get("/ccmadmin/").await;
    assert!(page.status == StatusCode::OK && page.has("admin"));
    browser.submit("/ccmadmin/", "/sign-in", &[("user", "admin"), ("password", "pw-admin")]).await;
    assert_ne!(browser.cookie(SESSION).unwrap(), session, "signing in again makes another one");
    browser.set_cookie(SESSION, &session);
    assert!(is_sent_to_sign_in(&browser.get("/ccmadmin/").await), "and ends the one before");
}

#[tokio::test]
async fn who_signs_out_is_out() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let session = browser.cookie(SESSION).unwrap();
    let answer = browser.submit("/ccmadmin/", "/sign-out", &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(browser.cookie(SESSION), None);
    browser.set_cookie(SESSION, &session);
    assert!(is_sent_to_sign_in(&browser.get("/ccmadmin/").await), "the session is over, not only its cookie");
    let acts: Vec<_> = node.audit(2).await.into_iter().map(|record| (record.author.name, record.action)).collect();
    assert_eq!(acts, [("admin".into(), "sign in".into()), ("admin".to_owned(), "sign out".to_owned())]);
}

#[tokio::test]
async fn a_session_does_not_last() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    node.pass(Duration::from_secs(29 * 60));
    assert_eq!(browser.get("/ccmadmin/").await.status, StatusCode::OK);
    node.pass(Duration::from_secs(30 * 60));
    assert!(is_sent_to_sign_in(&browser.get("/ccmadmin/").await));
}

#[tokio::test]
async fn adm_1_a_session_ends_with_what_it_rests_on() {
    let node = Node::office().await;
    let user = |change: &dyn Fn(&mut EndUser)| {
        let mut user = EndUser::new("admin".parse().unwrap());
        user.roles = vec![Role::Administrator];
        change(&mut user);
        Object::User(user)
    };
    let browser = node.signed_in("admin").await;
    node.put(vec![user(&|user| user.mail = "admin@example.com".into())]).await;
    assert_eq!(browser.get("/ccmadmin/").await.status, StatusCode::OK, "an address of mail is nothing to it");
    node.put(vec![user(&|user| user.roles = vec![Role::ReadOnly])]).await;
    assert!(is_sent_to_sign_in(&browser.get("/ccmadmin/").await), "another role");
    node.put(vec![user(&|_| {})]).await;
    assert!(is_sent_to_sign_in(&browser.get("/ccmadmin/").await), "and it does not come back");

    let browser = node.signed_in("admin").await;
    node.set_password("admin", "pw-admin").await;
    assert!(is_sent_to_sign_in(&browser.get("/ccmadmin/").await), "a new password, even when it is the same");

    let browser = node.signed_in("admin").await;
    node.put(vec![user(&|user| user.active = false)]).await;
    assert!(is_sent_to_sign_in(&browser.get("/ccmadmin/").await), "it is not active any more");
}

#[tokio::test]
async fn adm_1_only_who_has_a_role_for_the_pages_signs_in() {
    let node = Node::office().await;
    for (name, given, status, said) in [
        ("admin", "wrong", StatusCode::FORBIDDEN, "The user ID or the password is not right."),
        ("nobody", "pw-nobody", StatusCode::FORBIDDEN, "The user ID or the password is not right."),
        ("alice", "pw-alice", StatusCode::FORBIDDEN, "This account has no role for the administration."),
        ("axl", "pw-axl", StatusCode::FORBIDDEN, "This account has no role for the administration."),
    ] {
        let browser = node.browser();
        let page = browser.sign_in(name, given).await;
        assert_eq!(page.status, status, "{name}");
        assert!(page.has(said) && !page.has(given), "{name}: {}", page.body);
        assert_eq!(browser.cookie(SESSION), None);
    }
    assert_eq!(node.signed_in("reader").await.get("/ccmadmin/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_guesses_is_locked_out() {
    let node = Node::office().await;
    let browser = node.browser();
    for _ in 0..5 {
        assert_eq!(browser.sign_in("admin", "guess").await.status, StatusCode::FORBIDDEN);
    }
    let page = browser.sign_in("admin", "pw-admin").await;
    assert_eq!((page.status, page.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert!(page.has("Too many attempts. Try again in 60 seconds."));
    node.pass(Duration::from_secs(60));
    assert_eq!(browser.sign_in("admin", "pw-admin").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn one_goes_on_to_where_one_wanted_to_and_nowhere_else() {
    let node = Node::office().await;
    let asked = node.browser().get("/ccmadmin/?a=1&b=2").await;
    assert_eq!(asked.location(), "/sign-in?next=%2Fccmadmin%2F%3Fa%3D1%26b%3D2");
    for (next, location) in [("/ccmadmin/?a=1", "/ccmadmin/?a=1"), ("//evil.example/", "/ccmadmin/")] {
        let fields = [("user", "admin"), ("password", "pw-admin"), ("next", next)];
        let answer = node.browser().submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, location));
    }
}
