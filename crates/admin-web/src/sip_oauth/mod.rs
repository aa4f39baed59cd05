//! `/sip-oauth`: the way to SIP OAuth mode, step by step, each with what its check saw and where it is put right.

use administration::{Step, StepState};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::page::Page;
use crate::services::{ConfirmPage, Services, back_to, remark, told};
use crate::submission::Submission;
use crate::surface::{Menu, MenuItem, Surface};

const PATH: &str = "/sip-oauth";

/// The pages.
pub fn surface(services: Services) -> Surface {
    Surface::over(services)
        .menu(Menu { title: "Set up", items: &[MenuItem { title: "Enable SIP OAuth", path: PATH }] })
        .read(PATH, get(page))
        .write("/sip-oauth/mode", post(set_mode))
        .write("/sip-oauth/disable", get(confirm))
        .build()
}

#[derive(Template)]
#[template(path = "sip_oauth/path.html")]
struct PathPage {
    frame: Frame,
    enabled: bool,
    open: bool,
    parts: Vec<(&'static str, Vec<StepRow>)>,
}

struct StepRow {
    style: &'static str,
    state_style: &'static str,
    state: &'static str,
    title: &'static str,
    reason: Option<String>,
    saw: Vec<String>,
    page: &'static str,
    command: Option<&'static str>,
    enables: bool,
}

impl StepRow {
    fn of(frame: &Frame, step: Step) -> Self {
        let language = frame.language;
        let (style, state_style) = match step.state {
            StepState::Done => ("done", "good"),
            StepState::ToDo => ("todo", "warn"),
            StepState::Blocked(_) => ("blocked", "bad"),
            StepState::Elsewhere => ("elsewhere", ""),
        };
        let reason = match &step.state {
            StepState::Blocked(reason) => Some(remark(language, reason)),
            _ => None,
        };
        Self {
            style,
            state_style,
            state: step.state.word(),
            title: step.title,
            reason,
            saw: step.saw.iter().map(|saw| remark(language, saw)).collect(),
            page: step.page,
            command: step.command,
            enables: step.page == PATH && step.state == StepState::ToDo,
        }
    }
}

async fn page(State(services): State<Services>, frame: Frame) -> Result<Response, PageError> {
    let path = services.administration.sip_oauth_path().await?;
    let enabled = services.repository.load().await?.parameters().sip_oauth_mode();
    let open = path.is_open_on_premises();
    let rows = |steps: Vec<Step>| steps.into_iter().map(|step| StepRow::of(&frame, step)).collect();
    let on_premises = rows(path.on_premises);
    let parts = vec![("Jabber on premises", on_premises), ("Jabber over mobile and remote access", rows(path.mra))];
    Ok(Page(PathPage { frame, enabled, open, parts }).into_response())
}

/// `GET /sip-oauth/disable`
async fn confirm(frame: Frame) -> Response {
    ConfirmPage {
        title: frame.tr("Disable SIP OAuth mode").to_owned(),
        sentences: vec![
            frame
                .tr("From the next restart of each node on, registrations with access tokens are refused with 403.")
                .to_owned(),
        ],
        action: "/sip-oauth/mode".to_owned(),
        fields: vec![("mode", "disabled".to_owned())],
        button: frame.tr("Disable").to_owned(),
        back: PATH.to_owned(),
        frame,
    }
    .into_response()
}

/// `POST /sip-oauth/mode`
async fn set_mode(
    State(services): State<Services>,
    administrator: Administrator,
    form: Submission,
) -> Result<Response, PageError> {
    let enable = match form.text("mode") {
        "enabled" => true,
        "disabled" => false,
        _ => return Err(PageError::Request(String::new())),
    };
    let language = administrator.language;
    match services.administration.set_sip_oauth_mode(&administrator.author(), enable).await {
        Ok(()) => {
            let text = match enable {
                true => language.tr("SIP OAuth mode is enabled. Restart the Cisco CallManager service on all nodes."),
                false => language.tr("SIP OAuth mode is disabled. Restart the Cisco CallManager service on all nodes."),
            };
            let link = language.tr("Control Center - Feature Services");
            administrator.tell(Flash::notice(text).with_link(link, crate::ccmservice::CONTROL_CENTER));
        }
        Err(error) => administrator.tell(Flash::failed(told(language, &error))),
    }
    Ok(back_to(PATH))
}
