//! Where a webhook may lead: https, or http to this machine; and never where a name or an address opens what only the node reaches.
//!
//! An address is judged when it is set and, whatever name it had then, again when it is connected to: the name is looked up once,
//! and the connection goes to the addresses that were judged. Our choice: private networks are allowed, since receivers are there;
//! link-local addresses, where clouds keep their machines' credentials, and addresses that are no single host's are not, unless the
//! configuration names them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use directory::{Violation, Webhook};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Addresses of clouds' metadata services outside the link-local networks.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Checks an address as it is set.
pub(super) fn check(text: &str, allowed: &[IpAddr]) -> Result<Url, Violation> {
    let refuse = |reason| Err(Webhook::refused_url(reason));
    let Ok(url) = Url::parse(text) else { return refuse("it is no absolute address") };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("it has credentials in it");
    }
    if url.fragment().is_some() {
        return refuse("it has a fragment");
    }
    let Some(host) = url.host_str() else { return refuse("it names no host") };
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    if let Some(address) = literal
        && !is_allowed(address, allowed)
    {
        return refuse("nothing is sent to this address");
    }
    let is_here = host.eq_ignore_ascii_case("localhost") || literal.is_some_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => refuse("only https is allowed, and http to this machine"),
    }
}

/// Whether something is sent to an address.
pub(super) fn is_allowed(address: IpAddr, allowed: &[IpAddr]) -> bool {
    let address = address.to_canonical();
    let is_link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    let is_broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    let is_nobodys = address.is_unspecified() || address.is_multicast() || is_broadcast;
    let leads_there = || match address {
        IpAddr::V6(address) => inner(address).is_none_or(|inner| is_allowed(IpAddr::V4(inner), allowed)),
        IpAddr::V4(_) => true,
    };
    !is_nobodys && (allowed.contains(&address) || !(is_link_local || METADATA.contains(&address))) && leads_there()
}

/// The IPv4 address that a translator or a tunnel takes out of an IPv6 address: NAT64 by its well-known prefix, 6to4, and
/// IPv4-compatible addresses. Loopback (`::1`) is none.
fn inner(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let word = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(word(high, low)),
        [0x2002, high, low, ..] => Some(word(high, low)),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(word(high, low)),
        _ => None,
    }
}

/// Looks names up, and gives only addresses that something may be sent to.
#[derive(Debug, Clone)]
pub(super) struct JudgingResolver {
    /// Addresses that the configuration allows.
    pub(super) allowed: Arc<[IpAddr]>,
}

impl Resolve for JudgingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            let is_localhost = name.as_str().eq_ignore_ascii_case("localhost");
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let fit = found.into_iter().filter(|address| {
                // What was set as this machine stays this machine.
                is_allowed(address.ip(), &allowed) && (!is_localhost || address.ip().is_loopback())
            });
            let fit: Vec<SocketAddr> = fit.collect();
            if fit.is_empty() {
                return Err("the name leads to no address that anything is sent to".into());
            }
            Ok(Box::new(fit.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        check(url, &[]).unwrap_err().to_string()
    }

    #[test]
    fn hook_1_what_a_webhook_may_lead_to() {
        for good in [
            "https://pager.example/hook?x=1",
            "https://10.0.0.7:8443/",
            "https://[2001:db8::1]/",
            "https://[64:ff9b::192.0.2.1]/",
            "http://127.0.0.1:9000/",
            "http://localhost:9000/",
            "http://[::1]:9000/",
        ] {
            assert!(check(good, &[]).is_ok(), "{good}");
        }
        for bad in [
            "http://pager.example/",
            "http://10.0.0.7/",
            "ftp://pager.example/",
            "file:///etc/passwd",
            "https://user:pw@pager.example/",
            "https://pager.example/#x",
            "/relative",
            "https://169.254.169.254/latest/meta-data/",
            "https://[fe80::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://100.100.100.200/",
            "https://[fd00:ec2::254]/",
            "https://2852039166/",
            "https://168.63.129.16/",
            "https://192.0.0.192/",
            "https://[64:ff9b::169.254.169.254]/",
            "https://[64:ff9b::100.100.100.200]/",
            "https://[2002:a9fe:a9fe::1]/",
            "https://[::169.254.169.254]/",
        ] {
            assert!(check(bad, &[]).is_err(), "{bad}");
        }
        assert_eq!(
            refused("http://pager.example/"),
            "Webhook: URL: conflicts with the rules for addresses: only https is allowed, and http to this machine"
        );
        let allowed = ["169.254.10.1".parse().unwrap()];
        assert!(check("https://169.254.10.1/", &allowed).is_ok());
        assert!(check("https://169.254.10.2/", &allowed).is_err());
    }
}
