use axum::http::{Method, Uri};

use super::{NodePrefix, Prefix, Protocol, Resource, Target, TargetError};

fn node(port: u16) -> Prefix {
    let (domain, host) = ("example.com".to_owned(), "ucm1.example.com".to_owned());
    Prefix::Node(NodePrefix { domain, protocol: Protocol::Https, host, port })
}

fn parse(path: &str) -> Result<Target, TargetError> {
    Target::parse(&Method::GET, &path.parse::<Uri>().unwrap())
}

#[test]
fn a_domain_and_a_node_are_written_as_clients_write_them() {
    assert_eq!(Prefix::Domain("ent-pa.com".to_owned()).segment(), "ZW50LXBhLmNvbQ");
    assert_eq!(Prefix::parse("ZW50LXBhLmNvbQ"), Some(Prefix::Domain("ent-pa.com".to_owned())));
    assert_eq!(Prefix::parse(&node(8443).segment()), Some(node(8443)));
    let Prefix::Node(of) = node(8443) else { panic!() };
    assert_eq!(of.origin(), "https://ucm1.example.com:8443");
    let six = NodePrefix { host: "2001:db8::1".to_owned(), ..of };
    assert_eq!(Prefix::parse(&Prefix::Node(six.clone()).segment()), Some(Prefix::Node(six.clone())));
    assert_eq!(six.origin(), "https://[2001:db8::1]:8443");
}

#[test]
fn what_is_no_prefix() {
    use base64::Engine as _;
    for text in [
        "",
        "example.com/",
        "example.com/https",
        "example.com/https/ucm1",
        "example.com/ftp/ucm1/21",
        "example.com/https/ucm1/0",
        "example.com/https/ucm1/08443",
        "example.com/https/ucm1/+8443",
        "example.com/https/ucm1/70000",
        "example.com/https/ucm1/8443/x",
        "example.com/https/user@ucm1/8443",
        "example.com/https/ucm1:80/8443",
        "example.com/https/[::1]/8443",
        "exa mple.com",
        "exämple.com",
    ] {
        let segment = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        assert_eq!(Prefix::parse(&segment), None, "{text}");
    }
    for segment in ["ZW50LXBhLmNvbQ==", "ZW50LXBhLmNvbR", "ZW50LXBhLmNvb+", "%5A"] {
        assert_eq!(Prefix::parse(segment), None, "{segment}");
    }
    assert_eq!(Prefix::parse(&"QUFB".repeat(200)), None);
}

#[test]
fn edg_4_only_paths_of_the_list() {
    let (domain, node) = (Prefix::Domain("example.com".to_owned()).segment(), node(8443).segment());
    let rows = [
        (&domain, "/get_edge_config?service_name=_cisco-uds", Resource::EdgeConfig),
        (&domain, "/get_edge_sso?email=ana@example.com", Resource::EdgeSso),
        (&node, "/ssosp/oauth/authorize?client_id=C1", Resource::OAuth),
        (&node, "/ssosp/oauth/token", Resource::OAuth),
        (&node, "/ssosp/oauth/keys", Resource::SignInDiscovery),
        (&node, "/ssosp/style.css", Resource::SignInDiscovery),
        (&node, "/ssosp/ws/public/singleSignOn?username=ana", Resource::SignInDiscovery),
        (&node, "/.well-known/oauth-authorization-server", Resource::SignInDiscovery),
        (&node, "/cucm-uds/user/ana%40example.com/devices", Resource::Uds),
        (&node, "/CSFANA.cnf.xml", Resource::DeviceFile("CSFANA".to_owned())),
    ];
    for (prefix, path, resource) in rows {
        assert_eq!(parse(&format!("/{prefix}{path}")).unwrap().resource, resource, "{path}");
    }
    for (prefix, path) in [
        (&domain, "/ssosp/oauth/token"),
        (&domain, "/get_edge_config/x"),
        (&domain, "/fedlet"),
        (&node, "/get_edge_config"),
        (&node, "/axl/"),
        (&node, "/ccmadmin/showHome.do"),
        (&node, "/ssosp/oauth/introspect"),
        (&node, "/ssosp/oauth/token/x"),
        (&node, "/ssosp/token/revoke?user_id=ana"),
        (&node, "/ssosp/ws/authz/keys"),
        (&node, "/ssosp/ws/config/metadata/sp"),
        (&node, "/realtimeservice2/services/RISService70"),
        (&node, "/ConfigFileCacheList.txt"),
        (&node, "/x/CSFANA.cnf.xml"),
        (&node, "/.cnf.xml"),
    ] {
        let expected = if path == "/axl/" { TargetError::NotCanonical } else { TargetError::NotAllowed };
        assert_eq!(parse(&format!("/{prefix}{path}")), Err(expected), "{path}");
    }
    for path in ["/", "/x", "/get_edge_config", "/ssosp/oauth/token", "/CSFANA.cnf.xml", "/metrics"] {
        assert!(matches!(parse(path), Err(TargetError::Prefix | TargetError::NotCanonical)), "{path}");
    }
}

#[test]
fn edg_4_a_path_is_read_in_one_way_or_not_at_all() {
    let node = node(8443).segment();
    for path in [
        "/cucm-uds/../axl",
        "/cucm-uds/./version",
        "/cucm-uds/..;/axl",
        "/cucm-uds/;/axl",
        "/cucm-uds/%2e%2e/axl",
        "/cucm-uds/%2E%2E/axl",
        "/cucm-uds/.%2e/axl",
        "/cucm-uds/%252e%252e/axl",
        "/cucm-uds/..%2faxl",
        "/cucm-uds/..%5caxl",
        "/cucm-uds/%00",
        "/cucm-uds/%0d%0a",
        "/cucm-uds/%zz",
        "/cucm-uds/%+2",
        "/cucm-uds/%2",
        "/cucm-uds//version",
        "//cucm-uds/version",
        "/cucm-uds/user/a=b;c",
        "/CSFANA%2ecnf.xml",
    ] {
        assert_eq!(parse(&format!("/{node}{path}")), Err(TargetError::NotCanonical), "{path}");
    }
    // The first segment, too.
    assert_eq!(parse(&format!("/..;/{node}/cucm-uds/version")), Err(TargetError::NotCanonical));
    assert_eq!(parse(&format!("/%2e/{node}/cucm-uds/version")), Err(TargetError::NotCanonical));
    assert_eq!(parse(&format!("/{node}/cucm-uds/{}", "a".repeat(4096))), Err(TargetError::TooLong));
}

#[test]
fn edg_4_each_resource_has_its_methods() {
    let uri = format!("/{}/cucm-uds/version", node(8443).segment()).parse::<Uri>().unwrap();
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE, Method::CONNECT] {
        assert_eq!(Target::parse(&method, &uri), Err(TargetError::Method), "{method}");
    }
    let uri = format!("/{}/ssosp/oauth/token", node(8443).segment()).parse::<Uri>().unwrap();
    assert!(Target::parse(&Method::POST, &uri).is_ok());
    assert_eq!(Target::parse(&Method::PUT, &uri), Err(TargetError::Method));
}
