//! Who is refused at the OAuth server is told to those who watch the node: why, in steps, and without any secret.

use observation::StepOutcome;

use crate::cluster::{Cluster, Node, basic, query};

/// Reason, status, request, user and the check that failed, of all that was told.
fn told(node: &Node) -> Vec<(&'static str, u16, String, String, &'static str)> {
    let refusals = std::mem::take(&mut *node.refusals.lock().unwrap());
    let one = |refusal: observation::Refusal| {
        assert!(!format!("{refusal:?}").contains("CANARY"), "{refusal:?}");
        let (last, passed) = refusal.steps.split_last().unwrap();
        assert!(passed.iter().all(|step| step.outcome == StepOutcome::Passed));
        assert_eq!(last.outcome, StepOutcome::Failed);
        let user = refusal.user.as_deref().unwrap_or_default().to_owned();
        (refusal.reason, refusal.status, refusal.request.to_string(), user, last.check)
    };
    refusals.into_iter().map(one).collect()
}

#[tokio::test]
async fn sign_ins_that_fail_and_the_lock_out_are_told() {
    let node = Cluster::new().node();
    let page = "HTTP POST /ssosp/oauth/authorize".to_owned();
    for _ in 0..5 {
        assert_eq!(node.sign_in(&query(&[]), "alice", "CANARY").await.status, 403);
    }
    let wrong = ("password-wrong", 403, page.clone(), "alice".to_owned(), "password");
    assert_eq!(told(&node), vec![wrong; 5]);
    assert_eq!(node.sign_in(&query(&[]), "alice", "pw-alice").await.status, 429);
    assert_eq!(told(&node), [("sign-in-locked", 429, page.clone(), "alice".to_owned(), "lock-out")]);
    assert_eq!(node.sign_in(&query(&[]), "CANARY, a password\u{7}", "x").await.status, 403);
    assert_eq!(told(&node), [("password-wrong", 403, page, String::new(), "password")]);
}

#[tokio::test]
async fn grants_and_clients_and_roles_that_are_refused_are_told() {
    let node = Cluster::new().node();
    let token = "HTTP POST /ssosp/oauth/token".to_owned();
    assert_eq!(node.redeem("CANARY").await.status, 400);
    assert_eq!(told(&node), [("code_unknown", 400, token.clone(), String::new(), "grant")]);
    let tokens = node.tokens().await;
    assert_eq!(told(&node), []);
    assert_eq!(node.refresh(&format!("{}x", tokens.refresh_token.unwrap_or_default())).await.status, 400);
    let refused = told(&node);
    assert_eq!((refused.len(), refused[0].1, refused[0].4), (1, 400, "grant"));
    let client = Some(basic("CANARYclient", "CANARY"));
    assert_eq!(node.post_as("/ssosp/oauth/token", client.as_deref(), &[("grant_type", "x")]).await.status, 401);
    assert_eq!(told(&node)[0].4, "client");
    let alice = Some(basic("alice", "pw-alice"));
    assert_eq!(node.post_as("/ssosp/oauth/introspect", alice.as_deref(), &[("token", "CANARY")]).await.status, 403);
    let introspect = "HTTP POST /ssosp/oauth/introspect".to_owned();
    assert_eq!(told(&node), [("role-missing", 403, introspect, "alice".to_owned(), "role")]);
}

#[tokio::test]
async fn who_is_only_asked_for_credentials_is_not_refused() {
    let node = Cluster::new().node();
    assert_eq!(node.post("/ssosp/oauth/introspect", &[("token", "x")]).await.status, 401);
    assert_eq!(told(&node), []);
}
