//! `/live`: what the recorder holds is shown, escaped, to whoever may read; only an administrator ends a registration.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::http::StatusCode;
use callmanager::flow::{FlowId, Listener, Transport};
use callmanager::registrar::binding::ExpiryTime;
use callmanager::registrar::{Binding, Dialect, RegisteredContact};
use directory::Directory;
use observation::{
    Alert, AlertSender, Call, CallChange, CallName, CallParty, Certificate, ChainSide, CredentialsForm, Direction,
    Event, FailingLink, Handshake, HandshakeFailure, LinkFault, Message, Place, Port, Refusal, Registration,
    RegistrationChange, Remedy, Role, StartLine, Step, StepOutcome, Timestamp, mask,
};
use ringbearer_admin_web::live::{Live, NodeState, Watched};
use runtime::observation::Observation;
use token::UnixTime;

use crate::node::{Node, START};

const SCRIPT: &str = "<script>alert(1)</script>";

/// A node with as many devices as the test says.
pub(crate) struct Fake {
    devices: usize,
    ended: Mutex<Vec<(String, String)>>,
}

/// The pages of a node with three devices.
pub(crate) fn live(observation: &Arc<Observation>, fake: &Arc<Fake>) -> Live {
    let (_, stopping) = runtime::shutdown::channel();
    let watched: Arc<dyn Watched> = Arc::<Fake>::clone(fake);
    Live::new(watched, Arc::clone(observation), stopping)
}

impl Fake {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { devices: 10_000, ended: Mutex::default() })
    }
}

#[async_trait]
impl Watched for Fake {
    fn name(&self) -> String {
        "ucm-pub".into()
    }

    fn directory(&self) -> Arc<Directory> {
        let contents = directory::Contents {
            cluster: token::Uuid::from_u128(7),
            sequence: 1,
            parameters: Default::default(),
            objects: Vec::new(),
            digest_secrets: Vec::new(),
        };
        Arc::new(Directory::new(contents))
    }

    fn registrations(&self) -> Vec<Arc<Binding>> {
        (0..self.devices).map(|number| Arc::new(binding(number))).collect()
    }

    async fn state(&self) -> NodeState {
        NodeState {
            sip_oauth_mode: Some(true),
            staged: vec!["ports"],
            services: vec![("Cisco CallManager".into(), None)],
            certificates: vec![("tomcat".into(), "CN=ucm-pub".into(), START as i64 + 20 * 86_400)],
            keys: vec![("Signing", "aa:bb".into())],
            keys_made: Some(UnixTime(START - 7_200)),
            calls: 1,
        }
    }

    async fn end_registration(&self, device: &str, administrator: &str) -> Result<bool, String> {
        self.ended.lock().unwrap().push((device.to_owned(), administrator.to_owned()));
        Ok(true)
    }

    fn now(&self) -> UnixTime {
        UnixTime(START)
    }
}

fn binding(number: usize) -> Binding {
    let remote = ([10, 0, (number / 250) as u8, (number % 250) as u8], 50_000).into();
    Binding {
        device: format!("CSF{number:05}").parse().unwrap(),
        user: Some(directory::UserId::new(&format!("user{number:05}")).unwrap()),
        token: None.into(),
        dialect: Dialect::Vendor,
        credentials: CredentialsForm::BearerParameter,
        flow: FlowId(number as u64 + 1),
        edge_flow: None,
        path: Default::default(),
        listener: Listener::OAuth,
        transport: Transport::Tls,
        local: ([127, 0, 0, 11], 5090).into(),
        remote,
        contacts: [RegisteredContact { uri: "sip:a@b".into(), preference: 1000 }].into(),
        instance: Box::default(),
        yields: false,
        srtp_fallback: false,
        user_agent: SCRIPT.into(),
        registered_at: UnixTime(START - 60),
        expires_at: ExpiryTime::new(UnixTime(START + 60)),
    }
}

fn at(milliseconds: u64) -> Timestamp {
    Timestamp(START * 1_000_000 + milliseconds * 1_000)
}

fn message(direction: Direction, start_line: StartLine, device: &str, call_id: &str) -> Event {
    let text = format!(
        "INVITE sip:2002@ucm SIP/2.0\r\nFrom: \"{SCRIPT}\" <sip:2001@ucm>\r\nAuthorization: Bearer CANARY\r\n\r\n"
    );
    Event::Message(Message {
        direction,
        port: Port::PhoneOAuth,
        transport: observation::Transport::Tls,
        flow: 7,
        local: ([127, 0, 0, 11], 5090).into(),
        remote: ([10, 0, 0, 1], 50_000).into(),
        device: Some(device.into()),
        call: None,
        call_id: call_id.into(),
        cseq: Some(1),
        start_line,
        hops: Box::default(),
        text: mask(text.as_bytes()),
    })
}

fn refusal(device: &str) -> Event {
    let step = |check, question, outcome, evidence: &str| Step { check, question, outcome, evidence: evidence.into() };
    Event::Refusal(Refusal {
        reason: "port-mismatch-profile-without-oauth",
        explanation: "the phone security profile of the device does not have OAuth authentication enabled",
        request: "REGISTER".into(),
        status: 403,
        port: Port::PhoneOAuth,
        transport: observation::Transport::Tls,
        flow: 7,
        remote: ([10, 0, 0, 1], 50_000).into(),
        call_id: "c1@phone".into(),
        device: Some(device.into()),
        user: Some("alice".into()),
        steps: [
            step(
                "cluster-mode",
                "Is SIP OAuth mode enabled in the cluster, and has this node taken it?",
                StepOutcome::Passed,
                "Enabled",
            ),
            step(
                "profile",
                "Does the phone security profile of the device have OAuth authentication enabled?",
                StepOutcome::Failed,
                SCRIPT,
            ),
        ]
        .into(),
        remedy: Remedy::at(
            Place::PhoneSecurityProfile("Jabber TLS".into()),
            "Enable OAuth authentication in the phone security profile of the device, or give the device a profile that has it.",
        ),
    })
}

fn certificate(subject: &str, issuer: &str) -> Certificate {
    Certificate {
        subject: subject.into(),
        issuer: issuer.into(),
        names: [subject.into()].into(),
        not_before: START as i64 - 100,
        not_after: START as i64 + 100,
        serial: "01".into(),
        fingerprint: "ab".into(),
        is_ca: false,
        client_authentication: Some(true),
        server_authentication: Some(true),
    }
}

fn handshake() -> Event {
    let remedy = Remedy::of_handshake(Port::MraOAuth, Role::Server, "certificate-unknown-ca");
    Event::Handshake(Box::new(Handshake {
        port: Port::MraOAuth,
        role: Role::Server,
        local: ([127, 0, 0, 11], 5091).into(),
        remote: ([127, 0, 0, 21], 40_000).into(),
        flow: 0,
        server_name: None,
        version: None,
        cipher_suite: None,
        is_resumed: false,
        own_chain: [certificate("CN=ucm-pub", "CN=ucm-pub")].into(),
        peer_chain: [certificate(SCRIPT, "CN=Edge CA")].into(),
        is_mutual: true,
        failure: Some(HandshakeFailure {
            reason: "certificate-unknown-ca",
            detail: "invalid peer certificate: UnknownIssuer".into(),
            alert: Some(Alert { name: "unknown_ca".into(), number: 48, sender: AlertSender::Us }),
            failing: Some(FailingLink { side: ChainSide::Peer, index: 0, fault: LinkFault::UnknownIssuer }),
            remedy,
        }),
        at: UnixTime(START),
    }))
}

/// What all of the pages have something of.
fn happen(observation: &Observation) -> (u64, u64) {
    let registration = Registration {
        change: RegistrationChange::Registered,
        device: "CSF00001".into(),
        user: Some("alice".into()),
        port: Port::PhoneOAuth,
        transport: observation::Transport::Tls,
        dialect: observation::Dialect::Vendor,
        credentials: CredentialsForm::BearerParameter,
        flow: 7,
        remote: ([10, 0, 0, 1], 50_000).into(),
        user_agent: SCRIPT.into(),
        since: UnixTime(START),
        expires_at: UnixTime(START + 120),
    };
    observation.record_at(at(0), Event::Registration(registration));
    let party = CallParty { device: "CSF00001".into(), number: SCRIPT.into(), user: None };
    let name = CallName { flow: 7, number: 1 };
    let change = CallChange::Started { calling: party, called: "2002".into(), call_id: "c2".into() };
    observation.record_at(at(10), Event::Call(Call { name, change }));
    observation.record_at(at(11), message(Direction::Received, StartLine::Request("INVITE".into()), "CSF00001", "c2"));
    observation.record_at(
        at(12),
        message(Direction::Sent, StartLine::Response(486, "Busy Here".into(), "INVITE".into()), "CSF00001", "c2"),
    );
    let refusal = observation.record_at(at(20), refusal(SCRIPT)).number;
    (refusal, observation.record_at(at(30), handshake()).number)
}

#[tokio::test]
async fn every_page_shows_what_happened_and_no_script_of_a_peer() {
    let node = Node::office().await;
    let (refusal, handshake) = happen(&node.observation);
    let reader = node.signed_in("reader").await;
    for (path, expected) in [
        ("/live/".to_owned(), "port-mismatch-profile-without-oauth"),
        ("/live/registrations".to_owned(), "CSF00049"),
        ("/live/ladder".to_owned(), "/live/ladder?call=7.1"),
        ("/live/ladder?device=CSF00001".to_owned(), "486 Busy Here"),
        ("/live/ladder?call=7.1&message=3".to_owned(), "Authorization: Bearer ****"),
        ("/live/ladder?call_id=c2".to_owned(), "INVITE"),
        ("/live/handshakes".to_owned(), "unknown_ca"),
        (format!("/live/handshakes/{handshake}"), "Here it breaks"),
        ("/live/refusals".to_owned(), "403"),
        (format!("/live/refusals/{refusal}"), "Does the phone security profile of the device have OAuth"),
    ] {
        let page = reader.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        assert!(page.has(expected), "{path} has no {expected}:\n{}", page.body);
        assert!(!page.has("<script>alert"), "{path} runs a script of a peer");
        assert!(!page.has("CANARY") && !page.has("style="), "{path}");
    }
    let why = reader.get(&format!("/live/refusals/{refusal}")).await;
    assert!(why.has("/ccmadmin/phone-security-profile/edit?name=Jabber+TLS"), "the place where it is put right");
    let broken = reader.get(&format!("/live/handshakes/{handshake}")).await;
    assert!(broken.has("This node sent the fatal alert unknown_ca (48).") && broken.has("tomcat-trust"));
    for path in ["/live/refusals/999999", "/live/ladder?call=9.9", "/live/ladder?call=x", "/live/handshakes/1"] {
        assert_eq!(reader.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn an_administrator_ends_a_registration_and_a_reader_does_not() {
    let node = Node::office().await;
    let reader = node.signed_in("reader").await;
    assert!(!reader.get("/live/registrations").await.has("/live/registrations/end"));
    let answer = reader.submit("/live/registrations", "/live/registrations/end", &[("device", "CSF00001")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(*node.watched.ended.lock().unwrap(), []);
    let admin = node.signed_in("admin").await;
    let answer = admin.submit("/live/registrations", "/live/registrations/end", &[("device", "CSF00001")]).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/live/registrations"));
    assert_eq!(*node.watched.ended.lock().unwrap(), [("CSF00001".to_owned(), "admin".to_owned())]);
    assert!(admin.get("/live/registrations").await.has("The registration of CSF00001 ends."));
}

#[tokio::test]
async fn registrations_are_found_sorted_and_paged() {
    let node = Node::office().await;
    let reader = node.signed_in("reader").await;
    let last = reader.get("/live/registrations?sort=-device").await;
    assert!(last.has("CSF09999") && !last.has("CSF00001") && last.has("1 to 50 of 10000, 10000 registered in all"));
    let second = reader.get("/live/registrations?page=2").await;
    assert!(second.has("CSF00050") && !second.has("CSF00049<") && second.has("rel=\"prev\""));
    let found = reader.get("/live/registrations?q=user04711").await;
    assert!(found.has("CSF04711") && found.has("1 to 1 of 1, 10000 registered in all"));
    assert!(reader.get("/live/registrations?port=sip-mra-oauth").await.has("0 to 0 of 0"));
}

/// The texts of the domain that these pages show, from where they are written.
#[test]
fn every_text_of_a_decision_is_translated() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let literal = regex::Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap();
    let mut missing = Vec::new();
    for (file, from, to) in [
        ("callmanager/src/station/refusal/check.rs", "pub fn question", "fn of_token"),
        ("callmanager/src/station/refusal/remedy.rs", "pub(super) fn of", "\u{0}"),
        ("callmanager/src/station/refusal/mod.rs", "pub fn explanation", "pub fn cause"),
        ("observation/src/remedy.rs", "pub fn of_handshake", "pub fn at("),
        ("observation/src/event/handshake.rs", "pub fn explanation", "pub struct FailingLink"),
        ("observation/src/event/port.rs", "pub fn name", "pub fn code"),
        ("admin-web/src/live/words.rs", "pub(super) fn end", "\u{0}"),
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let text = text.split_once(from).unwrap().1;
        let text = text.split(to).next().unwrap();
        let is_text = |word: &&str| {
            word.contains(' ')
                && !word.starts_with("set ")
                && !word.starts_with("show ")
                && !word.starts_with("run ")
                && !word.starts_with("utils ")
                && !word.starts_with("xCommand ")
        };
        for key in literal.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).filter(is_text) {
            for language in [ringbearer_admin_web::Language::Portuguese, ringbearer_admin_web::Language::Spanish] {
                if language.tr(key) == key {
                    missing.push(format!("{}: {key:?} of {file}", language.tag()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "not translated:\n{}", missing.join("\n"));
}
