//! The machine's events in the words of the phone's user.

use phone::config::DeviceConfig;
use phone::discovery::Side;
use phone::{Access, CallId, EdgeServer, EndCause, Event, RegistrationFailure, Target};
use sip::message::StatusCode;

use super::arrival::Arrival;
use super::connection::transport_name;
use super::report::{Report, Statistics};

/// What is told of an event; some are only the adapter's business.
pub(super) fn report(event: &Event) -> Option<Report> {
    Some(match event {
        Event::AccessTokenWanted { .. } | Event::Ended { .. } => return None,
        Event::Registering { target } => {
            let transport = transport_name(target.transport);
            Report::Registering { node: target.host.clone(), port: target.port, transport, through: through(target) }
        }
        Event::Registered { target, expires } => {
            let expires = expires.as_secs();
            Report::Registered { node: target.host.clone(), port: target.port, expires, through: through(target) }
        }
        Event::Refreshed { expires } => Report::Refreshed { expires: expires.as_secs() },
        Event::RegistrationFailed { target, failure, retry_in } => {
            registration_failed(target, failure, retry_in.as_secs())
        }
        Event::Unregistered => Report::Unregistered,
        Event::MessageWaiting(waiting) => Report::MessageWaiting { waiting: *waiting },
        Event::Dialing { call, to } => Report::Dialing { call: call.0, to: to.clone() },
        Event::Ringing { call } => Report::Ringing { call: call.0 },
        Event::Incoming { call, from, .. } => {
            Report::Incoming { call: call.0, number: from.number.clone(), name: from.display_name.clone() }
        }
        Event::Media { call, media, hold } => Report::Media {
            call: call.0,
            direction: media.direction.attribute(),
            local_hold: hold.local,
            remote_hold: hold.remote,
            codec: media.audio.codec.encoding_name(),
            suite: media.srtp.as_ref().map(|keys| keys.send.suite().name()),
            remote: media.remote,
        },
        Event::Established { call } => Report::Established { call: call.0 },
        Event::MediaRefused { call, status } => Report::MediaRefused { call: call.0, status: number(*status) },
        Event::TransferWanted { call, to } => Report::TransferWanted { call: call.0, to: to.clone() },
        Event::TransferProgress { call, status } => Report::TransferProgress { call: call.0, status: number(*status) },
        Event::TransferFailed { call, status } => Report::TransferFailed { call: call.0, status: number(*status) },
    })
}

/// Where the phone has arrived.
pub(super) fn located(arrival: &Arrival) -> Report {
    let through = match &arrival.access {
        Access::Edge(edge) => edge.servers.first().map(address),
        Access::OnPremises | Access::MobileRemote => None,
    };
    let side = match arrival.side {
        Side::Inside => "inside",
        Side::Outside => "outside",
    };
    Report::Located { side, through }
}

fn through(target: &Target) -> Option<String> {
    target.through.as_ref().map(address)
}

fn address(server: &EdgeServer) -> String {
    match server.host.contains(':') {
        true => format!("[{}]:{}", server.host, server.port),
        false => format!("{}:{}", server.host, server.port),
    }
}

/// The end of a call.
pub(super) fn ended(call: CallId, cause: &EndCause, statistics: Option<Statistics>) -> Report {
    let (cause, status, detail) = match cause {
        EndCause::HungUp => ("hung-up", None, None),
        EndCause::FarEndHungUp => ("far-end-hung-up", None, None),
        EndCause::Cancelled => ("cancelled", None, None),
        EndCause::Refused(status) => ("refused", Some(number(*status)), None),
        EndCause::NoAnswer => ("no-answer", None, None),
        EndCause::Media(fault) => ("media", None, Some(fault.to_string())),
        EndCause::Replaced => ("replaced", None, None),
        EndCause::Transferred => ("transferred", None, None),
        EndCause::Expired => ("expired", None, None),
        EndCause::FlowLost => ("flow-lost", None, None),
    };
    Report::Ended { call: call.0, cause, status, detail, statistics }
}

/// What the configuration file says.
pub(super) fn configured(url: &str, config: &DeviceConfig) -> Report {
    Report::Configured {
        url: url.to_owned(),
        sip_oauth_mode: config.sip_oauth_mode,
        nodes: config.call_managers.iter().map(|node| node.name.clone()).collect(),
        line: config.lines.first().map(|line| line.directory_number.clone()),
    }
}

fn registration_failed(target: &Target, failure: &RegistrationFailure, retry_in: u64) -> Report {
    let (reason, detail, causes) = match failure {
        RegistrationFailure::PortMismatch(mismatch) => {
            ("port-mismatch", "SIP OAuth Registration port Mismatch".to_owned(), mismatch.causes().to_vec())
        }
        RegistrationFailure::AnotherClient => ("another-client", "another client is registered".to_owned(), Vec::new()),
        RegistrationFailure::TlsAuthentication => {
            ("tls-authentication", "the certificate does not fit the device".to_owned(), Vec::new())
        }
        RegistrationFailure::Forbidden { warning } => ("forbidden", warning.clone(), Vec::new()),
        RegistrationFailure::InvalidToken { description } => ("invalid-token", description.clone(), Vec::new()),
        RegistrationFailure::Overloaded => ("overloaded", "the node is overloaded".to_owned(), Vec::new()),
        RegistrationFailure::UnknownChallenge => {
            ("unknown-challenge", "the node asks for other credentials".to_owned(), Vec::new())
        }
        RegistrationFailure::Unwritable => {
            ("unwritable", "a value of the configuration file cannot stand in a SIP message".to_owned(), Vec::new())
        }
        RegistrationFailure::Refused(status) => ("refused", format!("SIP {}", number(*status)), Vec::new()),
        RegistrationFailure::NoAnswer => ("no-answer", "the node does not answer".to_owned(), Vec::new()),
        RegistrationFailure::Disconnected { reason } => ("disconnected", reason.clone(), Vec::new()),
    };
    Report::RegistrationFailed { node: target.host.clone(), port: target.port, reason, detail, causes, retry_in }
}

fn number(status: StatusCode) -> u16 {
    status.as_u16()
}
