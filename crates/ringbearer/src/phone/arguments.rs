//! The arguments of `ringbearer phone`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::ValueEnum;
use phone::discovery::{Known, Server};

use super::config_file::ConfigPorts;

const EXAMPLES: &str = "\
Examples:
  Sign in with the browser, then type commands (`help` lists them):
    ringbearer phone --node 127.0.0.11 --device CSFANA --trust lab/tomcat.pem

  In a script: the password is the first line of standard input, commands follow, events come as JSON:
    printf '%s\\n' \"$PASSWORD\" 'wait registered' 'call 2002' 'wait ended' |
      ringbearer phone --node ucm1.example.com --node ucm2.example.com --device CSFANA --trust ca.pem \\
        --user ana --password-stdin --json --log phone.log

  Outside, through the edge; or wherever the domain's DNS says that the phone is:
    ringbearer phone --edge edge.example.com --domain example.com --device CSFANA --trust ca.pem
    ringbearer phone --domain example.com --device CSFANA --trust ca.pem

  Answer each call, play a file to it, store what comes:
    ringbearer phone --node 127.0.0.11 --device CSFBEA --trust ca.pem --user bea --password-stdin \\
      --answer --play hello.wav --record heard.wav --json --stay < password

Exit codes: 0 ended as asked, 2 usage, 3 no node can be reached, 4 sign-in or device refused, 5 TLS or trust,
70 internal.";

/// A softphone without a window: signs in, fetches its configuration, registers, calls and answers.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A Unified CM node, by address or name; more than one may be named, the next is asked when one is silent.
    #[arg(long, required_unless_present_any = ["edge", "domain"], value_name = "HOST")]
    pub(crate) node: Vec<String>,

    /// An Expressway-E; with --node too, the phone goes through it when no node answers.
    #[arg(long, requires = "domain", value_name = "HOST[:PORT]", value_parser = edge)]
    pub(crate) edge: Vec<Server>,

    /// The domain of the users. Without --node and --edge its DNS says where the phone is: inside when it has
    /// `_cisco-uds._tcp`, else outside by `_collab-edge._tls`.
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: Option<String>,

    /// Ask this resolver for names instead of the system's.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) resolver: Option<SocketAddr>,

    /// The device name, for example CSFANA.
    #[arg(long, value_name = "NAME", value_parser = device_name)]
    pub(crate) device: String,

    /// The certificates to trust, in PEM: the signers of the nodes' tomcat certificates and of the edge's, or these themselves.
    #[arg(long, required = true, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,

    /// Sign in as this user without a browser.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// Read the password from the first line of standard input instead of asking for it.
    #[arg(long, requires = "user")]
    pub(crate) password_stdin: bool,

    /// Forget an earlier sign-in first.
    #[arg(long)]
    pub(crate) fresh: bool,

    /// Where the refresh token is kept [default: the user's state folder].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,

    /// Write the client log to this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,

    /// One JSON event a line on standard output, one command a line on standard input.
    #[arg(long)]
    pub(crate) json: bool,

    /// Go on after the end of standard input, until SIGTERM.
    #[arg(long)]
    pub(crate) stay: bool,

    /// Answer each call.
    #[arg(long)]
    pub(crate) answer: bool,

    /// Send this WAV file (8 kHz, mono, 16 bits) on each call.
    #[arg(long, value_name = "FILE", conflicts_with = "tone")]
    pub(crate) play: Option<PathBuf>,

    /// Send a tone on each call.
    #[arg(long, value_name = "HERTZ", value_parser = clap::value_parser!(u32).range(20..4_000))]
    pub(crate) tone: Option<u32>,

    /// Store what comes on the next call in this WAV file.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,

    /// Receive media at this address [default: the one that reaches the node].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) media_address: Option<IpAddr>,

    /// Take media in clear from a far end that has no SRTP.
    #[arg(long)]
    pub(crate) srtp_fallback: bool,

    /// The OAuth port of the nodes.
    #[arg(long, value_name = "PORT", default_value_t = 8443)]
    pub(crate) oauth_port: u16,

    /// The HTTPS port of the configuration files.
    #[arg(long, value_name = "PORT", default_value_t = 6972)]
    pub(crate) config_https_port: u16,

    /// The HTTP port of the configuration files, asked when HTTPS gives none.
    #[arg(long, value_name = "PORT", default_value_t = 6970)]
    pub(crate) config_http_port: u16,

    /// The identifier of the OAuth client.
    #[arg(long, value_name = "ID", default_value = authorization::PHONE_CLIENT_ID)]
    pub(crate) client_id: String,

    /// Overrides `sipOAuthMode` of the configuration file, to see what a wrong port is answered.
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
    pub(crate) sip_oauth_mode: Option<u8>,

    /// Which port of the node to register on: in the office, or the one for mobile and remote access.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) access: Access,

    /// The folder of a client certificate (`certificate.pem`, `key.pem`), shown to nodes that ask for one.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) identity: Option<PathBuf>,

    /// How the access token goes into REGISTER.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) dialect: Dialect,
}

/// Where the phone is.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Access {
    /// In the office: sipOAuthPort.
    #[default]
    OnPremises,
    /// Outside: sipMRAOAuthPort.
    Mra,
}

/// A form of bearer credentials.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Dialect {
    /// The vendor's: Proxy-Authorization with a quoted token, after a 407.
    #[default]
    Vendor,
    /// RFC 8898: Authorization.
    Standard,
}

/// The HTTPS port of an edge, when none is named.
const EDGE_PORT: u16 = 8443;

impl Arguments {
    /// What is known of the inside before anybody is asked.
    pub(crate) fn inside(&self) -> Known {
        let server = |host: &String| Server { host: host.clone(), port: self.oauth_port };
        match (&self.domain, self.node.is_empty()) {
            (_, false) => Known::Servers(self.node.iter().map(server).collect()),
            (Some(domain), true) if self.edge.is_empty() => Known::Domain(domain.clone()),
            _ => Known::Nothing,
        }
    }

    /// What is known of the outside before anybody is asked.
    pub(crate) fn outside(&self) -> Known {
        match (&self.domain, self.edge.is_empty()) {
            (_, false) => Known::Servers(self.edge.clone()),
            (Some(domain), true) => Known::Domain(domain.clone()),
            (None, true) => Known::Nothing,
        }
    }

    pub(crate) fn config_ports(&self) -> ConfigPorts {
        ConfigPorts { https: self.config_https_port, http: self.config_http_port }
    }

    /// The folder for what must outlast the process (XDG base directories).
    pub(crate) fn state_folder(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.state {
            return Ok(folder.clone());
        }
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = variable("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
        let state = state.ok_or_else(|| anyhow::anyhow!("no home folder: name one with --state"))?;
        Ok(state.join("ringbearer/phone"))
    }
}

/// `host`, `host:port`, `[address]` or `[address]:port`.
fn edge(text: &str) -> Result<Server, String> {
    let wrong = || "HOST or HOST:PORT, an IPv6 address in brackets".to_owned();
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or_else(wrong)?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?,
        None if port.is_empty() => EDGE_PORT,
        None => return Err(wrong()),
    };
    if host.is_empty() { Err(wrong()) } else { Ok(Server { host: host.to_owned(), port }) }
}

/// A device name stands in URLs, file names and headers.
fn device_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let fits = !text.is_empty() && text.len() <= 128 && text.chars().all(plain) && !text.starts_with('.');
    if fits {
        Ok(text.to_owned())
    } else {
        Err("a device name has letters, digits, dots, hyphens, underscores".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_is_a_host_with_or_without_a_port() {
        let server = |host: &str, port| Ok(Server { host: host.to_owned(), port });
        assert_eq!(edge("edge.example.com"), server("edge.example.com", 8443));
        assert_eq!(edge("127.0.0.22:9443"), server("127.0.0.22", 9443));
        assert_eq!(edge("[2001:db8::1]"), server("2001:db8::1", 8443));
        assert_eq!(edge("[2001:db8::1]:9443"), server("2001:db8::1", 9443));
        for wrong in ["", ":8443", "edge:", "edge:0", "edge:x", "edge:70000", "2001:db8::1", "[::1", "[::1]x"] {
            assert!(edge(wrong).is_err(), "{wrong}");
        }
    }
}
