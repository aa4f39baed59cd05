//! The authorization endpoint: it trusts no address, no browser and no guess.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};

use crate::cluster::{
    APPLICATION, APPLICATION_REDIRECT, Browser, Cluster, ISSUER, Node, REDIRECT, form, query, redemption, request,
};

async fn refused_on_a_page(node: &Node, query: &str) -> String {
    let answer = node.get(&format!("/ssosp/oauth/authorize?{query}")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    assert_eq!(answer.header(header::LOCATION), "", "{query}");
    assert!(answer.header(header::CONTENT_TYPE).starts_with("text/html"));
    answer.body
}

#[tokio::test]
async fn oau_1_an_address_that_is_not_registered_gets_a_page() {
    let node = Cluster::new().node();
    for uri in [
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example/callback#x",
        "https://app.example/Callback",
        "https://APP.example/callback",
        "https://app.example:443/callback",
        "https://app.example%2fcallback",
        "https://app.example/callback%2f",
        "https://app.example@evil.example/callback",
        "https://evil.example/?https://app.example/callback",
        "https://app.example.evil.example/callback",
        "http://app.example/callback",
        "//app.example/callback",
        "javascript:alert(1)",
        "https://app.example",
        REDIRECT,
    ] {
        let query = query(&[("client_id", APPLICATION), ("redirect_uri", uri)]);
        let page = refused_on_a_page(&node, &query).await;
        assert!(page.contains("redirect_uri is not registered for this client"), "{page}");
        let post = node.sign_in_anyway(&query).await;
        assert_eq!((post.status, post.header(header::LOCATION)), (StatusCode::BAD_REQUEST, ""));
    }
    let unknown = refused_on_a_page(&node, &query(&[("client_id", "Cunknown")])).await;
    assert!(unknown.contains("client_id is not known"));
    let missing = refused_on_a_page(&node, &query(&[("client_id", "")])).await;
    assert!(missing.contains("client_id is required"));
    let missing = refused_on_a_page(&node, &query(&[("redirect_uri", "")])).await;
    assert!(missing.contains("redirect_uri is required"), "the softphone has two");
}

impl Node {
    /// A POST without ever having seen the page.
    async fn sign_in_anyway(&self, query: &str) -> crate::cluster::Answer {
        let browser = Browser { cookie: String::from("a=b"), form_key: String::new() };
        self.submit(query, &browser, "alice", "pw-alice").await
    }
}

#[tokio::test]
async fn a_client_with_one_address_need_not_name_it() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let asking = query(&[("client_id", APPLICATION), ("redirect_uri", "")]);
    let answer = node.sign_in(&asking, "alice", "pw-alice").await;
    let code = answer.redirected("code").unwrap();
    assert!(answer.header(header::LOCATION).starts_with(APPLICATION_REDIRECT));
    let mut pairs = redemption(&code);
    pairs.retain(|(name, _)| *name != "redirect_uri" && *name != "client_id");
    let credentials = crate::cluster::basic(APPLICATION, "s3cret%3Aof+the+application");
    assert_eq!(node.post_as("/ssosp/oauth/token", Some(&credentials), &pairs).await.status, StatusCode::OK);
}

#[tokio::test]
async fn oau_3_and_7_the_client_hears_what_is_wrong() {
    let node = Cluster::new().node();
    for (changes, error) in [
        (&[("response_type", "token")][..], "unsupported_response_type"),
        (&[("response_type", "code token")], "unsupported_response_type"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("request_uri", "https://evil.example/r")], "invalid_request"),
        (&[("scope", "admin")], "invalid_scope"),
        (&[("scope", "UnifiedCommunications:readwrite admin")], "invalid_scope"),
        (&[("scope", "a  b")], "invalid_scope"),
    ] {
        let answer = node.get(&format!("/ssosp/oauth/authorize?{}", query(changes))).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{changes:?}");
        assert!(answer.header(header::LOCATION).starts_with(&format!("{REDIRECT}?error={error}&")), "{changes:?}");
        assert_eq!(answer.redirected("state").as_deref(), Some("af0ifjsldkj"));
        assert_eq!(answer.redirected("iss").as_deref(), Some(ISSUER));
        assert_eq!(answer.redirected("code"), None);
    }
}

#[tokio::test]
async fn oau_7_the_page_is_framed_by_nobody_and_runs_nothing() {
    let node = Cluster::new().node();
    let page = node.get(&format!("/ssosp/oauth/authorize?{}", query(&[("state", "\"><script>")]))).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.header(header::CONTENT_SECURITY_POLICY),
        "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:49152; frame-ancestors 'none'; \
         base-uri 'none'"
    );
    assert_eq!(page.header(header::X_FRAME_OPTIONS), "DENY");
    assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer");
    let cookie = page.header(header::SET_COOKIE);
    assert!(cookie.starts_with("__Host-ssosp="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
    for forbidden in ["<script", "<style", " style=", " onload", "javascript:", "src="] {
        assert!(!page.body.contains(forbidden), "{forbidden}");
    }
    assert!(page.body.contains("<html lang=\"en\">"));
    for (label, field) in [("username", "current"), ("password", "current-password")] {
        assert!(page.body.contains(&format!("<label for=\"{label}\">")), "{field}");
    }
    // Relative, so that the page works under the longer path of an edge too.
    assert!(page.body.contains("<link rel=\"stylesheet\" href=\"../style.css\">"), "{}", page.body);
    assert!(page.body.contains("<form method=\"post\" action=\"?"), "{}", page.body);
    let style = node.get("/ssosp/style.css").await;
    assert_eq!(style.header(header::CONTENT_TYPE), "text/css; charset=utf-8");
    assert!(style.body.contains("prefers-color-scheme: dark"));
}

#[tokio::test]
async fn oau_7_what_was_typed_is_text() {
    let node = Cluster::new().node();
    let answer = node.sign_in(&query(&[]), "\"><script>alert(1)</script>", "x").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.body.contains("<script"), "{}", answer.body);
    assert!(answer.body.contains("The user ID or the password is not right."));
    let application = query(&[("client_id", APPLICATION), ("redirect_uri", APPLICATION_REDIRECT)]);
    let page = node.get(&format!("/ssosp/oauth/authorize?{application}")).await;
    assert!(page.body.contains("Application &#60;1&#62;") || page.body.contains("Application &lt;1&gt;"));
}

#[tokio::test]
async fn oau_7_a_form_is_good_for_its_browser_and_its_request_only() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.node(), cluster.node());
    let asked = query(&[]);
    let target = format!("/ssosp/oauth/authorize?{asked}");
    let mine = Browser::of(&one.get(&target).await);
    let theirs = Browser::of(&one.get(&target).await);
    assert_ne!(mine.cookie, theirs.cookie);
    for browser in [
        Browser { cookie: theirs.cookie.clone(), ..mine.clone() },
        Browser { form_key: theirs.form_key.clone(), ..mine.clone() },
        Browser { form_key: String::new(), ..mine.clone() },
        Browser { cookie: "__Host-ssosp=".to_owned(), ..mine.clone() },
        Browser { cookie: "other=1".to_owned(), ..mine.clone() },
    ] {
        let answer = one.submit(&asked, &browser, "alice", "pw-alice").await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::FORBIDDEN, ""));
    }
    let other_request = query(&[("state", "another")]);
    let answer = one.submit(&other_request, &mine, "alice", "pw-alice").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(cluster.passwords.asked.load(Ordering::Relaxed), 0, "no password was looked at");

    let body = form(&[("form_key", &mine.form_key), ("username", "alice"), ("password", "pw-alice")]);
    let cross = request(Method::POST, &target)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::COOKIE, &mine.cookie)
        .header("Sec-Fetch-Site", "cross-site");
    assert_eq!(one.send(cross.body(Body::from(body)).unwrap()).await.status, StatusCode::FORBIDDEN);

    let answer = two.submit(&asked, &mine, "alice", "pw-alice").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "another node takes the form");
}

#[tokio::test]
async fn oau_6_guessing_is_bounded_and_says_nothing() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let asked = query(&[]);
    let browser = Browser::of(&node.get(&format!("/ssosp/oauth/authorize?{asked}")).await);
    let mut pages = Vec::new();
    for user in ["alice", "nobody", "gone"] {
        let answer = node.submit(&asked, &browser, user, "wrong").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        pages.push(answer.body.replace(user, "USER"));
    }
    assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "known, unknown and inactive users hear the same");
    assert_eq!(cluster.passwords.asked.load(Ordering::Relaxed), 3, "and after the same work");
    let gone = node.submit(&asked, &browser, "gone", "pw-gone").await;
    assert_eq!(gone.status, StatusCode::FORBIDDEN);

    for _ in 0..4 {
        node.submit(&asked, &browser, "alice", "wrong").await;
    }
    let locked = node.submit(&asked, &browser, "alice", "pw-alice").await;
    assert_eq!((locked.status, locked.header(header::RETRY_AFTER)), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert!(locked.body.contains("Too many attempts. Try again in 60 seconds."));
    let bob = node.submit(&asked, &browser, "bob", "pw-bob").await;
    assert_eq!(bob.status, StatusCode::SEE_OTHER, "others at the same address go on");
    cluster.pass(60);
    let again = node.submit(&asked, &browser, "alice", "pw-alice").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn oau_6_the_lock_is_looked_at_again_when_the_code_is_redeemed() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let code = node.code().await;
    for _ in 0..5 {
        node.sign_in(&query(&[]), "alice", "wrong").await;
    }
    assert_eq!(node.redeem(&code).await.error(), (400, "invalid_grant".to_owned()));
    cluster.pass(60);
    assert_eq!(node.redeem(&code).await.error(), (400, "invalid_grant".to_owned()), "and the code is spent");
}

#[tokio::test]
async fn oau_6_a_user_who_was_deactivated_gets_no_tokens() {
    let cluster = Cluster::new();
    let node = cluster.node();
    let (code, tokens) = (node.code().await, node.tokens().await);
    cluster.deactivate("alice");
    assert_eq!(node.redeem(&code).await.error(), (400, "invalid_grant".to_owned()));
    let refresh_token = tokens.refresh_token.unwrap();
    assert_eq!(node.refresh(&refresh_token).await.error(), (400, "invalid_grant".to_owned()));
    let access = node.tokens.verify(tokens.access_token.as_bytes(), cluster.now());
    assert_eq!(access.unwrap_err(), authorization::AccessTokenError::Revoked);
}

#[tokio::test]
async fn oau_9_a_busy_server_says_when_to_come_back() {
    let cluster = Cluster::new();
    let node = cluster.node();
    cluster.passwords.busy.store(true, Ordering::Relaxed);
    for _ in 0..10 {
        let answer = node.sign_in(&query(&[]), "alice", "pw-alice").await;
        assert_eq!((answer.status, answer.header(header::RETRY_AFTER)), (StatusCode::SERVICE_UNAVAILABLE, "2"));
    }
    cluster.passwords.busy.store(false, Ordering::Relaxed);
    let answer = node.sign_in(&query(&[]), "alice", "pw-alice").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "being turned away is no failure");
}
