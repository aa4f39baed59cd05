//! `get_edge_config` and `get_edge_sso`, as clients read them.

use crate::edge::{Edge, ROUTE};

#[tokio::test]
async fn the_edge_configuration_has_the_form_that_clients_know() {
    let edge = Edge::start().await;
    let path = format!("/{}/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin", edge.domain());
    let answer = edge.get(&path, &edge.bearer()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.fields("content-type"), ["text/xml; charset=utf-8"]);
    assert_eq!(answer.fields("server"), ["CE_C ECS"]);
    assert_eq!(answer.fields("cache-control"), ["no-store"]);
    let (route, port) = (ROUTE, edge.node.port);
    let expected = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<getEdgeConfigResponse version="1.0">
  <serviceConfig>
    <service>
      <name>_cisco-uds</name>
      <server>
        <priority>0</priority>
        <weight>0</weight>
        <port>{port}</port>
        <address>localhost</address>
      </server>
    </service>
    <service>
      <name>_cuplogin</name>
      <error>NameError</error>
    </service>
    <service>
      <name>tftpServer</name>
      <address>localhost</address>
    </service>
  </serviceConfig>
  <edgeConfig>
    <sipEdgeServer>
      <server>
        <address>edge.example.com</address>
        <tlsPort>5061</tlsPort>
      </server>
    </sipEdgeServer>
    <sipRequest>
      <route>&lt;{route}&gt;</route>
    </sipRequest>
    <xmppEdgeServer>
    </xmppEdgeServer>
    <httpEdgeServer>
      <server>
        <address>edge.example.com</address>
        <tlsPort>8443</tlsPort>
      </server>
    </httpEdgeServer>
    <turnEdgeServer>
    </turnEdgeServer>
    <userUdsServer>
      <server>
        <address>localhost</address>
        <tlsPort>{port}</tlsPort>
      </server>
    </userUdsServer>
  </edgeConfig>
</getEdgeConfigResponse>
"#
    );
    assert_eq!(answer.body(), expected);
    let answer = edge.get(&format!("/{}/get_edge_config?service_name=%3Cx%3E", edge.domain()), &edge.bearer()).await;
    assert_eq!((answer.status(), answer.reason().as_str()), (400, "service_name"));
}

#[tokio::test]
async fn nobody_is_told_without_a_token() {
    let edge = Edge::start().await;
    let path = format!("/{}/get_edge_config", edge.domain());
    let (basic, bearer) = ("Basic realm=\"Cisco-Edge\"", "Bearer realm=\"Cisco-Edge\"");
    let answer = edge.get(&path, "").await;
    assert_eq!((answer.status(), answer.reason().as_str()), (401, "no_credentials"));
    assert_eq!(answer.fields("www-authenticate"), [basic, bearer]);
    assert_eq!(answer.fields("server"), ["CE_C ECS"]);
    let expired = format!("Authorization: Bearer {}\r\n", edge.token(None, 1_700_000_600));
    let good = edge.bearer();
    for fields in [expired, good.replace("Bearer ", "Bearer x"), "Authorization: Bearer x\r\n".to_owned()] {
        let answer = edge.get(&path, &fields).await;
        assert_eq!((answer.status(), answer.reason().as_str()), (401, "invalid_token"));
        let refused = "Bearer realm=\"Cisco-Edge\", error=\"invalid_token\"";
        assert_eq!(answer.fields("www-authenticate"), [basic, refused]);
    }
    for fields in [format!("{good}{good}"), "Authorization: Digest x\r\n".to_owned()] {
        assert_eq!(edge.get(&path, &fields).await.reason(), "no_credentials");
    }
    assert_eq!(edge.get(&path, &good).await.status(), 200);
}

#[tokio::test]
async fn how_users_sign_in_is_told_to_everybody() {
    let edge = Edge::start().await;
    let answer = edge.get(&format!("/{}/get_edge_sso", edge.domain()), "").await;
    let expected = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<getEdgeSSOResponse version="1.0">
  <Response>
    <SingleSignOn>
      <Status enabled="false"/>
    </SingleSignOn>
    <OAuth>
      <RefreshLoginFlow enabled="true"/>
      <EmbeddedSafari enabled="false"/>
      <Server uri="/{}"/>
    </OAuth>
    <UserCredential enabled="false"/>
    <ActivationCodeOnboarding enabled="false"/>
  </Response>
</getEdgeSSOResponse>
"#,
        edge.prefix()
    );
    assert_eq!((answer.status(), answer.body()), (200, expected.as_str()));
    assert_eq!(edge.node.targets(), Vec::<String>::new());
}
