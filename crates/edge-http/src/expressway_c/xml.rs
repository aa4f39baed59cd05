//! Writes small XML documents, an element a line.

use std::fmt::Display;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;

/// A document that is being written.
pub(super) struct Document {
    text: String,
    open: Vec<&'static str>,
}

impl Document {
    /// Begins with the root element; `attributes` is written as it is.
    pub(super) fn new(root: &'static str, attributes: &str) -> Self {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        let mut document = Self { text, open: Vec::new() };
        document.begin(root, attributes);
        document
    }

    /// An element with elements inside, which `content` writes.
    pub(super) fn element(&mut self, name: &'static str, content: impl FnOnce(&mut Self)) {
        self.begin(name, "");
        content(self);
        self.end();
    }

    /// An element with text.
    pub(super) fn text(&mut self, name: &str, value: impl Display) {
        let value = value.to_string();
        self.indent();
        self.text.push_str(&format!("<{name}>{}</{name}>\n", escape(&value)));
    }

    /// An element with one attribute and nothing inside.
    pub(super) fn attribute(&mut self, name: &str, attribute: &str, value: impl Display) {
        let value = value.to_string();
        self.indent();
        self.text.push_str(&format!("<{name} {attribute}=\"{}\"/>\n", escape(&value)));
    }

    /// The whole document as a response that nobody keeps.
    pub(super) fn into_response(mut self) -> Response {
        while !self.open.is_empty() {
            self.end();
        }
        let headers = [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
        (headers, self.text).into_response()
    }

    fn begin(&mut self, name: &'static str, attributes: &str) {
        self.indent();
        let space = if attributes.is_empty() { "" } else { " " };
        self.text.push_str(&format!("<{name}{space}{attributes}>\n"));
        self.open.push(name);
    }

    fn end(&mut self) {
        let Some(name) = self.open.pop() else { return };
        self.indent();
        self.text.push_str(&format!("</{name}>\n"));
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.open.len()));
    }
}
