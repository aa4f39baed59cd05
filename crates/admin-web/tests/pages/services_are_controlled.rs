//! Control Center - Feature Services: one service, and all nodes in turn.

use axum::http::StatusCode;
use directory::{DirectoryRepository, RequestState};

use crate::node::Node;

const PAGE: &str = "/ccmservice/control-center";

#[tokio::test]
async fn a_service_is_stopped_after_a_question_and_says_by_whom() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let page = browser.get(PAGE).await;
    assert!(page.has("Services of ucm-pub") && page.has("Services of ucm-sub"), "{}", page.body);
    assert!(page.has("This node has not said yet how its services are."), "the other node is silent");
    let question = "/ccmservice/act?node=ucm-pub&service=Cisco%20CallManager&act=stop";
    assert!(page.has(&question.replace('&', "&amp;")), "{}", page.body);
    let asked = browser.get(question).await;
    assert!(asked.has("<h1>Stop Cisco CallManager on ucm-pub</h1>"), "{}", asked.body);
    let fields = [("node", "ucm-pub"), ("service", "Cisco CallManager"), ("act", "stop")];
    let answer = browser.submit(question, "/ccmservice/act", &fields).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, PAGE));
    let page = browser.get(PAGE).await;
    assert!(page.has("Cisco CallManager is stopped on ucm-pub.") && page.has("Stopped by admin"), "{}", page.body);
    let row = node.audit(1).await.remove(0);
    let told = (row.author.name.as_str(), row.action.as_str(), row.object.as_str(), row.detail.as_str());
    assert_eq!(told, ("admin", "stop", "Cisco CallManager on ucm-pub", "stopped"));
}

#[tokio::test]
async fn what_cannot_be_done_is_told() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let stop_tomcat = [("node", "ucm-pub"), ("service", "Cisco Tomcat"), ("act", "stop")];
    browser.submit(PAGE, "/ccmservice/act", &stop_tomcat).await;
    let page = browser.get(PAGE).await;
    assert!(
        page.has("Cisco Tomcat serves these pages and cannot stop itself. Stop the node instead."),
        "{}",
        page.body
    );
    let unknown = [("node", "nowhere"), ("service", "Cisco Tftp"), ("act", "stop")];
    assert_eq!(browser.submit(PAGE, "/ccmservice/act", &unknown).await.status, StatusCode::NOT_FOUND);
    let unknown = [("node", "ucm-pub"), ("service", "Cisco Tftp"), ("act", "burn")];
    assert_eq!(browser.submit(PAGE, "/ccmservice/act", &unknown).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_rolling_restart_stops_at_the_node_that_fails_and_says_so() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let question = "/ccmservice/cluster-restart";
    assert!(browser.get(question).await.has("The nodes restart one after the other."));
    let answer = browser.submit(question, "/ccmservice/cluster-restart/begin", &[]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, PAGE));
    // The second node is asked only when the first runs again.
    let other = "ucm-sub".parse().unwrap();
    let mut seen = 0;
    let taken = loop {
        match node.store.take_service_request(&other).await.unwrap() {
            Some(taken) => break taken,
            None => seen = node.store.wait_change(seen).await.unwrap(),
        }
    };
    let page = browser.get(PAGE).await;
    assert!(page.has("Restart of all nodes, begun by admin, is under way"), "{}", page.body);
    assert!(page.has("hx-get=\"/ccmservice/cluster-restart/progress\""), "it moves by itself");
    // One at a time, as long as the node that leads is alive.
    node.store.renew_lease(&"ucm-pub".parse().unwrap(), u64::from(u32::MAX)).await.unwrap();
    browser.submit(question, "/ccmservice/cluster-restart/begin", &[]).await;
    let refused = browser.get(PAGE).await;
    assert!(refused.has("A restart of the cluster is under way, begun by admin on ucm-pub."), "{}", refused.body);
    let failed = RequestState::Failed("port 5090 is in use".into());
    node.store.finish_service_request(taken.id, failed).await.unwrap();
    let mut restart = node.store.cluster_restart().await.unwrap().unwrap();
    while restart.ended.is_none() {
        restart = node.administration.further(&restart).await.unwrap();
    }
    let part = browser.get("/ccmservice/cluster-restart/progress").await;
    assert!(part.has("The restart of all nodes stopped at ucm-sub"), "{}", part.body);
    assert!(part.has("Failed: port 5090 is in use") && !part.has("hx-get"), "{}", part.body);
}

#[tokio::test]
async fn who_may_only_look_sees_no_act_and_does_none() {
    let node = Node::office().await;
    let browser = node.signed_in("reader").await;
    let page = browser.get(PAGE).await;
    assert!(page.has("Services of ucm-pub") && !page.has("/ccmservice/act"), "{}", page.body);
    let token = page.form_token();
    for (path, fields) in [
        ("/ccmservice/act", &[("node", "ucm-pub"), ("service", "Cisco CallManager"), ("act", "stop")][..]),
        ("/ccmservice/cluster-restart/begin", &[]),
        ("/sip-oauth/mode", &[("mode", "enabled")]),
        ("/cmplatform/regenerate/tomcat", &[]),
        ("/cmplatform/upload/tomcat-trust", &[("pem", "-----BEGIN CERTIFICATE-----")]),
        ("/cmplatform/keys/signing/regenerate", &[]),
    ] {
        assert_eq!(browser.post(path, &token, fields).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(node.store.cluster_restart().await.unwrap(), None);
}
