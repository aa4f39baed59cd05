//! A node's pages and files under the prefixed path.

use crate::edge::Edge;

#[tokio::test]
async fn the_login_page_works_under_its_longer_path() {
    let edge = Edge::start().await;
    let base = format!("/{}", edge.prefix());
    let page = edge.get(&format!("{base}/ssosp/oauth/authorize?client_id=C1"), "Cookie: c=d\r\n").await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.fields("set-cookie"), [format!("a=b; Path={base}/ssosp")]);
    assert_eq!(page.fields("server"), ["CE_C ECS"]);
    assert_eq!(edge.node.targets(), ["GET /ssosp/oauth/authorize?client_id=C1"]);
    assert_eq!(edge.node.last("cookie").as_deref(), Some("c=d"));
    let form = "username=ana&password=right";
    let fields = "Content-Type: application/x-www-form-urlencoded\r\n";
    let answer = edge.ask("POST", &format!("{base}/ssosp/oauth/authorize?client_id=C1"), fields, form).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.fields("location"), ["http://127.0.0.1:4915/callback?code=x&state=y"]);
    assert_eq!(edge.node.seen.lock().unwrap().last().unwrap().2, form);
    let answer = edge.get(&format!("{base}/ssosp/oauth/elsewhere"), "").await;
    let alias = edge.prefix_of("127.0.0.1", edge.node.port);
    assert_eq!(answer.fields("location"), [format!("/{alias}/ssosp/oauth/authorize?a=b")]);
}

#[tokio::test]
async fn what_is_published_names_the_edge_and_the_issuer_stays() {
    let edge = Edge::start().await;
    let port = edge.node.port;
    let answer = edge.get(&format!("/{}/.well-known/oauth-authorization-server", edge.prefix()), "").await;
    let alias = edge.prefix_of("127.0.0.1", port);
    let expected = format!(
        "{{\"issuer\":\"https://127.0.0.1:{port}\",\
         \"token_endpoint\":\"https://edge.example.com:8443/{alias}/ssosp/oauth/token\"}}"
    );
    assert_eq!(answer.body(), expected);
}

#[tokio::test]
async fn a_configuration_file_is_for_the_bearer_of_its_token() {
    let edge = Edge::start().await;
    let file = format!("/{}/CSFANA.cnf.xml", edge.prefix());
    assert_eq!(edge.get(&file, "").await.status(), 401);
    let answer = edge.get(&file, &edge.bearer()).await;
    assert_eq!((answer.status(), answer.body()), (200, "<device/>"));
    let other = edge.token(Some("CSFBEA"), runtime::clock::unix_seconds() + 600);
    let answer = edge.get(&file, &format!("Authorization: Bearer {other}\r\n")).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "other_device"));
}

#[tokio::test]
async fn cfg_1_a_token_without_a_device_is_for_the_devices_of_its_user_alone() {
    let edge = Edge::start().await;
    let token = edge.token(None, runtime::clock::unix_seconds() + 600);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let file = |device: &str| format!("/{}/{device}.cnf.xml", edge.prefix());
    let answer = edge.get(&file("CSFANA"), &bearer).await;
    assert_eq!((answer.status(), answer.body()), (200, "<device/>"));
    assert_eq!(edge.node.targets(), ["GET /cucm-uds/user/ana/device/CSFANA", "GET /CSFANA.cnf.xml"]);
    for device in ["CSFBEA", "CSFNOBODY"] {
        let answer = edge.get(&file(device), &bearer).await;
        assert_eq!((answer.status(), answer.reason().as_str()), (403, "other_device"), "{device}");
    }
    // The node has revoked the token.
    let answer = edge.get(&file("CSFGONE"), &bearer).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (401, "invalid_token"));
    assert_eq!(edge.node.targets().iter().filter(|target| target.ends_with(".cnf.xml")).count(), 1);
}
