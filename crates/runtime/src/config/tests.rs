use std::path::Path;

use super::{ExpresswayCConfig, ExpresswayEConfig, MediaSection, NodeConfig};

const GOOD: &str = r#"
[node]
name = "ucm-pub"
usage = "publisher"
address = "127.0.0.11"
state = "pub"

[cluster]
database = "cluster.db"
domain = "lab.test"
"#;

fn error(text: &str) -> String {
    NodeConfig::parse(Path::new("node.toml"), text).unwrap_err().to_string()
}

#[test]
fn defaults_are_the_standard_ports() {
    let config = NodeConfig::parse(Path::new("node.toml"), GOOD).unwrap();
    assert_eq!((config.web.port, config.config_files.http_port, config.config_files.https_port), (8443, 6970, 6972));
    assert_eq!(config.certificate_names(), ["ucm-pub", "127.0.0.11"]);
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_keys_there_are() {
    assert_eq!(
        error(&format!("{GOOD}\n[web]\nprot = 8443\n")),
        "node.toml:13:1: unknown field `prot`, expected `port` or `issuer`\n    prot = 8443"
    );
}

#[test]
fn a_value_of_the_wrong_type_is_shown() {
    assert_eq!(
        error(&format!("{GOOD}\n[web]\nport = \"x\"\n")),
        "node.toml:13:8: invalid type: string \"x\", expected u16\n    port = \"x\""
    );
}

#[test]
fn two_services_on_one_port_are_refused_with_a_remedy() {
    assert_eq!(
        error(&format!("{GOOD}\n[web]\nport = 6970\n")),
        "node.toml: web.port: port 6970 is also that of config-files.http-port; give each its own port"
    );
}

const EXPRESSWAY_C: &str = r#"
[node]
kind = "expressway-c"
name = "exp-c.lab.test"
address = "127.0.0.21"
state = "exp-c"

[expressway-c]
edge = "127.0.0.22:7001"
edge-name = "exp-e.lab.test"
domain = "lab.test"
"#;

const EXPRESSWAY_E: &str = r#"
[node]
kind = "expressway-e"
name = "exp-e.lab.test"
address = "127.0.0.22"
state = "exp-e"

[expressway-e]
domain = "lab.test"
tls-verify-subject-name = "exp-c.lab.test"
"#;

fn error_of_c(text: &str) -> String {
    ExpresswayCConfig::parse(Path::new("c.toml"), text).unwrap_err().to_string()
}

fn error_of_e(text: &str) -> String {
    ExpresswayEConfig::parse(Path::new("e.toml"), text).unwrap_err().to_string()
}

#[test]
fn an_expressway_has_the_vendors_ports_unless_it_is_told_others() {
    let e = ExpresswayEConfig::parse(Path::new("e.toml"), EXPRESSWAY_E).unwrap();
    let ports = (e.expressway_e.sip_port, e.expressway_e.http_port, e.expressway_e.traversal_port);
    assert_eq!(ports, (5061, 8443, 7001));
    assert_eq!(e.media, MediaSection { first_port: 36_000, last_port: 59_999 });
    let c = ExpresswayCConfig::parse(Path::new("c.toml"), EXPRESSWAY_C).unwrap();
    assert_eq!(c.edge_address(), Some(("127.0.0.22", 7001)));
    let request = c.node.identity_request(&c.certificates);
    assert_eq!((request.common_name, request.alternative_names), {
        ("exp-c.lab.test".to_owned(), vec!["exp-c.lab.test".to_owned(), "127.0.0.21".to_owned()])
    });
}

#[test]
fn the_file_of_the_other_half_is_told_apart() {
    assert_eq!(
        error_of_c(EXPRESSWAY_E),
        "c.toml: node.kind: the file is that of an expressway-e; run: ringbearer expressway-e"
    );
    assert_eq!(
        error_of_e(EXPRESSWAY_C),
        "e.toml: node.kind: the file is that of an expressway-c; run: ringbearer expressway-c"
    );
}

#[test]
fn what_is_wrong_in_an_expressways_file_is_named_with_its_remedy() {
    assert_eq!(
        error_of_c(&EXPRESSWAY_C.replace("127.0.0.22:7001", "127.0.0.22")),
        "c.toml: expressway-c.edge: `127.0.0.22` is no host and port; write it as host:7001"
    );
    assert_eq!(
        error_of_e(&format!("{EXPRESSWAY_E}sip-port = 7001\n")),
        "e.toml: expressway-e.sip-port: port 7001 is also that of expressway-e.traversal-port; give each its own port"
    );
    assert_eq!(
        error_of_e(&format!("{EXPRESSWAY_E}[media]\nfirst-port = 36001\n")),
        "e.toml: media.first-port: port 36001 cannot be the first one; \
         choose an even first port from 1024 and an odd last port behind it"
    );
    assert_eq!(
        error_of_c(&EXPRESSWAY_C.replace("domain", "domian")),
        "c.toml:11:1: unknown field `domian`, expected one of `edge`, `edge-name`, `domain`, `edge-sip-port`, \
         `edge-http-port`, `realm`, `danger-tls-key-log`\n    domian = \"lab.test\""
    );
}

#[test]
fn the_admin_socket_is_found_from_any_nodes_file() {
    let folder = std::env::temp_dir().join(format!("ringbearer-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (text, state) in [(GOOD, "pub"), (EXPRESSWAY_C, "exp-c"), (EXPRESSWAY_E, "exp-e")] {
        let path = folder.join("node.toml");
        std::fs::write(&path, text).unwrap();
        assert_eq!(super::admin_socket(&path).unwrap(), folder.join(state).join("admin.sock"));
    }
    std::fs::remove_dir_all(folder).unwrap();
}
