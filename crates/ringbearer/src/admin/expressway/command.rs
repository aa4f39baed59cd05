//! The commands of the Expressways. The three words they begin with, and the names of settings, are the vendor's where those
//! are known; what follows `xStatus` and `xCommand` is our choice.

use crate::admin::command_table::{Command, CommandTable, command, reading};

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    StatusAdministrators,
    StatusAlarms,
    StatusAuditLog,
    StatusDiagnostics,
    StatusCounters,
    StatusMedia,
    StatusMra,
    StatusSearchRules,
    StatusTraversal,
    StatusUnifiedCmServers,
    StatusZones,
    Configuration,
    Configure(Setting),
    AdministratorAdd,
    AdministratorDelete,
    AdministratorPassword,
    SetUpCode,
    DiagnosticsStart,
    DiagnosticsStop,
    DiagnosticsShow,
    ServerAdd,
    ServerDelete,
    ServersRefresh,
    TrustedCaAdd,
    TrustedCaDelete,
    TrustedCaList,
    CertificateRegenerate,
    CertificateShow,
}

/// A setting of MRA access control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    AuthenticationPath,
    OauthLocal,
    LegacyCred,
    AllowEmbeddedSafari,
    InternalCheck,
    ActivationCodeOnboarding,
}

const QUESTION: Command<Verb> = reading("?", "[words]", "The same as help", Verb::Help);
const HELP: Command<Verb> = reading("help", "[words]", "The commands that begin with the words", Verb::Help);
const ALARMS: Command<Verb> =
    reading("xStatus Alarms", "", "What an administrator should know of, the newest first", Verb::StatusAlarms);
const ADMINISTRATORS: Command<Verb> = reading(
    "xStatus Administrators",
    "",
    "The accounts that administer this Expressway in the browser",
    Verb::StatusAdministrators,
);
const AUDIT_LOG: Command<Verb> =
    reading("xStatus AuditLog", "", "Who did what, the newest first", Verb::StatusAuditLog);
const DIAGNOSTICS: Command<Verb> =
    reading("xStatus DiagnosticLogging", "", "The capture of the clear signalling", Verb::StatusDiagnostics);
const ADMINISTRATOR_ADD: Command<Verb> = command(
    "xCommand AdministratorAdd",
    "Name: user [Role: Administrator|ReadOnly]",
    "Make an account that administers this Expressway in the browser; asks for its password",
    Verb::AdministratorAdd,
);
const ADMINISTRATOR_DELETE: Command<Verb> =
    command("xCommand AdministratorDelete", "Name: user", "Remove an account", Verb::AdministratorDelete);
const ADMINISTRATOR_PASSWORD: Command<Verb> = command(
    "xCommand AdministratorPassword",
    "Name: user",
    "Set the password of an account; its browser sessions end",
    Verb::AdministratorPassword,
);
const SET_UP_CODE: Command<Verb> = command(
    "show setup code",
    "",
    "The code that the first administrator is made with, in the browser",
    Verb::SetUpCode,
);
const DIAGNOSTICS_START: Command<Verb> = command(
    "xCommand DiagnosticLoggingStart",
    "[Minutes: 1-240] [Megabytes: 1-32]",
    "Capture the clear signalling, secrets masked; drops the capture before",
    Verb::DiagnosticsStart,
);
const DIAGNOSTICS_STOP: Command<Verb> =
    command("xCommand DiagnosticLoggingStop", "", "End the capture; what it holds stays", Verb::DiagnosticsStop);
const DIAGNOSTICS_SHOW: Command<Verb> =
    reading("xCommand DiagnosticLoggingShow", "", "Show what was captured as text", Verb::DiagnosticsShow);
const COUNTERS: Command<Verb> =
    reading("xStatus Counters", "", "What happened how often, by reason code", Verb::StatusCounters);
const MEDIA: Command<Verb> =
    reading("xStatus Media", "", "What passed the media relay in calls that have ended", Verb::StatusMedia);
const MRA: Command<Verb> =
    reading("xStatus MRA", "", "The phones that are registered or connected through the edge", Verb::StatusMra);
const TRAVERSAL: Command<Verb> =
    reading("xStatus Traversal", "", "The links between the two halves of the edge", Verb::StatusTraversal);
const ZONES: Command<Verb> = reading("xStatus Zones", "", "The zones and their SIP status", Verb::StatusZones);
const CERTIFICATE_SHOW: Command<Verb> =
    reading("xCommand ServerCertificateShow", "", "The server certificate", Verb::CertificateShow);
const CERTIFICATE_REGENERATE: Command<Verb> = command(
    "xCommand ServerCertificateRegenerate",
    "",
    "Make a new key and self-signed server certificate",
    Verb::CertificateRegenerate,
);
const TRUSTED_CA_ADD: Command<Verb> = command(
    "xCommand TrustedCAAdd",
    "",
    "Add a certificate, pasted as PEM, to the trusted CA list",
    Verb::TrustedCaAdd,
);
const TRUSTED_CA_DELETE: Command<Verb> =
    command("xCommand TrustedCADelete", "name", "Remove a certificate from the trusted CA list", Verb::TrustedCaDelete);
const TRUSTED_CA_LIST: Command<Verb> =
    reading("xCommand TrustedCAList", "", "The trusted CA list: whose certificates are believed", Verb::TrustedCaList);

/// The commands of an Expressway-E, by their words.
pub(crate) const EXPRESSWAY_E: CommandTable<Verb> = CommandTable(&[
    QUESTION,
    HELP,
    SET_UP_CODE,
    ADMINISTRATOR_ADD,
    ADMINISTRATOR_DELETE,
    ADMINISTRATOR_PASSWORD,
    DIAGNOSTICS_SHOW,
    DIAGNOSTICS_START,
    DIAGNOSTICS_STOP,
    CERTIFICATE_REGENERATE,
    CERTIFICATE_SHOW,
    TRUSTED_CA_ADD,
    TRUSTED_CA_DELETE,
    TRUSTED_CA_LIST,
    ADMINISTRATORS,
    ALARMS,
    AUDIT_LOG,
    COUNTERS,
    DIAGNOSTICS,
    MEDIA,
    MRA,
    TRAVERSAL,
    ZONES,
]);

/// The commands of an Expressway-C, by their words.
pub(crate) const EXPRESSWAY_C: CommandTable<Verb> = CommandTable(&[
    QUESTION,
    HELP,
    SET_UP_CODE,
    ADMINISTRATOR_ADD,
    ADMINISTRATOR_DELETE,
    ADMINISTRATOR_PASSWORD,
    DIAGNOSTICS_SHOW,
    DIAGNOSTICS_START,
    DIAGNOSTICS_STOP,
    CERTIFICATE_REGENERATE,
    CERTIFICATE_SHOW,
    TRUSTED_CA_ADD,
    TRUSTED_CA_DELETE,
    TRUSTED_CA_LIST,
    command(
        "xCommand UnifiedCMServerAdd",
        "Address: host AxlUsername: user [TlsVerifyMode: On|Off]",
        "Discover a publisher and its nodes, and add it; asks for the password of the AXL account",
        Verb::ServerAdd,
    ),
    command(
        "xCommand UnifiedCMServerDelete",
        "Address: host",
        "Remove a publisher, with the zones of its nodes",
        Verb::ServerDelete,
    ),
    command(
        "xCommand UnifiedCMServersRefresh",
        "[Address: host]",
        "Discover all publishers, or one, anew: nodes, ports and token keys; tell them the names of our certificate",
        Verb::ServersRefresh,
    ),
    reading("xConfiguration", "", "The settings of MRA access control", Verb::Configuration),
    command(
        "xConfiguration CollaborationEdge ActivationCodeOnboarding:",
        "[Yes|No]",
        "Allow activation code onboarding",
        Verb::Configure(Setting::ActivationCodeOnboarding),
    ),
    command(
        "xConfiguration CollaborationEdge AllowEmbeddedSafari:",
        "[Yes|No]",
        "Allow Jabber iOS clients to use embedded Safari",
        Verb::Configure(Setting::AllowEmbeddedSafari),
    ),
    command(
        "xConfiguration CollaborationEdge AuthenticationPath:",
        "[\"SAML SSO authentication\"|\"UCM/LDAP basic authentication\"|\"SAML SSO and UCM/LDAP\"|None]",
        "Authentication path",
        Verb::Configure(Setting::AuthenticationPath),
    ),
    command(
        "xConfiguration CollaborationEdge InternalCheck:",
        "[Yes|No]",
        "Check for internal authentication availability",
        Verb::Configure(Setting::InternalCheck),
    ),
    command(
        "xConfiguration CollaborationEdge LegacyCred:",
        "[On|Off]",
        "Authorize by user credential",
        Verb::Configure(Setting::LegacyCred),
    ),
    command(
        "xConfiguration CollaborationEdge OauthLocal:",
        "[On|Off]",
        "Authorize by OAuth token with refresh",
        Verb::Configure(Setting::OauthLocal),
    ),
    ADMINISTRATORS,
    ALARMS,
    AUDIT_LOG,
    COUNTERS,
    DIAGNOSTICS,
    MEDIA,
    MRA,
    reading("xStatus SearchRules", "", "Which zone a request is for", Verb::StatusSearchRules),
    TRAVERSAL,
    reading(
        "xStatus UnifiedCMServers",
        "",
        "The publishers, with the nodes discovered by their last refresh",
        Verb::StatusUnifiedCmServers,
    ),
    ZONES,
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_command_as_it_is() {
        let manual = include_str!("../../../../../docs/expressway-shell.md");
        let of_both = EXPRESSWAY_C.all();
        for command in of_both {
            let line = format!("- `{}`: {}\n", command.usage(), command.help);
            assert!(manual.contains(&line), "docs/expressway-shell.md lacks: {line}");
        }
        assert_eq!(manual.matches("\n- `").count(), of_both.len());
    }

    #[test]
    fn an_expressway_e_has_what_an_expressway_c_has_but_for_the_inside() {
        for command in EXPRESSWAY_E.all() {
            let same = EXPRESSWAY_C.all().iter().find(|other| other.words == command.words).unwrap();
            assert_eq!((same.verb, same.usage(), same.help), (command.verb, command.usage(), command.help));
        }
    }

    #[test]
    fn no_two_commands_have_the_same_words() {
        let words: std::collections::HashSet<_> = EXPRESSWAY_C.all().iter().map(|command| command.words).collect();
        assert_eq!(words.len(), EXPRESSWAY_C.all().len());
    }

    #[test]
    fn a_setting_is_found_with_or_without_its_colon() {
        let verb = |line| EXPRESSWAY_C.find(line).map(|(command, rest)| (command.verb, rest));
        let oauth = Verb::Configure(Setting::OauthLocal);
        assert_eq!(verb("xconfiguration collaborationedge oauthlocal: off"), Some((oauth, "off")));
        assert_eq!(verb("xConfiguration CollaborationEdge OauthLocal off"), Some((oauth, "off")));
        assert_eq!(verb("xConfiguration"), Some((Verb::Configuration, "")));
        assert_eq!(EXPRESSWAY_C.complete("xConfiguration CollaborationEdge O"), ["OauthLocal:"]);
        assert_eq!(EXPRESSWAY_E.complete("x"), ["xCommand", "xStatus"]);
    }
}
