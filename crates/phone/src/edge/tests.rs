use super::{Address, EdgeConfig, EdgeError, EdgeSso, edge_config_path, edge_sso_path, server_path};
use crate::settings::EdgeServer;

fn config(edge: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><getEdgeConfigResponse version=\"1.0\"><serviceConfig>\
         <service><name>_cisco-uds</name>\
         <server><priority>2</priority><weight>0</weight><port>8444</port><address>ucm2</address></server>\
         <server><priority>1</priority><weight>0</weight><port>8443</port><address>ucm1</address></server></service>\
         <service><name>_cuplogin</name><error>NameError</error></service>\
         <service><name>tftpServer</name><address>ucm1</address><address>ucm2</address></service>\
         </serviceConfig><edgeConfig>{edge}</edgeConfig></getEdgeConfigResponse>"
    )
}

const SIP: &str = "<sipEdgeServer><server><address>edge1.example.com</address><tlsPort>5061</tlsPort></server>\
                   <server><address>edge2.example.com</address></server></sipEdgeServer>";
const ROUTE: &str =
    "<sipRequest><route>&lt;sip:192.0.2.21:5061;transport=tls;zone-id=1;directed;lr&gt;</route></sipRequest>";

#[test]
fn the_edge_configuration_is_read() {
    let read = EdgeConfig::parse(config(&format!("{SIP}{ROUTE}<xmppEdgeServer/>")).as_bytes()).unwrap();
    let server = |host: &str| EdgeServer { host: host.to_owned(), port: 5061 };
    assert_eq!(read.access.servers, [server("edge1.example.com"), server("edge2.example.com")]);
    assert_eq!(read.access.route, "<sip:192.0.2.21:5061;transport=tls;zone-id=1;directed;lr>");
    assert_eq!(read.config_servers, ["ucm1", "ucm2"]);
    let at = |host: &str, port| Address { host: host.to_owned(), port };
    assert_eq!(read.uds_servers, [at("ucm1", 8443), at("ucm2", 8444)]);
}

#[test]
fn an_edge_configuration_without_a_way_is_none() {
    let parse = |edge: &str| EdgeConfig::parse(config(edge).as_bytes()).unwrap_err();
    assert_eq!(parse(ROUTE), EdgeError::Missing("sipEdgeServer"));
    assert_eq!(parse(SIP), EdgeError::Missing("route"));
    let address = "<sipEdgeServer><server><address>a b</address></server></sipEdgeServer>";
    assert_eq!(parse(&format!("{address}{ROUTE}")), EdgeError::Value("sipEdgeServer"));
    for route in ["&lt;https://x&gt;", "&lt;sip:x&gt;, &lt;sip:y&gt;", "sip:x\r\nVia: y", "&lt;sip:x y&gt;"] {
        let route = format!("<sipRequest><route>{route}</route></sipRequest>");
        assert_eq!(parse(&format!("{SIP}{route}")), EdgeError::Value("route"));
    }
    assert_eq!(EdgeConfig::parse(b"<device/>").unwrap_err(), EdgeError::Root("getEdgeConfigResponse"));
    assert!(matches!(EdgeConfig::parse(b"<!DOCTYPE a><a/>"), Err(EdgeError::Document(_))));
}

#[test]
fn how_users_sign_in_is_read() {
    let sso = |servers: &str| {
        let text = format!(
            "<getEdgeSSOResponse version=\"1.0\"><Response><SingleSignOn><Status enabled=\"false\"/></SingleSignOn>\
             <OAuth><RefreshLoginFlow enabled=\"true\"/>{servers}</OAuth></Response></getEdgeSSOResponse>"
        );
        EdgeSso::parse(text.as_bytes())
    };
    let read = sso("<Server uri=\"/YQ\"/><Server uri=\"/Yg\"/>").unwrap();
    assert_eq!(read, EdgeSso { refresh_login_flow: true, servers: vec!["/YQ".to_owned(), "/Yg".to_owned()] });
    for elsewhere in ["https://evil.example", "//evil.example", "YQ", "/a?b", "/.."] {
        assert_eq!(sso(&format!("<Server uri=\"{elsewhere}\"/>")), Err(EdgeError::Value("Server")), "{elsewhere}");
    }
}

#[test]
fn paths_as_clients_write_them() {
    assert_eq!(
        edge_config_path("ent-pa.com"),
        "/ZW50LXBhLmNvbQ/get_edge_config?service_name=_cisco-uds&service_name=_cuplogin"
    );
    assert_eq!(edge_sso_path("ent-pa.com", None), "/ZW50LXBhLmNvbQ/get_edge_sso");
    assert_eq!(edge_sso_path("ent-pa.com", Some("a&b@x")), "/ZW50LXBhLmNvbQ/get_edge_sso?email=a%26b@x");
    assert_eq!(server_path("a.b", "ucm1", 8443), "/YS5iL2h0dHBzL3VjbTEvODQ0Mw");
}
