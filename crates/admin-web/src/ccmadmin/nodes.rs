//! System > Cisco Unified CM: the ports of each node, what is staged beside what runs.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use directory::{
    Directory, NodePorts, NodeSettings, Object, ObjectKey, Pending, Port, PortName, Precondition, ProcessNode,
    RepositoryError, Version,
};

use super::CcmAdmin;
use super::edit::Which;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::form::{Control, Draft, Field, FormView, Problem, Reader};
use crate::frame::Frame;
use crate::page::Page;
use crate::submission::Submission;

const PATH: &str = "/ccmadmin/cisco-unified-cm";

#[derive(Template)]
#[template(path = "ccmadmin/nodes.html")]
struct NodesPage {
    frame: Frame,
    nodes: Vec<Summary>,
    restart: &'static str,
}

/// A node in the list.
struct Summary {
    name: String,
    address: String,
    description: String,
    /// A key of the catalogues.
    usage: String,
    path: String,
    runs: bool,
    /// What waits for a restart: keys of the catalogues.
    pending: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "ccmadmin/node.html")]
struct NodePage {
    frame: Frame,
    name: String,
    version: String,
    form: FormView,
    /// Label, staged, running (empty when it does not run), whether they differ.
    ports: Vec<(&'static str, u16, String, bool)>,
    pending: Vec<&'static str>,
    restart: &'static str,
    /// Label, what was typed, what is there now.
    differences: Vec<(String, String, String)>,
    least: u16,
    most: u16,
}

/// `GET /ccmadmin/cisco-unified-cm`
pub(super) async fn list(State(ccmadmin): State<CcmAdmin>, frame: Frame) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let mut nodes = Vec::new();
    for node in directory.nodes() {
        let running = ccmadmin.repository.running(&node.name).await?;
        nodes.push(Summary {
            name: node.name.to_string(),
            address: node.address.to_string(),
            description: node.description.clone(),
            usage: node.usage.to_string(),
            path: path_of(node),
            runs: running.is_some(),
            pending: pending(&directory, running.as_ref()),
        });
    }
    Ok(Page(NodesPage { frame, nodes, restart: super::RESTART_PAGE }).into_response())
}

/// `GET /ccmadmin/cisco-unified-cm/edit`
pub(super) async fn edit(
    State(ccmadmin): State<CcmAdmin>,
    frame: Frame,
    Query(which): Query<Which>,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let node = directory.node(&which.name).ok_or(PageError::NotFound)?;
    let page = page(&ccmadmin, frame, (&directory, node), (&draft(node), &[]), Vec::new()).await?;
    Ok(page.into_response())
}

/// `POST /ccmadmin/cisco-unified-cm/edit`
pub(super) async fn save(
    State(ccmadmin): State<CcmAdmin>,
    administrator: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let node = directory.node(form.text("name")).ok_or(PageError::NotFound)?;
    let version = form.text("version").parse().map(Version).map_err(|_| PageError::Request(String::new()))?;
    let fields = fields();
    let draft = Draft::of_form(&form, &fields);
    let refused = async |problems: Vec<Problem>| -> Result<Response, PageError> {
        let page = page(&ccmadmin, frame.clone(), (&directory, node), (&draft, &problems), Vec::new()).await?;
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let changed = match read(&draft, node, &fields) {
        Ok(changed) => changed,
        Err(problems) => return refused(problems).await,
    };
    let key = ObjectKey::Node(node.name.clone());
    let put = vec![(Object::Node(changed.clone()), Precondition::Version(version))];
    match ccmadmin.repository.put(&administrator.author(), put).await {
        Ok(()) => {}
        Err(RepositoryError::Refused(violation)) => {
            return refused(vec![Problem::of_violation(violation, &fields)]).await;
        }
        Err(RepositoryError::Changed(_)) => return conflict(&ccmadmin, frame, &key, &draft).await,
        Err(error) => return Err(error.into()),
    }
    let language = administrator.language;
    let text = language.fill("{0} \"{1}\" was saved.", &[&language.tr("Cisco Unified CM"), &key.name()]);
    let flash = if changed.ports == node.ports {
        Flash::done(text)
    } else {
        let restart = language.tr("It takes effect when the Cisco CallManager service is restarted.");
        Flash::notice(format!("{text} {restart}")).with_link(language.tr("Restart the service"), super::RESTART_PAGE)
    };
    administrator.tell(flash);
    Ok(Redirect::to(&path_of(&changed)).into_response())
}

async fn conflict(ccmadmin: &CcmAdmin, frame: Frame, key: &ObjectKey, typed: &Draft) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let node = directory.node(key.name()).ok_or(PageError::NotFound)?;
    let (theirs, language) = (draft(node), frame.language);
    let differences = fields().into_iter().filter(|field| typed.get(&field.name) != theirs.get(&field.name));
    let differences = differences.map(|field| {
        (field.full_label(language), typed.get(&field.name).to_owned(), theirs.get(&field.name).to_owned())
    });
    let differences = differences.collect();
    let page = page(ccmadmin, frame, (&directory, node), (typed, &[]), differences).await?;
    Ok((StatusCode::CONFLICT, page).into_response())
}

async fn page(
    ccmadmin: &CcmAdmin,
    frame: Frame,
    (directory, node): (&Directory, &ProcessNode),
    (draft, problems): (&Draft, &[Problem]),
    differences: Vec<(String, String, String)>,
) -> Result<Page<NodePage>, PageError> {
    let running = ccmadmin.repository.running(&node.name).await?;
    let can_write = frame.can_write();
    let ports = PortName::ALL.map(|port| {
        let (staged, runs) = (node.ports.get(port), running.as_ref().map(|running| running.ports.get(port)));
        let shown = runs.map(|port| port.to_string()).unwrap_or_default();
        (port.label(), staged, shown, runs.is_some_and(|runs| runs != staged))
    });
    let version = directory.version(&ObjectKey::Node(node.name.clone()));
    Ok(Page(NodePage {
        name: node.name.to_string(),
        version: version.map(|version| version.0.to_string()).unwrap_or_default(),
        form: FormView::new(frame.language, fields(), (draft, problems), |_| !can_write),
        ports: ports.to_vec(),
        pending: pending(directory, running.as_ref()),
        restart: super::RESTART_PAGE,
        differences,
        least: Port::LEAST,
        most: Port::MOST,
        frame,
    }))
}

/// What a restart would change, as far as the cluster database knows: certificates are files of their node.
fn pending(directory: &Directory, running: Option<&NodeSettings>) -> Vec<&'static str> {
    let staged =
        |running: &NodeSettings| NodeSettings::staged(directory, running.node.as_str(), &running.tomcat_certificate);
    let pending = running.and_then(|running| Some(running.pending(&staged(running)?))).unwrap_or_default();
    let label = |pending| match pending {
        Pending::SipOAuthMode => "Cluster SIPOAuth Mode",
        Pending::ClusterSecurityMode => "Cluster Security Mode",
        Pending::Ports => "Ports",
        Pending::TomcatCertificate => "tomcat certificate",
    };
    pending.into_iter().map(label).collect()
}

fn path_of(node: &ProcessNode) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", node.name.as_str()).finish();
    format!("{PATH}/edit?{query}")
}

fn field_of(port: PortName) -> &'static str {
    match port {
        PortName::EthernetPhone => "ethernet_phone",
        PortName::MgcpListen => "mgcp_listen",
        PortName::MgcpKeepAlive => "mgcp_keep_alive",
        PortName::SipPhone => "sip_phone",
        PortName::SipPhoneSecure => "sip_phone_secure",
        PortName::SipPhoneOAuth => "sip_phone_oauth",
        PortName::SipMraOAuth => "sip_mra_oauth",
    }
}

fn fields() -> Vec<Field> {
    const PART: &str = "Cisco Unified Communications Manager TCP Port Settings for this Server";
    let (least, most) = (u64::from(Port::LEAST), u64::from(Port::MOST));
    let mut fields =
        vec![Field::text("Cisco Unified Communications Manager Information", "description", "Description", 128)];
    fields.extend(PortName::ALL.map(|port| {
        let field = Field::new(PART, field_of(port), port.label(), Control::Number { least, most }).required();
        match port {
            PortName::EthernetPhone | PortName::MgcpListen | PortName::MgcpKeepAlive => {
                field.help("Told to phones in their configuration file; nothing listens here.")
            }
            PortName::SipPhone => field.help("Phones on UDP and TCP."),
            PortName::SipPhoneSecure => field.help("Phones on TLS with a certificate of their own."),
            PortName::SipPhoneOAuth => field.help("Phones on TLS with an access token, inside."),
            PortName::SipMraOAuth => field.help("Expressway-C on mutual TLS, for phones outside with an access token."),
        }
    }));
    fields
}

fn draft(node: &ProcessNode) -> Draft {
    let draft = Draft::default().with("description", &node.description);
    PortName::ALL.into_iter().fold(draft, |draft, port| draft.with(field_of(port), node.ports.get(port)))
}

fn read(draft: &Draft, node: &ProcessNode, fields: &[Field]) -> Result<ProcessNode, Vec<Problem>> {
    let mut reader = Reader::new(draft);
    let range = (u64::from(Port::LEAST), u64::from(Port::MOST));
    let ports = PortName::ALL.map(|port| (port, reader.number::<u16>(field_of(port), range)));
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let numbers: Vec<_> = ports.into_iter().filter_map(|(port, number)| Some((port, number?))).collect();
    let ports = NodePorts::default().with_all(&numbers);
    let ports = ports.map_err(|violation| vec![Problem::of_violation(violation, fields)])?;
    let changed = ProcessNode { description: draft.get("description").to_owned(), ports, ..node.clone() };
    match changed.validate() {
        Ok(()) => Ok(changed),
        Err(violation) => Err(vec![Problem::of_violation(violation, fields)]),
    }
}
