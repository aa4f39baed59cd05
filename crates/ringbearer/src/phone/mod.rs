//! `ringbearer phone`: a softphone without a window.
//!
//! The [`phone`] crate decides; here are its sockets, its files and its user. The way of a start: the configuration
//! file ([`config_file`]), the sign-in when the file asks for it ([`keeper`], [`sign_in`]), then the loop ([`driver`])
//! with the flows ([`connection`]) and the calls' media ([`calls`]).

mod arguments;
mod calls;
mod command;
mod config_file;
mod connection;
mod driver;
mod exit;
mod http;
mod keeper;
mod log;
mod mask;
mod obey;
mod report;
mod reporter;
mod secret;
mod sign_in;
mod terminal;
mod tokens;
mod told;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use media_net::{Source, read_wav};
use phone::{Authentication, Phone, Settings};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc;

pub(crate) use arguments::Arguments;

use arguments::{Access, Dialect};
use calls::Calls;
use config_file::{ConfigFile, NoConfigFile};
use connection::Flows;
use driver::{Driver, Inlets, NEWS, Options, Refetch};
use exit::Exit;
use keeper::Keeper;
use log::{CALL_CONTROL, ClientLog, Level, SERVICES, client_log};
use report::Report;
use reporter::Reporter;
use secret::Secret;
use sign_in::{Client, Credentials};
use tokens::TokenFile;

/// Runs the phone.
pub(crate) fn run(arguments: Arguments) -> ExitCode {
    let reporter = Reporter::start(arguments.json);
    let started = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = match started {
        Ok(runtime) => runtime.block_on(start(&arguments, &reporter)),
        Err(fault) => Err(Failure { exit: Exit::Internal, fault: fault.into() }),
    };
    let exit = outcome.unwrap_or_else(|failure| {
        let reason = format!("{:#}", failure.fault);
        reporter.report(&Report::Failed { reason, exit_code: failure.exit.code() });
        failure.exit
    });
    reporter.finish();
    exit.into()
}

/// Why the phone did not start.
struct Failure {
    exit: Exit,
    fault: anyhow::Error,
}

/// Names whose fault it is.
trait Blame<T> {
    fn blame(self, exit: Exit) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Blame<T> for Result<T, E> {
    fn blame(self, exit: Exit) -> Result<T, Failure> {
        self.map_err(|fault| Failure { exit, fault: fault.into() })
    }
}

async fn start(arguments: &Arguments, reporter: &Reporter) -> Result<Exit, Failure> {
    let log = match &arguments.log {
        Some(path) => ClientLog::open(path).with_context(|| path.display().to_string()).blame(Exit::Usage)?,
        None => ClientLog::default(),
    };
    let source = source(arguments).blame(Exit::Usage)?;
    let tls = Arc::new(tls(arguments).blame(Exit::Usage)?);
    let http = http::client(&tls).blame(Exit::Internal)?;
    let folder = arguments.state_folder().blame(Exit::Usage)?;
    let file = TokenFile::new(&folder, &arguments.device).blame(Exit::Usage)?;
    if arguments.fresh {
        file.remove();
    }
    let hardware_address = tokens::hardware_address(&folder, &arguments.device).blame(Exit::Usage)?;
    let password = match (&arguments.user, arguments.password_stdin || terminal::is_interactive()) {
        (Some(user), true) => Some(terminal::password(user).blame(Exit::Usage)?),
        (Some(_), false) => {
            return Err(anyhow::anyhow!("--user needs --password-stdin when no terminal is there")).blame(Exit::Usage);
        }
        (None, _) => None,
    };
    let config = configure(arguments, &http, reporter, &log).await?;

    let settings = settings(arguments, hardware_address, config.config.sip_oauth_mode, password.as_ref());
    let (flow_news, flows) = mpsc::channel(NEWS);
    let (token_news, tokens) = mpsc::channel(NEWS);
    let (media_news, media) = mpsc::channel(NEWS);
    let (demands, demanded) = mpsc::channel(NEWS);
    let mut nodes = arguments.node.clone();
    nodes.extend(config.config.call_managers.iter().map(|node| node.name.clone()));
    nodes.dedup();
    let keeper = Keeper {
        http: http.clone(),
        nodes,
        port: arguments.oauth_port,
        client: Client { id: arguments.client_id.clone(), device: arguments.device.clone() },
        credentials: credentials(arguments, password),
        file,
        reporter: reporter.clone(),
    };
    tokio::spawn(keeper.run(demanded, token_news));
    let (first, last) = config.config.media_ports;
    let mut calls = Calls::new(first..=last, source, media_news);
    if let Some(path) = &arguments.record {
        calls.record(path.clone()).await.blame(Exit::Usage)?;
    }
    let driver = Driver {
        phone: Phone::new(settings, config.config, Box::new(runtime::random::fill)),
        flows: Flows::new(tls, log, reporter.clone(), flow_news),
        calls,
        demands,
        reporter: reporter.clone(),
        refetch: Refetch {
            http,
            nodes: arguments.node.clone(),
            ports: arguments.config_ports(),
            device: arguments.device.clone(),
            sip_oauth_mode: arguments.sip_oauth_mode.map(|mode| mode == 1),
            text: config.text,
        },
        options: Options { answer: arguments.answer, stay: arguments.stay, media_address: arguments.media_address },
        state: driver::State::default(),
    };
    let lines = match terminal::is_interactive() && !arguments.json {
        true => terminal::edited_lines(reporter),
        false => terminal::plain_lines(),
    };
    Ok(driver.run(Inlets { flows, tokens, media, lines }).await)
}

/// Fetches the configuration file and writes what it says to the log, as tools look for it.
async fn configure(
    arguments: &Arguments,
    http: &reqwest::Client,
    reporter: &Reporter,
    log: &ClientLog,
) -> Result<ConfigFile, Failure> {
    let fetched = config_file::fetch(http, &arguments.node, arguments.config_ports(), &arguments.device).await;
    let mut file = fetched.map_err(|fault| Failure { exit: exit_of(&fault), fault: fault.into() })?;
    if let Some(mode) = arguments.sip_oauth_mode {
        file.config.sip_oauth_mode = mode == 1;
    }
    reporter.report(&told::configured(&file.url, &file.config));
    let function = "csf::ecc::ServicesManager::fetchDeviceConfig";
    let device = &arguments.device;
    client_log!(log, Level::Debug, SERVICES, function, "fetchDeviceConfig() retrieved config for {device}");
    client_log!(log, Level::Debug, SERVICES, function, "Device Config: {}", file.text.trim_end());
    let function = "csf::ecc::CertificateVerificationHelper::setSipOAuthMode";
    client_log!(log, Level::Debug, SERVICES, function, "sip OAuth Mode={}", u8::from(file.config.sip_oauth_mode));
    log_nodes(&file, log);
    Ok(file)
}

/// The vendor's client keeps three nodes, and default ports for those that are not there.
fn log_nodes(file: &ConfigFile, log: &ClientLog) {
    let node = |index: usize| file.config.call_managers.get(index);
    let name = |index| node(index).map_or("", |node| node.name.as_str());
    let oauth = |index| node(index).map_or(5090, |node| node.ports.sip_oauth);
    let mra = |index| node(index).map_or(5091, |node| node.ports.sip_mra_oauth);
    let function = "config_process_ccm_properties";
    client_log!(
        log,
        Level::Info,
        CALL_CONTROL,
        function,
        "ccm0={} ccm1={} ccm2={} sip_oauth_port_0={} sip_oauth_port_1={} sip_oauth_port_2={} length=0",
        name(0),
        name(1),
        name(2),
        oauth(0),
        oauth(1),
        oauth(2)
    );
    client_log!(
        log,
        Level::Info,
        CALL_CONTROL,
        function,
        "sip_mar_oauth_port_0={} sip_mar_oauth_port_1={} sip_mar_oauth_port_2={}",
        mra(0),
        mra(1),
        mra(2)
    );
}

/// 404 is a refusal of the device; a certificate that is not trusted is a fault of the trust file; all else is silence.
fn exit_of(fault: &NoConfigFile) -> Exit {
    let any = |text: &str| fault.0.iter().any(|(_, why)| why.contains(text));
    match () {
        () if any("404") => Exit::Refused,
        () if any("certificate") => Exit::Tls,
        () => Exit::Unreachable,
    }
}

fn settings(arguments: &Arguments, address: [u8; 6], oauth: bool, password: Option<&Secret>) -> Settings {
    let authentication = match (oauth, arguments.dialect, &arguments.user, password) {
        (true, Dialect::Vendor, ..) => Authentication::VendorBearer,
        (true, Dialect::Standard, ..) => Authentication::StandardBearer,
        (false, _, Some(username), Some(password)) => {
            Authentication::Digest { username: username.clone(), password: password.expose().to_owned() }
        }
        (false, ..) => Authentication::None,
    };
    let access = match arguments.access {
        Access::OnPremises => phone::Access::OnPremises,
        Access::Mra => phone::Access::MobileRemote,
    };
    let srtp_fallback = arguments.srtp_fallback;
    Settings { access, authentication, srtp_fallback, ..Settings::new(arguments.device.as_str(), address) }
}

fn credentials(arguments: &Arguments, password: Option<Secret>) -> Credentials {
    match (&arguments.user, password) {
        (Some(user), Some(password)) => Credentials::Password { user: user.clone(), password },
        _ => Credentials::Browser,
    }
}

fn source(arguments: &Arguments) -> anyhow::Result<Source> {
    Ok(match (&arguments.play, arguments.tone) {
        (Some(path), _) => Source::once(read_wav(path)?),
        (None, Some(hertz)) => Source::tone(hertz),
        (None, None) => Source::silence(),
    })
}

/// TLS that trusts the given files, and shows the client certificate, if there is one, to a node that asks.
fn tls(arguments: &Arguments) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for path in &arguments.trust {
        add_roots(&mut roots, path)?;
    }
    match &arguments.identity {
        None => Ok(runtime::tls::client_config(Arc::new(roots))?),
        Some(folder) => {
            let identity = runtime::identity::Identity::load(folder)?;
            Ok(ClientConfig::builder_with_provider(runtime::tls::provider())
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_client_auth_cert(identity.chain().to_vec(), identity.key())?)
        }
    }
}

fn add_roots(roots: &mut RootCertStore, path: &Path) -> anyhow::Result<()> {
    for certificate in runtime::trust::read_certificates(path)? {
        roots.add(certificate).with_context(|| format!("{}: not a trust anchor", path.display()))?;
    }
    Ok(())
}
