//! Every metric that a node may have: one table for the exposition, the dashboard and the rules for alerts.

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until what counts it begins anew.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// A metric, without the prefix `ringbearer_` and without the `_total` of counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels.
    pub labels: &'static [&'static str],
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    Family { name, help, kind: Kind::Gauge, labels }
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    Family { name, help, kind: Kind::Counter, labels }
}

/// All of them, in the order of the exposition.
pub const FAMILIES: &[Family] = &[
    gauge("callmanager_running", &[], "Whether the CallManager service runs"),
    gauge("registrations", &["port", "dialect"], "Phones that are registered with this node"),
    counter("registrations_begun", &[], "Registrations that began"),
    counter("registrations_ended", &["reason"], "Registrations that ended"),
    counter("requests_refused", &["reason"], "SIP requests that were refused"),
    counter("authentication_failures", &[], "Credentials that were wrong"),
    counter("token_verifications", &["result"], "Access tokens that were looked at: verified, remembered, or why not"),
    gauge("calls", &[], "Calls in progress"),
    gauge("connections", &[], "SIP connections"),
    gauge("connections_unregistered", &[], "SIP connections without a registration"),
    counter("connections_closed", &["reason"], "SIP connections that the node ended"),
    counter("connections_not_accepted", &["reason"], "SIP connections for which the node lacked what it needs"),
    counter("connections_failed", &["reason"], "Connections that the node could not make"),
    counter("handshakes_failed", &["reason"], "TLS handshakes that failed"),
    counter("messages_malformed", &[], "SIP messages that could not be read"),
    counter("messages_dropped", &["reason"], "SIP messages that the edge did not forward"),
    counter(
        "edges_revoked",
        &["reason"],
        "Connections of Expressway-Cs that ended because they are not let in any more",
    ),
    gauge("certificate_expiry_timestamp_seconds", &["store", "name"], "When a certificate ends, in seconds since 1970"),
    gauge("traversal_up", &["link"], "Whether the halves of the edge are connected, by link"),
    counter("traversal_changes", &["state"], "How often the traversal link came up and went down"),
    gauge("zones", &["state"], "Zones of Expressway-C by state: active or failed"),
    counter("zone_changes", &["state"], "How often a zone became active and failed"),
    counter("discovery_failures", &["step"], "Discoveries of Unified CM that failed, by step"),
    counter("clock_skews", &[], "Times that the clocks of the halves of the edge disagreed"),
    gauge("edge_phones", &[], "Phones outside that are known to this half of the edge"),
    gauge("alarms", &[], "Alarms that hold now"),
    gauge("relay_streams", &[], "Streams of media that are open in the relay"),
    gauge("relay_free_port_pairs", &[], "Pairs of ports that the relay has left"),
    counter("relay_calls", &[], "Calls whose media was relayed and that have ended"),
    counter("relay_packets", &["side"], "Packets that were relayed, of calls that have ended"),
    counter("relay_octets", &["side"], "Octets that were relayed, of calls that have ended"),
    counter("relay_dropped", &["reason"], "Packets that the relay dropped, of calls that have ended"),
];

impl Family {
    /// The name as it is scraped and asked for.
    #[must_use]
    pub fn exposed_name(&self) -> String {
        let suffix = if self.kind == Kind::Counter { "_total" } else { "" };
        format!("ringbearer_{}{suffix}", self.name)
    }
}
