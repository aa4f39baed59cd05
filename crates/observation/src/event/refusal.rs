//! A refusal, with the decision in steps.

use std::net::SocketAddr;

use super::{Port, Transport};
use crate::Remedy;

/// What came of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepOutcome {
    /// It passed.
    Passed,
    /// It failed: this is why the request was refused.
    Failed,
}

/// One check of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The word of the check: `cluster-mode`, `token-signature`, …
    pub check: &'static str,
    /// What is checked, in one English sentence that catalogues translate.
    pub question: &'static str,
    /// What came of it.
    pub outcome: StepOutcome,
    /// What the check saw, without secrets: names, times, numbers.
    pub evidence: Box<str>,
}

/// A request that was refused.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The reason code of logs and counters.
    pub reason: &'static str,
    /// Why, in one English sentence that catalogues translate.
    pub explanation: &'static str,
    /// What was refused: a SIP method, `HTTP POST /ssosp/oauth/token`.
    pub request: Box<str>,
    /// The status of the answer.
    pub status: u16,
    /// The port.
    pub port: Port,
    /// The transport protocol.
    pub transport: Transport,
    /// The flow, 0 where there is none.
    pub flow: u64,
    /// The peer.
    pub remote: SocketAddr,
    /// Call-ID, to find the request in a ladder; empty where there is none.
    pub call_id: Box<str>,
    /// The device that it claimed to be.
    pub device: Option<Box<str>>,
    /// The user, once that was known.
    pub user: Option<Box<str>>,
    /// The checks that were made, in their order: all but the last passed.
    pub steps: Box<[Step]>,
    /// Where it is put right.
    pub remedy: Remedy,
}
