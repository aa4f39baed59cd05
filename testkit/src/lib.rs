//! Virtual clock, a made-up cluster, and a line side without sockets, for scenario tests.

pub mod cluster;
pub mod line_side;
pub mod register;
