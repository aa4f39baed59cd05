//! `getEdgeConfigResponse`: where the services are, and how they are reached through the edge.

use super::{EdgeError, root};
use crate::config::element::Element;
use crate::settings::{EdgeAccess, EdgeServer};

/// What a phone reads in `getEdgeConfigResponse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeConfig {
    /// `sipEdgeServer` and `sipRequest/route`: the way of SIP.
    pub access: EdgeAccess,
    /// The servers of configuration files behind the edge (`tftpServer`).
    pub config_servers: Vec<String>,
    /// The directory servers behind the edge (`_cisco-uds`, else `userUdsServer`).
    pub uds_servers: Vec<Address>,
}

/// A server behind the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl EdgeConfig {
    /// Reads the answer to `get_edge_config`.
    ///
    /// # Errors
    /// When it is none, or the way of SIP is missing.
    pub fn parse(document: &[u8]) -> Result<Self, EdgeError> {
        let root = root(document, "getEdgeConfigResponse")?;
        let edge = root.child("edgeConfig").ok_or(EdgeError::Missing("edgeConfig"))?;
        let servers = servers(edge, "sipEdgeServer", 5061)?;
        if servers.is_empty() {
            return Err(EdgeError::Missing("sipEdgeServer"));
        }
        let servers = servers.into_iter().map(|Address { host, port }| EdgeServer { host, port }).collect();
        let route = edge.text_at(&["sipRequest", "route"]).ok_or(EdgeError::Missing("route"))?;
        let access = EdgeAccess { servers, route: checked_route(route)? };
        let services = root.child("serviceConfig");
        let service = |name: &str| {
            let named = |service: &&Element| service.text_at(&["name"]) == Some(name);
            services.and_then(|services| services.children("service").find(named))
        };
        let config_servers = service("tftpServer").map(addresses).unwrap_or_default();
        let mut uds_servers = match service("_cisco-uds") {
            Some(service) => by_priority(service)?,
            None => Vec::new(),
        };
        if uds_servers.is_empty() {
            uds_servers = self::servers(edge, "userUdsServer", 8443)?;
        }
        Ok(Self { access, config_servers, uds_servers })
    }
}

/// The URI between angle brackets, as Route has it, and nothing that could end the field.
fn checked_route(route: &str) -> Result<String, EdgeError> {
    let uri = route.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(route);
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\",".contains(&byte);
    match uri.starts_with("sip:") && uri.bytes().all(plain) {
        true => Ok(format!("<{uri}>")),
        false => Err(EdgeError::Value("route")),
    }
}

fn addresses(service: &Element) -> Vec<String> {
    let text = service.children("address").filter_map(|address| address.text_at(&[]));
    text.filter(|host| is_host(host)).map(str::to_owned).collect()
}

/// `name/server/{address,tlsPort}`.
fn servers(edge: &Element, name: &'static str, usual_port: u16) -> Result<Vec<Address>, EdgeError> {
    let Some(element) = edge.child(name) else { return Ok(Vec::new()) };
    element.children("server").map(|server| address(server, "tlsPort", name, usual_port)).collect()
}

/// `server/{priority,weight,port,address}`, the smallest priority first.
fn by_priority(service: &Element) -> Result<Vec<Address>, EdgeError> {
    let mut servers = Vec::new();
    for server in service.children("server") {
        let priority = server.text_at(&["priority"]).unwrap_or("0").parse::<u16>();
        let priority = priority.map_err(|_| EdgeError::Value("priority"))?;
        servers.push((priority, address(server, "port", "_cisco-uds", 8443)?));
    }
    servers.sort_by_key(|(priority, _)| *priority);
    Ok(servers.into_iter().map(|(_, address)| address).collect())
}

fn address(server: &Element, port: &str, name: &'static str, usual_port: u16) -> Result<Address, EdgeError> {
    let host = server.text_at(&["address"]).filter(|host| is_host(host)).ok_or(EdgeError::Value(name))?;
    let port = match server.text_at(&[port]) {
        Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(EdgeError::Value(name))?,
        None => usual_port,
    };
    Ok(Address { host: host.to_owned(), port })
}

/// A name or an address: what stands in URLs.
fn is_host(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte))
}
