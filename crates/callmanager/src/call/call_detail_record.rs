//! The call detail record: who called whom, when, how well protected, and why it ended.
//!
//! One record for each pair of parties that were, or should have been, connected; so a transferred call makes one
//! for the first pair, one for the consultation and one for the last pair, with the same [`CallDetailRecord::call`]
//! where it is one call. Refused and unanswered calls have one too. A record names cipher suites, never keys.

use directory::{DeviceName, DirectoryNumber, NodeName, UserId};
use sip::message::StatusCode;
use token::UnixTime;

use super::cause::Cause;
use super::security::CallSecurity;
use super::{Call, Output, Scope};
use crate::flow::CallKey;

/// A party as the record names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its device.
    pub device: DeviceName,
    /// The number of its line; of a refused call, what From said.
    pub number: String,
    /// Its user, where a token or digest credentials named one.
    pub user: Option<UserId>,
}

/// Who ended the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The calling party.
    Calling,
    /// The called party.
    Called,
    /// This node.
    Node,
}

/// Why the last called party differs from the number that was dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirected {
    /// Call forward all.
    ForwardAll,
    /// Call forward busy.
    ForwardBusy,
    /// Call forward no answer.
    ForwardNoAnswer,
    /// The called device answered with 3xx.
    Deflection,
    /// REFER.
    Transfer,
}

/// A call detail record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallDetailRecord {
    /// The call.
    pub call: CallKey,
    /// The node that the call ran on.
    pub node: NodeName,
    /// Who called.
    pub calling: Party,
    /// The number that the caller dialled; empty when it could not be read.
    pub original_called: String,
    /// The number that the call went to in the end.
    pub final_called: String,
    /// Who answered.
    pub connected: Option<Party>,
    /// Why the two differ.
    pub redirected: Option<Redirected>,
    /// When the INVITE or the REFER came.
    pub start: UnixTime,
    /// When it was answered.
    pub connect: Option<UnixTime>,
    /// When it ended.
    pub disconnect: UnixTime,
    /// Why it ended.
    pub cause: Cause,
    /// Who ended it.
    pub ended_by: EndedBy,
    /// The status of a call that was not answered.
    pub status: Option<StatusCode>,
    /// How well it was protected.
    pub security: CallSecurity,
    /// The cipher suites of its media, as RFC 4568 §6.2 names them.
    pub suites: Vec<&'static str>,
}

impl CallDetailRecord {
    /// The seconds it was connected.
    pub fn duration_seconds(&self) -> u64 {
        self.connect.map_or(0, |connect| self.disconnect.0.saturating_sub(connect.0))
    }
}

impl Call {
    /// Begins the record of a pair of parties.
    pub(super) fn open_record(&mut self, scope: Scope<'_>, calling: Party, dialled: String) {
        self.record = Some(Box::new(CallDetailRecord {
            call: self.key,
            node: scope.node.running().node.node.clone(),
            calling,
            final_called: dialled.clone(),
            original_called: dialled,
            connected: None,
            redirected: None,
            start: scope.now.unix,
            connect: None,
            disconnect: scope.now.unix,
            cause: Cause::NORMAL_UNSPECIFIED,
            ended_by: EndedBy::Node,
            status: None,
            security: CallSecurity::NotAuthenticated,
            suites: Vec::new(),
        }));
    }

    pub(super) fn record_final_number(&mut self, number: &DirectoryNumber) {
        if let Some(record) = &mut self.record {
            record.final_called = number.to_string();
        }
    }

    pub(super) fn record_redirected(&mut self, reason: Redirected) {
        if let Some(record) = &mut self.record {
            record.redirected = Some(reason);
        }
    }

    pub(super) fn record_connected(&mut self, scope: Scope<'_>, party: Party) {
        if let Some(record) = &mut self.record {
            record.connected = Some(party);
            record.connect = Some(scope.now.unix);
        }
        self.announce_connected();
    }

    /// Says who talks to whom, and how well protected; again when the media changes.
    fn announce_connected(&mut self) {
        if let Some(record) = self.record.as_ref().filter(|record| record.connected.is_some()) {
            self.outputs.push_back(Output::Connected(record.clone()));
        }
    }

    pub(super) fn record_media(&mut self, security: CallSecurity, suites: Vec<&'static str>) {
        if let Some(record) = &mut self.record {
            let is_same = record.security == security && record.suites == suites;
            record.security = security;
            record.suites = suites;
            if is_same {
                return;
            }
        }
        self.announce_connected();
    }

    pub(super) fn refused_record(&mut self, status: StatusCode) {
        if let Some(record) = &mut self.record {
            record.status = Some(status);
        }
    }

    /// Ends the record, if one is open.
    pub(super) fn close_record(&mut self, scope: Scope<'_>, cause: Cause, ended_by: EndedBy) {
        if let Some(mut record) = self.record.take() {
            record.disconnect = scope.now.unix;
            record.cause = cause;
            record.ended_by = ended_by;
            self.outputs.push_back(Output::Record(record));
        }
    }
}
