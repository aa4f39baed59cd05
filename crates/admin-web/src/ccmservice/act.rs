//! Start, stop and restart of one service, after a question.

use administration::{ServiceAct, ServiceName};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::CONTROL_CENTER;
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::frame::Frame;
use crate::services::{ConfirmPage, Services, back_to, carry_out};
use crate::submission::Submission;

/// Which service of which node, and what with it.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    node: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    act: String,
}

fn read(service: &str, act: &str) -> Result<(ServiceName, ServiceAct), PageError> {
    let found = ServiceName::find(service).zip(ServiceAct::find(act));
    found.ok_or_else(|| PageError::Request(String::new()))
}

/// `GET /ccmservice/act`
pub(super) async fn confirm(
    State(services): State<Services>,
    frame: Frame,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (service, act) = read(&wanted.service, &wanted.act)?;
    let node = services.administration.find_node(&wanted.node).await?;
    let (title, button) = match act {
        ServiceAct::Start => (frame.fill("Start {0} on {1}", &[&service, &node]), frame.tr("Start")),
        ServiceAct::Stop => (frame.fill("Stop {0} on {1}", &[&service, &node]), frame.tr("Stop")),
        ServiceAct::Restart => (frame.fill("Restart {0} on {1}", &[&service, &node]), frame.tr("Restart")),
    };
    let sentence = match (service, act) {
        (ServiceName::CallManager, ServiceAct::Stop) => frame.tr(
            "Its ports close and its phones are told. Calls keep their media. It stays stopped until it is started.",
        ),
        (ServiceName::CallManager, _) => {
            frame.tr("It takes over what is staged. Phones register again within seconds, and calls keep their media.")
        }
        (ServiceName::Tftp, ServiceAct::Stop) => {
            frame.tr("Phones cannot fetch their configuration from this node until it is started.")
        }
        (ServiceName::Tftp, _) => {
            frame.tr("It serves configuration files, over HTTPS with the tomcat certificate of now.")
        }
        (ServiceName::Tomcat, _) => {
            frame.tr("The next connections are shown the tomcat certificate of now. Those that are open go on.")
        }
    };
    let page = ConfirmPage {
        title,
        sentences: vec![sentence.to_owned()],
        action: "/ccmservice/act".to_owned(),
        fields: vec![("node", node.to_string()), ("service", service.to_string()), ("act", act.to_string())],
        button: button.to_owned(),
        back: CONTROL_CENTER.to_owned(),
        frame,
    };
    Ok(page.into_response())
}

/// `POST /ccmservice/act`
pub(super) async fn post(
    State(services): State<Services>,
    administrator: Administrator,
    form: Submission,
) -> Result<Response, PageError> {
    let (service, act) = read(form.text("service"), form.text("act"))?;
    let operations = services.administration;
    let node = operations.find_node(form.text("node")).await?;
    let language = administrator.language;
    let done = match act {
        ServiceAct::Start => language.fill("{0} is started on {1}.", &[&service, &node]),
        ServiceAct::Stop => language.fill("{0} is stopped on {1}.", &[&service, &node]),
        ServiceAct::Restart => language.fill("{0} is restarted on {1}.", &[&service, &node]),
    };
    let author = administrator.author();
    let work = async move { operations.control(&author, &node, service, act).await };
    carry_out(&administrator, work, Flash::done(done)).await;
    Ok(back_to(CONTROL_CENTER))
}
