//! Names: the services of a domain and the addresses of a host, from the system or from one resolver that the user names.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use phone::discovery::{Answer, Service};
use reqwest::dns::{Addrs, Name as HttpName, Resolve, Resolving};
use tokio::net::lookup_host;

/// How long the resolver may take for one try.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Who is asked for names.
#[derive(Clone)]
pub(crate) struct Names {
    /// For services, always; for addresses when the user named it.
    resolver: Option<TokioResolver>,
    addresses_too: bool,
}

impl Names {
    /// The system's names, or those of one resolver.
    pub(crate) fn new(resolver: Option<SocketAddr>) -> anyhow::Result<Self> {
        let Some(server) = resolver else {
            // A machine without a resolver has no services; addresses are the system's own affair.
            let resolver = TokioResolver::builder_tokio().and_then(|builder| builder.build()).ok();
            return Ok(Self { resolver, addresses_too: false });
        };
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = server.port();
            connection
        });
        let server = NameServerConfig::new(server.ip(), true, connections.into());
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut options = ResolverOpts::default();
        options.timeout = TIMEOUT;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options);
        Ok(Self { resolver: Some(builder.build().context("the resolver")?), addresses_too: true })
    }

    /// The services of a name (RFC 2782).
    pub(crate) async fn services(&self, name: &str) -> Answer {
        let Some(resolver) = &self.resolver else { return Answer::Failed("this machine has no resolver".to_owned()) };
        // From the root, so that no search list of the system comes into it.
        let Ok(name) = Name::from_ascii(format!("{name}.")) else { return Answer::NoSuchName };
        // A record may have changed since it was asked for last: the machine says when to ask.
        resolver.clear_lookup_cache(name.clone(), RecordType::SRV);
        match resolver.srv_lookup(name).await {
            Ok(found) => {
                let time_to_live = found.valid_until().saturating_duration_since(Instant::now());
                let services = found.answers().iter().filter_map(|record| match &record.data {
                    RData::SRV(srv) => Some(Service {
                        priority: srv.priority,
                        weight: srv.weight,
                        port: srv.port,
                        target: srv.target.to_ascii(),
                    }),
                    _ => None,
                });
                Answer::Services(services.collect(), time_to_live)
            }
            Err(error) if error.is_no_records_found() => Answer::NoSuchName,
            Err(error) => Answer::Failed(error.to_string()),
        }
    }

    /// The addresses of a host, which may be one itself.
    pub(crate) async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        match &self.resolver {
            Some(resolver) if self.addresses_too => {
                let name = Name::from_ascii(format!("{host}.")).map_err(io::Error::other)?;
                let found = resolver.lookup_ip(name).await.map_err(io::Error::other)?;
                Ok(found.iter().map(|address| SocketAddr::new(address, port)).collect())
            }
            _ => Ok(lookup_host((host, port)).await?.collect()),
        }
    }
}

/// The same names for HTTP.
pub(crate) struct HttpNames(pub(crate) Names);

impl Resolve for HttpNames {
    fn resolve(&self, name: HttpName) -> Resolving {
        let names = self.0.clone();
        Box::pin(async move {
            let found = names.addresses(name.as_str(), 0).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl HttpNames {
    /// As the HTTP client takes it.
    pub(crate) fn shared(names: &Names) -> Arc<Self> {
        Arc::new(Self(names.clone()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use phone::discovery::{Answer, Service};

    use super::Names;
    use crate::lab::dns::{DnsServer, View};

    #[tokio::test]
    async fn services_and_addresses_come_from_the_resolver_that_was_named() {
        let view = View::default()
            .service("_collab-edge._tls.example.com", 8443, "edge.example.com")
            .address("edge.example.com", "127.0.0.22".parse().unwrap());
        let server = DnsServer::start("127.0.0.1:0".parse().unwrap(), view).unwrap();
        let names = Names::new(Some(server.address())).unwrap();
        let Answer::Services(services, time_to_live) = names.services("_collab-edge._tls.example.com").await else {
            panic!()
        };
        let target = "edge.example.com.".to_owned();
        assert_eq!(services, [Service { priority: 0, weight: 0, port: 8443, target }]);
        assert!(time_to_live <= Duration::from_secs(60));
        assert_eq!(names.services("_cisco-uds._tcp.example.com").await, Answer::NoSuchName);
        let addresses = names.addresses("edge.example.com", 8443).await.unwrap();
        assert_eq!(addresses, ["127.0.0.22:8443".parse().unwrap()]);
        assert!(names.addresses("other.example.com", 8443).await.is_err());
        let literal = "2001:db8::1".parse::<IpAddr>().unwrap();
        assert_eq!(names.addresses("2001:db8::1", 1).await.unwrap(), [(literal, 1).into()]);
    }
}
