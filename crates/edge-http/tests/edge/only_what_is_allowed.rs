//! EDG-4: what is no request of a client of this edge is answered by E, and reaches nobody.

use crate::edge::Edge;

#[tokio::test]
async fn edg_4_a_request_that_two_servers_could_read_differently_is_400_and_the_end() {
    let edge = Edge::start().await;
    let (node, domain) = (edge.prefix(), edge.domain());
    let token = format!("/{node}/ssosp/oauth/token");
    let rows = [
        (
            format!(
                "POST {token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
            "transfer_encoding",
        ),
        (
            format!(
                "POST {token} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
            ),
            "transfer_encoding",
        ),
        (
            format!("POST {token} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            "transfer_encoding",
        ),
        (
            format!("GET /{domain}/get_edge_sso HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"),
            "unexpected_body",
        ),
        ("CONNECT ucm1.example.com:8443 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), "connect"),
        (format!("GET https://localhost/{domain}/get_edge_sso HTTP/1.1\r\nHost: localhost\r\n\r\n"), "target_form"),
        (
            "GET http://ucm1.example.com:8443/cucm-uds/version HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
            "target_form",
        ),
        ("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), "target_form"),
        (format!("GET /{domain}/get_edge_sso HTTP/1.1\r\n\r\n"), "host"),
        (format!("GET /{domain}/get_edge_sso HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"), "host"),
        (format!("GET /{domain}/get_edge_sso HTTP/1.0\r\nHost: localhost\r\n\r\n"), "host"),
    ];
    for (request, reason) in rows {
        // A request behind it is never read.
        let smuggled =
            format!("{request}GET /{domain}/get_edge_sso HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = edge.write(&smuggled).await;
        assert_eq!((answer.status(), answer.reason().as_str()), (400, reason), "{request}");
        assert_eq!(answer.fields("connection"), ["close"], "{request}");
        assert_eq!(answer.0.matches("HTTP/1.").count(), 1, "{request}");
    }
    for request in [
        format!("POST {token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        format!("POST {token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\nabcde"),
        format!("POST {token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5\r\n\r\nabcde"),
        format!("POST {token} HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\nabcde"),
        format!("GET /{domain}/get_edge_sso HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n"),
    ] {
        let answer = edge.write(&request).await;
        assert_eq!(answer.status(), 400, "{request}");
    }
    assert_eq!(edge.node.targets(), Vec::<String>::new());
}

#[tokio::test]
async fn edg_4_only_paths_of_the_list_and_only_this_host() {
    let edge = Edge::start().await;
    let (node, domain) = (edge.prefix(), edge.domain());
    let rows = [
        (format!("/{node}/cucm-uds/..;/axl"), "path_not_canonical"),
        (format!("/{node}/cucm-uds/%2e%2e/axl"), "path_not_canonical"),
        (format!("/{node}/cucm-uds/../axl"), "path_not_canonical"),
        (format!("/{node}//axl"), "path_not_canonical"),
        (format!("/{node}/axl/x"), "path_not_allowed"),
        (format!("/{node}/ccmadmin"), "path_not_allowed"),
        (format!("/{node}/ssosp/ws/authz/keys"), "path_not_allowed"),
        (format!("/{domain}/admin"), "path_not_allowed"),
        ("/metrics/x".to_owned(), "unknown_prefix"),
        (format!("/{}/get_edge_sso?x={}", domain, "a".repeat(4096)), "target_too_long"),
    ];
    for (path, reason) in rows {
        let answer = edge.get(&path, "").await;
        assert_eq!((answer.status(), answer.reason().as_str()), (403, reason), "{path}");
    }
    let host = "evil.example";
    let request = format!("GET /{domain}/get_edge_sso HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = edge.write(&request).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "other_host"));
    for method in ["PUT", "DELETE", "TRACE", "PATCH"] {
        let answer = edge.ask(method, &format!("/{node}/cucm-uds/version"), "", "").await;
        assert_eq!((answer.status(), answer.reason().as_str()), (403, "method_not_allowed"), "{method}");
    }
    assert_eq!(edge.node.targets(), Vec::<String>::new());
}

#[tokio::test]
async fn edg_4_only_nodes_that_discovery_found() {
    let edge = Edge::start().await;
    let port = edge.node.port;
    let bearer = edge.bearer();
    for (host, port) in [("evil.example", port), ("127.0.0.2", port), ("localhost", 22), ("localhost", port ^ 1)] {
        let path = format!("/{}/cucm-uds/version", edge.prefix_of(host, port));
        let answer = edge.get(&path, &bearer).await;
        assert_eq!((answer.status(), answer.reason().as_str()), (403, "unknown_node"), "{host}:{port}");
    }
    let other = ringbearer_edge_http::target::Prefix::Domain("other.example".to_owned()).segment();
    let answer = edge.get(&format!("/{other}/get_edge_sso"), "").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "unknown_domain"));
    assert_eq!(edge.node.targets(), Vec::<String>::new());
    // By its alias, it is asked by its name.
    let answer = edge.get(&format!("/{}/cucm-uds/version", edge.prefix_of("127.0.0.1", port)), &bearer).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(edge.node.last("host").unwrap(), format!("localhost:{port}"));
}

#[tokio::test]
async fn edg_4_what_speaks_of_a_connection_or_of_a_proxy_does_not_go_on() {
    let edge = Edge::start().await;
    let fields = format!(
        "{}Connection: x-secret\r\nX-Secret: 1\r\nUpgrade: h2c\r\nX-Forwarded-For: 10.0.0.1\r\nForwarded: for=x\r\n\
         X-Ringbearer-Client: 10.0.0.1:1\r\nX-Other: 1\r\nAccept-Language: pt\r\n",
        edge.bearer()
    );
    let path = format!("/{}/cucm-uds/version", edge.prefix());
    assert_eq!(edge.get(&path, &fields).await.status(), 200);
    for name in ["x-secret", "upgrade", "x-forwarded-for", "forwarded", "x-ringbearer-client", "x-other", "connection"]
    {
        assert_eq!(edge.node.last(name), None, "{name}");
    }
    assert_eq!(edge.node.last("accept-language").as_deref(), Some("pt"));
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let edge = Edge::start().await;
    let path = format!("/{}/ssosp/oauth/token", edge.prefix());
    let answer = edge.ask("POST", &path, "", &"a".repeat(32 * 1024 + 1)).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (413, "body_too_long"));
    assert_eq!(edge.ask("POST", &path, "", &"a".repeat(32 * 1024)).await.status(), 200);
}
