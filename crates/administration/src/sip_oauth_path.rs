//! The way to SIP OAuth mode: five steps for clients on premises, three for those outside, each with what its check saw.
//!
//! The steps and their places are those of the vendor's note. A check looks at what is staged, at what each node runs, and at
//! what this node sees of its Expressways. Our choice: what is set on Expressway-C, which Unified CM cannot see, is told as such,
//! and what speaks for it is shown.

use crate::administration::Administration;
use crate::error::AdministrationError;
use directory::{Directory, NodeSettings, Pending, ProcessNode, SecurityProfile};
use std::fmt;

/// The steps and how far they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipOauthPath {
    /// For clients on premises.
    pub on_premises: Vec<Step>,
    /// For clients over mobile and remote access.
    pub mra: Vec<Step>,
}

impl SipOauthPath {
    /// Whether clients on premises can register with their tokens.
    #[must_use]
    pub fn is_open_on_premises(&self) -> bool {
        self.on_premises.iter().all(|step| step.state == StepState::Done)
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done in it.
    pub title: &'static str,
    /// How far it is.
    pub state: StepState,
    /// What the check saw.
    pub saw: Vec<Remark>,
    /// The page where it is put right.
    pub page: &'static str,
    /// The command of the admin shell that does it, if one does.
    pub command: Option<&'static str>,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It is done.
    Done,
    /// It is still to do.
    ToDo,
    /// It cannot be done yet, and why.
    Blocked(Remark),
    /// It is done on Expressway-C, where Unified CM cannot look.
    Elsewhere,
}

impl StepState {
    /// The state in a word or two.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::ToDo => "to do",
            Self::Blocked(_) => "blocked",
            Self::Elsewhere => "on Expressway-C",
        }
    }
}

/// A sentence with places `{0}`, `{1}`, … for what varies, so that it can be said in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The sentence in English.
    pub text: &'static str,
    /// What stands in its places.
    pub values: Vec<String>,
}

impl Remark {
    fn new(text: &'static str) -> Self {
        Self { text, values: Vec::new() }
    }

    fn with(text: &'static str, values: &[&dyn fmt::Display]) -> Self {
        Self { text, values: values.iter().map(ToString::to_string).collect() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled = self
            .values
            .iter()
            .enumerate()
            .fold(self.text.to_owned(), |text, (place, value)| text.replace(&format!("{{{place}}}"), value));
        f.write_str(&filled)
    }
}

/// A node, what it runs, and what a restart would change.
struct NodeState<'d> {
    node: &'d ProcessNode,
    running: Option<NodeSettings>,
    stopped: bool,
    pending: Vec<Pending>,
}

impl Administration {
    /// How far the way to SIP OAuth mode is.
    ///
    /// # Errors
    /// When the database or the node's certificates cannot be read.
    pub async fn sip_oauth_path(&self) -> Result<SipOauthPath, AdministrationError> {
        let directory = self.directory().await?;
        let mut nodes = Vec::new();
        for node in directory.nodes() {
            nodes.push(self.node_state(&directory, node).await?);
        }
        let licensed = self.node.export_controlled_functionality();
        let on_premises = vec![
            refresh_logins(&directory),
            ports(&nodes),
            mode(&directory, licensed),
            restart(&directory, &nodes),
            profile(&directory),
        ];
        let ready = on_premises.iter().take(4).all(|step| step.state == StepState::Done);
        let mra = vec![self.mra_logins(ready), self.mra_nodes(&directory, ready)?, profile(&directory)];
        Ok(SipOauthPath { on_premises, mra })
    }

    async fn node_state<'d>(
        &self,
        directory: &Directory,
        node: &'d ProcessNode,
    ) -> Result<NodeState<'d>, AdministrationError> {
        let here = node.name == *self.own_name();
        let running = if here { self.node.running() } else { self.repository.running(&node.name).await? };
        let services = self.node_services(node.name.as_str()).await?.services;
        let stopped = services.iter().any(|service| {
            service.name == directory::ServiceName::CallManager
                && matches!(service.state, directory::ServiceState::Stopped(_))
        });
        // Another node's certificate is known only as it runs there.
        let certificate = match &running {
            Some(running) if !here => running.tomcat_certificate.clone(),
            _ => self.node.tomcat_certificate(),
        };
        let staged = NodeSettings::staged(directory, node.name.as_str(), &certificate);
        let pending = match (&running, staged) {
            (Some(running), Some(staged)) => running.pending(&staged),
            _ => Vec::new(),
        };
        Ok(NodeState { node, running, stopped, pending })
    }

    fn mra_logins(&self, ready: bool) -> Step {
        let edges = self.node.edge_connections();
        let state = match (ready, edges.is_empty()) {
            (false, _) => StepState::Blocked(Remark::new("Steps 1 to 4 for clients on premises come first.")),
            (true, _) => StepState::Elsewhere,
        };
        let mut saw = vec![Remark::new(
            "Unified CM cannot see this setting. On Expressway-C, set Authorize by OAuth token with refresh to On.",
        )];
        saw.extend(edges.iter().map(|edge| {
            Remark::with("Expressway-C {0} is connected from {1}.", &[&edge.names.join(", "), &edge.remote])
        }));
        Step {
            title: "Enable refresh logins over MRA",
            state,
            saw,
            page: "/ccmadmin/expressway-c",
            command: Some("xConfiguration CollaborationEdge OauthLocal: On"),
        }
    }

    fn mra_nodes(&self, directory: &Directory, ready: bool) -> Result<Step, AdministrationError> {
        let rows = directory.expressways();
        let certificates = self.node.certificates().map_err(AdministrationError::Failed)?;
        let trusted = certificates.iter().filter(|one| one.store == "tomcat-trust").count();
        let edges = self.node.edge_connections();
        let state = match (ready, rows.is_empty() || trusted == 0) {
            (false, _) => StepState::Blocked(Remark::new("Steps 1 to 4 for clients on premises come first.")),
            (true, true) => StepState::ToDo,
            (true, false) => StepState::Done,
        };
        let mut saw: Vec<Remark> = rows
            .iter()
            .map(|row| Remark::with("Expressway-C {0} has told its names: {1}.", &[&row.host, &row.subject_names]))
            .collect();
        if rows.is_empty() {
            saw.push(Remark::new(
                "No Expressway-C has told its names. On Expressway-C, discover or refresh the Unified CM servers.",
            ));
        }
        if trusted == 0 {
            saw.push(Remark::new(
                "tomcat-trust holds no certificate: add the authority that signed Expressway-C's certificate.",
            ));
        }
        match edges.len() {
            0 => saw.push(Remark::new("No Expressway-C is connected to this node's MRA OAuth port now.")),
            count => saw.push(Remark::with("Expressway-C connections on this node's MRA OAuth port: {0}", &[&count])),
        }
        Ok(Step {
            title: "Refresh the Unified CM nodes on Expressway-C",
            state,
            saw,
            page: "/ccmadmin/expressway-c",
            command: Some("xCommand UnifiedCMServersRefresh"),
        })
    }
}

fn refresh_logins(directory: &Directory) -> Step {
    let enabled = directory.parameters().refresh_login_flow();
    let saw = match enabled {
        true => Remark::new("OAuth with Refresh Login Flow is Enabled."),
        false => Remark::new("OAuth with Refresh Login Flow is Disabled: clients get no refresh token."),
    };
    Step {
        title: "Configure refresh logins",
        state: if enabled { StepState::Done } else { StepState::ToDo },
        saw: vec![saw],
        page: "/ccmadmin/enterprise-parameters",
        command: Some("set parameter OAuthRefreshLoginFlow Enabled"),
    }
}

fn ports(nodes: &[NodeState<'_>]) -> Step {
    let saw = nodes.iter().map(|state| {
        let ports = &state.node.ports;
        let values: [&dyn fmt::Display; 3] = [&state.node.name, &ports.sip_phone_oauth(), &ports.sip_mra_oauth()];
        Remark::with("{0}: SIP Phone OAuth Port {1}, SIP Mobile and Remote Access OAuth Port {2}.", &values)
    });
    Step {
        title: "Configure the OAuth ports (optional)",
        state: StepState::Done,
        saw: saw.collect(),
        page: "/ccmadmin/cisco-unified-cm",
        command: Some("set node ports"),
    }
}

fn mode(directory: &Directory, licensed: bool) -> Step {
    let enabled = directory.parameters().sip_oauth_mode();
    let mut saw = vec![match enabled {
        true => Remark::new("Cluster SIPOAuth Mode is Enabled."),
        false => Remark::new("Cluster SIPOAuth Mode is Disabled."),
    }];
    let state = match (enabled, licensed) {
        (true, _) => StepState::Done,
        (false, true) => StepState::ToDo,
        (false, false) => StepState::Blocked(Remark::new(
            "The licence does not allow export-controlled functionality. Register the cluster with an account that allows it.",
        )),
    };
    if licensed {
        saw.push(Remark::new("The licence allows export-controlled functionality."));
    }
    Step { title: "Enable SIP OAuth mode", state, saw, page: "/sip-oauth", command: Some("utils sipOAuth-mode enable") }
}

fn restart(directory: &Directory, nodes: &[NodeState<'_>]) -> Step {
    let saw: Vec<Remark> = nodes.iter().map(run_of).collect();
    let all_run = nodes.iter().all(|state| state.running.is_some() && !state.stopped && state.pending.is_empty());
    let state = match (directory.parameters().sip_oauth_mode(), all_run) {
        (false, _) => StepState::Blocked(Remark::new("Enable SIP OAuth mode first.")),
        (true, true) => StepState::Done,
        (true, false) => StepState::ToDo,
    };
    Step {
        title: "Restart the Cisco CallManager service on all nodes",
        state,
        saw,
        page: "/ccmservice/control-center",
        command: Some("utils cluster restart Cisco CallManager"),
    }
}

fn run_of(state: &NodeState<'_>) -> Remark {
    let name = &state.node.name;
    match &state.running {
        _ if state.stopped => Remark::with("{0}: the service is stopped.", &[name]),
        None => Remark::with("{0}: the service did not start yet.", &[name]),
        Some(_) if !state.pending.is_empty() => {
            let what: Vec<_> = state.pending.iter().map(|pending| word(*pending)).collect();
            Remark::with("{0}: a restart takes over: {1}.", &[name, &what.join(", ")])
        }
        Some(running) if running.sip_oauth_mode => Remark::with("{0} runs with SIP OAuth mode.", &[name]),
        Some(_) => Remark::with("{0} runs without SIP OAuth mode.", &[name]),
    }
}

/// What waits for a restart, by the label of its page.
fn word(pending: Pending) -> &'static str {
    match pending {
        Pending::SipOAuthMode => "Cluster SIPOAuth Mode",
        Pending::ClusterSecurityMode => "Cluster Security Mode",
        Pending::Ports => "the ports",
        Pending::TomcatCertificate => "the tomcat certificate",
    }
}

fn profile(directory: &Directory) -> Step {
    let with_oauth: Vec<&SecurityProfile> = directory
        .profiles()
        .into_iter()
        .map(AsRef::as_ref)
        .filter(|profile: &&SecurityProfile| profile.oauth_authentication)
        .collect();
    let devices = directory.devices();
    let of = |profile: &SecurityProfile| devices.iter().filter(|one| one.security_profile == profile.name).count();
    let phones: usize = with_oauth.iter().map(|profile| of(profile)).sum();
    let mut saw: Vec<Remark> = with_oauth
        .iter()
        .map(|profile| Remark::with("{0}: phones that use it: {1}", &[&profile.name, &of(profile)]))
        .collect();
    if with_oauth.is_empty() {
        saw.push(Remark::new("No phone security profile has Enable OAuth Authentication."));
    }
    saw.push(Remark::with("Phones with OAuth: {0} of {1}", &[&phones, &devices.len()]));
    Step {
        title: "Configure OAuth support in the phone security profile",
        state: if phones > 0 { StepState::Done } else { StepState::ToDo },
        saw,
        page: "/ccmadmin/phone-security-profile",
        command: Some("set profile name mode encrypted transport tls oauth on"),
    }
}
