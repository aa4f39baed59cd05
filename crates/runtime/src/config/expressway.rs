//! The configuration files of Expressway-C and Expressway-E: one TOML file each.
//!
//! They hold what an Expressway must know before it can start. What an administrator sets while it runs (Unified CM
//! servers, MRA access control, the trusted CA list) is in its state folder and is changed with the admin shell.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::kind::ConfigFile;
use super::{CertificatesSection, ConfigError, MetricsSection, SshSection};
use crate::identity::IdentityRequest;
use crate::telemetry::LogConfig;

/// `[node]` of an Expressway.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpresswayNodeSection {
    /// Which half of the edge it is.
    pub kind: ExpresswayKind,
    /// Its name: the common name of its certificate, and the name by which the other half knows it.
    pub name: String,
    /// The address of its ports and its media.
    pub address: IpAddr,
    /// The folder for its certificate, its trusted CA list, its settings and the admin socket. Made with mode 0700.
    pub state: PathBuf,
    /// How long calls in progress may go on after SIGTERM, in seconds: meanwhile it takes nothing new.
    #[serde(default = "super::drain_seconds")]
    pub drain_seconds: u64,
}

/// Which half of the edge.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpresswayKind {
    /// The inner half.
    ExpresswayC,
    /// The outer half.
    ExpresswayE,
}

impl ExpresswayKind {
    /// The name of the subcommand that runs it.
    #[must_use]
    pub fn subcommand(self) -> &'static str {
        match self {
            Self::ExpresswayC => "expressway-c",
            Self::ExpresswayE => "expressway-e",
        }
    }
}

/// `[media]`: the UDP ports that calls get, RTP on even ones, RTCP on the next.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MediaSection {
    /// The first port, even.
    pub first_port: u16,
    /// The last port, odd.
    pub last_port: u16,
}

impl Default for MediaSection {
    fn default() -> Self {
        Self { first_port: 36_000, last_port: 59_999 }
    }
}

/// `[web]` of an Expressway: the pages of its administrators.
///
/// Our choice: a listener of its own. Expressway-E's 8443 is for phones outside, and administration is never reachable there.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ExpresswayWebSection {
    /// Whether there are pages at all.
    pub enabled: bool,
    /// The HTTPS port.
    pub port: u16,
    /// The address that it is opened on: that of the node on Expressway-C; on Expressway-E, which faces the Internet, the
    /// machine itself (127.0.0.1) unless another one is named here.
    pub address: Option<IpAddr>,
}

impl Default for ExpresswayWebSection {
    fn default() -> Self {
        Self { enabled: true, port: 7443, address: None }
    }
}

impl ExpresswayWebSection {
    fn check(self, path: &Path) -> Result<(), ConfigError> {
        super::check_ports(path, &[("web.port", self.port)])
    }
}

/// The whole file of an Expressway-C.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpresswayCConfig {
    /// Who it is.
    pub node: ExpresswayNodeSection,
    /// The edge it belongs to.
    pub expressway_c: ExpresswayCSection,
    /// Media ports.
    #[serde(default)]
    pub media: MediaSection,
    /// Names that it knows without asking the DNS: those of Unified CM nodes, of Expressway-E.
    #[serde(default)]
    pub hosts: BTreeMap<String, IpAddr>,
    /// The pages of its administrators.
    #[serde(default)]
    pub web: ExpresswayWebSection,
    /// Its own certificate.
    #[serde(default)]
    pub certificates: CertificatesSection,
    /// What monitoring reads.
    #[serde(default)]
    pub metrics: MetricsSection,
    /// The admin shell over SSH.
    #[serde(default)]
    pub ssh: SshSection,
    /// Logs.
    #[serde(default)]
    pub log: LogConfig,
}

/// `[expressway-c]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpresswayCSection {
    /// Expressway-E's traversal port, `host:port`.
    pub edge: String,
    /// The name that Expressway-E's certificate must carry.
    pub edge_name: String,
    /// The domain of users.
    pub domain: String,
    /// The port of phones at Expressway-E, as clients are told.
    #[serde(default = "sip_port")]
    pub edge_sip_port: u16,
    /// The HTTPS port of Expressway-E, as clients are told.
    #[serde(default = "http_port")]
    pub edge_http_port: u16,
    /// The realm of a challenge.
    #[serde(default = "realm")]
    pub realm: String,
    /// Where TLS secrets are written for Wireshark. Whoever can read the file can read the calls' signalling.
    pub danger_tls_key_log: Option<PathBuf>,
}

fn realm() -> String {
    "ccmsipline".to_owned()
}

fn sip_port() -> u16 {
    5061
}

fn http_port() -> u16 {
    8443
}

fn traversal_port() -> u16 {
    7001
}

/// The whole file of an Expressway-E.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpresswayEConfig {
    /// Who it is.
    pub node: ExpresswayNodeSection,
    /// The edge it belongs to.
    pub expressway_e: ExpresswayESection,
    /// Media ports.
    #[serde(default)]
    pub media: MediaSection,
    /// The pages of its administrators.
    #[serde(default)]
    pub web: ExpresswayWebSection,
    /// Its own certificate.
    #[serde(default)]
    pub certificates: CertificatesSection,
    /// What monitoring reads.
    #[serde(default)]
    pub metrics: MetricsSection,
    /// The admin shell over SSH.
    #[serde(default)]
    pub ssh: SshSection,
    /// Logs.
    #[serde(default)]
    pub log: LogConfig,
}

/// `[expressway-e]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExpresswayESection {
    /// The domain of users.
    pub domain: String,
    /// A name that Expressway-C's certificate must carry.
    pub tls_verify_subject_name: String,
    /// The port of phones.
    #[serde(default = "sip_port")]
    pub sip_port: u16,
    /// The HTTPS port.
    #[serde(default = "http_port")]
    pub http_port: u16,
    /// The port of Expressway-C.
    #[serde(default = "traversal_port")]
    pub traversal_port: u16,
    /// Where TLS secrets are written for Wireshark. Whoever can read the file can read the calls' signalling.
    pub danger_tls_key_log: Option<PathBuf>,
}

impl ExpresswayCConfig {
    /// Reads and checks the file. Paths in it are relative to its own folder.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it is wrong: the error names file, line, column, key and remedy.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::parse(path, &text(path)?)?;
        let optional = config.expressway_c.danger_tls_key_log.iter_mut().chain(&mut config.log.file);
        make_absolute(path, optional.chain([&mut config.node.state]));
        Ok(config)
    }

    /// Checks the text of a file that came from `path`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        check_kind(path, text, ExpresswayKind::ExpresswayC)?;
        let config: Self = parse(path, text)?;
        config.check(path).map_err(|error| error.located(text))?;
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        self.media.check(path)?;
        self.metrics.check(path)?;
        self.web.check(path)?;
        let ssh = self.ssh.port.map(|port| (SshSection::PORT, port));
        super::check_ports(path, ssh.as_slice())?;
        if self.edge_address().is_none() {
            let message = format!("`{}` is no host and port", self.expressway_c.edge);
            return Err(ConfigError::value(path, "expressway-c.edge", message, "write it as host:7001"));
        }
        self.log.check(path)
    }

    /// The host and the traversal port of Expressway-E.
    #[must_use]
    pub fn edge_address(&self) -> Option<(&str, u16)> {
        let (host, port) = self.expressway_c.edge.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        port.parse().ok().filter(|port| *port != 0 && !host.is_empty()).map(|port| (host, port))
    }
}

impl ExpresswayEConfig {
    /// Reads and checks the file. Paths in it are relative to its own folder.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it is wrong: the error names file, line, column, key and remedy.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::parse(path, &text(path)?)?;
        let optional = config.expressway_e.danger_tls_key_log.iter_mut().chain(&mut config.log.file);
        make_absolute(path, optional.chain([&mut config.node.state]));
        Ok(config)
    }

    /// Checks the text of a file that came from `path`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        check_kind(path, text, ExpresswayKind::ExpresswayE)?;
        let config: Self = parse(path, text)?;
        config.check(path).map_err(|error| error.located(text))?;
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        self.media.check(path)?;
        self.metrics.check(path)?;
        self.web.check(path)?;
        let section = &self.expressway_e;
        let mut ports = vec![
            ("expressway-e.sip-port", section.sip_port),
            ("expressway-e.http-port", section.http_port),
            ("expressway-e.traversal-port", section.traversal_port),
            ("web.port", self.web.port),
        ];
        ports.extend(self.ssh.port.map(|port| (SshSection::PORT, port)));
        super::check_ports(path, &ports)?;
        self.log.check(path)
    }
}

impl ConfigFile for ExpresswayCConfig {
    const REQUIRED: &'static str = r#"
[node]
kind = "expressway-c"
name = "exp-c.example.com"
address = "127.0.0.1"
state = "/var/lib/ringbearer/expressway-c"

[expressway-c]
edge = "192.0.2.1:7001"
edge-name = "exp-e.example.com"
domain = "example.com"
"#;

    const OPTIONAL: &'static str = r#"
[expressway-c]
danger-tls-key-log = "/var/lib/ringbearer/expressway-c/tls.keys"

[hosts]
ucm-pub = "192.0.2.11"

[web]
address = "192.0.2.21"

[metrics]
listen = "127.0.0.1:9465"

[ssh]
port = 2222

[log]
file = "/var/log/ringbearer/expressway-c.log"
"#;

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::parse(path, text)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::read(path)
    }

    fn log(&self) -> &LogConfig {
        &self.log
    }

    fn drain(&self) -> Duration {
        Duration::from_secs(self.node.drain_seconds)
    }
}

impl ConfigFile for ExpresswayEConfig {
    const REQUIRED: &'static str = r#"
[node]
kind = "expressway-e"
name = "exp-e.example.com"
address = "127.0.0.1"
state = "/var/lib/ringbearer/expressway-e"

[expressway-e]
domain = "example.com"
tls-verify-subject-name = "exp-c.example.com"
"#;

    const OPTIONAL: &'static str = r#"
[expressway-e]
danger-tls-key-log = "/var/lib/ringbearer/expressway-e/tls.keys"

[web]
address = "10.0.0.22"

[metrics]
listen = "127.0.0.1:9466"

[ssh]
port = 2222

[log]
file = "/var/log/ringbearer/expressway-e.log"
"#;

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::parse(path, text)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::read(path)
    }

    fn log(&self) -> &LogConfig {
        &self.log
    }

    fn drain(&self) -> Duration {
        Duration::from_secs(self.node.drain_seconds)
    }
}

impl MediaSection {
    fn check(self, path: &Path) -> Result<(), ConfigError> {
        let remedy = "choose an even first port from 1024 and an odd last port behind it";
        if self.first_port < 1024 || self.first_port % 2 == 1 {
            let message = format!("port {} cannot be the first one", self.first_port);
            return Err(ConfigError::value(path, "media.first-port", message, remedy));
        }
        if self.last_port <= self.first_port || self.last_port.is_multiple_of(2) {
            let message = format!("port {} cannot be the last one", self.last_port);
            return Err(ConfigError::value(path, "media.last-port", message, remedy));
        }
        Ok(())
    }
}

impl ExpresswayNodeSection {
    /// The admin shell's socket.
    #[must_use]
    pub fn admin_socket(&self) -> PathBuf {
        super::admin_socket_in(&self.state)
    }

    /// The folder of the server certificate (`server`), or of the trusted CA list (`trusted-ca`).
    #[must_use]
    pub fn certificate_folder(&self, name: &str) -> PathBuf {
        self.state.join("certificates").join(name)
    }

    /// What the server certificate that it makes says: its name, its address, the configured names.
    #[must_use]
    pub fn identity_request(&self, certificates: &CertificatesSection) -> IdentityRequest {
        let mut alternative_names = vec![self.name.clone(), self.address.to_string()];
        alternative_names.extend(certificates.names.iter().cloned());
        alternative_names.dedup();
        IdentityRequest { common_name: self.name.clone(), alternative_names, key: certificates.key }
    }
}

fn text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.into(), error))
}

fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError::toml(path, text, &error))
}

fn make_absolute<'a>(path: &Path, relative: impl Iterator<Item = &'a mut PathBuf>) {
    let folder = path.parent().unwrap_or(Path::new(""));
    for relative in relative {
        *relative = folder.join(relative.as_path());
    }
}

/// A file of the other half says so, instead of lacking a section.
fn check_kind(path: &Path, text: &str, wanted: ExpresswayKind) -> Result<(), ConfigError> {
    #[derive(Deserialize)]
    struct File {
        node: Node,
    }
    #[derive(Deserialize)]
    struct Node {
        kind: ExpresswayKind,
    }
    match toml::from_str::<File>(text) {
        Ok(file) if file.node.kind != wanted => {
            let kind = file.node.kind.subcommand();
            let message = format!("the file is that of an {kind}");
            Err(ConfigError::value(path, "node.kind", message, &format!("run: ringbearer {kind}")))
        }
        // What else is wrong with it is said by the whole parse.
        _ => Ok(()),
    }
}
