//! Fetches the device's configuration file from the first place that has it: of a node, HTTPS on 6972, else HTTP on 6970.
//!
//! The file holds no secret, and what it says is only followed with TLS to nodes that the trust file vouches for.

use std::fmt;

use phone::config::DeviceConfig;

use super::http;
use super::secret::Secret;

/// Where configuration files are served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConfigPorts {
    pub(crate) https: u16,
    pub(crate) http: u16,
}

/// A file with the text it was read from.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(crate) url: String,
    pub(crate) text: String,
    pub(crate) config: DeviceConfig,
}

/// Why there is no file: each place that was asked, and what it said.
#[derive(Debug)]
pub(crate) struct NoConfigFile(pub(crate) Vec<(String, String)>);

impl fmt::Display for NoConfigFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no configuration file:")?;
        self.0.iter().try_for_each(|(url, why)| write!(f, "\n  {url}: {why}"))
    }
}

impl std::error::Error for NoConfigFile {}

/// The name of a device's file.
pub(crate) fn name(device: &str) -> String {
    format!("{device}.cnf.xml")
}

/// The places of the file on the nodes, in the order in which they are asked.
pub(crate) fn urls(nodes: &[String], ports: ConfigPorts, device: &str) -> Vec<String> {
    let file = name(device);
    let of_node = |node: &String| {
        let host = if node.contains(':') { format!("[{node}]") } else { node.clone() };
        [format!("https://{host}:{}/{file}", ports.https), format!("http://{host}:{}/{file}", ports.http)]
    };
    nodes.iter().flat_map(of_node).collect()
}

/// Asks the places in turn, with the token where one is wanted.
pub(crate) async fn fetch(
    http: &reqwest::Client,
    urls: &[String],
    token: Option<&Secret>,
) -> Result<ConfigFile, NoConfigFile> {
    let mut faults = Vec::new();
    for url in urls {
        match fetch_one(http, url, token).await {
            Ok(file) => return Ok(file),
            Err(why) => faults.push((url.clone(), why)),
        }
    }
    Err(NoConfigFile(faults))
}

async fn fetch_one(http: &reqwest::Client, url: &str, token: Option<&Secret>) -> Result<ConfigFile, String> {
    let mut request = http.get(url);
    if let Some(token) = token {
        request = request.bearer_auth(token.expose());
    }
    let response = request.send().await.map_err(|error| http::cause(&error))?;
    let status = response.status();
    let body = http::body(response).await.map_err(|error| error.to_string())?;
    match status {
        reqwest::StatusCode::NOT_FOUND => return Err("HTTP 404: no such device".to_owned()),
        status if !status.is_success() => return Err(format!("HTTP {status}{}", http::problem(&body))),
        _ => {}
    }
    let config = DeviceConfig::parse(&body).map_err(|error| error.to_string())?;
    Ok(ConfigFile { url: url.to_owned(), text: String::from_utf8_lossy(&body).into_owned(), config })
}
