//! Messages of clients, faults of servers, and documents that survive being written.

use super::read;
use crate::axl::{self, Action, AxlError, Version};
use crate::{AnswerError, Call, Element, Envelope, EnvelopeError, Fault, FaultCode, Limits, XmlError};

#[test]
fn a_client_library_s_request_is_read() {
    let document = "<?xml version='1.0' encoding='utf-8'?>
        <soap-env:Envelope xmlns:soap-env=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap-env:Header/><soap-env:Body>
          <!-- a comment -->
          <ns0:addThing xmlns:ns0=\"http://www.cisco.com/AXL/API/15.0\" sequence=\"7\">
            <thing><name>a &amp; b &lt;&#228;&gt;</name><text><![CDATA[<raw> & ]]>tail</text><empty/><q xmlns='x'/></thing>
          </ns0:addThing></soap-env:Body></soap-env:Envelope>";
    let entry = Envelope::parse(document.as_bytes(), &Limits::REQUEST).unwrap().entry;
    assert!(entry.is("http://www.cisco.com/AXL/API/15.0", "addThing"));
    assert_eq!(entry.attribute("sequence"), Some("7"));
    assert_eq!(entry.text(), "");
    let thing = entry.at(&["thing"]).unwrap();
    assert_eq!(thing.namespace(), None);
    assert_eq!(thing.child_text("name"), Some("a & b <ä>"));
    assert_eq!(thing.child_text("text"), Some("<raw> & tail"));
    assert_eq!(thing.child_text("empty"), Some(""));
    assert_eq!(thing.child("q").unwrap().namespace(), Some("x"));
    assert_eq!(thing.child("absent"), None);
    assert_eq!(entry.at(&["thing", "name", "absent"]), None);
}

#[test]
fn what_is_written_reads_the_same() {
    let element = Element::qualified("urn:a", "root")
        .with_attribute("plain", "\" & ' < > \t\n\r é")
        .with_text("text", " \" & ' < > ]]> \t\n\r é ")
        .with(Element::qualified("urn:a", "same").with(Element::qualified("urn:b", "other")))
        .with(Element::new("none").with_all([Element::new("x"), Element::new("y")]));
    let document = element.to_document();
    assert_eq!(read(&document).unwrap(), element, "{document}");
    let other_ways =
        "<a xmlns='urn:a' xmlns:b='urn:b' xml:lang='en' b:c='1' c='2'><xml:b/><b:a>x<d/>y</b:a><e xmlns=''/></a>";
    let element = read(other_ways).unwrap();
    assert_eq!(read(&element.to_document()).unwrap(), element, "{}", element.to_document());
    let with_nul = Element::new("a").with_own_text("\0\u{ffff}");
    assert_eq!(read(&with_nul.to_document()).unwrap().text(), "\u{fffd}\u{fffd}");
}

#[test]
fn an_envelope_is_written_with_the_usual_prefixes() {
    let call = axl::request(Version::V12_5, "getCCMVersion", []);
    assert_eq!(
        call.to_document(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
         <ns:getCCMVersion xmlns:ns=\"http://www.cisco.com/AXL/API/12.5\"/></soapenv:Body></soapenv:Envelope>"
    );
}

#[test]
fn a_fault_carries_its_detail() {
    let error =
        AxlError { code: -239, message: "a <duplicate>".to_owned(), request: "addExpresswayCConfiguration".to_owned() };
    let fault = error.to_fault(FaultCode::Client);
    let document = fault.to_envelope().to_document();
    let call = axl::request(Version::LATEST, "addExpresswayCConfiguration", []);
    let answer = call.read_answer(500, document.as_bytes(), &Limits::ANSWER).unwrap_err();
    let AnswerError::Fault(read) = answer else { panic!("{answer:?}") };
    assert_eq!(*read, fault);
    assert_eq!(AxlError::of(&read), Some(error));
    assert_eq!(read.to_string(), "Client: a <duplicate>");
    assert!(document.contains("<faultcode>soapenv:Client</faultcode>"), "{document}");
    assert_eq!(AxlError::of(&Fault::new(FaultCode::Server, "no detail")), None);
}

#[test]
fn fault_codes_are_read_with_any_prefix() {
    let fault = |code: &str| {
        let fault = format!(
            "<e:Fault xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><faultcode>{code}</faultcode>\
             <faultstring> no </faultstring></e:Fault>"
        );
        Fault::read(&read(&fault).unwrap()).unwrap()
    };
    assert_eq!(fault("soapenv:Client"), Fault::new(FaultCode::Client, "no"));
    assert_eq!(fault("Client.Authentication").code, FaultCode::Client);
    assert_eq!(fault("x:VersionMismatch").code, FaultCode::VersionMismatch);
    assert_eq!(fault("x:MustUnderstand").code, FaultCode::MustUnderstand);
    assert_eq!(fault("x:Server").code, FaultCode::Server);
    assert_eq!(fault("axis:whatever").code, FaultCode::Server);
    assert_eq!(Fault::read(&Element::new("Fault")), None, "of no namespace");
}

#[test]
fn an_answer_belongs_to_its_request() {
    let call = axl::request(Version::V14_0, "getThing", []);
    let answer = |namespace: &str, name: &str| {
        Envelope::new(Element::qualified(namespace, name).with(Element::new("return"))).to_document()
    };
    let read = |call: &Call, status, document: &str| call.read_answer(status, document.as_bytes(), &Limits::ANSWER);
    let good = answer("http://www.cisco.com/AXL/API/14.0", "getThingResponse");
    assert_eq!(read(&call, 200, &good).unwrap().children().len(), 1);
    assert_eq!(read(&call, 500, &good), Err(AnswerError::Status(500)));
    for (namespace, name) in [
        ("http://www.cisco.com/AXL/API/15.0", "getThingResponse"),
        ("http://www.cisco.com/AXL/API/14.0", "getOtherResponse"),
        ("http://www.cisco.com/AXL/API/14.0", "getThing"),
    ] {
        assert_eq!(read(&call, 200, &answer(namespace, name)), Err(AnswerError::Other), "{namespace} {name}");
    }
    assert_eq!(read(&call, 401, "<html>no</html>"), Err(AnswerError::Status(401)));
    assert_eq!(read(&call, 401, "<html>no"), Err(AnswerError::Status(401)));
    assert_eq!(read(&call, 200, "<html>no</html>"), Err(AnswerError::Envelope(EnvelopeError::NoEnvelope)));
    let cut = Err(AnswerError::Envelope(EnvelopeError::Xml(XmlError::NotWellFormed {
        at: 6,
        reason: "an element is not closed",
    })));
    assert_eq!(read(&call, 200, "<html>"), cut);
}

#[test]
fn an_action_names_a_version_and_an_operation() {
    let action = |header| Action::parse(header);
    let both = |version, operation| Some(Action { version, operation });
    assert_eq!(action("\"CUCM:DB ver=15.0 getUser\""), both("15.0", Some("getUser")));
    assert_eq!(action("CUCM:DB ver=8.5 getUser"), both("8.5", Some("getUser")));
    assert_eq!(action("\"CUCM:DB ver=12.5\""), both("12.5", None));
    for bad in ["", "\"\"", "getUser", "CUCM:DB", "CUCM:DB getUser", "CUCM:DB ver=15.0 getUser and more"] {
        assert_eq!(action(bad), None, "{bad}");
    }
}

#[test]
fn a_namespace_names_a_version() {
    for version in Version::ALL {
        assert_eq!(Version::from_namespace(&version.namespace()), Some(Some(version)));
    }
    assert_eq!(Version::from_namespace("http://www.cisco.com/AXL/API/13.0"), Some(None));
    assert_eq!(Version::from_namespace("http://example.com/"), None);
}
