//! System > Enterprise Parameters: every parameter with its default, range and help.
//!
//! The form carries the value that each field was made from. What was not touched is not written; what somebody else
//! changed meanwhile, and this form too, is shown with both values.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use directory::{Access, EnterpriseParameters, Parameter, ParameterKind};

use super::CcmAdmin;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::form::{Control, Problem, Said};
use crate::frame::Frame;
use crate::language::Language;
use crate::page::Page;
use crate::submission::Submission;

/// Parameters that take effect with a restart of the CallManager service.
const STAGED: [&str; 2] = ["ClusterSecurityMode", Parameter::CLUSTER_SIP_OAUTH_MODE];

#[derive(Template)]
#[template(path = "ccmadmin/parameters.html")]
struct ParametersPage {
    frame: Frame,
    groups: Vec<(String, Vec<Row>)>,
    /// Identifier, label, text of what is wrong.
    problems: Vec<(String, String, String)>,
}

struct Row {
    name: &'static str,
    label: String,
    help: String,
    control: Control,
    /// What is in the field.
    value: String,
    /// What the field was made from.
    was: String,
    default: String,
    range: String,
    error: String,
    /// The command that sets it, when no form does.
    set_by: Option<&'static str>,
}

/// `GET /ccmadmin/enterprise-parameters`
pub(super) async fn get(State(ccmadmin): State<CcmAdmin>, frame: Frame) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    Ok(page(frame, directory.parameters(), &BTreeMap::new(), &BTreeMap::new()).into_response())
}

/// `POST /ccmadmin/enterprise-parameters`
pub(super) async fn post(
    State(ccmadmin): State<CcmAdmin>,
    administrator: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let (parameters, language) = (directory.parameters(), frame.language);
    let (mut typed, mut errors, mut changes) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    for (parameter, now) in parameters.iter().filter(|(parameter, _)| form.has(parameter.name)) {
        let (text, was) = (form.text(parameter.name).trim(), form.text(&format!("was-{}", parameter.name)).to_owned());
        typed.insert(parameter.name, text.to_owned());
        let value = match parameter.check_writable().and_then(|()| parameter.parse(text)) {
            Ok(value) if value == was || value == now => continue,
            Ok(value) => value,
            // A field of a command's parameter is not sent by our form.
            Err(violation) => {
                errors.insert(parameter.name, Problem::of("", Said::Rule(violation.rule)).said.text(language));
                continue;
            }
        };
        if was != now {
            let text = "Somebody else changed it meanwhile, to {0}. Save again to have yours.";
            errors.insert(parameter.name, language.fill(text, &[&language.tr(parameter.shown(now))]));
            status = StatusCode::CONFLICT;
            continue;
        }
        changes.push((parameter, value));
    }
    if !errors.is_empty() {
        return Ok((status, page(frame, parameters, &typed, &errors)).into_response());
    }
    for (parameter, value) in &changes {
        ccmadmin.repository.set_parameter(&administrator.author(), parameter.name, value).await?;
    }
    administrator.tell(told(&changes, language));
    Ok(Redirect::to("/ccmadmin/enterprise-parameters").into_response())
}

fn told(changes: &[(&'static Parameter, String)], language: Language) -> Flash {
    if changes.is_empty() {
        return Flash::notice(language.tr("No value was changed."));
    }
    let labels = changes.iter().map(|(parameter, _)| language.tr(parameter.label)).collect::<Vec<_>>().join(", ");
    let text = language.fill("Saved: {0}.", &[&labels]);
    if changes.iter().any(|(parameter, _)| STAGED.contains(&parameter.name)) {
        let restart = language.tr("It takes effect when the Cisco CallManager service is restarted.");
        let link = language.tr("Restart the service");
        return Flash::notice(format!("{text} {restart}")).with_link(link, super::RESTART_PAGE);
    }
    Flash::done(text)
}

fn page(
    frame: Frame,
    parameters: &EnterpriseParameters,
    typed: &BTreeMap<&str, String>,
    errors: &BTreeMap<&str, String>,
) -> Page<ParametersPage> {
    let language = frame.language;
    let mut groups: Vec<(String, Vec<Row>)> = Vec::new();
    let mut problems = Vec::new();
    for (parameter, now) in parameters.iter() {
        let error = errors.get(parameter.name).cloned().unwrap_or_default();
        let label = language.tr(parameter.label).to_owned();
        if !error.is_empty() {
            problems.push((parameter.name.to_owned(), label.clone(), error.clone()));
        }
        let row = Row {
            name: parameter.name,
            label,
            help: language.tr(parameter.help).to_owned(),
            control: control(parameter, language),
            value: typed.get(parameter.name).map_or(now, String::as_str).to_owned(),
            was: now.to_owned(),
            default: match parameter.default {
                "" => language.tr("empty").to_owned(),
                default => language.tr(parameter.shown(default)).to_owned(),
            },
            range: range(parameter, language),
            error,
            set_by: match parameter.access {
                Access::Writable => None,
                Access::SetBy(command) => Some(command),
            },
        };
        let title = language.tr(&parameter.group.to_string()).to_owned();
        match groups.last_mut().filter(|(last, _)| *last == title) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((title, vec![row])),
        }
    }
    Page(ParametersPage { frame, groups, problems })
}

fn control(parameter: &Parameter, language: Language) -> Control {
    match parameter.kind {
        ParameterKind::Number { least, most } => Control::Number { least, most },
        ParameterKind::Choice(choices) => {
            let shown = choices.iter().map(|(value, text)| ((*value).to_owned(), language.tr(text).to_owned()));
            Control::Choice(shown.collect())
        }
        ParameterKind::Text { most } => Control::Text { most },
    }
}

fn range(parameter: &Parameter, language: Language) -> String {
    match parameter.kind {
        ParameterKind::Number { least, most } => language.fill("{0} to {1}", &[&least, &most]),
        ParameterKind::Choice(choices) => {
            choices.iter().map(|(_, text)| language.tr(text)).collect::<Vec<_>>().join(", ")
        }
        ParameterKind::Text { most } => language.fill("up to {0} characters", &[&most]),
    }
}
