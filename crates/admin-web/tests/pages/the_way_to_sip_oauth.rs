//! Enable SIP OAuth: the steps, what their checks see, and the mode.

use directory::{DirectoryRepository, NodeSettings};

use crate::node::{Node, author};

const PAGE: &str = "/sip-oauth";

#[tokio::test]
async fn the_mode_is_enabled_and_the_nodes_have_to_restart() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    let page = browser.get(PAGE).await;
    assert_eq!(page.body.matches("<li class=\"todo\">").count(), 4, "{}", page.body);
    assert!(page.has("Enable SIP OAuth mode first."), "{}", page.body);
    assert!(page.has("utils sipOAuth-mode enable") && page.has("/ccmservice/control-center"), "{}", page.body);
    browser.submit(PAGE, "/sip-oauth/mode", &[("mode", "enabled")]).await;
    assert!(node.directory().await.parameters().sip_oauth_mode());
    let page = browser.get(PAGE).await;
    assert!(
        page.has("SIP OAuth mode is enabled. Restart the Cisco CallManager service on all nodes."),
        "{}",
        page.body
    );
    assert!(page.has("ucm-sub: the service did not start yet."), "{}", page.body);
    // Both nodes run with it: the step is done.
    let directory = node.directory().await;
    let runs = |name: &str| NodeSettings::staged(&directory, name, &"aa".repeat(32)).unwrap();
    node.controlled.state().running = Some(runs("ucm-pub"));
    node.store.record_running(&runs("ucm-sub")).await.unwrap();
    let page = browser.get(PAGE).await;
    assert!(page.has("ucm-pub runs with SIP OAuth mode.") && page.has("ucm-sub runs with SIP OAuth mode."));
    assert_eq!(page.body.matches("<li class=\"done\">").count(), 3, "{}", page.body);
    browser.submit("/sip-oauth/disable", "/sip-oauth/mode", &[("mode", "disabled")]).await;
    assert!(!node.directory().await.parameters().sip_oauth_mode());
}

#[tokio::test]
async fn without_the_licence_the_mode_stays_off() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    node.controlled.state().licensed = false;
    let page = browser.get(PAGE).await;
    let reason = "The licence does not allow export-controlled functionality. Register the cluster with an account that allows it.";
    assert!(page.has(reason) && !page.has("action=\"/sip-oauth/mode\""), "{}", page.body);
    browser.submit(PAGE, "/sip-oauth/mode", &[("mode", "enabled")]).await;
    assert!(browser.get(PAGE).await.has(&format!("Not done:</strong> {reason}")));
    assert!(!node.directory().await.parameters().sip_oauth_mode());
}

#[tokio::test]
async fn the_steps_over_mra_wait_for_those_on_premises_and_see_the_rows() {
    let node = Node::office().await;
    let browser = node.signed_in("admin").await;
    assert!(browser.get(PAGE).await.has("Steps 1 to 4 for clients on premises come first."));
    for (name, value) in [("OAuthRefreshLoginFlow", "1"), ("ClusterSIPOAuthMode", "1")] {
        node.store.set_parameter(&author(), name, value).await.unwrap();
    }
    let directory = node.directory().await;
    let runs = |name: &str| NodeSettings::staged(&directory, name, &"aa".repeat(32)).unwrap();
    node.controlled.state().running = Some(runs("ucm-pub"));
    node.store.record_running(&runs("ucm-sub")).await.unwrap();
    let page = browser.get(PAGE).await;
    assert!(page.has("<li class=\"elsewhere\">") && page.has("on Expressway-C"), "{}", page.body);
    assert!(page.has("No Expressway-C has told its names."), "{}", page.body);
    let portuguese = browser.submit(PAGE, "/language", &[("language", "pt"), ("next", PAGE)]).await;
    assert!(portuguese.status.is_redirection(), "{}", portuguese.body);
    assert!(browser.get(PAGE).await.has("Nenhum Expressway-C informou seus nomes."));
}

#[test]
fn every_sentence_of_the_steps_is_translated() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../administration/src/sip_oauth_path.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let sentence =
        regex::Regex::new(r#"(?s)(?:Remark::(?:new|with)\([ \n]*|title: |Self::[A-Za-z()_]+ => )"([^"]+)""#).unwrap();
    let sentences: Vec<_> = sentence.captures_iter(&source).map(|found| found[1].to_owned()).collect();
    assert!(sentences.len() > 30, "{sentences:?}");
    for text in sentences {
        for language in [ringbearer_admin_web::Language::Portuguese, ringbearer_admin_web::Language::Spanish] {
            let same = text.contains("{0}: SIP Phone OAuth Port");
            assert!(same || language.tr(&text) != text, "{}: {text}", language.tag());
        }
    }
}
