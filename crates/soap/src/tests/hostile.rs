//! AXL-1: what would expand, nest or grow is refused before it does.

use super::read;
use crate::{Element, Envelope, EnvelopeError, Fault, FaultCode, Limits, XmlError};

#[test]
fn axl_1_nothing_is_expanded() {
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]><a>&c;</a>";
    let external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
    let cases = [
        (bomb, XmlError::DocumentType),
        (external, XmlError::DocumentType),
        ("<?xml version=\"1.0\"?><!DOCTYPE a><a/>", XmlError::DocumentType),
        ("<a>&c;</a>", XmlError::Entity),
        ("<a b=\"&c;\"/>", XmlError::Entity),
        ("<a>&#0;</a>", XmlError::Entity),
        ("<a>&#xB;</a>", XmlError::Encoding),
        ("<a b=\"&#8;\"/>", XmlError::Encoding),
        ("<a>&#x110000;</a>", XmlError::Entity),
        ("<?xml-stylesheet href=\"a\"?><a/>", XmlError::ProcessingInstruction),
        ("<a><?php a?></a>", XmlError::ProcessingInstruction),
        ("<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/>", XmlError::Inclusion),
        ("<a xmlns=\"http://www.w3.org/2001/XInclude\"/>", XmlError::Inclusion),
    ];
    for (document, expected) in cases {
        assert_eq!(read(document).unwrap_err(), expected, "{document}");
    }
}

#[test]
fn axl_1_size_depth_and_counts_have_limits() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(read(&nested(32)).is_ok());
    assert_eq!(read(&nested(33)).unwrap_err(), XmlError::TooDeep);
    assert_eq!(read(&"<a>".repeat(10_000)).unwrap_err(), XmlError::TooDeep);

    let children = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
    assert!(read(&children(4095)).is_ok());
    assert_eq!(read(&children(4096)).unwrap_err(), XmlError::TooManyNodes);
    assert_eq!(read(&format!("<a>{}</a>", "<b c=\"\"/>".repeat(2048))).unwrap_err(), XmlError::TooManyNodes);

    let attributes = |count: usize| {
        let all: String = (0..count).map(|number| format!(" a{number}=\"\"")).collect();
        format!("<a{all}/>")
    };
    assert!(read(&attributes(32)).is_ok());
    assert_eq!(read(&attributes(33)).unwrap_err(), XmlError::TooManyAttributes);
    let declarations = |count: usize| {
        let all: String = (0..count).map(|number| format!(" xmlns:a{number}=\"b\"")).collect();
        format!("<a{all}/>")
    };
    assert!(read(&declarations(32)).is_ok());
    assert_eq!(read(&declarations(33)).unwrap_err(), XmlError::TooManyAttributes);

    let text = |length: usize| format!("<a>{}</a>", "b".repeat(length - 7));
    assert!(read(&text(Limits::REQUEST.bytes)).is_ok());
    assert_eq!(read(&text(Limits::REQUEST.bytes + 1)).unwrap_err(), XmlError::TooLarge);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let cases = [
        ("", 0, "there is no element"),
        ("  \n", 3, "there is no element"),
        ("<a>", 3, "an element is not closed"),
        ("<a></b>", 7, "an end tag does not fit"),
        ("</a>", 4, "an end tag does not fit"),
        ("<a/><b/>", 8, "a second root"),
        ("<a/>b", 5, "a text outside the root"),
        ("b<a/>", 1, "a text outside the root"),
        ("<a/>&amp;", 9, "a text outside the root"),
        ("<a b=\"1\" b=\"2\"/>", 16, "an attribute is not right"),
        ("<a x:b=\"1\" y:b=\"2\" xmlns:x=\"n\" xmlns:y=\"n\"/>", 44, "an attribute comes twice"),
        ("<a b=\"<\"/>", 10, "an attribute's value has a <"),
        ("<1/>", 4, "a name is not one"),
        ("<a:b:c xmlns:a=\"n\"/>", 20, "a name is not one"),
        ("<:a/>", 5, "a name is not one"),
        ("<a xmlns='b\"'/>", 15, "a namespace is no address"),
        ("<a xmlns:b='&amp;'/>", 20, "a namespace is no address"),
        ("<a>]]></a>", 6, "a text has ]]>"),
        ("<a/><?xml version=\"1.0\"?>", 25, "a declaration that is not at the beginning"),
        (" <?xml version=\"1.0\"?><a/>", 22, "a declaration that is not at the beginning"),
    ];
    for (document, at, reason) in cases {
        assert_eq!(read(document).unwrap_err(), XmlError::NotWellFormed { at, reason }, "{document}");
    }
    assert_eq!(read("<x:a/>").unwrap_err(), XmlError::UnknownPrefix);
    assert_eq!(read("<a x:b=\"\"/>").unwrap_err(), XmlError::UnknownPrefix);
    assert_eq!(read("<xmlns:a/>").unwrap_err(), XmlError::UnknownPrefix);
}

#[test]
fn only_utf_8_is_read() {
    let limits = &Limits::REQUEST;
    for bytes in [b"<a>\xff</a>".as_slice(), b"\xff\xfe<\0a\0/\0>\0", b"<a>\0</a>", b"<a>\x0b</a>", b"<a b=\"\x01\"/>"]
    {
        assert_eq!(Element::parse(bytes, limits).unwrap_err(), XmlError::Encoding, "{bytes:?}");
    }
    for declaration in ["version=\"1.1\"", "version=\"1.0\" encoding=\"utf-16\"", "version=\"1.0\" encoding=\"latin1\""]
    {
        assert_eq!(read(&format!("<?xml {declaration}?><a/>")).unwrap_err(), XmlError::Encoding, "{declaration}");
    }
    for declaration in ["version=\"1.0\"", "version='1.0' encoding='UTF-8'", "version='1.0' encoding='us-ascii'"] {
        assert_eq!(read(&format!("<?xml {declaration}?>\n<a/>")).unwrap().name(), "a", "{declaration}");
    }
    assert_eq!(read("\u{feff}<a>ä</a>").unwrap().text(), "ä");
    assert_eq!(read("\u{feff}<?xml version='1.0'?><a>ä</a>").unwrap().text(), "ä");
}

#[test]
fn what_is_no_message_for_us_says_why() {
    const NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    let envelope = |inside: &str| format!("<e:Envelope xmlns:e=\"{NAMESPACE}\">{inside}</e:Envelope>");
    let header = |attributes: &str| envelope(&format!("<e:Header><a {attributes}/></e:Header><e:Body><b/></e:Body>"));
    let cases = [
        ("<a/>".to_owned(), EnvelopeError::NoEnvelope, FaultCode::Client),
        ("<Envelope/>".to_owned(), EnvelopeError::VersionMismatch, FaultCode::VersionMismatch),
        (
            "<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'/>".to_owned(),
            EnvelopeError::VersionMismatch,
            FaultCode::VersionMismatch,
        ),
        (envelope(""), EnvelopeError::NoBody, FaultCode::Client),
        (envelope("<Body><b/></Body>"), EnvelopeError::NoBody, FaultCode::Client),
        (envelope("<e:Body><b/></e:Body><e:Body><b/></e:Body>"), EnvelopeError::NoBody, FaultCode::Client),
        (envelope("<e:Body/>"), EnvelopeError::NotOneEntry, FaultCode::Client),
        (envelope("<e:Body><b/><c/></e:Body>"), EnvelopeError::NotOneEntry, FaultCode::Client),
        (header("e:mustUnderstand='1'"), EnvelopeError::MustUnderstand, FaultCode::MustUnderstand),
        (
            header("e:mustUnderstand='1' e:actor='http://schemas.xmlsoap.org/soap/actor/next'"),
            EnvelopeError::MustUnderstand,
            FaultCode::MustUnderstand,
        ),
        ("<a>&b;</a>".to_owned(), EnvelopeError::Xml(XmlError::Entity), FaultCode::Client),
    ];
    for (document, expected, code) in cases {
        let error = Envelope::parse(document.as_bytes(), &Limits::REQUEST).unwrap_err();
        assert_eq!((error, Fault::of(&error).code), (expected, code), "{document}");
    }
    for attributes in ["", "e:mustUnderstand='0'", "e:mustUnderstand='1' e:actor='http://example.com/other'"] {
        let envelope = Envelope::parse(header(attributes).as_bytes(), &Limits::REQUEST).unwrap();
        assert_eq!(envelope.entry.name(), "b", "{attributes}");
    }
}

#[test]
fn no_error_and_no_debug_shows_a_text() {
    let canary = "canary-5f1e";
    let element = read(&format!("<a b=\"{canary}\"><c>{canary}</c></a>")).unwrap();
    assert!(!format!("{element:?}").contains(canary));
    for document in [format!("<a>&{canary};</a>"), format!("<{canary}"), format!("<a xmlns:xml=\"{canary}\"/>")] {
        let error = read(&document).unwrap_err();
        assert!(!format!("{error:?} {error}").contains(canary), "{document}");
    }
}
