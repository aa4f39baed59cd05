//! `ringbearer phone`: a softphone without a window.
//!
//! The [`phone`] crate decides; here are its sockets, its files and its user. The way of a start: where the phone is
//! ([`search`]), what it fetches there ([`arrival`], [`config_file`]), the sign-in when it is asked for ([`keeper`],
//! [`sign_in`]), then the loop ([`driver`]) with the flows ([`connection`]) and the calls' media ([`calls`]).

mod arguments;
mod arrival;
mod calls;
mod command;
mod config_file;
mod connection;
mod driver;
mod exit;
mod http;
mod keeper;
mod log;
mod names;
mod obey;
mod report;
mod reporter;
mod search;
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
use phone::discovery::Discovery;
use phone::{Authentication, Phone, Settings, Target};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::mpsc;

pub(crate) use arguments::Arguments;

use arguments::{Access, Dialect};
use arrival::{Arrival, NotArrived, Scout};
use calls::Calls;
use config_file::ConfigFile;
use connection::Flows;
use driver::{Driver, Inlets, NEWS, Options, Place};
use exit::Exit;
use keeper::Keeper;
use log::{CALL_CONTROL, ClientLog, Level, SERVICES, client_log};
use names::Names;
use report::Report;
use reporter::Reporter;
use search::Search;
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
    let names = Names::new(arguments.resolver).blame(Exit::Usage)?;
    let http = http::client(&tls, &names).blame(Exit::Internal)?;
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
    let (flow_news, flows) = mpsc::channel(NEWS);
    let (token_news, tokens) = mpsc::channel(NEWS);
    let (media_news, media) = mpsc::channel(NEWS);
    let (demands, demanded) = mpsc::channel(NEWS);
    let keeper = Keeper {
        http: http.clone(),
        client: Client { id: arguments.client_id.clone(), device: arguments.device.clone() },
        credentials: credentials(arguments, password.clone()),
        file,
        reporter: reporter.clone(),
    };
    tokio::spawn(keeper.run(demanded, token_news));
    let scout = scout(arguments, http, demands.clone());
    let discovery = Discovery::new(arguments.inside(), arguments.outside(), Box::new(runtime::random::fill));
    let mut search = Search::new(discovery, names.clone(), scout.clone());
    let Arrival { access, file, files, .. } = arrive(&mut search, reporter, &log).await?;
    let settings = settings(arguments, &access, hardware_address, file.config.sip_oauth_mode, password.as_ref());
    let (search_notices, noticed) = mpsc::channel(NEWS);
    let (search_finds, finds) = mpsc::channel(NEWS);
    tokio::spawn(search.run(noticed, search_finds));
    let (first, last) = file.config.media_ports;
    let mut calls = Calls::new(first..=last, source, media_news);
    if let Some(path) = &arguments.record {
        calls.record(path.clone()).await.blame(Exit::Usage)?;
    }
    let driver = Driver {
        place: Place { scout, ways: Target::all(&file.config, &access).len(), access, files, text: file.text },
        phone: Phone::new(settings, file.config, Box::new(runtime::random::fill)),
        flows: Flows::new((tls, names), log, reporter.clone(), flow_news),
        calls,
        demands,
        reporter: reporter.clone(),
        search: search_notices,
        options: Options { answer: arguments.answer, stay: arguments.stay, media_address: arguments.media_address },
        state: driver::State::default(),
    };
    let lines = match terminal::is_interactive() && !arguments.json {
        true => terminal::edited_lines(reporter),
        false => terminal::plain_lines(),
    };
    Ok(driver.run(Inlets { flows, tokens, finds, media, lines }).await)
}

fn scout(arguments: &Arguments, http: reqwest::Client, demands: mpsc::Sender<keeper::Demand>) -> Scout {
    Scout {
        http,
        demands,
        device: arguments.device.clone(),
        domain: arguments.domain.clone(),
        user: arguments.user.clone(),
        ports: arguments.config_ports(),
        oauth_port: arguments.oauth_port,
        sip_oauth_mode: arguments.sip_oauth_mode.map(|mode| mode == 1),
        inside: match arguments.access {
            Access::OnPremises => phone::Access::OnPremises,
            Access::Mra => phone::Access::MobileRemote,
        },
    }
}

/// Finds where the phone is and what it has there, and writes that to the log as tools look for it.
async fn arrive(search: &mut Search, reporter: &Reporter, log: &ClientLog) -> Result<Arrival, Failure> {
    let arrival = search.first().await.map_err(|fault| {
        let (NotArrived::Silent { exit, .. } | NotArrived::Refused { exit, .. }) = fault;
        Failure { exit, fault: anyhow::anyhow!("{fault}") }
    })?;
    reporter.report(&told::located(&arrival));
    reporter.report(&told::configured(&arrival.file.url, &arrival.file.config));
    log_file(&arrival.file, search.device(), log);
    Ok(arrival)
}

fn log_file(file: &ConfigFile, device: &str, log: &ClientLog) {
    let function = "csf::ecc::ServicesManager::fetchDeviceConfig";
    client_log!(log, Level::Debug, SERVICES, function, "fetchDeviceConfig() retrieved config for {device}");
    client_log!(log, Level::Debug, SERVICES, function, "Device Config: {}", file.text.trim_end());
    let function = "csf::ecc::CertificateVerificationHelper::setSipOAuthMode";
    client_log!(log, Level::Debug, SERVICES, function, "sip OAuth Mode={}", u8::from(file.config.sip_oauth_mode));
    log_nodes(file, log);
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

fn settings(
    arguments: &Arguments,
    access: &phone::Access,
    address: [u8; 6],
    oauth: bool,
    password: Option<&Secret>,
) -> Settings {
    let authentication = match (oauth, arguments.dialect, &arguments.user, password) {
        (true, Dialect::Vendor, ..) => Authentication::VendorBearer,
        (true, Dialect::Standard, ..) => Authentication::StandardBearer,
        (false, _, Some(username), Some(password)) => {
            Authentication::Digest { username: username.clone(), password: password.expose().to_owned() }
        }
        (false, ..) => Authentication::None,
    };
    let access = access.clone();
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
