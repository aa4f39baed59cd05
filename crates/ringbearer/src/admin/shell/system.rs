//! `run sql`, `show open ports`, `show version`, `show network cluster`, `show registration`, `show audit`.

use super::{Session, nothing, optional, single};
use crate::admin::columns::{lay_out, lay_out_text};
use crate::admin::terminal::Failure;
use directory::{DirectoryRepository, NodeUsage};
use regex::{Regex, RegexBuilder};
use runtime::clock;
use runtime::open_ports::open_sockets;
use std::time::{Duration, UNIX_EPOCH};

impl Session<'_> {
    pub(super) async fn run_sql(&mut self, query: &str) -> Result<(), Failure> {
        if query.is_empty() {
            return Err(Failure::Usage("the query is missing".into()));
        }
        let table = self.store.run_sql(query).await.map_err(Failure::refused)?;
        self.print(&lay_out(&table.columns, &table.rows)).await
    }

    pub(super) async fn show_open_ports_regexp(&mut self, rest: &str) -> Result<(), Failure> {
        let expression = single(rest)?;
        // Bounds what a compiled expression may take of the node's memory.
        let compiled = RegexBuilder::new(&expression).size_limit(1 << 20).build();
        let expression = compiled.map_err(|error| Failure::Usage(error.to_string()))?;
        self.show_open_ports(Some(expression), "").await
    }

    pub(super) async fn show_open_ports(&mut self, expression: Option<Regex>, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        self.print("\nExecuting.. please wait.\n").await?;
        let sockets = open_sockets().map_err(Failure::refused)?;
        let lines = sockets.iter().map(|socket| socket.line(std::process::id()));
        let matching = lines.filter(|line| expression.as_ref().is_none_or(|expression| expression.is_match(line)));
        let text: String = matching.map(|line| line + "\n").collect();
        self.print(&text).await
    }

    pub(super) async fn show_version(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        self.print(&format!("Active Master Version: {}\n", env!("CARGO_PKG_VERSION"))).await
    }

    pub(super) async fn show_network_cluster(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let directory = self.directory().await?;
        let now = clock::unix_seconds();
        let mut text = String::new();
        for node in directory.nodes() {
            let database = if node.usage == NodeUsage::Publisher { "DBPub" } else { "DBSub" };
            let lease = self.store.lease(&node.name).await?;
            let state = if lease.is_some_and(|until| until > now) { "online" } else { "offline" };
            text += &format!("{} {} {} callmanager {database} {state}\n", node.address, node.name, node.usage);
        }
        self.print(&text).await
    }

    pub(super) async fn show_setup_code(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        match self.node.set_up_code().map_err(Failure::Refused)? {
            Some(code) => {
                let text = "Enter it on the sign-in page of this node to make the first administrator.";
                self.print(&format!("Set-up code: {code}\n{text}\n")).await
            }
            None => Err(Failure::Refused("There is an administrator: no set-up code is needed.".into())),
        }
    }

    pub(super) async fn show_registration(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let locations = self.store.device_locations().await?;
        let count = locations.len();
        let rows = locations
            .into_iter()
            .map(|location| [location.device.to_string(), location.node.to_string(), date(location.since)]);
        let table = lay_out_text(["device", "node", "since"], rows.collect());
        self.print(&format!("{table}\n{count} registered, {} of them here\n", self.node.registered_devices())).await
    }

    pub(super) async fn show_audit(&mut self, rest: &str) -> Result<(), Failure> {
        let count = optional(rest)?.map_or(Ok(20), |count| count.parse::<usize>());
        let count = count.map_err(|_| Failure::Usage("the count is a number".into()))?;
        let mut records = self.store.audit_records(count.min(1000)).await?;
        records.reverse();
        let rows = records.into_iter().map(|record| {
            let author = format!("{} ({})", record.author.name, record.author.surface);
            [date(record.unix_time), author, record.action, record.object, record.detail]
        });
        self.print(&lay_out_text(["time", "author", "action", "object", "detail"], rows.collect())).await
    }
}

/// A time as HTTP writes it (RFC 9110 §5.6.7).
pub(crate) fn date(unix_time: u64) -> String {
    // The greatest year that the format has.
    let most = Duration::from_secs(253_402_300_799);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(unix_time).min(most))
}
