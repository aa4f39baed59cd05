//! `ringbearer ucm`: a Unified CM node, from its configuration file to its last connection.

mod administration;
mod axl;
mod call_manager;
mod certificates;
mod change_feed;
mod control;
mod controlcenter;
mod first_start;
mod health;
mod http;
mod keys;
mod lease;
mod line_events;
mod live;
mod metrics;
mod moved_devices;
mod node;
mod oauth;
mod registrations;
mod rest;
mod ris;
mod ssh;
mod tftp;
mod uds;
mod web_certificate;

use std::process::ExitCode;

use crate::arguments::Arguments;
use crate::process;
use node::Node;

/// Runs the node until it is asked to end.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    process::run("ucm", &arguments.config, async |config, lifecycle| Node::open(config).await?.serve(lifecycle).await)
}
