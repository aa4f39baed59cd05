//! What C may look up while it decides: pure, in memory, never waiting.

use token::{TokenError, UnixTime, VerifiedAccessToken};

use crate::access_control::MraAccessControl;
use crate::search_rule::SearchRule;
use crate::zone::Zone;

/// What Expressway-C shows to its machine: what the administrator set, and what the last discovery brought.
///
/// It stays the same while one input is handled. After a change hand in [`Input::Reconfigured`](crate::Input::Reconfigured).
pub trait EdgeView {
    /// Verifies an access token: signature and dates, with the keys of the last refresh. Revocation is not known here.
    ///
    /// # Errors
    /// Why the token is not good, for the log and never for the peer.
    fn verify_access_token(&self, token: &[u8], now: UnixTime) -> Result<VerifiedAccessToken, TokenError>;
    /// MRA access control.
    fn access_control(&self) -> &MraAccessControl;
    /// The zones that discovery made.
    fn zones(&self) -> &[Zone];
    /// The search rules that discovery made.
    fn search_rules(&self) -> &[SearchRule];
}
