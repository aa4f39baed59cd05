use std::path::Path;

use super::kind::ConfigFile;
use super::{ExpresswayCConfig, ExpresswayEConfig, FileKind, MediaSection, NodeConfig, example};

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
        "node.toml:13:1: web.prot: unknown field `prot`, expected `port` or `issuer`; did you mean `port`?\n    prot = 8443"
    );
}

#[test]
fn a_value_of_the_wrong_type_is_shown() {
    assert_eq!(
        error(&format!("{GOOD}\n[web]\nport = \"x\"\n")),
        "node.toml:13:8: web.port: invalid type: string \"x\", expected u16\n    port = \"x\""
    );
}

#[test]
fn two_services_on_one_port_are_refused_with_a_remedy() {
    assert_eq!(
        error(&format!("{GOOD}\n[web]\nport = 6970\n")),
        "node.toml:13:8: web.port: port 6970 is also that of config-files.http-port; give each its own port"
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
        "c.toml:9:8: expressway-c.edge: `127.0.0.22` is no host and port; write it as host:7001"
    );
    assert_eq!(
        error_of_e(&format!("{EXPRESSWAY_E}sip-port = 7001\n")),
        "e.toml:11:12: expressway-e.sip-port: port 7001 is also that of expressway-e.traversal-port; give each its own port"
    );
    assert_eq!(
        error_of_e(&format!("{EXPRESSWAY_E}[media]\nfirst-port = 36001\n")),
        "e.toml:12:14: media.first-port: port 36001 cannot be the first one; \
         choose an even first port from 1024 and an odd last port behind it"
    );
    assert_eq!(
        error_of_c(&EXPRESSWAY_C.replace("domain", "domian")),
        "c.toml:11:1: expressway-c.domian: unknown field `domian`, expected one of `edge`, `edge-name`, `domain`, \
         `edge-sip-port`, `edge-http-port`, `realm`, `danger-tls-key-log`; did you mean `domain`?\n    domian = \"lab.test\""
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

#[test]
fn a_section_or_a_key_that_is_missing_is_named() {
    assert_eq!(
        error("[node]\nname = \"a\"\nusage = \"publisher\"\naddress = \"127.0.0.1\"\nstate = \"s\"\n"),
        "node.toml:1:1: missing field `cluster`; add `cluster`; `ringbearer config example` shows every key\n    [node]"
    );
    assert_eq!(
        error(&GOOD.replace("domain = \"lab.test\"\n", "")),
        "node.toml:8:1: cluster: missing field `domain`; add `domain`; `ringbearer config example` shows every key\n    \
         [cluster]"
    );
    assert_eq!(
        error(&format!("{GOOD}[lgo]\n")),
        "node.toml:11:2: lgo: unknown field `lgo`, expected one of `node`, `cluster`, `callmanager`, `web`, \
         `config-files`, `certificates`, `licence`, `rest`, `metrics`, `observation`, `hep`, `ssh`, `log`; did you mean `log`?\n    [lgo]"
    );
}

#[test]
fn a_level_that_does_not_parse_is_refused_where_it_stands() {
    assert_eq!(
        error(&format!("{GOOD}[log]\nlevel = \"info,=x\"\n")),
        "node.toml:12:9: log.level: `info,=x` is no level: invalid filter directive; \
         write a level (info) or a filter (info,ringbearer_edge=debug)"
    );
}

fn every_key_of<C: ConfigFile>(kind: FileKind) {
    let example = kind.example();
    kind.check(example::path(), &example).unwrap();
    let with_every_key = example::with_every_key(&example);
    kind.check(example::path(), &with_every_key).unwrap();
    let (shown, schema) = (example::table(&with_every_key), kind.schema());
    let sections = schema["properties"].as_object().unwrap();
    assert_eq!(sections.keys().collect::<Vec<_>>(), {
        let mut shown: Vec<_> = shown.keys().collect();
        shown.sort();
        shown
    });
    for (section, facts) in sections {
        assert!(facts["description"].is_string(), "{section} has no documentation");
        for (key, facts) in facts["properties"].as_object().into_iter().flatten() {
            assert!(facts["description"].is_string(), "{section}.{key} has no documentation");
            assert!(shown[section].get(key).is_some(), "{section}.{key}: give it a value in OPTIONAL");
        }
    }
    // What is commented out is the default: without it the file comes to the same.
    let effective = |text| example::text_of(&C::parse(example::path(), text).unwrap());
    assert_eq!(effective(&example), effective(C::REQUIRED));
    let optional = example::table(C::OPTIONAL);
    let without_optional: toml::Table = shown
        .into_iter()
        .map(|(section, values)| {
            let is_optional = |key: &String| optional.get(&section).is_some_and(|section| section.get(key).is_some());
            let values = values.as_table().unwrap().clone().into_iter().filter(|(key, _)| !is_optional(key));
            (section.clone(), toml::Value::Table(values.collect()))
        })
        .collect();
    assert_eq!(effective(&toml::to_string(&without_optional).unwrap()), effective(C::REQUIRED));
}

#[test]
fn the_examples_have_every_key_with_its_meaning_and_its_default() {
    every_key_of::<NodeConfig>(FileKind::Ucm);
    every_key_of::<ExpresswayCConfig>(FileKind::ExpresswayC);
    every_key_of::<ExpresswayEConfig>(FileKind::ExpresswayE);
}

#[test]
fn an_example_says_what_a_key_means_may_be_and_is_when_it_is_left_out() {
    let example = FileKind::Ucm.example();
    for part in [
        "# What the licence allows.\n[licence]\n",
        "# \"publisher\": The first node of the cluster.\n# \"subscriber\": Any other node.\nusage = \"publisher\"\n",
        "#port = 8443\n",
        "# No default.\n#issuer = \"https://ucm-pub.example.com:8443\"\n",
    ] {
        assert!(example.contains(part), "{part}\nis not in\n{example}");
    }
}

#[test]
fn a_dump_says_where_each_value_comes_from() {
    let text = format!("{GOOD}[web]\nport = 9443\n[hep]\npassword = \"hunter2\"\n");
    let dump = FileKind::of(Path::new("n"), &text).unwrap().effective(Path::new("node.toml"), &text).unwrap();
    let lines: Vec<_> = dump.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(!dump.contains("hunter2"), "{dump}");
    for line in [
        "password = \"********\" # node.toml:14",
        "name = \"ucm-pub\" # node.toml:3",
        "port = 9443 # node.toml:12",
        "realm = \"ccmsipline\" # default",
    ] {
        assert!(lines.iter().any(|shown| shown == line), "{line} is not in\n{dump}");
    }
    let read = |text| NodeConfig::parse(Path::new("n"), text).unwrap();
    assert_eq!(super::changed_keys(&read(&text), &read(&dump)), ["hep.password"]);
}
