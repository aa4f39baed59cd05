//! Call forward all, busy and no answer, and a device that sends the call elsewhere itself (3xx).
//!
//! The line that diverts is shown in Diversion, the caller hears 181 (RFC 3261 §21.1.3), and the destination must be one
//! that this line may call: see [`destination`]. Busy means that every device of the line was
//! busy or at its busy trigger. A line without a registered device is not busy and does not ring, so it forwards only
//! all calls: our choice.

use directory::DirectoryNumber;
use sip::message::{Response, StatusClass, StatusCode};

use super::call_detail_record::Redirected;
use super::destination;
use super::fork::Asker;
use super::identity::{Diversion, Shown};
use super::{Call, Scope};
use crate::flow::LegId;

impl Call {
    /// Call forward all. Whether the call goes on elsewhere.
    pub(super) fn forward_all(&mut self, scope: Scope<'_>, number: &DirectoryNumber) -> bool {
        let line = scope.node.directory().line(number.as_str());
        let to = line.and_then(|line| line.forward.all.clone());
        self.divert(scope, Redirected::ForwardAll, to)
    }

    /// Call forward busy, if that is why everybody refused. Whether the call goes on elsewhere.
    pub(super) fn forward_busy(&mut self, scope: Scope<'_>, status: StatusCode) -> bool {
        if !matches!(status, StatusCode::BUSY_HERE | StatusCode::BUSY_EVERYWHERE) {
            return false;
        }
        let to = self.diverting_line(scope).and_then(|line| line.forward.busy.clone());
        self.divert(scope, Redirected::ForwardBusy, to)
    }

    /// The no-answer time of the line is over.
    pub(super) fn no_answer(&mut self, scope: Scope<'_>) {
        let to = self.diverting_line(scope).and_then(|line| line.forward.no_answer.clone());
        self.divert(scope, Redirected::ForwardNoAnswer, to);
    }

    /// Where a device sends the call with its 3xx, if that is somewhere.
    pub(super) fn deflection(&self, scope: Scope<'_>, id: LegId, response: &Response) -> Option<DirectoryNumber> {
        let directory = scope.node.directory();
        let leg = self.legs.get(&id).filter(|_| response.status().class() == StatusClass::Redirection)?;
        let uri = response.headers().contact().ok().flatten()?.uri()?;
        destination::resolve(directory, uri, |host| leg.is_us(directory, host)).ok()
    }

    /// Goes where a device has sent the call. Whether it does.
    pub(super) fn deflected(&mut self, scope: Scope<'_>, to: Option<DirectoryNumber>) -> bool {
        self.divert(scope, Redirected::Deflection, to)
    }

    fn diverting_line<'a>(&self, scope: Scope<'a>) -> Option<&'a directory::Line> {
        let number = self.fork.as_ref()?.number.as_ref()?;
        scope.node.directory().line(number.as_str()).map(AsRef::as_ref)
    }

    /// Sends the call on to another number.
    fn divert(&mut self, scope: Scope<'_>, reason: Redirected, to: Option<DirectoryNumber>) -> bool {
        let (Some(to), Some(fork)) = (to, &self.fork) else { return false };
        let Some(from) = fork.number.clone() else { return false };
        let asker = fork.asker;
        self.cancel_branches();
        self.stop_ringing();
        let from = Shown::of_line(scope.node.directory(), &from);
        if let Some(fork) = &mut self.fork {
            fork.diversions.push(Diversion { from, reason });
        }
        self.record_redirected(reason);
        if let Asker::Caller(caller) = asker {
            self.tell_forwarded(scope, caller, &to);
        }
        self.route_to(scope, to);
        true
    }
}
