//! The admin shell: `ringbearer admin`, and the half of it that runs in the node.

pub(crate) mod node_control;
