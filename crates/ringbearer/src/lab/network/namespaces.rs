//! The lab's network as network namespaces of this machine, each a network of its own:
//!
//! ```text
//!  outside ── home ────────── the internet ── firewall ── dmz
//!  192.168.77.0/24  198.51.100.0/24              │         192.0.2.0/24
//!                                                └── inside
//!                                                    10.1.0.0/24, 10.1.1.0/24 (the office's wireless network)
//! ```
//!
//! `home` translates the addresses of those outside, `firewall` those of the inside. The firewall lets the inside open
//! connections to the DMZ and everybody those to Expressway-E's public ports, and refuses all else. Dave's laptop has a
//! namespace of its own, with a link into the office and one at home: whoever carries it takes one down and the other up.
//!
//! Only what this lab made is removed, by its name, when it ends.

use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

use super::{Addresses, Place};

/// Who has which address in them.
pub(super) const ADDRESSES: Addresses = Addresses {
    publisher: Ipv4Addr::new(10, 1, 0, 11),
    subscriber: Ipv4Addr::new(10, 1, 0, 12),
    expressway_c: Ipv4Addr::new(10, 1, 0, 21),
    expressway_e: Ipv4Addr::new(192, 0, 2, 22),
    inside_dns: Ipv4Addr::new(10, 1, 0, 53),
    outside_dns: Ipv4Addr::new(198, 51, 100, 53),
};

/// The programs that are needed, with Debian's packages that have them.
const TOOLS: [(&str, &str); 2] = [("ip", "iproute2"), ("nft", "nftables")];

/// A link: a namespace, the interface there, its addresses; twice. The far end's address is the route to everywhere else, when
/// it is said to be.
struct Link {
    ends: [(&'static str, &'static str, &'static [&'static str]); 2],
    default: Option<&'static str>,
}

const LINKS: [Link; 6] = [
    Link {
        ends: [
            ("inside", "lan", &["10.1.0.11/24", "10.1.0.12/24", "10.1.0.21/24", "10.1.0.53/24", "10.1.0.101/24"]),
            ("firewall", "inside", &["10.1.0.1/24"]),
        ],
        default: Some("10.1.0.1"),
    },
    Link {
        ends: [("dmz", "lan", &["192.0.2.22/24"]), ("firewall", "dmz", &["192.0.2.1/24"])],
        default: Some("192.0.2.1"),
    },
    Link {
        ends: [
            ("home", "internet", &["198.51.100.77/24"]),
            ("firewall", "internet", &["198.51.100.1/24", "198.51.100.53/24"]),
        ],
        default: Some("198.51.100.1"),
    },
    Link {
        ends: [("outside", "lan", &["192.168.77.10/24"]), ("home", "lan", &["192.168.77.1/24"])],
        default: Some("192.168.77.1"),
    },
    Link { ends: [("laptop", "office", &["10.1.1.40/24"]), ("firewall", "wireless", &["10.1.1.1/24"])], default: None },
    Link { ends: [("laptop", "home", &["192.168.78.40/24"]), ("home", "laptop", &["192.168.78.1/24"])], default: None },
];

const NAMESPACES: [&str; 6] = ["inside", "dmz", "outside", "laptop", "home", "firewall"];

/// What the firewall lets through.
const FIREWALL: &str = "\
table inet lab {
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        iifname { inside, wireless } oifname { inside, wireless, dmz } accept
        iifname internet oifname dmz tcp dport { 5061, 8443 } accept
        iifname internet oifname dmz udp dport 36000-59999 accept
        reject
    }
    chain outwards {
        type nat hook postrouting priority 100;
        iifname inside oifname dmz masquerade
    }
}
";

/// The router at home: everything outwards, under its own address.
const HOME: &str = "\
table inet lab {
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        iifname { lan, laptop } oifname internet accept
        reject
    }
    chain outwards {
        type nat hook postrouting priority 100;
        oifname internet masquerade
    }
}
";

/// The namespaces of one lab. They are removed when this is dropped.
#[derive(Debug)]
pub(super) struct Namespaces {
    prefix: String,
    made: Vec<String>,
}

impl Namespaces {
    /// Makes them.
    ///
    /// # Errors
    /// When a program or the right is missing: the error says which. What was made by then is removed.
    pub(super) fn make() -> anyhow::Result<Self> {
        ensure!(rustix::process::geteuid().is_root(), "--netns makes network namespaces: that needs root");
        for (program, package) in TOOLS {
            ensure!(
                find(program).is_some(),
                "--netns needs the program `{program}`: install Debian's package {package}"
            );
        }
        let mut namespaces = Self { prefix: format!("ringbearer-{}", std::process::id()), made: Vec::new() };
        for name in NAMESPACES {
            let full = namespaces.name(name);
            ip(&["netns", "add", &full])?;
            namespaces.made.push(full.clone());
            ip(&["-n", &full, "link", "set", "lo", "up"])?;
        }
        for link in &LINKS {
            namespaces.connect(link)?;
        }
        for (name, rules) in [("firewall", FIREWALL), ("home", HOME)] {
            namespaces.route(name, rules)?;
        }
        Ok(namespaces)
    }

    /// The full name of one.
    pub(super) fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// The one in which a place's programs run.
    pub(super) fn of(&self, place: Place) -> String {
        self.name(match place {
            Place::Inside => "inside",
            Place::Dmz => "dmz",
            Place::Outside => "outside",
            Place::Laptop => "laptop",
        })
    }

    /// Does something in one.
    ///
    /// # Errors
    /// When the namespace is gone.
    pub(super) fn within<T: Send>(&self, name: &str, work: impl FnOnce() -> T + Send) -> anyhow::Result<T> {
        let path = Path::new("/run/netns").join(self.name(name));
        let file = std::fs::File::open(&path).with_context(|| path.display().to_string())?;
        // A thread of its own moves, and ends with the work.
        std::thread::scope(|scope| {
            let moved = scope.spawn(|| {
                let kind = rustix::thread::LinkNameSpaceType::Network;
                rustix::thread::move_into_link_name_space(file.as_fd(), Some(kind)).map(|()| work())
            });
            match moved.join() {
                Ok(outcome) => outcome.with_context(|| format!("entering {}", path.display())),
                Err(_) => bail!("the work in {} ended in a panic", path.display()),
            }
        })
    }

    /// Carries the laptop: into the office, or home.
    ///
    /// # Errors
    /// When a command fails.
    pub(super) fn carry_laptop(&self, to: Place) -> anyhow::Result<()> {
        let (from, to, gateway) = match to {
            Place::Outside => ("office", "home", "192.168.78.1"),
            _ => ("home", "office", "10.1.1.1"),
        };
        let laptop = self.name("laptop");
        ip(&["-n", &laptop, "link", "set", from, "down"])?;
        ip(&["-n", &laptop, "link", "set", to, "up"])?;
        ip(&["-n", &laptop, "route", "replace", "default", "via", gateway])
    }

    fn connect(&self, link: &Link) -> anyhow::Result<()> {
        let [(one, one_interface, _), (other, other_interface, _)] = link.ends;
        let (one, other) = (self.name(one), self.name(other));
        let ends = ["type", "veth", "peer", "name", other_interface, "netns", &other];
        ip(&[&["link", "add", one_interface, "netns", &one][..], &ends].concat())?;
        for (name, interface, addresses) in link.ends {
            let name = self.name(name);
            for address in addresses {
                ip(&["-n", &name, "address", "add", address, "dev", interface])?;
            }
            ip(&["-n", &name, "link", "set", interface, "up"])?;
        }
        match link.default {
            Some(gateway) => ip(&["-n", &one, "route", "add", "default", "via", gateway]),
            None => Ok(()),
        }
    }

    /// Makes a router of it, with these rules.
    fn route(&self, name: &str, rules: &str) -> anyhow::Result<()> {
        self.within(name, || std::fs::write("/proc/sys/net/ipv4/ip_forward", "1"))?
            .context("forwarding in a router")?;
        let name = self.name(name);
        let mut command = Command::new("ip");
        let mut child = command
            .args(["netns", "exec", &name, "nft", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting nft")?;
        if let Some(mut input) = child.stdin.take() {
            std::io::Write::write_all(&mut input, rules.as_bytes()).context("telling nft its rules")?;
        }
        let done = child.wait_with_output()?;
        ensure!(done.status.success(), "nft in {name}: {}", String::from_utf8_lossy(&done.stderr).trim());
        Ok(())
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in self.made.drain(..) {
            if let Err(error) = ip(&["netns", "delete", &name]) {
                eprintln!("ringbearer lab: {name} is left: {error:#}");
            }
        }
    }
}

fn ip(arguments: &[&str]) -> anyhow::Result<()> {
    let done = Command::new("ip").args(arguments).stdin(Stdio::null()).output().context("starting ip")?;
    let words = arguments.join(" ");
    ensure!(done.status.success(), "ip {words}: {}", String::from_utf8_lossy(&done.stderr).trim());
    Ok(())
}

/// Where a program lies.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}
