//! How long the pages of the administration take with many devices.
//!
//! Usage: `pages [--devices N] [--program FILE] [--gate]`, after `cargo build --release --workspace --bins`.
//!
//! Provisions a node, signs in, and asks for each page many times over one connection. What is measured is from the request
//! to the last octet of the page. With `--gate` the exit code is 1 when a 95th percentile is over [`GOAL`].

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use interop::child::Child;
use interop::fleet::furnish;
use interop::folder::Folder;

const ADDRESS: &str = "127.0.0.62";
const PATIENCE: Duration = Duration::from_secs(120);
const USER: &str = "admin";
const PASSWORD: &str = "measured-and-found-quick";
/// How often each page is asked for.
const ROUNDS: usize = 40;
/// The 95th percentile of each page, at most.
const GOAL: Duration = Duration::from_millis(100);

/// The pages: the lists as they open, filtered, sorted, at their far end; a form; the live views.
const PAGES: [&str; 18] = [
    "/live/",
    "/live/registrations",
    "/live/refusals",
    "/live/handshakes",
    "/live/ladder",
    "/ccmadmin/",
    "/ccmadmin/phone",
    "/ccmadmin/phone?value=LOAD09&sort=name&order=down",
    "/ccmadmin/phone?page=200&rows=250",
    "/ccmadmin/phone/edit?name=CSFLOAD05000",
    "/ccmadmin/phone/new",
    "/ccmadmin/directory-number",
    "/ccmadmin/end-user",
    "/ccmadmin/phone-security-profile",
    "/ccmadmin/enterprise-parameters",
    "/ccmservice/control-center",
    "/cmplatform/certificates",
    "/sip-oauth",
];

struct Options {
    devices: u32,
    program: PathBuf,
    is_gate: bool,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        eprintln!("usage: pages [--devices N] [--program FILE] [--gate]");
        return ExitCode::from(2);
    };
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let is_quick = runtime.block_on(measure(&options));
    if options.is_gate && !is_quick { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let beside = std::env::current_exe().ok()?.with_file_name("ringbearer");
    let mut options = Options { devices: 10_000, program: beside, is_gate: false };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--devices" => options.devices = arguments.next()?.parse().ok()?,
            "--program" => options.program = arguments.next()?.into(),
            "--gate" => options.is_gate = true,
            _ => return None,
        }
    }
    Some(options)
}

async fn measure(options: &Options) -> bool {
    let folder = Folder::new("pages");
    folder.write("node.toml", config());
    let mut command = Command::new(&options.program);
    let mut node =
        Child::start("node", folder.path(), command.arg("ucm").arg("--config").arg(folder.join("node.toml")));
    node.wait_for("ready", PATIENCE);
    furnish(&folder.join("cluster.db"), options.devices).await;
    let socket = folder.join("state/admin.sock");
    interop::edge::admin(&socket, &format!("set user {USER} roles administrator"), "");
    interop::edge::admin(&socket, &format!("set user password {USER}"), &format!("{PASSWORD}\n{PASSWORD}\n"));
    let client = Client::sign_in().await;
    println!("{:<48}{:>8}{:>8}{:>10}", format!("page, with {} devices", options.devices), "p50 ms", "p95 ms", "octets");
    let mut is_quick = true;
    for path in PAGES {
        let (mut times, mut octets) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            octets = client.page(path).await.len();
            times.push(start.elapsed());
        }
        times.sort();
        let (median, late) = (times[ROUNDS / 2], times[ROUNDS * 95 / 100]);
        println!("{path:<48}{:>8.1}{:>8.1}{octets:>10}", milliseconds(median), milliseconds(late));
        is_quick &= late < GOAL;
    }
    is_quick
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn config() -> String {
    format!(
        "[node]\nname = \"measured\"\nusage = \"publisher\"\naddress = \"{ADDRESS}\"\nstate = \"state\"\n\n\
         [cluster]\ndatabase = \"cluster.db\"\ndomain = \"measured.test\"\n"
    )
}

/// A browser's part: a connection and a session's cookie.
struct Client {
    http: reqwest::Client,
    cookie: String,
}

impl Client {
    async fn sign_in() -> Self {
        let http = reqwest::Client::builder()
            .tls_danger_accept_invalid_certs(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let form = http.get(url("/sign-in")).send().await.expect("the sign-in page");
        let cookie = cookies(&form);
        let page = form.text().await.expect("its text");
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("the form's token");
        let (token, _) = rest.split_once('"').expect("its end");
        let fields = [("csrf", token), ("user", USER), ("password", PASSWORD), ("next", "")];
        let request = http.post(url("/sign-in")).header("Cookie", &cookie).header("Origin", url("")).form(&fields);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_redirection(), "signing in: {}", answer.status());
        Self { cookie: cookies(&answer), http }
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.http.get(url(path)).header("Cookie", &self.cookie).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.text().await.expect("the page")
    }
}

fn cookies(answer: &reqwest::Response) -> String {
    let set = answer.headers().get_all("set-cookie").iter();
    let pairs = set.filter_map(|value| value.to_str().ok()?.split(';').next().map(str::to_owned));
    pairs.collect::<Vec<_>>().join("; ")
}

fn url(path: &str) -> String {
    format!("https://{ADDRESS}:8443{path}")
}
