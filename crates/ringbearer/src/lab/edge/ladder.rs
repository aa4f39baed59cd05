//! What passes Expressway-C, read from its log: the two hops of a ladder that no phone sees.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;

use crate::lab::Lab;
use crate::lab::ladder::Arrow;
use crate::lab::member::LabNode;

/// How often, and how long, the log is looked at for what is about to come.
const GLANCES: u32 = 40;
const GLANCE: Duration = Duration::from_millis(25);

/// A place in Expressway-C's log.
pub(super) struct Mark(usize);

/// The columns of Expressway-E, Expressway-C and the node.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub(super) edge: usize,
    pub(super) core: usize,
    pub(super) node: usize,
}

/// Where the log ends now.
pub(super) async fn mark(lab: &Lab) -> anyhow::Result<Mark> {
    Ok(Mark(log(lab).await?.len()))
}

/// The messages since then. Keep-alives of zones are none that a phone brought about.
pub(super) async fn arrows(lab: &Lab, since: &Mark, columns: Columns) -> anyhow::Result<Vec<Arrow>> {
    let log = log(lab).await?;
    let edge = format!("{}:7001", lab.network.address(LabNode::ExpresswayE));
    let messages = messages(&log, since.0);
    // Whoever only receives has said who it is before.
    let remotes: BTreeMap<&str, &str> =
        self::messages(&log, 0).into_iter().filter_map(|message| Some((message.flow, message.remote?))).collect();
    let mut arrows = Vec::new();
    for message in messages.into_iter().filter(|message| !message.is_keep_alive()) {
        let Some(remote) = remotes.get(message.flow) else { continue };
        let other = if *remote == edge { columns.edge } else { columns.node };
        let (from, to) = if message.remote.is_some() { (other, columns.core) } else { (columns.core, other) };
        let text = message.start_line;
        let text = text.strip_suffix(" SIP/2.0").or_else(|| text.strip_prefix("SIP/2.0 ")).unwrap_or(text);
        let at = unix_seconds(message.time).with_context(|| format!("`{}` is no time", message.time))?;
        arrows.push(Arrow { at, from, to, text: text.to_owned() });
    }
    Ok(arrows)
}

/// Waits until Expressway-C has passed on the answer to a request of this method; the ends of a call do not wait for that.
pub(super) async fn answered(lab: &Lab, since: &Mark, method: &str) -> anyhow::Result<()> {
    let is_answer = |message: &Logged<'_>| message.method == method && message.start_line.starts_with("SIP/2.0 ");
    for _ in 0..GLANCES {
        let log = log(lab).await?;
        if messages(&log, since.0).iter().any(|message| message.remote.is_none() && is_answer(message)) {
            break;
        }
        tokio::time::sleep(GLANCE).await;
    }
    Ok(())
}

async fn log(lab: &Lab) -> anyhow::Result<String> {
    Ok(tokio::fs::read_to_string(lab.folder.file("exp-c.log")).await?)
}

/// A message in the log.
#[derive(Debug, PartialEq)]
struct Logged<'a> {
    time: &'a str,
    flow: &'a str,
    /// Of a message that was received.
    remote: Option<&'a str>,
    start_line: &'a str,
    method: &'a str,
}

impl Logged<'_> {
    fn is_keep_alive(&self) -> bool {
        self.method == "OPTIONS"
    }
}

/// `<time> TRACE <module>: received|sent flow=N [remote=ADDRESS] <message>`, the message over several lines.
fn messages(log: &str, from: usize) -> Vec<Logged<'_>> {
    let mut messages: Vec<Logged<'_>> = Vec::new();
    let mut in_message = false;
    for line in log.get(from..).unwrap_or_default().lines() {
        if let Some(message) = first_line(line) {
            messages.push(message);
            in_message = true;
        } else if line.starts_with("20") && line.contains("Z ") {
            in_message = false;
        } else if in_message && let Some(sequence) = line.strip_prefix("CSeq: ") {
            let method = sequence.split_whitespace().nth(1).unwrap_or_default();
            if let Some(message) = messages.last_mut() {
                message.method = method;
            }
        }
    }
    messages
}

fn first_line(line: &str) -> Option<Logged<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (module, rest) = rest.trim_start().strip_prefix("TRACE ")?.split_once(": ")?;
    if !module.starts_with("ringbearer_edge_net") {
        return None;
    }
    let (flow, rest) =
        rest.strip_prefix("received flow=").or_else(|| rest.strip_prefix("sent flow="))?.split_once(' ')?;
    let (remote, start_line) = match rest.strip_prefix("remote=") {
        Some(rest) => rest.split_once(' ').map(|(remote, rest)| (Some(remote), rest))?,
        None => (None, rest),
    };
    Some(Logged { time, flow, remote, start_line: start_line.trim(), method: "" })
}

/// `2026-11-27T06:34:35.526024Z` as seconds since 1970.
fn unix_seconds(time: &str) -> Option<f64> {
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let mut clock = clock.splitn(3, ':').map(str::parse::<f64>);
    let (hours, minutes, seconds) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    // Years begin in March, so that the leap day is the last.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(days as f64 * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_log_is_that_of_the_phones() {
        assert_eq!(unix_seconds("1970-01-01T00:00:00.000000Z"), Some(0.0));
        assert_eq!(unix_seconds("2024-02-29T12:00:00.500000Z"), Some(1_709_208_000.5));
        assert_eq!(unix_seconds("2026-11-27T06:34:35.250000Z"), Some(1_795_761_275.25));
        assert_eq!(unix_seconds("yesterday"), None);
    }

    #[test]
    fn messages_are_told_from_other_lines() {
        let log = "2026-11-27T06:34:35.1Z  INFO ringbearer_edge_net::monitor: the zone is active zone=\"CEOAuth-ucm-pub\"\n\
            2026-11-27T06:34:36.1Z TRACE ringbearer_edge_net::connection: received flow=1 remote=127.0.0.22:7001 REGISTER sip:ucm-pub SIP/2.0\n\
            Via: SIP/2.0/TLS 127.0.0.22:5061\nCSeq: 51 REGISTER\n\n\
            2026-11-27T06:34:36.2Z TRACE ringbearer_edge_net::driver: sent flow=2 REGISTER sip:ucm-pub SIP/2.0\nCSeq: 51 REGISTER\n\n";
        let found = messages(log, 0);
        let outline: Vec<_> = found.iter().map(|message| (message.flow, message.remote, message.method)).collect();
        assert_eq!(outline, [("1", Some("127.0.0.22:7001"), "REGISTER"), ("2", None, "REGISTER")]);
        assert_eq!(found[0].start_line, "REGISTER sip:ucm-pub SIP/2.0");
        assert!(messages(log, log.len()).is_empty());
    }
}
