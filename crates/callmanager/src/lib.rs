//! The SIP line side of a Unified CM node: who may come in, who is registered where, and what becomes of
//! each request.
//!
//! Pure decisions over `sip`, `directory` and `token`: no socket, clock, file or randomness. The adapter
//! `sip-net` drives one [`station::Station`] for each flow and one `call::Call` for each call, in tasks of
//! their own; [`flow`] has the words they exchange, [`node_view`] what both may look up.

pub mod admission;
pub mod call;
pub mod flow;
pub mod node_view;
pub mod registrar;
pub mod station;
