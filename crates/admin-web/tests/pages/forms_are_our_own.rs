//! Another site cannot make a browser act here, and what every answer says.

use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::node::{HOST, Node, form};

#[tokio::test]
async fn adm_1_a_form_without_the_sessions_token_does_nothing() {
    let node = Node::office().await;
    let (browser, other) = (node.signed_in("admin").await, node.signed_in("admin").await);
    let token = browser.get("/ccmadmin/").await.form_token();
    let tokens = [String::new(), "0".repeat(64), other.get("/ccmadmin/").await.form_token()];
    for wrong in tokens {
        let page = browser.post("/sign-out", &wrong, &[]).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{wrong}");
        assert!(page.has("This form is out of date"));
    }
    assert_eq!(browser.get("/ccmadmin/").await.status, StatusCode::OK, "still signed in");
    assert_eq!(browser.post("/sign-out", &token, &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn adm_1_a_form_of_another_site_does_nothing_even_with_the_token() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let token = browser.get("/ccmadmin/").await.form_token();
    let from = [
        ("origin", "https://evil.example".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", format!("http://{HOST}")),
        ("origin", format!("https://{HOST}.evil.example")),
        ("sec-fetch-site", "cross-site".to_owned()),
        ("sec-fetch-site", "same-site".to_owned()),
    ];
    for (name, value) in from {
        let request = browser.request(Method::POST, "/sign-out").header(name, &value);
        assert_eq!(browser.send(form(request, &token, &[])).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let request = browser.request(Method::POST, "/sign-out");
    assert_eq!(browser.send(form(request, &token, &[])).await.status, StatusCode::SEE_OTHER, "an old browser");
}

#[tokio::test]
async fn adm_1_nobody_is_signed_in_unawares() {
    let node = Node::office().await;
    let browser = node.browser();
    let fields = [("user", "admin"), ("password", "pw-admin")];
    let others = node.browser().get("/sign-in").await.form_token();
    assert_eq!(browser.post("/sign-in", &others, &fields).await.status, StatusCode::FORBIDDEN, "no cookie");
    browser.get("/sign-in").await;
    assert_eq!(browser.post("/sign-in", &others, &fields).await.status, StatusCode::FORBIDDEN, "another's token");
    assert_eq!(browser.submit("/sign-in", "/sign-in", &fields).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn adm_1_every_answer_keeps_the_page_to_itself() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    for path in ["/ccmadmin/", "/sign-in", "/nothing", "/"] {
        let answer = browser.get(path).await;
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            "{path}"
        );
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.has(" style=") && !answer.has("onclick") && !answer.has("<style"), "nothing is inline");
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let request = browser.request(method, "/ccmadmin/").body(Body::empty()).unwrap();
        assert_eq!(browser.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
    let page = browser.get("/ccmadmin/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.has("There is no such page") && page.has("Sign out"), "in the same layout");
}

#[tokio::test]
async fn the_language_is_chosen() {
    let node = Node::office().await;
    let browser = node.browser();
    let request = browser.request(Method::GET, "/sign-in").header("accept-language", "pt-BR,en;q=0.5");
    let page = browser.send(request.body(Body::empty()).unwrap()).await;
    assert!(page.has("<html lang=\"pt\">") && page.has("ID do usuário"));
    let answer = browser.submit("/sign-in", "/language", &[("language", "es"), ("next", "/sign-in")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert!(browser.get("/sign-in").await.has("<h1>Iniciar sesión</h1>"));
}

#[tokio::test]
async fn files_are_kept_by_browsers() {
    let node = Node::office().await;
    let browser = node.browser();
    let page = browser.get("/sign-in").await;
    let path = page.body.split("href=\"").find(|rest| rest.contains("style.css\"")).unwrap();
    let style = browser.get(path.split('"').next().unwrap()).await;
    assert_eq!((style.status, style.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(browser.get("/assets/0/style.css").await.header("cache-control"), "no-store");
    assert_eq!(browser.get("/assets/0/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn adm_1_little_is_held_for_whoever_has_not_signed_in() {
    let node = Node::office().await;
    let post = |browser: &crate::node::Browser<'_>, kind: &str, octets: usize| {
        let request = browser.request(Method::POST, "/sign-in").header("content-type", kind);
        request.body(Body::from(format!("user={}", "x".repeat(octets)))).unwrap()
    };
    let stranger = node.browser();
    let form = "application/x-www-form-urlencoded";
    let large = stranger.send(post(&stranger, form, 17 * 1024)).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE, "read to 16 KiB, and no further");
    let files = stranger.send(post(&stranger, "multipart/form-data; boundary=x", 17 * 1024)).await;
    assert_eq!(files.status, StatusCode::PAYLOAD_TOO_LARGE, "files neither");
    assert_eq!(stranger.send(post(&stranger, form, 1024)).await.status, StatusCode::FORBIDDEN, "read, without a token");
    let administrator = node.signed_in("admin").await;
    let large = administrator.send(post(&administrator, form, 17 * 1024)).await;
    assert_eq!(large.status, StatusCode::FORBIDDEN, "read, without a token");
}
