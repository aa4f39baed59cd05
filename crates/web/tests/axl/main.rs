//! The AXL interface through the real router and the real database, as clients and attackers use it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod a_deployment_is_provisioned;
mod a_write_happens_once;
mod anybody_who_asks;
mod cluster;
mod hostile_requests;
mod objects_are_listed;
mod queries_are_read_only;
mod registrations_are_shown;
mod services_are_controlled;
