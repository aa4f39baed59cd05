//! What both halves of the edge tell a monitor.

use edge_net::administration::ExpresswayControl;
use media_net::relay::RelayCounts;
use metrics::Samples;

/// What is counted, what the relay moves, and when the certificate ends.
pub(crate) fn collect(control: &dyn ExpresswayControl, relay: &RelayCounts, samples: &mut Samples) {
    let monitor = control.monitor();
    let counts = monitor.counts();
    samples.counts(counts.iter().map(|count| (count.kind, count.reason, count.count)));
    samples.say("edge_phones", &[], control.phones() as f64);
    let holding = monitor.alarms().iter().filter(|alarm| alarm.is_active).count();
    samples.say("alarms", &[], holding as f64);
    samples.say("relay_streams", &[], relay.streams() as f64);
    samples.say("relay_free_port_pairs", &[], relay.free_pairs() as f64);
    let media = monitor.media();
    samples.count("relay_calls", &[], media.calls);
    for ((side, packets), octets) in ["outer", "inner"].into_iter().zip(media.streams.packets).zip(media.streams.octets)
    {
        samples.count("relay_packets", &[side], packets);
        samples.count("relay_octets", &[side], octets);
    }
    for (reason, count) in &media.streams.dropped {
        samples.count("relay_dropped", &[reason], *count);
    }
    match control.certificates().identity() {
        Ok(identity) => {
            let ends = identity.facts().not_after as f64;
            samples.say("certificate_expiry_timestamp_seconds", &["server", "server"], ends);
        }
        Err(error) => tracing::warn!(%error, "the metrics lack the certificate"),
    }
}

/// Whether the SIP link and the HTTP tunnel between the halves are up.
pub(crate) fn links(up: [bool; 2], samples: &mut Samples) {
    for (link, is_up) in ["sip", "http"].into_iter().zip(up) {
        samples.say("traversal_up", &[link], f64::from(u8::from(is_up)));
    }
}
