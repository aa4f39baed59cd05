//! `doAuthenticateUser`: whether a password is a user's, with the lock-out that all web services share.
//!
//! Our choice, where the vendor's codes are not public: `0` is right, `1` wrong, `2` locked out for the moment. Passwords do not
//! expire here, and there are no PINs.

use authorization::{Password, SignInError};
use soap::Element;

use crate::axl::fields::{Fields, boolean};
use crate::axl::refusal::Refusal;
use crate::axl::{Axl, Caller};

pub(super) async fn run(axl: &Axl, caller: &Caller, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["userid", "password", "pin"])?;
    if fields.element("pin").is_some() {
        return Err(Refusal::invalid("pin: there are no PINs"));
    }
    let user = fields.required("userid")?;
    let password = Password::new(fields.required("password")?.to_owned());
    let directory = (axl.directory)();
    let from = (caller.source, caller.now);
    let code = match axl.server.sign_in(&directory, axl.passwords.as_ref(), (user, password), from).await {
        Ok(_) => 0,
        Err(SignInError::Refused) => 1,
        Err(SignInError::Locked { .. }) => 2,
        Err(SignInError::Busy) => return Err(Refusal::unavailable()),
        Err(SignInError::Unavailable(reason)) => {
            tracing::error!(reason, "a password cannot be compared");
            return Err(Refusal::unavailable());
        }
    };
    let answer = Element::new("return")
        .with_text("userAuthenticated", boolean(code == 0))
        .with_text("code", code.to_string())
        .with_text("daysToExpiry", "0")
        .with_text("isWarningNeeded", boolean(false));
    Ok(answer)
}
