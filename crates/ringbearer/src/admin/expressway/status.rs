//! `xStatus …`.

use super::{Session, nothing};
use crate::admin::columns::lay_out_text;
use crate::admin::shell::date;
use crate::admin::terminal::Failure;

impl Session<'_> {
    pub(super) async fn zones(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let rows = self.node.zones().into_iter().map(|zone| {
            let calls = zone.calls.map_or_else(|| "-".to_owned(), |calls| calls.to_string());
            [zone.name, zone.kind.to_owned(), calls, "-".to_owned(), "Off".to_owned(), zone.sip_status]
        });
        let columns = ["Name", "Type", "Calls", "Bandwidth used", "H323 status", "SIP status"];
        self.print(&lay_out_text(columns, rows.collect())).await
    }

    pub(super) async fn search_rules(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let rules = self.core()?.servers.search_rules();
        let rows = rules.into_iter().map(|rule| {
            let patterns: Vec<_> = rule.patterns.iter().map(ToString::to_string).collect();
            [rule.priority.to_string(), rule.name, patterns.join(", "), rule.target.to_string(), "Enabled".to_owned()]
        });
        self.print(&lay_out_text(["Priority", "Name", "Pattern", "Target", "State"], rows.collect())).await
    }

    pub(super) async fn servers(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let servers = self.core()?.servers.list();
        let count = servers.len();
        let rows = servers.into_iter().map(|server| {
            let verify = format!("{:?}", server.tls_verify_mode);
            let nodes: Vec<_> = server
                .nodes
                .iter()
                .map(|node| format!("{} ({:?}, MRA OAuth port {})", node.name, node.usage, node.sip_oauth_mra_port))
                .collect();
            let version = server.nodes.first().map(|node| node.version.clone()).unwrap_or_default();
            let refreshed = server.refreshed_at.map_or_else(|| "never".to_owned(), |time| date(time.0));
            [server.publisher, server.username, verify, version, nodes.join(", "), refreshed]
        });
        let columns = [
            "Unified CM publisher",
            "Username",
            "TLS verify mode",
            "Version",
            "Nodes discovered by this lookup",
            "Refreshed",
        ];
        self.print(&format!("{}\n{count} publishers\n", lay_out_text(columns, rows.collect()))).await
    }

    pub(super) async fn mra(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let Some(core) = self.node.core() else {
            let phones = self.node.phones();
            return self.print(&format!("{phones} phones connected\n")).await;
        };
        let mut sessions = core.service.sessions();
        sessions.sort_by(|one, other| (&one.user, &one.device).cmp(&(&other.user, &other.device)));
        let count = sessions.len();
        let rows = sessions.into_iter().map(|session| [session.user, session.device, session.client, session.zone]);
        let table = lay_out_text(["User", "Device", "Client", "Zone"], rows.collect());
        self.print(&format!("{table}\n{count} registered\n")).await
    }

    pub(super) async fn traversal(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let rows = self.node.links().into_iter().map(|link| [link.name.to_owned(), link.status]);
        self.print(&lay_out_text(["Link", "Status"], rows.collect())).await
    }

    pub(super) async fn media(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let totals = self.node.monitor().media();
        let mut rows: Vec<_> =
            self.node.media_sessions().into_iter().map(|(what, count)| [what.to_owned(), count]).collect();
        let [outer, inner] = totals.streams.packets;
        let [outer_octets, inner_octets] = totals.streams.octets;
        for (what, count) in [
            ("Calls ended", totals.calls),
            ("Packets from outside", outer),
            ("Packets from inside", inner),
            ("Octets from outside", outer_octets),
            ("Octets from inside", inner_octets),
        ] {
            rows.push([what.to_owned(), count.to_string()]);
        }
        for (reason, count) in totals.streams.dropped {
            rows.push([format!("Packets dropped: {reason}"), count.to_string()]);
        }
        self.print(&lay_out_text(["Media", "Count"], rows)).await
    }

    pub(super) async fn alarms(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let rows = self.node.monitor().alarms().into_iter().map(|alarm| {
            let state = if alarm.is_active { "Raised" } else { "Lowered" };
            let count = alarm.count.to_string();
            [date(alarm.raised_at), state.to_owned(), alarm.code.to_owned(), alarm.subject, count, alarm.text]
        });
        self.print(&lay_out_text(["Last raised", "State", "Alarm", "Subject", "Count", "Text"], rows.collect())).await
    }

    pub(super) async fn counters(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let rows = self.node.monitor().counts().into_iter();
        let rows = rows.map(|count| [count.kind.to_owned(), count.reason.to_owned(), count.count.to_string()]);
        self.print(&lay_out_text(["What", "Reason", "Count"], rows.collect())).await
    }
}
