//! OAU-8: verbs, types, sizes, repetitions, names.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};

use crate::cluster::{Cluster, form, query, redemption, request};

const POSTS: [&str; 3] = ["/ssosp/oauth/token", "/ssosp/oauth/revoke", "/ssosp/oauth/introspect"];
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn oau_8_each_endpoint_has_its_verbs() {
    let node = Cluster::new().node();
    let gets = ["/ssosp/oauth/keys", "/ssosp/token/revoke", "/.well-known/oauth-authorization-server"];
    for (path, allowed) in POSTS.map(|path| (path, "POST")).into_iter().chain(gets.map(|path| (path, "GET,HEAD"))) {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
            if allowed.contains(method.as_str()) {
                continue;
            }
            let answer = node.send(request(method.clone(), path).body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(answer.header(header::ALLOW), allowed, "{method} {path}");
        }
    }
    assert_eq!(node.get("/ssosp/oauth/other").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn oau_8_the_login_page_has_its_verbs() {
    let node = Cluster::new().node();
    let target = format!("/ssosp/oauth/authorize?{}", query(&[]));
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::OPTIONS, Method::CONNECT] {
        let answer = node.send(request(method.clone(), &target).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!((answer.header(header::ALLOW), answer.header(header::LOCATION)), ("GET,HEAD,POST", ""), "{method}");
    }
}

#[tokio::test]
async fn oau_7_no_grant_but_the_two_is_served() {
    let node = Cluster::new().node();
    for grant in
        ["password", "client_credentials", "implicit", "Password", "urn:ietf:params:oauth:grant-type:device_code"]
    {
        let pairs = [
            ("grant_type", grant),
            ("client_id", authorization::SOFTPHONE_CLIENT_ID),
            ("username", "alice"),
            ("password", "pw-alice"),
        ];
        let answer = node.post("/ssosp/oauth/token", &pairs).await;
        assert_eq!(answer.error(), (400, "unsupported_grant_type".to_owned()), "{grant}");
        assert!(!answer.body.contains("access_token"));
    }
}

#[tokio::test]
async fn oau_8_a_body_is_a_form() {
    let node = Cluster::new().node();
    let body = form(&redemption("x"));
    for path in POSTS {
        for media_type in [None, Some("application/json"), Some("text/plain"), Some("multipart/form-data; boundary=x")]
        {
            let mut request = request(Method::POST, path);
            if let Some(media_type) = media_type {
                request = request.header(header::CONTENT_TYPE, media_type);
            }
            let answer = node.send(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!(answer.error(), (415, "invalid_request".to_owned()), "{path} {media_type:?}");
        }
        let request = request(Method::POST, path)
            .header(header::CONTENT_TYPE, "Application/X-WWW-Form-URLEncoded; charset=utf-8");
        let answer = node.send(request.body(Body::from(body.clone())).unwrap()).await;
        assert_ne!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
    }
}

#[tokio::test]
async fn oau_8_a_body_has_a_limit() {
    let node = Cluster::new().node();
    let long = format!("code={}", "a".repeat(1 << 20));
    let authorize = format!("/ssosp/oauth/authorize?{}", query(&[]));
    for path in POSTS.into_iter().chain([authorize.as_str()]) {
        for announced in [true, false] {
            let mut request = request(Method::POST, path).header(header::CONTENT_TYPE, FORM);
            if announced {
                request = request.header(header::CONTENT_LENGTH, long.len());
            }
            let answer = node.send(request.body(Body::from(long.clone())).unwrap()).await;
            assert_eq!(answer.error(), (413, "invalid_request".to_owned()), "{path}");
        }
    }
}

#[tokio::test]
async fn oau_8_a_parameter_comes_once() {
    let node = Cluster::new().node();
    let once = form(&redemption("x"));
    for path in POSTS {
        for more in ["code=x", "code=y", "client_id=", "grant_type=refresh_token", "%63ode=x", "z=1&z=2"] {
            let request = request(Method::POST, path).header(header::CONTENT_TYPE, FORM);
            let answer = node.send(request.body(Body::from(format!("{once}&{more}"))).unwrap()).await;
            assert_eq!(answer.error(), (400, "invalid_request".to_owned()), "{path} {more}");
        }
        let request = request(Method::POST, &format!("{path}?client_id=x")).header(header::CONTENT_TYPE, FORM);
        let answer = node.send(request.body(Body::from(once.clone())).unwrap()).await;
        assert_eq!(answer.error(), (400, "invalid_request".to_owned()), "{path}: no secrets in addresses");
    }
    for more in ["state=x", "redirect_uri=https://evil.example", "client_id=x", "x=%zz", "x=%00"] {
        let answer = node.get(&format!("/ssosp/oauth/authorize?{}&{more}", query(&[]))).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::BAD_REQUEST, ""), "{more}");
        assert!(answer.body.contains("<h1>This sign-in cannot go on</h1>"));
    }
}

#[tokio::test]
async fn oau_8_the_issuer_is_never_the_requests() {
    let node = Cluster::new().node();
    let send = |hosts: Vec<&'static str>| {
        let mut request = axum::http::Request::get("/.well-known/oauth-authorization-server")
            .header("X-Forwarded-Host", "evil.example")
            .header("Forwarded", "host=evil.example");
        for host in hosts {
            request = request.header(header::HOST, host);
        }
        node.send(request.body(Body::empty()).unwrap())
    };
    for hosts in [
        vec!["evil.example"],
        vec!["ucm-pub.example.evil.example"],
        vec![],
        vec![""],
        vec!["ucm-pub.example", "evil.example"],
        vec!["ucm-pub.example", "ucm-pub.example"],
        vec!["evil@ucm-pub.example"],
    ] {
        assert_eq!(send(hosts.clone()).await.error(), (400, "invalid_request".to_owned()), "{hosts:?}");
    }
    for hosts in [vec!["ucm-pub.example"], vec!["UCM-PUB.example:8443"], vec!["cluster.example:443"]] {
        let answer = send(hosts.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{hosts:?}");
        assert!(!answer.body.contains("evil"));
    }
}
