//! RFC 3261 §19.1.4: which SIP URIs are equal, with the examples of the section.

use ringbearer_sip::message::{Host, Uri, UriBuf};

fn are_equal(one: &str, other: &str) -> bool {
    let (one, other) = (Uri::parse(one.as_bytes()).expect(one), Uri::parse(other.as_bytes()).expect(other));
    let (is_equal, is_equal_too) = (one == other, other == one);
    assert_eq!(is_equal, is_equal_too, "equality has no direction");
    is_equal
}

#[test]
fn equal() {
    for (one, other) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0:0::1]"),
        ("SIP:a@b", "sip:a@b"),
    ] {
        assert!(are_equal(one, other), "{one} {other}");
    }
}

#[test]
fn not_equal() {
    for (one, other) in [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@b", "sips:a@b"),
        ("sip:a@b", "sip:b"),
        ("sip:a:x@b", "sip:a@b"),
    ] {
        assert!(!are_equal(one, other), "{one} {other}");
    }
}

#[test]
fn parts() {
    let uri = Uri::parse(b"sips:alice:secret@[2001:db8::1]:5061;transport=tcp;lr?Subject=x").unwrap().as_sip().unwrap();
    assert!(uri.is_secure() && uri.is_loose_route());
    assert_eq!((uri.scheme(), uri.user(), uri.password()), (&b"sips"[..], Some(&b"alice"[..]), Some(&b"secret"[..])));
    assert_eq!((uri.host().to_string(), uri.port()), ("[2001:db8::1]".to_owned(), Some(5061)));
    assert_eq!((uri.transport(), uri.headers()), (Some(&b"tcp"[..]), &b"Subject=x"[..]));
    let bare = Uri::parse(b"sip:ucm").unwrap().as_sip().unwrap();
    assert_eq!((bare.user(), bare.password(), bare.port()), (None, None, None));
    assert_eq!(bare.host(), Host::Name(b"UCM"));
    assert!(bare.parameters().is_empty() && bare.headers().is_empty());
}

#[test]
fn refused() {
    for text in [
        "",
        "sip",
        "sip:",
        "sip:@host",
        "sip:a@",
        "sip:a@b:",
        "sip:a@b:65536",
        "sip:a@b:0",
        "sip:a@b:5060x",
        "sip:a b@c",
        "sip:a@b;",
        "sip:a@b;;lr",
        "sip:a@b;lr;x;LR",
        "sip:a@b;x=",
        "sip:a@b;=x",
        "sip:a%4@b",
        "sip:a%zz@b",
        "sip:a@b@c",
        "sip:a@[::1",
        "sip:a@::1",
        "sip:a@[1.2.3.4]",
        "sip:a@[::g]",
        "sip:<a@b>",
        "sip:\"a\"@b",
        "sip:a@b\r\nX: y",
        "sip:a@b\0",
        "1x:y",
        ":y",
        "sip:a@-b",
        "sip:a@b-",
        "sip:a@.b",
        "http://a b",
    ] {
        assert!(Uri::parse(text.as_bytes()).is_none(), "{text:?}");
        assert!(UriBuf::parse(text.to_owned()).is_none(), "{text:?}");
    }
}

#[test]
fn a_user_is_escaped_where_it_must_be() {
    let uri = UriBuf::sip("a b@c:d%", "ucm.example.com:5061;transport=tls").unwrap();
    assert_eq!(uri.to_string(), "sip:a%20b%40c%3Ad%25@ucm.example.com:5061;transport=tls");
    assert_eq!(uri.as_sip().unwrap().user_decoded().unwrap().as_ref(), b"a b@c:d%");
    assert_eq!(UriBuf::sip("", "ucm").unwrap().to_string(), "sip:ucm");
    assert_eq!(UriBuf::sip("a", "host>\r\nX: y"), None);
}
