//! Fetches the device's configuration file from the first node that has it: HTTPS on 6972, else HTTP on 6970.
//!
//! The file holds no secret, and what it says is only followed with TLS to nodes that the trust file vouches for.

use std::fmt;

use phone::config::DeviceConfig;

use super::http;

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

/// Asks the nodes in turn.
pub(crate) async fn fetch(
    http: &reqwest::Client,
    nodes: &[String],
    ports: ConfigPorts,
    device: &str,
) -> Result<ConfigFile, NoConfigFile> {
    let mut faults = Vec::new();
    for node in nodes {
        let file = format!("{device}.cnf.xml");
        for url in [format!("https://{node}:{}/{file}", ports.https), format!("http://{node}:{}/{file}", ports.http)] {
            match fetch_one(http, &url).await {
                Ok(file) => return Ok(file),
                Err(why) => faults.push((url, why)),
            }
        }
    }
    Err(NoConfigFile(faults))
}

async fn fetch_one(http: &reqwest::Client, url: &str) -> Result<ConfigFile, String> {
    let response = http.get(url).send().await.map_err(|error| http::cause(&error))?;
    match response.status() {
        reqwest::StatusCode::NOT_FOUND => return Err("HTTP 404: no such device".to_owned()),
        status if !status.is_success() => return Err(format!("HTTP {status}")),
        _ => {}
    }
    let body = http::body(response).await.map_err(|error| error.to_string())?;
    let config = DeviceConfig::parse(&body).map_err(|error| error.to_string())?;
    Ok(ConfigFile { url: url.to_owned(), text: String::from_utf8_lossy(&body).into_owned(), config })
}
