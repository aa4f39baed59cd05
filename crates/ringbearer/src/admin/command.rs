//! The commands of a Unified CM node: their words, what follows them, and what they do.
//!
//! Commands and texts are the vendor's where they are known. Our choice: `set user`, `set phone` and the other
//! verbs on objects, with `show` and `unset` beside them, so that a system can be set up without the web.

use super::command_table::{CommandTable, command, reading};

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Help,
    RunSql,
    SetCertDelete,
    SetCertImportOwn,
    SetCertImportTrust,
    SetCertRegen,
    SetCsrGen,
    SetExpressway,
    SetGroup,
    SetKeyRegenAuthz,
    SetLine,
    SetNode,
    SetNodePorts,
    SetParameter,
    SetPhone,
    SetPhoneLine,
    SetPool,
    SetProfile,
    SetSshKeyAdd,
    SetSshKeyDelete,
    SetUser,
    SetUserDigest,
    SetUserPassword,
    ShowAudit,
    ShowCertListOwn,
    ShowCertListTrust,
    ShowCertOwn,
    ShowCertTrust,
    ShowCsrOwn,
    ShowExpressway,
    ShowGroup,
    ShowKeyAuthz,
    ShowLine,
    ShowNetworkCluster,
    ShowNode,
    ShowOpenPortsAll,
    ShowOpenPortsRegexp,
    ShowParameter,
    ShowPhone,
    ShowPool,
    ShowProfile,
    ShowRegistration,
    ShowSetupCode,
    ShowSshHostKey,
    ShowSshKey,
    ShowUser,
    ShowVersionActive,
    UnsetExpressway,
    UnsetGroup,
    UnsetLine,
    UnsetNode,
    UnsetPhone,
    UnsetPhoneLine,
    UnsetPool,
    UnsetProfile,
    UnsetUser,
    UtilsApiTokenCreate,
    UtilsApiTokenList,
    UtilsApiTokenRevoke,
    UtilsClusterRestart,
    UtilsServiceList,
    UtilsServiceRestart,
    UtilsServiceStart,
    UtilsServiceStop,
    UtilsSipOAuthModeDisable,
    UtilsSipOAuthModeEnable,
    UtilsSipOAuthModeStatus,
}

/// All commands, by their words.
pub(crate) const COMMANDS: CommandTable<Verb> = CommandTable(&[
    reading("?", "[words]", "The same as help", Verb::Help),
    reading("help", "[words]", "The commands that begin with the words", Verb::Help),
    reading("run sql", "query", "Query the cluster database; nothing can be changed", Verb::RunSql),
    command("set cert delete", "store name", "Remove a certificate from a trust store", Verb::SetCertDelete),
    command(
        "set cert import own",
        "tomcat|CallManager",
        "Take a signed certificate with its chain, pasted as PEM, for the key of the CSR",
        Verb::SetCertImportOwn,
    ),
    command(
        "set cert import trust",
        "tomcat|CallManager",
        "Add a certificate, pasted as PEM, to a trust store",
        Verb::SetCertImportTrust,
    ),
    command("set cert regen", "tomcat|CallManager", "Make a new key and self-signed certificate", Verb::SetCertRegen),
    command(
        "set csr gen",
        "tomcat|CallManager",
        "Make a new key, which stays on the node, and a request to sign it",
        Verb::SetCsrGen,
    ),
    command(
        "set expressway",
        "host names name,… [description text]",
        "Add or change an Expressway-C row",
        Verb::SetExpressway,
    ),
    command(
        "set group",
        "name members node,…",
        "Add or change a CallManager group, its members in priority order",
        Verb::SetGroup,
    ),
    command(
        "set key regen authz",
        "signing|encryption",
        "Make a new key for access and refresh tokens; all tokens end",
        Verb::SetKeyRegenAuthz,
    ),
    command(
        "set line",
        "number [description text] [alerting-name text] [forward-all number|none] [forward-busy number|none] [forward-no-answer number|none] [no-answer-seconds n]",
        "Add or change a directory number",
        Verb::SetLine,
    ),
    command(
        "set node ports",
        "node [ethernet-phone n] [mgcp-listen n] [mgcp-keep-alive n] [sip n] [sip-secure n] [sip-oauth n] [sip-mra-oauth n]",
        "Change the ports that a node takes at its next restart",
        Verb::SetNodePorts,
    ),
    command(
        "set node",
        "name [address host] [description text] [usage publisher|subscriber]",
        "Add or change a node",
        Verb::SetNode,
    ),
    command("set parameter", "name value", "Set an enterprise parameter", Verb::SetParameter),
    command(
        "set phone line",
        "phone index number [label text] [display text] [max-calls n] [busy-trigger n]",
        "Put a directory number, which is added if need be, on a button of a phone",
        Verb::SetPhoneLine,
    ),
    command(
        "set phone",
        "name [product CSF|TCT|BOT|TAB|7821|8851|basic|advanced] [description text] [profile name] [pool name] [owner user|none] [users user,…|none] [digest-user user|none]",
        "Add or change a phone",
        Verb::SetPhone,
    ),
    command("set pool", "name group name", "Add or change a device pool", Verb::SetPool),
    command(
        "set profile",
        "name [description text] [mode nonsecure|authenticated|encrypted] [transport tcp|udp|tls|tcp+udp] [oauth on|off] [digest on|off] [tftp-encrypted on|off] [exclude-digest on|off] [nonce-validity n] [sip-port n]",
        "Add or change a phone security profile",
        Verb::SetProfile,
    ),
    command(
        "set ssh key add",
        "user [key]",
        "Let a user sign in to this shell over SSH with a public key; asks for it when it is not given",
        Verb::SetSshKeyAdd,
    ),
    command("set ssh key delete", "user fingerprint", "Take a public key from a user", Verb::SetSshKeyDelete),
    command("set user digest", "user", "Ask for the digest credentials of a user", Verb::SetUserDigest),
    command("set user password", "user", "Ask for the password of a user", Verb::SetUserPassword),
    command(
        "set user",
        "user [first-name text] [last-name text] [mail text] [active on|off] [roles administrator,read-only,axl|none]",
        "Add or change an end user",
        Verb::SetUser,
    ),
    reading("show audit", "[count]", "The last acts of administrators", Verb::ShowAudit),
    reading("show cert list own", "", "The node's own certificates", Verb::ShowCertListOwn),
    reading("show cert list trust", "", "The certificates of the trust stores", Verb::ShowCertListTrust),
    reading("show cert own", "tomcat|CallManager", "An own certificate", Verb::ShowCertOwn),
    reading("show cert trust", "store name", "A certificate of a trust store", Verb::ShowCertTrust),
    reading("show csr own", "tomcat|CallManager", "The request that waits for its certificate", Verb::ShowCsrOwn),
    reading("show expressway", "[host]", "Expressway-C rows", Verb::ShowExpressway),
    reading("show group", "[name]", "CallManager groups", Verb::ShowGroup),
    reading("show key authz", "signing|encryption", "The hash of a token key, to compare nodes", Verb::ShowKeyAuthz),
    reading("show line", "[number]", "Directory numbers", Verb::ShowLine),
    reading("show network cluster", "", "The nodes of the cluster", Verb::ShowNetworkCluster),
    reading("show node", "[name]", "Nodes, with what is staged and what runs", Verb::ShowNode),
    reading("show open ports all", "", "The sockets on which this node listens", Verb::ShowOpenPortsAll),
    reading(
        "show open ports regexp",
        "expression",
        "The sockets on which this node listens, those that match",
        Verb::ShowOpenPortsRegexp,
    ),
    reading("show parameter", "[name]", "Enterprise parameters", Verb::ShowParameter),
    reading("show phone", "[name]", "Phones", Verb::ShowPhone),
    reading("show pool", "[name]", "Device pools", Verb::ShowPool),
    reading("show profile", "[name]", "Phone security profiles", Verb::ShowProfile),
    reading("show registration", "", "The registered phones of the cluster and their nodes", Verb::ShowRegistration),
    command("show setup code", "", "The code with which the web makes the first administrator", Verb::ShowSetupCode),
    reading("show ssh host-key", "", "The fingerprint of this node's SSH host key", Verb::ShowSshHostKey),
    reading("show ssh key", "[user]", "The public keys of users", Verb::ShowSshKey),
    reading("show user", "[user]", "End users", Verb::ShowUser),
    reading("show version active", "", "The version", Verb::ShowVersionActive),
    command("unset expressway", "host", "Remove an Expressway-C row", Verb::UnsetExpressway),
    command("unset group", "name", "Remove a CallManager group", Verb::UnsetGroup),
    command("unset line", "number", "Remove a directory number", Verb::UnsetLine),
    command("unset node", "name", "Remove a node", Verb::UnsetNode),
    command(
        "unset phone line",
        "phone index",
        "Take the directory number off a button of a phone",
        Verb::UnsetPhoneLine,
    ),
    command("unset phone", "name", "Remove a phone", Verb::UnsetPhone),
    command("unset pool", "name", "Remove a device pool", Verb::UnsetPool),
    command("unset profile", "name", "Remove a phone security profile", Verb::UnsetProfile),
    command("unset user", "user", "Remove an end user", Verb::UnsetUser),
    command(
        "utils api token create",
        "name scope,… [days n] [owner user]",
        "Make a token for the REST interface, and show it once",
        Verb::UtilsApiTokenCreate,
    ),
    reading("utils api token list", "", "The tokens for the REST interface", Verb::UtilsApiTokenList),
    command("utils api token revoke", "id", "Revoke a token for the REST interface", Verb::UtilsApiTokenRevoke),
    command(
        "utils cluster restart",
        "Cisco CallManager",
        "Restart the service on all nodes, one after the other",
        Verb::UtilsClusterRestart,
    ),
    reading("utils service list", "", "The services of this node", Verb::UtilsServiceList),
    command("utils service restart", "service", "Restart a service of this node", Verb::UtilsServiceRestart),
    command("utils service start", "service", "Start a service of this node", Verb::UtilsServiceStart),
    command("utils service stop", "service", "Stop a service of this node until it is started", Verb::UtilsServiceStop),
    command(
        "utils sipOAuth-mode disable",
        "",
        "Refuse registrations with access tokens from the next restart on",
        Verb::UtilsSipOAuthModeDisable,
    ),
    command(
        "utils sipOAuth-mode enable",
        "",
        "Let devices register with access tokens from the next restart on",
        Verb::UtilsSipOAuthModeEnable,
    ),
    reading(
        "utils sipOAuth-mode status",
        "",
        "Whether devices may register with access tokens",
        Verb::UtilsSipOAuthModeStatus,
    ),
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::command_table::Effect;
    use crate::admin::terminal::Failure;
    use admin_shell::{Access, Administrator};

    fn complete(line: &str) -> Vec<&'static str> {
        COMMANDS.complete(line)
    }

    #[test]
    fn the_longest_words_win() {
        let verb = |line| COMMANDS.find(line).map(|(command, rest)| (command.verb, rest));
        assert_eq!(verb("set user alice"), Some((Verb::SetUser, "alice")));
        assert_eq!(verb(" SET  user password alice "), Some((Verb::SetUserPassword, "alice")));
        assert_eq!(verb("set phone line CSF 1 2001"), Some((Verb::SetPhoneLine, "CSF 1 2001")));
        assert_eq!(verb("utils sipoauth-mode ENABLE"), Some((Verb::UtilsSipOAuthModeEnable, "")));
        assert_eq!(verb("utils"), None);
        assert_eq!(verb("set users x"), None);
        assert_eq!(verb(""), None);
    }

    #[test]
    fn a_line_is_completed_word_by_word() {
        assert_eq!(complete(""), ["?", "help", "run", "set", "show", "unset", "utils"]);
        assert_eq!(complete("ut"), ["utils"]);
        assert_eq!(complete("utils "), ["api", "cluster", "service", "sipOAuth-mode"]);
        assert_eq!(complete("utils S"), ["service", "sipOAuth-mode"]);
        assert_eq!(complete("utils sipOAuth-mode "), ["disable", "enable", "status"]);
        assert_eq!(complete("utils sipoauth-mode en"), ["enable"]);
        assert_eq!(complete("show cert "), ["list", "own", "trust"]);
        assert!(complete("nothing ").is_empty());
        assert!(complete("utils sipOAuth-mode enable ").is_empty());
    }

    #[test]
    fn what_follows_is_shown_at_any_point() {
        assert_eq!(COMMANDS.follow("").lines().count(), COMMANDS.all().len());
        assert_eq!(
            COMMANDS.follow("utils sipOAuth-mode "),
            "utils sipOAuth-mode disable  Refuse registrations with access tokens from the next restart on\n\
             utils sipOAuth-mode enable   Let devices register with access tokens from the next restart on\n\
             utils sipOAuth-mode status   Whether devices may register with access tokens\n"
        );
        let user = "set user password user\n    Ask for the password of a user\n";
        assert_eq!(COMMANDS.follow("set user pass"), user);
        assert_eq!(COMMANDS.follow("set user password alice "), user);
        assert_eq!(COMMANDS.follow("nonsense"), "\"nonsense\" is not a command. help shows them all.\n");
        assert_eq!(COMMANDS.follow("show cert li ").lines().count(), 3, "a word that is no whole one");
    }

    #[test]
    fn what_is_mistyped_is_guessed() {
        let said = |line| match COMMANDS.unknown(line) {
            Failure::Usage(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            said("utils sipOuath-mode enable"),
            "\"utils sipOuath-mode enable\" is not a command. Did you mean: utils sipOAuth-mode enable"
        );
        assert_eq!(
            said("shwo open ports regexp 5090"),
            "\"shwo open ports regexp 5090\" is not a command. Did you mean: show open ports regexp 5090"
        );
        assert_eq!(said("hlep"), "\"hlep\" is not a command. Did you mean: help");
        assert_eq!(said("nonsense"), "\"nonsense\" is not a command. help shows them all.");
    }

    #[test]
    fn a_reader_may_read_and_nothing_else() {
        let reader = Administrator { name: "erin".into(), access: Access::ReadOnly };
        for command in COMMANDS.all() {
            let first = command.words.split(' ').next().unwrap();
            let may = COMMANDS.command_of(&reader, command.words).is_ok();
            assert_eq!(may, command.effect == Effect::Reads, "{}", command.words);
            match first {
                // Whoever has the code can make an administrator.
                "show" if command.verb == Verb::ShowSetupCode => assert!(!may),
                "?" | "help" | "show" => assert!(may, "{}", command.words),
                "set" | "unset" => assert!(!may, "{}", command.words),
                _ => {}
            }
            assert!(COMMANDS.command_of(&Administrator::full("alice"), command.words).is_ok());
        }
        let Err(Failure::Refused(reason)) = COMMANDS.command_of(&reader, "unset user bob") else { panic!("allowed") };
        assert_eq!(
            reason,
            "\"unset user\" changes the system: erin may only look. It needs the role Standard CCM Super Users."
        );
    }

    #[test]
    fn help_finds_by_the_beginning() {
        let words = |typed| COMMANDS.beginning_with(typed).iter().map(|command| command.words).collect::<Vec<_>>();
        assert_eq!(
            words("utils serv"),
            ["utils service list", "utils service restart", "utils service start", "utils service stop"]
        );
        assert_eq!(words("").len(), COMMANDS.all().len());
        assert!(words("utilsx").is_empty());
    }

    #[test]
    fn the_manual_has_every_command_as_it_is() {
        let manual = include_str!("../../../../docs/admin-shell.md");
        for command in COMMANDS.all() {
            let line = format!("- `{}`: {}\n", command.usage(), command.help);
            assert!(manual.contains(&line), "docs/admin-shell.md lacks: {line}");
        }
        assert_eq!(manual.matches("\n- `").count(), COMMANDS.all().len());
    }

    #[test]
    fn no_two_commands_have_the_same_words() {
        for (position, command) in COMMANDS.all().iter().enumerate() {
            assert!(COMMANDS.all()[..position].iter().all(|other| other.words != command.words), "{}", command.words);
        }
    }
}
