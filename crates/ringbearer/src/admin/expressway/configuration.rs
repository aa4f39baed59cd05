//! `xConfiguration`: MRA access control, shown and set.

use edge::MraAccessControl;
use edge::access_control::AuthenticationPath;

use super::command::Setting;
use super::{Session, nothing};
use crate::admin::arguments::split;
use crate::admin::terminal::Failure;

/// All settings, in the order of the page.
const SETTINGS: [Setting; 6] = [
    Setting::AuthenticationPath,
    Setting::OauthLocal,
    Setting::LegacyCred,
    Setting::AllowEmbeddedSafari,
    Setting::InternalCheck,
    Setting::ActivationCodeOnboarding,
];

impl Session<'_> {
    pub(super) async fn configuration(&mut self, rest: &str) -> Result<(), Failure> {
        nothing(rest)?;
        let access_control = self.core()?.servers.access_control();
        let text: String = SETTINGS.iter().map(|setting| line(*setting, &access_control)).collect();
        self.print(&text).await
    }

    pub(super) async fn configure(&mut self, setting: Setting, rest: &str) -> Result<(), Failure> {
        let words = split(rest)?;
        let servers = &self.core()?.servers;
        let mut access_control = servers.access_control();
        match words.as_slice() {
            [] => {}
            [value] => {
                set(setting, value, &mut access_control)?;
                let set = self.operations.set_access_control(access_control.clone(), None);
                set.await.map_err(Failure::refused)?;
            }
            _ => return Err(Failure::Usage("one value is expected; quote one with spaces".into())),
        }
        self.print(&line(setting, &access_control)).await
    }
}

fn name(setting: Setting) -> &'static str {
    match setting {
        Setting::AuthenticationPath => "AuthenticationPath",
        Setting::OauthLocal => "OauthLocal",
        Setting::LegacyCred => "LegacyCred",
        Setting::AllowEmbeddedSafari => "AllowEmbeddedSafari",
        Setting::InternalCheck => "InternalCheck",
        Setting::ActivationCodeOnboarding => "ActivationCodeOnboarding",
    }
}

/// A setting as the shell shows it.
fn line(setting: Setting, access_control: &MraAccessControl) -> String {
    let on = |on: bool| if on { "On" } else { "Off" };
    let yes = |yes: bool| if yes { "Yes" } else { "No" };
    let value = match setting {
        Setting::AuthenticationPath => {
            format!("\"{}\"", access_control.authentication_path.name())
        }
        Setting::OauthLocal => on(access_control.authorize_by_oauth_token_with_refresh).to_owned(),
        Setting::LegacyCred => on(access_control.authorize_by_user_credential).to_owned(),
        Setting::AllowEmbeddedSafari => yes(access_control.allow_embedded_safari).to_owned(),
        Setting::InternalCheck => yes(access_control.check_for_internal_authentication_availability).to_owned(),
        Setting::ActivationCodeOnboarding => yes(access_control.allow_activation_code_onboarding).to_owned(),
    };
    format!("*c xConfiguration CollaborationEdge {}: {value}\n", name(setting))
}

fn set(setting: Setting, value: &str, access_control: &mut MraAccessControl) -> Result<(), Failure> {
    match setting {
        Setting::AuthenticationPath => {
            let path = AuthenticationPath::ALL.into_iter().find(|path| path.name().eq_ignore_ascii_case(value));
            let texts: Vec<_> = AuthenticationPath::ALL.iter().map(|path| format!("\"{}\"", path.name())).collect();
            let unknown = || Failure::Usage(format!("AuthenticationPath is one of: {}", texts.join(", ")));
            access_control.authentication_path = path.ok_or_else(unknown)?;
        }
        Setting::OauthLocal => access_control.authorize_by_oauth_token_with_refresh = switch(setting, value)?,
        Setting::LegacyCred => access_control.authorize_by_user_credential = switch(setting, value)?,
        Setting::AllowEmbeddedSafari => access_control.allow_embedded_safari = switch(setting, value)?,
        Setting::InternalCheck => {
            access_control.check_for_internal_authentication_availability = switch(setting, value)?;
        }
        Setting::ActivationCodeOnboarding => {
            access_control.allow_activation_code_onboarding = switch(setting, value)?;
        }
    }
    Ok(())
}

fn switch(setting: Setting, value: &str) -> Result<bool, Failure> {
    match value.to_ascii_lowercase().as_str() {
        "on" | "yes" => Ok(true),
        "off" | "no" => Ok(false),
        _ => Err(Failure::Usage(format!("{}: \"{value}\" is neither on nor off", name(setting)))),
    }
}
