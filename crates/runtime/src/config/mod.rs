//! The node's configuration file: one TOML file a node.
//!
//! It holds what a node must know before it can open the cluster database. Everything an administrator changes while
//! the cluster runs (ports, parameters, profiles, devices, users) is in the database.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hep::HepSection;
use crate::identity::KeyKind;
use crate::observation::ObservationSection;
use crate::telemetry::{self, LogConfig};

mod change;
mod effective;
mod error;
mod example;
mod expressway;
mod kind;
mod metrics;
mod position;
mod rest;
mod ssh;

pub use change::changed_keys;
pub use error::ConfigError;
pub use expressway::{
    ExpresswayCConfig, ExpresswayCSection, ExpresswayEConfig, ExpresswayESection, ExpresswayKind,
    ExpresswayNodeSection, ExpresswayWebSection, MediaSection,
};
pub use kind::{ConfigFile, FileKind};
pub use metrics::MetricsSection;
pub use rest::RestSection;
pub use ssh::SshSection;

/// The whole file.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NodeConfig {
    /// Who this node is.
    pub node: NodeSection,
    /// The cluster it belongs to.
    pub cluster: ClusterSection,
    /// The SIP line side.
    #[serde(default)]
    pub callmanager: CallManagerSection,
    /// The HTTPS server of the OAuth pages.
    #[serde(default)]
    pub web: WebSection,
    /// The device configuration files.
    #[serde(default)]
    pub config_files: ConfigFilesSection,
    /// The node's own certificates.
    #[serde(default)]
    pub certificates: CertificatesSection,
    /// What the licence allows.
    #[serde(default)]
    pub licence: LicenceSection,
    /// The REST interface.
    #[serde(default)]
    pub rest: RestSection,
    /// What monitoring reads.
    #[serde(default)]
    pub metrics: MetricsSection,
    /// What is kept in memory of what happens, for the pages under `/live`.
    #[serde(default)]
    pub observation: ObservationSection,
    /// The export of SIP messages.
    #[serde(default)]
    pub hep: HepSection,
    /// The admin shell over SSH.
    #[serde(default)]
    pub ssh: SshSection,
    /// Logs.
    #[serde(default)]
    pub log: LogConfig,
}

/// `[node]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NodeSection {
    /// The node's name in `processnode`; it appears in the `Warning` header and in `show network cluster`.
    pub name: String,
    /// Publisher or subscriber.
    pub usage: NodeUsage,
    /// The address that every service of the node listens on.
    pub address: IpAddr,
    /// The folder for certificates, keys and the admin socket. Made with mode 0700.
    pub state: PathBuf,
    /// How long calls in progress may go on after SIGTERM, in seconds: meanwhile the node takes nothing new.
    #[serde(default = "drain_seconds")]
    pub drain_seconds: u64,
}

/// Our choice: what a service manager waits for a stop by default (90 s) is not reached.
fn drain_seconds() -> u64 {
    30
}

/// Whether the node may change the cluster's keys and mode.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeUsage {
    /// The first node of the cluster.
    Publisher,
    /// Any other node.
    Subscriber,
}

/// `[cluster]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClusterSection {
    /// The SQLite file that all nodes of the cluster share.
    pub database: PathBuf,
    /// The host part of the cluster's SIP addresses and the name in pages, e.g. `example.com`.
    pub domain: String,
}

/// `[callmanager]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CallManagerSection {
    /// The realm of every challenge ("SIP Station Realm").
    pub realm: String,
    /// The value of the `Server` header.
    pub server_header: String,
    /// Where TLS secrets are written for Wireshark. Whoever can read the file can read the calls' signalling.
    pub danger_tls_key_log: Option<PathBuf>,
}

impl Default for CallManagerSection {
    fn default() -> Self {
        Self { realm: "ccmsipline".into(), server_header: "Cisco-CUCM12.5".into(), danger_tls_key_log: None }
    }
}

/// `[web]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WebSection {
    /// The HTTPS port of the OAuth server.
    pub port: u16,
    /// The address at which browsers reach the OAuth server, `https://host:port` without a slash behind; the node's
    /// address and port when absent.
    pub issuer: Option<String>,
}

impl Default for WebSection {
    fn default() -> Self {
        Self { port: 8443, issuer: None }
    }
}

/// `[config-files]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ConfigFilesSection {
    /// HTTP, as clients on premises ask.
    pub http_port: u16,
    /// HTTPS.
    pub https_port: u16,
}

impl Default for ConfigFilesSection {
    fn default() -> Self {
        Self { http_port: 6970, https_port: 6972 }
    }
}

/// `[certificates]`
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CertificatesSection {
    /// DNS names and addresses in the certificates that the node makes, besides its name and address.
    pub names: Vec<String>,
    /// The kind of key in the certificates that the node makes.
    pub key: KeyKind,
}

/// `[licence]`
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LicenceSection {
    /// Whether the account allows export-controlled functionality; `utils sipOAuth-mode enable` is refused without it.
    pub export_controlled_functionality: bool,
}

impl Default for LicenceSection {
    fn default() -> Self {
        Self { export_controlled_functionality: true }
    }
}

impl NodeConfig {
    /// Reads and checks the file. Paths in it are relative to its own folder.
    ///
    /// # Errors
    /// When it cannot be read, or a line of it is wrong: the error names file, line, column, key and remedy.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.into(), error))?;
        let mut config = Self::parse(path, &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let (key_log, log) = (&mut config.callmanager.danger_tls_key_log, &mut config.log.file);
        let optional = key_log.iter_mut().chain(log).chain(&mut config.rest.webhook_authorities);
        for relative in optional.chain([&mut config.node.state, &mut config.cluster.database]) {
            *relative = folder.join(relative.as_path());
        }
        Ok(config)
    }

    /// Checks the text of a file that came from `path`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError::toml(path, text, &error))?;
        config.check(path).map_err(|error| error.located(text))?;
        Ok(config)
    }

    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        self.check_ports(path)?;
        self.metrics.check(path)?;
        self.hep.check(path)?;
        if let Some(issuer) = &self.web.issuer
            && (!issuer.starts_with("https://") || issuer.ends_with('/'))
        {
            let message = format!("`{issuer}` is no issuer");
            return Err(ConfigError::value(path, "web.issuer", message, "write it as https://host:port"));
        }
        self.log.check(path)
    }

    fn check_ports(&self, path: &Path) -> Result<(), ConfigError> {
        let mut ports = vec![
            ("web.port", self.web.port),
            ("config-files.http-port", self.config_files.http_port),
            ("config-files.https-port", self.config_files.https_port),
        ];
        ports.extend(self.ssh.port.map(|port| (SshSection::PORT, port)));
        check_ports(path, &ports)
    }

    /// The names that the node's own certificates carry: its name, its address and the configured ones.
    #[must_use]
    pub fn certificate_names(&self) -> Vec<String> {
        let mut names = vec![self.node.name.clone(), self.node.address.to_string()];
        names.extend(self.certificates.names.iter().cloned());
        names.dedup();
        names
    }

    /// The issuer of the node's OAuth server.
    #[must_use]
    pub fn issuer(&self) -> String {
        let here = std::net::SocketAddr::new(self.node.address, self.web.port);
        self.web.issuer.clone().unwrap_or_else(|| format!("https://{here}"))
    }

    /// The admin shell's socket.
    #[must_use]
    pub fn admin_socket(&self) -> PathBuf {
        admin_socket_in(&self.node.state)
    }

    /// The folder of a certificate or of a trust store, by its name in the certificate list (`tomcat`, `tomcat-trust`).
    #[must_use]
    pub fn certificate_folder(&self, name: &str) -> PathBuf {
        self.node.state.join("certificates").join(name)
    }
}

/// Refuses ports that need a privilege, and two services on one port.
fn check_ports(path: &Path, ports: &[(&str, u16)]) -> Result<(), ConfigError> {
    for (index, (key, port)) in ports.iter().enumerate() {
        if *port < 1024 {
            return Err(ConfigError::value(
                path,
                key,
                format!("port {port} is below 1024"),
                "choose one from 1024 to 65535",
            ));
        }
        if let Some((other, _)) = ports.iter().skip(index + 1).find(|(_, taken)| taken == port) {
            return Err(ConfigError::value(
                path,
                key,
                format!("port {port} is also that of {other}"),
                "give each its own port",
            ));
        }
    }
    Ok(())
}

impl LogConfig {
    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let Err(message) = telemetry::check_level(&self.level) else { return Ok(()) };
        Err(ConfigError::value(
            path,
            "log.level",
            message,
            "write a level (info) or a filter (info,ringbearer_edge=debug)",
        ))
    }
}

impl ConfigFile for NodeConfig {
    const REQUIRED: &'static str = r#"
[node]
name = "ucm-pub"
usage = "publisher"
address = "127.0.0.1"
state = "/var/lib/ringbearer/ucm"

[cluster]
database = "/var/lib/ringbearer/ucm/cluster.db"
domain = "example.com"
"#;

    const OPTIONAL: &'static str = r#"
[callmanager]
danger-tls-key-log = "/var/lib/ringbearer/ucm/tls.keys"

[web]
issuer = "https://ucm-pub.example.com:8443"

[rest]
webhook-authorities = "/etc/ringbearer/webhook-authorities.pem"

[metrics]
listen = "127.0.0.1:9464"

[hep]
collector = "homer.example.com:9060"
password = "a-secret-of-the-collector"

[ssh]
port = 2222

[log]
file = "/var/log/ringbearer/ucm.log"
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

fn admin_socket_in(state: &Path) -> PathBuf {
    state.join("admin.sock")
}

/// Where the admin shell of any node listens, by its configuration file: a Unified CM node's or an Expressway's.
///
/// # Errors
/// When the file cannot be read or names no state folder.
pub fn admin_socket(path: &Path) -> Result<PathBuf, ConfigError> {
    #[derive(Deserialize)]
    struct AnyFile {
        node: AnyNode,
    }
    #[derive(Deserialize)]
    struct AnyNode {
        state: PathBuf,
    }
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::File(path.into(), error))?;
    let file: AnyFile = toml::from_str(&text).map_err(|error| ConfigError::toml(path, &text, &error))?;
    Ok(admin_socket_in(&path.parent().unwrap_or(Path::new("")).join(file.node.state)))
}

#[cfg(test)]
mod tests;
