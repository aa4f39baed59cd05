//! A node of ours on a loopback address of its own, with the standard ports and a small office:
//!
//! | Device | Line | User | Registers with |
//! |---|---|---|---|
//! | `SEP000000001001` | 1001 | `carol` | digest |
//! | `SEP000000001002` | 1002 | `dave` | digest |
//! | `CSFALICE` | 2001 | `alice` | an access token |
//! | `CSFBOB` | 2002 | `bob` | an access token |
//!
//! The user `axl` has the role Standard AXL API Access and no device. Everybody's password is [`PASSWORD`].

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use authorization::Password;
use directory::{
    Author, Device, DeviceSecurityMode, DigestSecret, DirectoryRepository, EndUser, Line, LineAppearance, Object,
    Precondition, Product, Role, SecurityProfile, Surface, TransportType,
};
use sip::auth::digest::{Algorithm, ha1};
use store::Store;
use uuid::Uuid;
use web::passwords::HashQueue;

use crate::child::{Child, wait_until};
use crate::folder::Folder;

/// Everybody's password.
pub const PASSWORD: &str = "correct-horse-battery-staple";

/// The realm of every challenge.
pub const REALM: &str = "ccmsipline";

/// The node's name.
pub const NAME: &str = "judged";
const READY: Duration = Duration::from_secs(20);
const DIGEST_PROFILE: &str = "Third-party - Digest";
const OAUTH_PROFILE: &str = "Softphone - OAuth";

/// A running node.
pub struct Node {
    address: IpAddr,
    folder: PathBuf,
    child: Option<Child>,
    starts: u32,
}

impl Node {
    /// Starts a node, gives it the office, and turns SIP OAuth mode on.
    pub fn start(folder: &Folder, address: &str) -> Node {
        let node = Node::start_bare(folder, address);
        node.furnish();
        node
    }

    /// Starts a node as it is the first time: nobody administers it, and nothing is set up.
    pub fn start_bare(folder: &Folder, address: &str) -> Node {
        folder.write("node.toml", config(address));
        let address = address.parse().expect("an address");
        let mut node = Node { address, folder: folder.path().to_path_buf(), child: None, starts: 0 };
        node.start_again();
        node
    }

    /// The node's address.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Starts it after it was killed, and waits until it is ready.
    pub fn start_again(&mut self) {
        self.starts += 1;
        let mut command = Command::new(crate::ringbearer());
        command.arg("ucm").arg("--config").arg(self.folder.join("node.toml")).env("RINGBEARER_LOG", "trace");
        let name = if self.starts == 1 { "node".to_owned() } else { format!("node-{}", self.starts) };
        let mut child = Child::start(&name, &self.folder, &mut command);
        child.wait_for("ready", READY);
        self.child = Some(child);
    }

    /// The program that runs.
    pub fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("the node runs")
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        self.child = None;
    }

    /// The SIP port for devices with digest.
    pub fn phone_port(&self) -> SocketAddr {
        self.port(5060)
    }

    /// The SIP port for devices with an access token.
    pub fn oauth_port(&self) -> SocketAddr {
        self.port(5090)
    }

    /// The SIP port for the Expressway-C.
    pub fn mra_oauth_port(&self) -> SocketAddr {
        self.port(5091)
    }

    /// The issuer of tokens.
    pub fn issuer(&self) -> String {
        format!("https://{}:8443", self.address)
    }

    /// The node's tomcat certificate, for those who trust it.
    pub fn tomcat_certificate(&self) -> PathBuf {
        self.folder.join("state/certificates/tomcat/certificate.pem")
    }

    /// The admin shell's socket.
    pub fn admin_socket(&self) -> PathBuf {
        self.folder.join("state/admin.sock")
    }

    /// What proves to the set-up page that one has the node in hand.
    pub fn set_up_code(&self) -> String {
        let code = std::fs::read_to_string(self.folder.join("state/setup-code")).expect("the set-up code");
        code.trim().to_owned()
    }

    /// The TLS key log of the SIP ports.
    pub fn key_log(&self) -> PathBuf {
        self.folder.join("tls.keys")
    }

    /// Gives the admin shell a command; answers with what it prints.
    pub fn admin(&self, command: &str) -> String {
        let output = Command::new(crate::ringbearer())
            .args(["admin", "--socket"])
            .arg(self.admin_socket())
            .args(["-c", command])
            .output()
            .expect("the admin shell runs");
        let words = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {words}{errors}{}", self.words());
        words
    }

    /// The same, with what is typed where the command asks.
    pub fn admin_answering(&self, command: &str, answers: &str) -> String {
        crate::edge::admin(&self.admin_socket(), command, answers)
    }

    /// The node's process id.
    pub fn id(&self) -> u32 {
        self.running().id()
    }

    /// What the node printed.
    pub fn words(&self) -> String {
        self.running().words()
    }

    fn running(&self) -> &Child {
        self.child.as_ref().expect("the node runs")
    }

    fn port(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.address, port)
    }

    fn furnish(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(furnish(&self.folder.join("cluster.db")));
        self.admin("utils sipOAuth-mode enable");
        self.admin("utils service restart Cisco CallManager");
        wait_until("the node reads its directory anew", READY, || self.serves("/CSFBOB.cnf.xml"));
    }

    /// Whether the node has the configuration file of a device.
    fn serves(&self, path: &str) -> bool {
        let Ok(mut stream) = TcpStream::connect(self.port(6970)) else { return false };
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        let mut answer = Vec::new();
        let sent = stream.write_all(request.as_bytes()).is_ok() && stream.read_to_end(&mut answer).is_ok();
        sent && answer.starts_with(b"HTTP/1.1 200") && answer.windows(16).any(|words| words == b"<sipOAuthMode>1<")
    }
}

fn config(address: &str) -> String {
    format!(
        "[node]
name = \"{NAME}\"
usage = \"publisher\"
address = \"{address}\"
state = \"state\"

[cluster]
database = \"cluster.db\"
domain = \"judged.test\"

[ssh]
port = 2222

[callmanager]
danger-tls-key-log = \"tls.keys\"
"
    )
}

async fn furnish(database: &std::path::Path) {
    let store = Arc::new(Store::open(database).expect("the database opens"));
    let author = Author { name: "interop".into(), surface: Surface::System };
    let objects = office().into_iter().map(|object| (object, Precondition::Absent)).collect();
    store.put(&author, objects).await.expect("the office is written");
    store.set_parameter(&author, "OAuthRefreshLoginFlow", "1").await.expect("the parameter is written");
    let hashes = HashQueue::default();
    for user in ["alice", "bob", "carol", "dave", "axl"] {
        let id = user.parse().expect("a user id");
        let hash = hashes.hash(Password::new(PASSWORD.to_owned())).await.expect("a hash");
        store.set_password_hash(&author, &id, hash).await.expect("the password is written");
        store.set_digest_secret(&author, &id, digest_secret(user)).await.expect("the secret is written");
    }
}

fn digest_secret(user: &str) -> DigestSecret {
    let ha1 =
        |algorithm| ha1(algorithm, user.as_bytes(), REALM.as_bytes(), PASSWORD.as_bytes()).as_hexadecimal().to_owned();
    DigestSecret { realm: REALM.into(), ha1_md5: ha1(Algorithm::Md5), ha1_sha256: ha1(Algorithm::Sha256) }
}

fn office() -> Vec<Object> {
    let digest = SecurityProfile {
        digest_authentication: true,
        ..SecurityProfile::new(DIGEST_PROFILE.parse().expect("a profile's name"))
    };
    let oauth = SecurityProfile {
        device_security_mode: DeviceSecurityMode::Encrypted,
        transport_type: TransportType::Tls,
        oauth_authentication: true,
        ..SecurityProfile::new(OAUTH_PROFILE.parse().expect("a profile's name"))
    };
    let mut objects = vec![Object::Profile(digest), Object::Profile(oauth)];
    for user in ["alice", "bob", "carol", "dave"] {
        objects.push(Object::User(EndUser::new(user.parse().expect("a user id"))));
    }
    let administrator = EndUser::new("axl".parse().expect("a user id"));
    objects.push(Object::User(EndUser { roles: vec![Role::AxlAccess], ..administrator }));
    for number in ["1001", "1002", "2001", "2002"] {
        objects.push(Object::Line(Line::new(number.parse().expect("a number"))));
    }
    let third_party = |name, number, user| device(name, number, user, Product::ThirdPartyAdvanced, DIGEST_PROFILE);
    let softphone = |name, number, user| device(name, number, user, Product::ClientServicesFramework, OAUTH_PROFILE);
    objects.push(third_party("SEP000000001001", "1001", "carol"));
    objects.push(third_party("SEP000000001002", "1002", "dave"));
    objects.push(softphone("CSFALICE", "2001", "alice"));
    objects.push(softphone("CSFBOB", "2002", "bob"));
    objects
}

fn device(name: &str, number: &str, user: &str, product: Product, profile: &str) -> Object {
    let contact = Uuid::from_u128(number.parse().expect("digits"));
    let number = number.parse().expect("a number");
    Object::Device(Device {
        name: name.parse().expect("a device name"),
        description: String::new(),
        product,
        security_profile: profile.parse().expect("a profile's name"),
        device_pool: "Default".parse().expect("a pool's name"),
        owner: Some(user.parse().expect("a user id")),
        associated_users: Vec::new(),
        lines: vec![LineAppearance::new(1, number, contact)],
        digest_user: Some(user.parse().expect("a user id")),
    })
}
