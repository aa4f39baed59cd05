//! The OAuth rule of a phone security profile, explained while one edits: each condition of the directory's, and whether what
//! is typed has it. htmx asks for it at every change; without scripts it stands on the page as it was loaded, and after a
//! refused save.

use askama::Template;
use axum::response::{IntoResponse, Response};
use directory::{Directory, SecurityProfile};

use super::entity::Entity;
use crate::form::{Draft, Problem, Reader, Said};
use crate::frame::Frame;
use crate::language::Language;
use crate::page::Page;
use crate::submission::Submission;

/// How a profile stands to OAuth.
pub(super) struct Explanation {
    /// Whether OAuth is asked for.
    pub(super) wanted: bool,
    /// Whether all conditions hold.
    pub(super) good: bool,
    /// Label, reason, whether it holds: keys of the catalogues.
    pub(super) conditions: Vec<(&'static str, &'static str, bool)>,
    /// What else is wrong with the profile, in the reader's language.
    pub(super) other: String,
}

#[derive(Template)]
#[template(path = "ccmadmin/explanation.html")]
struct ExplanationPart {
    frame: Frame,
    explanation: Explanation,
}

impl Explanation {
    /// The explanation, for a kind of object that has one.
    pub(super) fn of<E: Entity>(language: Language, draft: &Draft, problems: &[Problem]) -> Option<Self> {
        if E::KIND.path != SecurityProfile::KIND.path {
            return None;
        }
        // A profile without a name yet is explained too.
        let named =
            if draft.get(SecurityProfile::KEY).is_empty() { draft.clone().with("name", "-") } else { draft.clone() };
        let mut reader = Reader::new(&named);
        let profile = SecurityProfile::read(&mut reader, None)?;
        let conditions = profile.oauth_conditions();
        let good = conditions.iter().all(|condition| condition.holds);
        let said = |violation: directory::Violation| {
            format!("{}: {}", language.tr(violation.field), Said::Rule(violation.rule).text(language))
        };
        // The rule of OAuth is told by its conditions; what else is refused is told in words.
        let other = match profile.validate() {
            Err(violation) if violation.field != "Enable OAuth Authentication" && problems.is_empty() => {
                said(violation)
            }
            _ => String::new(),
        };
        let conditions = conditions.map(|condition| (condition.field, condition.reason, condition.holds)).to_vec();
        Some(Self { wanted: profile.oauth_authentication, good, conditions, other })
    }
}

/// `POST /ccmadmin/phone-security-profile/explain`: a part of the page. Nothing is written.
pub(super) async fn post(frame: Frame, form: Submission) -> Response {
    let draft = Draft::of_form(&form, &SecurityProfile::fields(&Directory::default()));
    match Explanation::of::<SecurityProfile>(frame.language, &draft, &[]) {
        Some(explanation) => Page(ExplanationPart { frame, explanation }).into_response(),
        // A number is missing, which the form's own check tells.
        None => axum::http::StatusCode::NO_CONTENT.into_response(),
    }
}
