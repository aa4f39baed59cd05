//! Forms: fields with their label, help, value and what is wrong with it.
//!
//! What was typed is a [`Draft`]: texts by field. A [`Reader`] makes values of it and notes every [`Problem`], so that a
//! refused form tells all that is wrong at once, beside each field and in a summary on top. The template is
//! `form/fields.html`, within a page that has a `frame`.

mod draft;
mod problem;

use std::borrow::Cow;

pub use draft::{Draft, Reader, separate};
pub use problem::{Problem, Said};

use crate::language::Language;

/// A field of a form, and the column of a file that carries it.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in the form.
    pub name: Cow<'static, str>,
    /// Its label: a key of the catalogues.
    pub label: &'static str,
    /// What it is for: a key of the catalogues; may be empty.
    pub help: &'static str,
    /// How it is typed.
    pub control: Control,
    /// The part of the form: a key of the catalogues.
    pub part: &'static str,
    /// The row of a part that is a table, from 1.
    pub row: Option<u8>,
    /// Whether it has to be given.
    pub required: bool,
}

/// How a field is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// A line of text.
    Text {
        /// Characters.
        most: usize,
    },
    /// Lines of text.
    Area {
        /// Characters.
        most: usize,
    },
    /// A number.
    Number {
        /// The smallest.
        least: u64,
        /// The greatest.
        most: u64,
    },
    /// A box that is checked (`true`) or not (`false`).
    Check,
    /// One of these: value and text.
    Choice(Vec<(String, String)>),
    /// A name that the page at this address finds while one types.
    Lookup(&'static str),
    /// A secret: it is never shown.
    Secret,
}

impl Field {
    /// A field of a line of text.
    #[must_use]
    pub fn text(part: &'static str, name: &'static str, label: &'static str, most: usize) -> Self {
        Self::new(part, name, label, Control::Text { most })
    }

    /// A field.
    #[must_use]
    pub fn new(part: &'static str, name: impl Into<Cow<'static, str>>, label: &'static str, control: Control) -> Self {
        Self { name: name.into(), label, help: "", control, part, row: None, required: false }
    }

    /// The same with a help.
    #[must_use]
    pub fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// The same, which has to be given.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same as part of a row.
    #[must_use]
    pub fn in_row(self, row: u8) -> Self {
        Self { row: Some(row), ..self }
    }

    /// The label in a language, with the row.
    #[must_use]
    pub fn full_label(&self, language: Language) -> String {
        match self.row {
            Some(row) => format!("{} {row}", language.tr(self.label)),
            None => language.tr(self.label).to_owned(),
        }
    }
}

/// A form as the template shows it.
#[derive(Debug, Default)]
pub struct FormView {
    /// Its parts.
    pub parts: Vec<Part>,
    /// What is wrong, for the summary: the field's identifier (empty for the whole form), its label, the text.
    pub problems: Vec<(String, String, String)>,
}

/// A part of a form.
#[derive(Debug)]
pub struct Part {
    /// Its title: a key of the catalogues.
    pub title: &'static str,
    /// Its fields, when it is no table.
    pub fields: Vec<FieldView>,
    /// The headings of a table: keys of the catalogues.
    pub headings: Vec<&'static str>,
    /// The rows of a table.
    pub rows: Vec<(u8, Vec<FieldView>)>,
}

/// A field as the template shows it.
#[derive(Debug)]
pub struct FieldView {
    /// Its name.
    pub name: String,
    /// Its label, in the language of the page.
    pub label: String,
    /// Its help: a key of the catalogues.
    pub help: &'static str,
    /// How it is typed.
    pub control: Control,
    /// What is in it.
    pub value: String,
    /// What is wrong with it, in the language of the page; may be empty.
    pub error: String,
    /// Whether it has to be given.
    pub required: bool,
    /// Whether it can be changed.
    pub read_only: bool,
}

impl FieldView {
    /// The identifiers of what describes the field, for `aria-describedby`.
    #[must_use]
    pub fn described_by(&self) -> String {
        let mut by = Vec::new();
        if !self.help.is_empty() {
            by.push(format!("{}-help", self.name));
        }
        if !self.error.is_empty() {
            by.push(format!("{}-error", self.name));
        }
        by.join(" ")
    }

    /// Whether it is a box that is checked.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.value == "true"
    }
}

impl FormView {
    /// The form of these fields with what was typed. Read-only are the ones that are named, or all.
    #[must_use]
    pub fn new(
        language: Language,
        fields: Vec<Field>,
        (draft, problems): (&Draft, &[Problem]),
        read_only: impl Fn(&str) -> bool,
    ) -> Self {
        let mut view = Self::default();
        let mut shown = Vec::new();
        for field in fields {
            let said: Vec<_> = problems.iter().filter(|problem| problem.field == field.name).collect();
            let error = said.iter().map(|problem| problem.said.text(language)).collect::<Vec<_>>().join("; ");
            let label = field.full_label(language);
            if !error.is_empty() {
                view.problems.push((field.name.to_string(), label.clone(), error.clone()));
                shown.push(field.name.to_string());
            }
            let value =
                if field.control == Control::Secret { String::new() } else { draft.get(&field.name).to_owned() };
            let own = FieldView {
                read_only: read_only(&field.name),
                name: field.name.into_owned(),
                label,
                help: field.help,
                control: field.control,
                value,
                error,
                required: field.required,
            };
            view.place(field.part, field.row, field.label, own);
        }
        let other = problems.iter().filter(|problem| !shown.contains(&problem.field));
        view.problems.extend(
            other.map(|problem| (String::new(), language.tr(&problem.label).to_owned(), problem.said.text(language))),
        );
        view
    }

    fn place(&mut self, title: &'static str, row: Option<u8>, label: &'static str, field: FieldView) {
        if self.parts.last().is_none_or(|part| part.title != title) {
            self.parts.push(Part { title, fields: Vec::new(), headings: Vec::new(), rows: Vec::new() });
        }
        let Some(part) = self.parts.last_mut() else { return };
        match row {
            None => part.fields.push(field),
            Some(row) => {
                if part.rows.last().is_none_or(|(last, _)| *last != row) {
                    part.rows.push((row, Vec::new()));
                }
                if part.rows.len() == 1 {
                    part.headings.push(label);
                }
                if let Some((_, fields)) = part.rows.last_mut() {
                    fields.push(field);
                }
            }
        }
    }
}
