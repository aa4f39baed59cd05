//! Import and export.
//!
//! An import is tried first: each line is checked against the directory as the lines before it leave it, and a report says
//! what would become of it. Then the same file is sent again and written, all of it or nothing, in one write of the
//! repository. A file that was changed in between, or a directory that was, is simply checked anew.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use directory::{Directory, Object, Precondition, RepositoryError, Version};

use super::CcmAdmin;
use super::entity::{Entity, Kind, all_fields, checked};
use super::files::{self, FileError};
use crate::administrator::Administrator;
use crate::error::PageError;
use crate::flash::Flash;
use crate::form::Draft;
use crate::frame::Frame;
use crate::language::Language;
use crate::page::Page;
use crate::submission::Submission;
use crate::table::ListQuery;

/// Lines of the report that are shown; those with an error come first.
const MOST_SHOWN: usize = 500;

#[derive(Template)]
#[template(path = "ccmadmin/import.html")]
struct ImportPage {
    frame: Frame,
    kind: Kind,
    /// The file, when it has been tried.
    text: String,
    problem: String,
    report: Option<Report>,
    columns: Vec<String>,
}

/// What would become of each line.
#[derive(Default)]
struct Report {
    added: usize,
    changed: usize,
    unchanged: usize,
    refused: usize,
    lines: Vec<Line>,
    left_out: usize,
}

struct Line {
    number: u64,
    name: String,
    outcome: Outcome,
    /// In the reader's language.
    said: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Added,
    Changed,
    Unchanged,
    Refused,
}

impl Line {
    /// A key of the catalogues.
    fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Added => "is added",
            Outcome::Changed => "is changed",
            Outcome::Unchanged => "stays as it is",
            Outcome::Refused => "is refused",
        }
    }

    fn style(&self) -> &'static str {
        match self.outcome {
            Outcome::Added | Outcome::Changed => "good",
            Outcome::Unchanged => "",
            Outcome::Refused => "bad",
        }
    }
}

/// `GET {kind}/export`
pub(super) async fn export<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    Query(query): Query<ListQuery>,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let all = E::all(&directory).into_iter().map(AsRef::as_ref).collect();
    let objects = query.matching(all, E::COLUMNS, &*directory);
    let file = files::write(&objects, &directory).map_err(|error| {
        tracing::error!(%error, "a file cannot be written");
        PageError::Internal
    })?;
    let disposition = format!("attachment; filename=\"{}.csv\"", E::KIND.file);
    let disposition = HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)], file).into_response())
}

/// `GET {kind}/import`
pub(super) async fn get<E: Entity>(State(ccmadmin): State<CcmAdmin>, frame: Frame) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    Ok(page::<E>(frame, &directory, (String::new(), String::new()), None).into_response())
}

/// `POST {kind}/import`: tries, or writes when the form says so.
pub(super) async fn post<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    administrator: Administrator,
    frame: Frame,
    form: Submission,
) -> Result<Response, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let file = form.file("file").filter(|file| !file.content.is_empty());
    let octets = file.map_or_else(|| form.text("text").as_bytes().to_vec(), |file| file.content.to_vec());
    let language = frame.language;
    let (copy, given) = (directory.clone(), octets.clone());
    // Thousands of lines take a while, which the connections of others must not notice.
    let tried = tokio::task::spawn_blocking(move || try_file::<E>(&given, &copy, language)).await;
    let tried = tried.map_err(|error| {
        tracing::error!(%error, "a file cannot be tried");
        PageError::Internal
    })?;
    let text = String::from_utf8_lossy(&octets).into_owned();
    let (report, writes) = match tried {
        Ok(tried) => tried,
        Err(error) => {
            let page = page::<E>(frame, &directory, (text, file_problem(&error, language)), None);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    if form.text("act") != "write" || report.refused > 0 {
        let status = if report.refused > 0 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        return Ok((status, page::<E>(frame, &directory, (text, String::new()), Some(report))).into_response());
    }
    if !writes.is_empty() {
        match ccmadmin.repository.put(&administrator.author(), writes).await {
            Ok(()) => {}
            Err(
                RepositoryError::Changed(key) | RepositoryError::AlreadyExists(key) | RepositoryError::NotFound(key),
            ) => {
                let said =
                    language.fill("{0} was changed meanwhile. Nothing was written. Try the file again.", &[&key]);
                let page = page::<E>(frame, &directory, (text, said), None);
                return Ok((StatusCode::CONFLICT, page).into_response());
            }
            Err(RepositoryError::Refused(violation)) => {
                let page = page::<E>(frame, &directory, (text, violation.to_string()), None);
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            Err(error) => return Err(error.into()),
        }
    }
    let counts: [&dyn std::fmt::Display; 3] = [&report.added, &report.changed, &report.unchanged];
    administrator.tell(Flash::done(language.fill("Imported: {0} added, {1} changed, {2} as they were.", &counts)));
    Ok(Redirect::to(E::KIND.path).into_response())
}

type Writes = Vec<(Object, Precondition)>;

/// What would become of a file, and what has to be written for it.
fn try_file<E: Entity>(
    octets: &[u8],
    directory: &Directory,
    language: Language,
) -> Result<(Report, Writes), FileError> {
    let rows = files::read::<E>(octets, directory)?;
    let mut after = Directory::clone(directory);
    let (mut report, mut writes, mut names) = (Report::default(), Writes::new(), std::collections::HashSet::new());
    let mut refused = Vec::new();
    for (number, given) in rows {
        let name = given.get(E::KEY).to_owned();
        let (outcome, said) = if names.insert(name.to_ascii_lowercase()) {
            try_row::<E>(&given, (directory, &mut after), &mut writes, language)
        } else {
            (Outcome::Refused, language.tr("the file has this name before").to_owned())
        };
        *match outcome {
            Outcome::Added => &mut report.added,
            Outcome::Changed => &mut report.changed,
            Outcome::Unchanged => &mut report.unchanged,
            Outcome::Refused => &mut report.refused,
        } += 1;
        let into = if outcome == Outcome::Refused { &mut refused } else { &mut report.lines };
        match into.len() < MOST_SHOWN {
            true => into.push(Line { number, name, outcome, said }),
            false => report.left_out += 1,
        }
    }
    let room = MOST_SHOWN.saturating_sub(refused.len());
    report.left_out += report.lines.len().saturating_sub(room);
    report.lines.truncate(room);
    refused.append(&mut report.lines);
    report.lines = refused;
    Ok((report, writes))
}

fn try_row<E: Entity>(
    given: &Draft,
    (directory, after): (&Directory, &mut Directory),
    writes: &mut Writes,
    language: Language,
) -> (Outcome, String) {
    let before = E::find(directory, given.get(E::KEY)).cloned();
    // What the file has no column for stays, or is as on a new page.
    let mut draft = before.as_ref().map_or_else(E::blank, |before| before.draft(directory));
    given.iter().for_each(|(field, value)| draft.set(field.to_owned(), value));
    if let Some(before) = &before {
        draft.set(E::KEY, before.key().name());
    }
    let rows: Vec<u8> = before.as_ref().map(|before| before.rows()).unwrap_or_default();
    let fields = all_fields::<E>(after, &rows);
    let (object, beside, _) = match checked::<E>(&draft, before.as_deref(), after, &fields) {
        Ok(checked) => checked,
        Err(problems) => {
            let said = problems.iter().map(|problem| {
                let field = fields.iter().find(|field| field.name == problem.field);
                let label =
                    field.map_or_else(|| language.tr(&problem.label).to_owned(), |field| field.full_label(language));
                if label.is_empty() {
                    problem.said.text(language)
                } else {
                    format!("{label}: {}", problem.said.text(language))
                }
            });
            return (Outcome::Refused, said.collect::<Vec<_>>().join("; "));
        }
    };
    let is_same = before.as_deref() == Some(&object) && beside.before.is_empty() && beside.behind.is_empty();
    if is_same {
        return (Outcome::Unchanged, String::new());
    }
    let version = before.as_ref().and_then(|before| before.version(directory));
    let precondition = version.map_or(Precondition::Absent, Precondition::Version);
    let behind = beside.behind.into_iter().map(|(other, _)| {
        // Two users may be given the same device: the second finds it as the first left it.
        let precondition =
            directory.version(&other.key()).filter(|version| after.version(&other.key()) == Some(*version));
        (other, precondition.map_or(Precondition::Present, Precondition::Version))
    });
    let behind: Vec<_> = behind.collect();
    let all = beside.before.into_iter().chain([(object.into_object(), precondition)]).chain(behind);
    for (object, precondition) in all {
        after.put(object.clone(), Version(u64::MAX));
        writes.push((object, precondition));
    }
    (if before.is_some() { Outcome::Changed } else { Outcome::Added }, String::new())
}

fn page<E: Entity>(
    frame: Frame,
    directory: &Directory,
    (text, problem): (String, String),
    report: Option<Report>,
) -> Page<impl Template + use<E>> {
    let rows: &[u8] = if E::row_fields(1).is_empty() { &[] } else { &[1] };
    let columns = files::columns::<E>(directory, rows).into_iter();
    let columns = columns.map(|field| field.full_label(Language::English)).collect();
    Page(ImportPage { frame, kind: E::KIND, text, problem, report, columns })
}

fn file_problem(error: &FileError, language: Language) -> String {
    match error {
        FileError::NotText => language.tr("The file is not text in UTF-8.").to_owned(),
        FileError::Empty => language.tr("The first line must name the columns.").to_owned(),
        FileError::UnknownColumn(name) => language.fill("There is no column \"{0}\".", &[name]),
        FileError::RepeatedColumn(name) => language.fill("The column \"{0}\" comes twice.", &[name]),
        FileError::NoName(name) => language.fill("The column \"{0}\" is missing.", &[name]),
        FileError::TooLong => language.fill("The file has more than {0} lines.", &[&files::MOST_ROWS]),
        FileError::Row(line, what) => language.fill("Line {0}: {1}.", &[line, what]),
    }
}
