//! MRA access control: what each setting does.

use edge::access_control::AuthenticationPath;

use crate::edge::Edge;

/// ana:right
const ANA: &str = "Authorization: Basic YW5hOnJpZ2h0\r\n";
/// ana:wrong
const WRONG: &str = "Authorization: Basic YW5hOndyb25n\r\n";

#[tokio::test]
async fn authentication_path_none_closes_the_edge() {
    let edge = Edge::start().await;
    edge.set(|settings| settings.authentication_path = AuthenticationPath::None);
    for path in [
        format!("/{}/get_edge_sso", edge.domain()),
        format!("/{}/get_edge_config", edge.domain()),
        format!("/{}/ssosp/oauth/authorize", edge.prefix()),
        format!("/{}/cucm-uds/version", edge.prefix()),
    ] {
        let answer = edge.get(&path, &edge.bearer()).await;
        assert_eq!((answer.status(), answer.reason().as_str()), (403, "mra_off"), "{path}");
    }
}

#[tokio::test]
async fn authentication_path_saml_takes_no_passwords() {
    let edge = Edge::start().await;
    edge.set(|settings| {
        settings.authentication_path = AuthenticationPath::SamlSso;
        settings.authorize_by_user_credential = true;
    });
    let answer = edge.get(&format!("/{}/ssosp/oauth/authorize", edge.prefix()), "").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "passwords_off"));
    let config = format!("/{}/get_edge_config", edge.domain());
    let answer = edge.get(&config, ANA).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "passwords_off"));
    assert_eq!(edge.get(&config, &edge.bearer()).await.status(), 200);
    edge.set(|settings| settings.authentication_path = AuthenticationPath::SamlSsoAndUcmLdap);
    assert_eq!(edge.get(&config, ANA).await.status(), 200);
}

#[tokio::test]
async fn authorize_by_oauth_token_off_takes_no_token() {
    let edge = Edge::start().await;
    edge.set(|settings| settings.authorize_by_oauth_token_with_refresh = false);
    let answer = edge.get(&format!("/{}/get_edge_config", edge.domain()), &edge.bearer()).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "oauth_off"));
    for endpoint in ["authorize", "token"] {
        let answer = edge.get(&format!("/{}/ssosp/oauth/{endpoint}", edge.prefix()), "").await;
        assert_eq!((answer.status(), answer.reason().as_str()), (403, "oauth_off"));
    }
    let answer = edge.get(&format!("/{}/get_edge_config", edge.domain()), "").await;
    assert_eq!(answer.fields("www-authenticate"), ["Basic realm=\"Cisco-Edge\""]);
    let answer = edge.get(&format!("/{}/get_edge_sso", edge.domain()), "").await;
    assert!(answer.body().contains("<RefreshLoginFlow enabled=\"false\"/>"));
    assert!(!answer.body().contains("<Server "));
    assert_eq!(edge.node.targets(), Vec::<String>::new());
}

#[tokio::test]
async fn authorize_by_user_credential_asks_the_node() {
    let edge = Edge::start().await;
    let config = format!("/{}/get_edge_config", edge.domain());
    let answer = edge.get(&config, ANA).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "user_credential_off"));
    assert_eq!(edge.node.targets(), Vec::<String>::new());
    edge.set(|settings| settings.authorize_by_user_credential = true);
    assert_eq!(edge.get(&config, ANA).await.status(), 200);
    assert_eq!(edge.get(&config, ANA).await.status(), 200);
    assert_eq!(edge.node.targets(), ["GET /cucm-uds/user/ana"], "remembered for a while");
    let answer = edge.get(&config, WRONG).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (401, "wrong_credentials"));
    assert_eq!(answer.fields("www-authenticate")[0], "Basic realm=\"Cisco-Edge\"");
    let answer = edge.get(&format!("/{}/get_edge_sso", edge.domain()), "").await;
    assert!(answer.body().contains("<UserCredential enabled=\"true\"/>"));
    // Nobody can say whether it is right.
    edge.core.nodes.lock().unwrap().clear();
    let answer = edge.get(&config, WRONG).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (503, "no_node"));
}

#[tokio::test]
async fn embedded_safari_is_told() {
    let edge = Edge::start().await;
    edge.set(|settings| settings.allow_embedded_safari = true);
    let answer = edge.get(&format!("/{}/get_edge_sso", edge.domain()), "").await;
    assert!(answer.body().contains("<EmbeddedSafari enabled=\"true\"/>"));
}

#[tokio::test]
async fn internal_authentication_availability_asks_the_home_node() {
    let edge = Edge::start().await;
    edge.set(|settings| settings.check_for_internal_authentication_availability = true);
    let sso = format!("/{}/get_edge_sso", edge.domain());
    let answer = edge.get(&format!("{sso}?email=ana@example.com"), "").await;
    assert!(answer.body().contains("<RefreshLoginFlow enabled=\"true\"/>"), "{}", answer.body());
    assert_eq!(
        edge.node.targets(),
        ["GET /cucm-uds/clusterUser?email=ana%40example.com", "GET /ssosp/ws/public/singleSignOn"]
    );
    let answer = edge.get(&format!("{sso}?email=nobody@example.com"), "").await;
    assert!(answer.body().contains("<RefreshLoginFlow enabled=\"false\"/>"), "{}", answer.body());
    assert!(!answer.body().contains("<Server "));
    let answer = edge.get(&sso, "").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (400, "email"));
}

#[tokio::test]
async fn hardware_phones_need_activation_code_onboarding() {
    let edge = Edge::start().await;
    let token = edge.token(None, runtime::clock::unix_seconds() + 600);
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let file = format!("/{}/SEP001122334455.cnf.xml", edge.prefix());
    let answer = edge.get(&file, &bearer).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (403, "activation_code_onboarding_off"));
    edge.set(|settings| settings.allow_activation_code_onboarding = true);
    assert_eq!(edge.get(&file, &bearer).await.status(), 200);
    let answer = edge.get(&format!("/{}/get_edge_sso", edge.domain()), "").await;
    assert!(answer.body().contains("<ActivationCodeOnboarding enabled=\"true\"/>"));
}
