//! The commands over a real store and a node of the test's own. What is expected is the whole output.

use super::*;
use ::certificate::CertificateFacts;
use admin_shell::Administrator;
use administration::{AuthorizationKey, EdgeConnection, ListedCertificate, ServedCertificate};
use async_trait::async_trait;
use directory::{
    NodeName, NodeSettings, NodeUsage, ProcessNode, Service, ServiceName, ServiceState, StopReason, UserId,
};
use runtime::surroundings::Process;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

mod certificates;
mod objects;
mod services;
mod ssh_keys;
mod vendor;

/// A node whose effects are notes.
pub(crate) struct Node {
    name: NodeName,
    store: Store,
    export_controlled: AtomicBool,
    running: Mutex<Option<NodeSettings>>,
    restart_fails: AtomicBool,
    stopped_by: Mutex<Option<String>>,
    trusted: Mutex<Vec<ListedCertificate>>,
    request: Mutex<Option<String>>,
}

/// A store with a publisher and a subscriber, and a shell on one of them.
pub(crate) struct Office {
    pub(crate) shell: Shell,
    pub(crate) store: Store,
    pub(crate) node: Arc<Node>,
    folder: PathBuf,
}

/// What a command printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) printed: String,
    pub(crate) asked: Vec<String>,
    pub(crate) refused: Option<String>,
    pub(crate) code: u8,
}

/// The values behind a label of a table, a space between each.
pub(crate) fn row(table: &str, label: &str) -> String {
    let found = table.lines().find_map(|line| line.strip_prefix(label));
    found.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
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

pub(crate) fn facts(name: &str, serial: &str) -> CertificateFacts {
    CertificateFacts {
        subject: format!("CN={name}"),
        issuer: format!("CN={name}"),
        common_names: vec![name.into()],
        alternative_names: vec!["127.0.0.11".into()],
        not_before: 1_700_000_000,
        not_after: 1_800_000_000,
        serial: serial.into(),
        fingerprint: serial.repeat(32),
        is_ca: false,
        client_authentication: None,
        server_authentication: Some(true),
        ..CertificateFacts::default()
    }
}

fn listed(store: &str, name: &str, facts: CertificateFacts) -> ListedCertificate {
    ListedCertificate { store: store.into(), name: name.into(), facts }
}

#[async_trait]
impl NodeControl for Node {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn export_controlled_functionality(&self) -> bool {
        self.export_controlled.load(Ordering::Relaxed)
    }

    fn running(&self) -> Option<NodeSettings> {
        self.running.lock().unwrap().clone()
    }

    fn tomcat_certificate(&self) -> String {
        "aa".repeat(32)
    }

    fn services(&self) -> Vec<Service> {
        let stopped = ServiceState::Stopped(StopReason::Failure("port 6970 is in use".into()));
        let call_manager = match self.stopped_by.lock().unwrap().clone() {
            Some(by) => ServiceState::Stopped(StopReason::Administrator(by)),
            None => ServiceState::Started,
        };
        vec![
            Service { name: ServiceName::CallManager, state: call_manager, since: 1 },
            Service { name: ServiceName::Tftp, state: stopped, since: 1 },
        ]
    }

    async fn start_service(&self, service: ServiceName) -> Result<(), String> {
        *self.stopped_by.lock().unwrap() = None;
        self.restart_service(service).await
    }

    async fn stop_service(&self, service: ServiceName, by: &str) -> Result<(), String> {
        assert_eq!(service, ServiceName::CallManager);
        *self.stopped_by.lock().unwrap() = Some(by.into());
        Ok(())
    }

    async fn restart_service(&self, service: ServiceName) -> Result<(), String> {
        assert_eq!(service, ServiceName::CallManager);
        if self.restart_fails.load(Ordering::Relaxed) {
            return Err("port 5090 is in use".into());
        }
        let directory = self.store.load().await.unwrap();
        let settings = NodeSettings::staged(&directory, self.name.as_str(), &self.tomcat_certificate()).unwrap();
        self.store.record_running(&settings).await.unwrap();
        *self.running.lock().unwrap() = Some(settings);
        Ok(())
    }

    fn certificates(&self) -> Result<Vec<ListedCertificate>, String> {
        let mut all = vec![
            listed("tomcat", "tomcat", facts("ucm-pub", "aa")),
            listed("CallManager", "CallManager", facts("ucm-pub", "bb")),
        ];
        all.extend(self.trusted.lock().unwrap().iter().cloned());
        Ok(all)
    }

    async fn regenerate_certificate(&self, name: &str) -> Result<CertificateFacts, String> {
        assert_eq!(name, "tomcat");
        Ok(facts("ucm-pub", "cc"))
    }

    fn served_certificates(&self) -> Vec<ServedCertificate> {
        Vec::new()
    }

    fn certificate_pem(&self, _: &str, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    async fn request_certificate(&self, _: &str) -> Result<String, String> {
        let pem = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n";
        *self.request.lock().unwrap() = Some(pem.into());
        Ok(pem.into())
    }

    fn certificate_request(&self, _: &str) -> Result<Option<String>, String> {
        Ok(self.request.lock().unwrap().clone())
    }

    async fn install_certificate(&self, _: &str, pem: &str) -> Result<CertificateFacts, String> {
        match pem.matches("-----END CERTIFICATE-----\n").count() {
            2 => Ok(facts("ucm-pub", "ee")),
            _ => Err("the chain is not complete".into()),
        }
    }

    async fn trust(&self, store: &str, pem: &str) -> Result<String, String> {
        if !pem.starts_with("-----BEGIN CERTIFICATE-----\n") {
            return Err("holds no certificate".into());
        }
        self.trusted.lock().unwrap().push(listed(store, "ca-1", facts("ca", "dd")));
        Ok("ca-1".into())
    }

    async fn distrust(&self, store: &str, name: &str) -> Result<bool, String> {
        let mut trusted = self.trusted.lock().unwrap();
        let count = trusted.len();
        trusted.retain(|certificate| certificate.store != store || certificate.name != name);
        Ok(trusted.len() < count)
    }

    async fn key_hash(&self, key: AuthorizationKey) -> Result<String, String> {
        Ok(format!("{key:?}").to_lowercase())
    }

    async fn regenerate_key(&self, key: AuthorizationKey) -> Result<String, String> {
        Ok(format!("new {key:?}").to_lowercase())
    }

    fn set_up_code(&self) -> Result<Option<String>, String> {
        Ok(Some("ABCDE-FGHIJ-KLMNO-PQRST".into()))
    }

    fn registered_devices(&self) -> usize {
        1
    }

    fn edge_connections(&self) -> Vec<EdgeConnection> {
        Vec::new()
    }
}

fn administration(store: &Store, node: &Arc<Node>) -> Administration {
    Administration::new(Arc::clone(node) as Arc<dyn NodeControl>, Arc::new(store.clone()), Arc::new(Process))
}

impl Office {
    /// On the publisher.
    pub(crate) async fn new() -> Self {
        Self::on("ucm-pub").await
    }

    pub(crate) async fn on(node: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ringbearer-shell-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&folder.join("cluster.db")).unwrap();
        let nodes = [("ucm-pub", "127.0.0.11", NodeUsage::Publisher), ("ucm-sub", "127.0.0.12", NodeUsage::Subscriber)];
        let objects = nodes.map(|(name, address, usage)| {
            let node = ProcessNode::new(name.parse().unwrap(), address.parse().unwrap(), usage);
            (Object::Node(node), Precondition::Absent)
        });
        let system = Author { name: "test".into(), surface: directory::Surface::System };
        store.put(&system, objects.to_vec()).await.unwrap();
        let node = Arc::new(Node {
            name: node.parse().unwrap(),
            store: store.clone(),
            export_controlled: AtomicBool::new(true),
            running: Mutex::new(None),
            restart_fails: AtomicBool::new(false),
            stopped_by: Mutex::new(None),
            trusted: Mutex::new(Vec::new()),
            request: Mutex::new(None),
        });
        let shell = Shell::new(store.clone(), administration(&store, &node));
        Self { shell, store, node, folder }
    }

    pub(crate) fn administration(&self) -> Administration {
        administration(&self.store, &self.node)
    }

    /// With the group, pool and profile that phones need.
    pub(crate) async fn with_pool() -> Self {
        let office = Self::new().await;
        for line in [
            "set group Default members ucm-pub,ucm-sub",
            "set pool Default group Default",
            "set profile \"CSF OAuth\" mode encrypted transport tls oauth on",
            "set user alice first-name Alice last-name Liddell",
        ] {
            office.done(line).await;
        }
        office
    }

    pub(crate) async fn say(&self, line: &str, answers: &[&str]) -> Said {
        let answers = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let mut script = Script { answers, ..Script::default() };
        let ended = self.shell.execute(&Administrator::full("uid 0"), line, &mut script).await;
        let (code, refused) = match ended {
            Ok(()) => (0, None),
            Err(Failure::Refused(reason)) => (1, Some(reason)),
            Err(Failure::Usage(reason)) => (2, Some(reason)),
            Err(Failure::Gone(error)) => panic!("{error}"),
        };
        Said { printed: script.printed, asked: script.asked, refused, code }
    }

    /// What a command prints that has to succeed.
    #[track_caller]
    pub(crate) fn done(&self, line: &str) -> impl Future<Output = String> {
        let caller = std::panic::Location::caller();
        async move {
            let said = self.say(line, &[]).await;
            assert_eq!((said.code, said.refused), (0, None), "{line} at {caller}");
            said.printed
        }
    }

    /// Why a command is refused that has to be, with its exit code.
    pub(crate) async fn refused(&self, line: &str) -> (u8, String) {
        let said = self.say(line, &[]).await;
        (said.code, said.refused.unwrap_or_default())
    }

    pub(crate) async fn password(&self, user: &str) -> Option<directory::PasswordHash> {
        self.store.password_hash(&user.parse::<UserId>().unwrap()).await.unwrap()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
