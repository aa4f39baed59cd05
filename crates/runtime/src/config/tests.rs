use std::path::Path;

use super::NodeConfig;

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
