//! Virtual clock, a made-up cluster, and a line side without sockets, for scenario tests.

pub mod call_side;
pub mod cluster;
pub mod controlled_node;
pub mod edge;
pub mod far_end;
pub mod line_side;
pub mod lone_phone;
pub mod lossy_link;
pub mod office;
pub mod register;
pub mod test_leg;
pub mod transaction_pair;
