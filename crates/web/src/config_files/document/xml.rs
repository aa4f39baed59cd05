//! Elements into memory. Every text is escaped; nothing can fail.

use std::fmt::Display;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

const MEMORY: &str = "writing to memory does not fail";

/// A document that grows.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    pub(super) fn new() -> Self {
        let mut xml = Self(Writer::new_with_indent(Vec::new(), b' ', 1));
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// An element with a text.
    pub(super) fn text(&mut self, name: &str, text: impl Display) {
        self.event(Event::Start(BytesStart::new(name)));
        self.event(Event::Text(BytesText::new(&text.to_string())));
        self.event(Event::End(BytesEnd::new(name)));
    }

    /// Elements with fixed texts.
    pub(super) fn texts(&mut self, texts: &[(&str, &str)]) {
        for (name, text) in texts {
            self.text(name, text);
        }
    }

    /// An element around others.
    pub(super) fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.element_with(name, &[], inside);
    }

    /// An element with attributes around others.
    pub(super) fn element_with(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.event(Event::Start(start));
        inside(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut document = self.0.into_inner();
        document.push(b'\n');
        document
    }

    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect(MEMORY);
    }
}
