//! The commands over Expressways that run, without a peer. What is expected is the whole output.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use edge::CoreSettings;
use edge_net::administration::{
    Administrators, AuditLog, Certificates, Discoveries, Folders, Half, LinkLine, NodeFacts, ZoneLine,
};
use edge_net::expressway_c::{CoreState, CoreView, ExpresswayCConfig, ExpresswayCService, UnifiedCmServers};
use edge_net::{Hosts, Monitor, NoMedia, Plane};
use runtime::identity::{Identity, IdentityRequest, KeyKind};

use super::*;

/// An address of which nobody listens.
const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 14, 0, 21));

/// An Expressway behind the shell.
struct Node {
    facts: NodeFacts,
    core: Option<Arc<CoreControl>>,
    monitor: Monitor,
    certificates: Certificates,
    administrators: Arc<Administrators>,
    audit_log: AuditLog,
}

impl ExpresswayControl for Node {
    fn facts(&self) -> &NodeFacts {
        &self.facts
    }

    fn administrators(&self) -> &Arc<Administrators> {
        &self.administrators
    }

    fn set_up_code(&self) -> io::Result<String> {
        Ok("ABCDE-FGHIJ".into())
    }

    fn audit_log(&self) -> &AuditLog {
        &self.audit_log
    }

    fn monitor(&self) -> &Monitor {
        self.core.as_ref().map_or(&self.monitor, |core| core.service.monitor())
    }

    fn zones(&self) -> Vec<ZoneLine> {
        let line = |name: &str, kind, calls, status: &str| ZoneLine {
            name: name.into(),
            kind,
            peer: String::new(),
            calls,
            phones: None,
            sip_status: status.into(),
            handshake: None,
        };
        vec![
            line("TraversalZone", "Unified Communications traversal", None, "Active"),
            line("CEOAuth-ucm-pub", "Neighbor", Some(2), "Failed: connection refused"),
        ]
    }

    fn links(&self) -> Vec<LinkLine> {
        [("SIP", "Active"), ("HTTP", "Connecting")]
            .map(|(name, status)| LinkLine { name, status: status.into(), handshake: None })
            .into()
    }

    fn phones(&self) -> usize {
        3
    }

    fn media_sessions(&self) -> Vec<(&'static str, String)> {
        vec![("Streams open", "4".into())]
    }

    fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    fn core(&self) -> Option<&Arc<CoreControl>> {
        self.core.as_ref()
    }
}

/// An Expressway with its shell.
struct Edge {
    shell: ExpresswayShell,
    folder: PathBuf,
    _stop: runtime::shutdown::Stop,
}

impl Drop for Edge {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Answers questions with what the test gave it.
#[derive(Default)]
struct Script {
    printed: String,
    asked: Vec<String>,
    answers: Vec<String>,
}

#[async_trait]
impl Terminal for Script {
    async fn print(&mut self, text: &str) -> io::Result<()> {
        self.printed += text;
        Ok(())
    }

    async fn ask(&mut self, prompt: &str, echo: Echo) -> io::Result<Option<String>> {
        self.asked.push(format!("{echo:?} {prompt}"));
        Ok(if self.answers.is_empty() { None } else { Some(self.answers.remove(0)) })
    }
}

fn request(name: &str) -> IdentityRequest {
    IdentityRequest {
        common_name: name.into(),
        alternative_names: vec![name.into(), HERE.to_string()],
        key: KeyKind::EcdsaP256,
    }
}

impl Edge {
    fn new(is_core: bool) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringbearer-edge-shell-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let folders = Folders::at(&folder, request("exp-c.lab.test"));
        let (stop, stopping) = runtime::shutdown::channel();
        let core = is_core.then(|| {
            let config = ExpresswayCConfig {
                address: HERE,
                edge: "127.14.0.22".into(),
                edge_port: 7001,
                edge_name: "exp-e.lab.test".into(),
                settings: CoreSettings {
                    host: HERE.to_string(),
                    port: 5061,
                    aliases: Vec::new(),
                    realm: "ccmsipline".into(),
                },
                identity: folders.identity().unwrap(),
                trusted: Vec::new(),
                hosts: Hosts::new([("ucm-pub".to_owned(), "127.14.0.11".parse().unwrap())]),
                danger_tls_key_log: None,
            };
            let plane = Plane::new(NoMedia);
            let service = ExpresswayCService::start(config, CoreView::default(), plane, &stopping).unwrap();
            let service = Arc::new(service);
            let state = CoreState::read(&folder).unwrap();
            let servers = UnifiedCmServers::new(folder.clone(), "exp-c".into(), Arc::clone(&service), state);
            Arc::new(CoreControl { servers, service, discoveries: Discoveries::default() })
        });
        let node = Node {
            facts: NodeFacts {
                half: if is_core { Half::Core } else { Half::Edge },
                name: "exp".into(),
                address: HERE,
                domain: "lab.test".into(),
                ports: Vec::new(),
                started_at: 0,
            },
            core,
            monitor: Monitor::default(),
            certificates: Certificates::new(folders, |_, _| Ok(())),
            administrators: Arc::new(Administrators::open(&folder).unwrap()),
            audit_log: AuditLog::open(&folder).unwrap(),
        };
        Self { shell: ExpresswayShell::new(Arc::new(node)), folder, _stop: stop }
    }

    /// What a command prints and asks, and how it ends.
    async fn say(&self, line: &str, answers: &[&str]) -> (String, Vec<String>, Option<(u8, String)>) {
        let answers = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let mut script = Script { answers, ..Script::default() };
        let ended = match self.shell.execute(&Administrator::full("uid 0"), line, &mut script).await {
            Ok(()) => None,
            Err(Failure::Refused(reason)) => Some((1, reason)),
            Err(Failure::Usage(reason)) => Some((2, reason)),
            Err(Failure::Gone(error)) => panic!("{error}"),
        };
        (script.printed, script.asked, ended)
    }

    async fn done(&self, line: &str) -> String {
        let (printed, _, ended) = self.say(line, &[]).await;
        assert_eq!(ended, None, "{line}");
        printed
    }

    async fn refused(&self, line: &str) -> (u8, String) {
        self.say(line, &[]).await.2.unwrap()
    }
}

#[tokio::test]
async fn zones_have_the_vendors_columns() {
    let edge = Edge::new(true);
    assert_eq!(
        edge.done("xstatus zones").await,
        "Name            Type                             Calls Bandwidth used H323 status SIP status\n\
         =============== ================================ ===== ============== =========== ==========================\n\
         TraversalZone   Unified Communications traversal -     -              Off         Active\n\
         CEOAuth-ucm-pub Neighbor                         2     -              Off         Failed: connection refused\n"
    );
    assert_eq!(edge.done("xStatus Traversal").await, "Link Status\n==== ==========\nSIP  Active\nHTTP Connecting\n");
    assert_eq!(edge.done("xStatus MRA").await, "User Device Client Zone\n==== ====== ====== ====\n\n0 registered\n");
}

#[tokio::test]
async fn mra_access_control_is_shown_set_and_kept() {
    let edge = Edge::new(true);
    assert_eq!(
        edge.done("xConfiguration").await,
        "*c xConfiguration CollaborationEdge AuthenticationPath: \"UCM/LDAP basic authentication\"\n\
         *c xConfiguration CollaborationEdge OauthLocal: On\n\
         *c xConfiguration CollaborationEdge LegacyCred: Off\n\
         *c xConfiguration CollaborationEdge AllowEmbeddedSafari: No\n\
         *c xConfiguration CollaborationEdge InternalCheck: No\n\
         *c xConfiguration CollaborationEdge ActivationCodeOnboarding: No\n"
    );
    let set = edge.done("xConfiguration CollaborationEdge OauthLocal: Off").await;
    assert_eq!(set, "*c xConfiguration CollaborationEdge OauthLocal: Off\n");
    let set = edge.done("xconfiguration collaborationedge authenticationpath \"saml sso and ucm/ldap\"").await;
    assert_eq!(set, "*c xConfiguration CollaborationEdge AuthenticationPath: \"SAML SSO and UCM/LDAP\"\n");
    let kept = CoreState::read(&edge.folder).unwrap().access_control;
    assert!(!kept.authorize_by_oauth_token_with_refresh);
    let (code, reason) = edge.refused("xConfiguration CollaborationEdge LegacyCred: perhaps").await;
    assert_eq!(
        (code, reason.as_str()),
        (
            2,
            "LegacyCred: \"perhaps\" is neither on nor off\n\
             Usage: xConfiguration CollaborationEdge LegacyCred: [On|Off]"
        )
    );
}

#[tokio::test]
async fn sec_1_a_server_that_cannot_be_reached_is_not_added_and_its_password_is_asked_for_unseen() {
    let edge = Edge::new(true);
    let line = "xCommand UnifiedCMServerAdd Address: ucm-pub AxlUsername: axl TlsVerifyMode: On";
    let (printed, asked, ended) = edge.say(line, &["CANARY"]).await;
    assert_eq!(asked, ["Hidden AXL password: "]);
    assert_eq!(
        printed,
        "  connect                  OK      ucm-pub\n  \
         getCCMVersion            FAILED  connection refused: check that the publisher runs and listens on this port, \
         then refresh the servers\n"
    );
    assert_eq!(ended, Some((1, "discovery failed at getCCMVersion; nothing was changed".into())));
    assert!(CoreState::read(&edge.folder).unwrap().servers.is_empty());
    let (code, reason) = edge.refused("xCommand UnifiedCMServersRefresh").await;
    assert_eq!((code, reason.as_str()), (1, "there is no Unified CM server yet: xCommand UnifiedCMServerAdd adds one"));
    let (code, reason) = edge.refused("xCommand UnifiedCMServerDelete Address: ucm-pub").await;
    assert_eq!((code, reason.as_str()), (1, "there is no Unified CM server ucm-pub"));
    let (code, _) = edge.refused("xCommand UnifiedCMServerAdd Address: ucm-pub").await;
    assert_eq!(code, 2);
}

#[tokio::test]
async fn the_trusted_ca_list_takes_and_gives_certificates() {
    let edge = Edge::new(false);
    let folder = edge.folder.join("other");
    let other = Identity::regenerate(&folder, &request("exp-e.lab.test")).unwrap();
    let pem = std::fs::read_to_string(folder.join("certificate.pem")).unwrap();
    let lines: Vec<&str> = pem.lines().collect();
    let (printed, _, ended) = edge.say("xCommand TrustedCAAdd", &lines).await;
    let name = format!("exp-e.lab.test-{}", &other.facts().fingerprint[..8]);
    assert_eq!((printed, ended), (format!("{name} added to the trusted CA list.\n"), None));
    let listed = edge.done("xCommand TrustedCAList").await;
    assert!(listed.lines().nth(2).unwrap().starts_with(&format!("{name} CN=exp-e.lab.test")), "{listed}");
    assert_eq!(
        edge.done(&format!("xCommand TrustedCADelete {name}")).await,
        format!("{name} deleted from the trusted CA list.\n")
    );
    let (code, reason) = edge.refused(&format!("xCommand TrustedCADelete {name}")).await;
    assert_eq!((code, reason), (1, format!("There is no such certificate: {name}")));
    let (_, _, ended) = edge.say("xCommand TrustedCAAdd", &["nonsense", "-----END CERTIFICATE-----"]).await;
    assert!(ended.unwrap().1.ends_with("holds no PEM certificate"));
}

#[tokio::test]
async fn a_certificate_is_made_anew_only_after_yes() {
    let edge = Edge::new(false);
    let shown = edge.done("xCommand ServerCertificateShow").await;
    assert!(shown.contains("Names                  exp-c.lab.test, 127.14.0.21\n"), "{shown}");
    assert!(shown.contains("Client Authentication  yes\n") && shown.contains("-----BEGIN CERTIFICATE-----\n"));
    assert!(!shown.contains("PRIVATE KEY"));
    let (_, _, ended) = edge.say("xCommand ServerCertificateRegenerate", &["no"]).await;
    assert_eq!(ended, Some((1, "Cancelled: nothing was changed.".into())));
    assert_eq!(edge.done("xCommand ServerCertificateShow").await, shown);
    let (printed, _, ended) = edge.say("xCommand ServerCertificateRegenerate", &["yes"]).await;
    assert_eq!(ended, None);
    assert!(printed.starts_with("Server certificate regenerated; new connections show it.\nSHA-256 "), "{printed}");
    assert_ne!(edge.done("xCommand ServerCertificateShow").await, shown);
}

#[tokio::test]
async fn an_expressway_e_has_no_inside() {
    let edge = Edge::new(false);
    let (code, reason) = edge.refused("xCommand UnifiedCMServersRefresh").await;
    assert_eq!(code, 2);
    assert!(
        reason.starts_with("\"xCommand UnifiedCMServersRefresh\" is not a command. Commands that begin like it:\n")
    );
    assert_eq!(edge.done("xStatus MRA").await, "3 phones connected\n");
    assert_eq!(edge.shell.complete("xCommand U").await, Vec::<String>::new());
    assert_eq!(Edge::new(true).shell.complete("xCommand UnifiedCMServers").await, ["UnifiedCMServersRefresh"]);
    let help = edge.done("help xStatus T").await;
    assert_eq!(help, "xStatus Traversal\n    The links between the two halves of the edge\n");
}

#[tokio::test]
async fn adm_1_accounts_are_made_with_a_password_of_their_own_and_every_change_is_noted() {
    let edge = Edge::new(false);
    assert_eq!(edge.done("show setup code").await, "ABCDE-FGHIJ\n");
    let add = "xCommand AdministratorAdd Name: root";
    let (_, asked, ended) = edge.say(add, &["shorter-one"]).await;
    assert_eq!(
        (asked, ended),
        (vec!["Hidden Password: ".into()], Some((1, "at least 12 characters are needed".into())))
    );
    let (printed, _, ended) = edge.say(add, &["CANARY-correct-horse"]).await;
    assert_eq!((printed.as_str(), ended), ("root added.\n", None));
    edge.say("xCommand AdministratorAdd Name: anna Role: readonly", &["CANARY-battery-staple"]).await;
    let (code, reason) = edge.refused("xCommand AdministratorDelete Name: root").await;
    assert_eq!(code, 1);
    assert!(reason.starts_with("root is the last account that may change anything"), "{reason}");
    let (code, _) = edge.refused("show setup code").await;
    assert_eq!(code, 1);
    let listed = edge.done("xStatus Administrators").await;
    let rows: Vec<_> = listed.lines().skip(2).map(|row| row.split_whitespace().take(2).collect::<Vec<_>>()).collect();
    assert_eq!(rows, [["anna", "ReadOnly"], ["root", "Administrator"]]);
    edge.say("xCommand AdministratorPassword Name: anna", &["CANARY-another-one"]).await;
    assert_eq!(edge.done("xCommand AdministratorDelete Name: anna").await, "anna deleted.\n");
    let audit = edge.done("xStatus AuditLog").await;
    let rows: Vec<_> = audit.lines().skip(2).map(|row| row.split("uid 0").nth(1).unwrap().trim_start()).collect();
    let shown: Vec<_> = rows.iter().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        shown,
        [
            "cli remove administrator anna whole",
            "cli set password administrator anna whole",
            "cli add administrator anna ReadOnly whole",
            "cli add administrator root Administrator whole",
        ]
    );
    for file in ["administrators.json", "audit.jsonl"] {
        assert!(!std::fs::read_to_string(edge.folder.join(file)).unwrap().contains("CANARY"), "{file}");
    }
}

#[tokio::test]
async fn a_capture_is_started_within_its_limits_and_stopped() {
    let edge = Edge::new(true);
    assert_eq!(edge.done("xStatus DiagnosticLogging").await, "There is no capture.\n");
    assert_eq!(edge.refused("xCommand DiagnosticLoggingStop").await, (1, "no capture runs".into()));
    let (code, reason) = edge.refused("xCommand DiagnosticLoggingStart Minutes: 241").await;
    assert_eq!((code, reason.lines().next().unwrap()), (2, "Minutes: from 1 to 240"));
    edge.done("xCommand DiagnosticLoggingStart Minutes: 5 Megabytes: 2").await;
    let status = edge.done("xStatus DiagnosticLogging").await;
    assert!(status.contains("State                         Running\n") && status.contains("0 of 2097152"), "{status}");
    assert_eq!(edge.done("xCommand DiagnosticLoggingStop").await, "Stopped.\n");
    let text = edge.done("xCommand DiagnosticLoggingShow").await;
    assert!(text.starts_with("# Diagnostic logging of exp: the clear signalling"), "{text}");
}
