//! A tree of elements into a document.
//!
//! A namespace is declared where it is first needed, with a prefix: `soapenv` for the envelope's, `ns` for the others.

use crate::element::Element;
use crate::envelope::ENVELOPE_NAMESPACE;
use crate::reader::is_character;

pub(crate) fn document(root: &Element) -> String {
    let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    write(root, &mut Vec::new(), &mut document);
    document
}

/// The namespace of `xml:lang` and its like, whose prefix needs no declaration and has no other.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The namespaces in scope with their prefixes.
type Scope<'e> = Vec<(&'e str, String)>;

fn write<'e>(element: &'e Element, scope: &mut Scope<'e>, out: &mut String) {
    let outer = scope.len();
    let attributes = element.attributes.iter().filter_map(|attribute| attribute.namespace());
    for namespace in element.namespace().into_iter().chain(attributes) {
        if !scope.iter().any(|(known, _)| *known == namespace) {
            let prefix = prefix(namespace, scope);
            scope.push((namespace, prefix));
        }
    }
    let name = qualified(element.namespace(), element.name(), scope);
    out.push('<');
    out.push_str(&name);
    for (namespace, prefix) in scope.iter().skip(outer).filter(|(namespace, _)| *namespace != XML) {
        attribute(&format!("xmlns:{prefix}"), namespace, out);
    }
    for one in &element.attributes {
        attribute(&qualified(one.namespace(), one.name(), scope), one.value(), out);
    }
    if element.children.is_empty() && element.text.is_empty() {
        out.push_str("/>");
    } else {
        out.push('>');
        escape(element.text(), out);
        for child in &element.children {
            write(child, scope, out);
        }
        out.push_str("</");
        out.push_str(&name);
        out.push('>');
    }
    scope.truncate(outer);
}

fn prefix(namespace: &str, scope: &Scope<'_>) -> String {
    if namespace == ENVELOPE_NAMESPACE {
        return "soapenv".to_owned();
    }
    if namespace == XML {
        return "xml".to_owned();
    }
    match scope.iter().filter(|(_, prefix)| prefix.starts_with("ns")).count() {
        0 => "ns".to_owned(),
        others => format!("ns{}", others + 1),
    }
}

fn qualified(namespace: Option<&str>, name: &str, scope: &Scope<'_>) -> String {
    let bound = namespace.and_then(|namespace| scope.iter().find(|(known, _)| *known == namespace));
    bound.map_or_else(|| name.to_owned(), |(_, prefix)| format!("{prefix}:{name}"))
}

fn attribute(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape(value, out);
    out.push('"');
}

/// White space other than a space is written as a reference, so that no reader normalises it.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c if is_character(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
}
