//! Configuration > Unified Communications > Configuration: MRA access control, each setting with what it does.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use edge::MraAccessControl;
use edge::access_control::AuthenticationPath;
use edge_net::expressway_c::{ServersError, Version};

use super::Pages;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

/// A setting that is on or off.
struct Switch {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    words: (&'static str, &'static str),
    on: bool,
}

#[derive(Template)]
#[template(path = "expressway/access_control.html")]
struct AccessControl {
    frame: Frame,
    settings: MraAccessControl,
    version: u64,
    authorization: [Switch; 2],
    others: [Switch; 3],
    /// What somebody else has set since the form was opened, and what was to be set here.
    conflict: Option<(Vec<String>, Vec<String>)>,
    /// What is odd about the settings in force.
    notices: Vec<&'static str>,
}

impl AccessControl {
    fn new(frame: Frame, settings: MraAccessControl, version: Version) -> Self {
        let notices = notices(&settings);
        Self {
            frame,
            version: version.0,
            authorization: authorization(&settings),
            others: others(&settings),
            settings,
            conflict: None,
            notices,
        }
    }

    fn paths(&self) -> [(AuthenticationPath, &'static str, &'static str); 4] {
        AuthenticationPath::ALL.map(|path| (path, path.name(), effect(path)))
    }
}

/// `GET /access-control`
pub(super) async fn get(State(pages): State<Pages>, frame: Frame) -> Result<impl IntoResponse, PageError> {
    let (settings, version) = pages.core()?.servers.access_control_with_version();
    Ok(Page(AccessControl::new(frame, settings, version)))
}

/// `POST /access-control/save`
pub(super) async fn save(
    State(pages): State<Pages>,
    who: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let wanted = read(&form).ok_or_else(|| PageError::Request(String::new()))?;
    let expected = form.text("version").parse().map(Version).map_err(|_| PageError::Request(String::new()))?;
    match pages.operations(&who).set_access_control(wanted.clone(), Some(expected)).await {
        Ok(_) => {
            let text = who.language.tr("The settings are in force: phones that they no longer allow have been let go.");
            who.tell(Flash::done(text));
            Ok(Redirect::to("/access-control").into_response())
        }
        Err(ServersError::Changed) => {
            let (in_force, version) = pages.core()?.servers.access_control_with_version();
            let conflict = Some((in_force.differences(&wanted), wanted.differences(&in_force)));
            // The form keeps what was typed; saved again, it goes over what the other has set.
            let page = AccessControl { conflict, ..AccessControl::new(frame, wanted, version) };
            Ok((StatusCode::CONFLICT, Page(page)).into_response())
        }
        Err(error) => {
            tracing::error!(%error, "MRA access control cannot be set");
            Err(PageError::Internal)
        }
    }
}

/// The settings of a form; none when a value is not one of ours.
fn read(form: &Submission) -> Option<MraAccessControl> {
    let path = AuthenticationPath::ALL.into_iter().find(|path| path.name() == form.text("authentication_path"))?;
    let on = |name: &str| match form.text(name) {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    };
    Some(MraAccessControl {
        authentication_path: path,
        authorize_by_oauth_token_with_refresh: on("oauth")?,
        authorize_by_user_credential: on("credential")?,
        allow_embedded_safari: on("safari")?,
        check_for_internal_authentication_availability: on("internal")?,
        allow_activation_code_onboarding: on("onboarding")?,
    })
}

/// Names a text for the catalogues.
const fn key(text: &'static str) -> &'static str {
    text
}

fn effect(path: AuthenticationPath) -> &'static str {
    match path {
        AuthenticationPath::SamlSso => {
            key("Name and password are refused. No identity provider is served yet, so nobody new signs in.")
        }
        AuthenticationPath::UcmLdap => key("The login page of Unified CM asks for name and password."),
        AuthenticationPath::SamlSsoAndUcmLdap => {
            key("The login page of Unified CM asks for name and password, as no identity provider is served yet.")
        }
        AuthenticationPath::None => {
            key("Mobile and remote access is off: every request from outside is refused with 403.")
        }
    }
}

fn authorization(settings: &MraAccessControl) -> [Switch; 2] {
    [
        Switch {
            name: "oauth",
            label: "Authorize by OAuth token with refresh",
            help: "On: a valid access token opens SIP and HTTP; a REGISTER without one goes on to Unified CM, which asks for one. Off: a token is refused with 403. SIP OAuth mode over MRA needs On.",
            words: ("On", "Off"),
            on: settings.authorize_by_oauth_token_with_refresh,
        },
        Switch {
            name: "credential",
            label: "Authorize by user credential",
            help: "On: Basic over HTTP and Digest over SIP go on, to be checked by Unified CM. Off: they are refused.",
            words: ("On", "Off"),
            on: settings.authorize_by_user_credential,
        },
    ]
}

fn others(settings: &MraAccessControl) -> [Switch; 3] {
    [
        Switch {
            name: "internal",
            label: "Check for internal authentication availability",
            help: "Yes: get_edge_sso asks the user's home cluster what it offers. No: it answers from this page.",
            words: ("Yes", "No"),
            on: settings.check_for_internal_authentication_availability,
        },
        Switch {
            name: "safari",
            label: "Allow Jabber iOS clients to use embedded Safari",
            help: "The client is told, and chooses the browser of its login by it.",
            words: ("Yes", "No"),
            on: settings.allow_embedded_safari,
        },
        Switch {
            name: "onboarding",
            label: "Allow activation code onboarding",
            help: "No: hardware phones (SEP…) get no configuration file from outside. Yes: they do. Onboarding itself is not served yet.",
            words: ("Yes", "No"),
            on: settings.allow_activation_code_onboarding,
        },
    ]
}

fn notices(settings: &MraAccessControl) -> Vec<&'static str> {
    let mut notices = Vec::new();
    if settings.authentication_path == AuthenticationPath::None {
        notices.push(key("Mobile and remote access is switched off: no phone registers from outside."));
    } else if !settings.authorize_by_oauth_token_with_refresh && !settings.authorize_by_user_credential {
        notices.push(key("Neither a token nor a name and password is accepted: no phone registers from outside."));
    } else if !settings.authorize_by_oauth_token_with_refresh {
        notices.push(key("Devices with OAuth in their profile cannot register from outside."));
    }
    if settings.authentication_path == AuthenticationPath::SamlSso {
        notices.push(key("No identity provider is served yet: nobody new signs in."));
    }
    notices
}
