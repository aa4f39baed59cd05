//! RFC 3515, RFC 3891, RFC 3420.

use crate::dialog::refer::*;

use super::*;

fn read(value: &str) -> Option<ReferTo> {
    let refer = request("REFER", 2, ";tag=b2", &format!("Refer-To: {value}\r\n"));
    ReferTo::read(&refer.headers().refer_to().unwrap().unwrap())
}

#[test]
fn a_blind_transfer_names_a_target() {
    let refer_to = read("<sip:1003@ucm;user=phone>").unwrap();
    assert_eq!(refer_to.target.as_bytes(), b"sip:1003@ucm;user=phone");
    assert_eq!(refer_to.method, Method::Invite);
    assert_eq!(refer_to.replaces, None);
    assert_eq!(refer_to.value(), b"<sip:1003@ucm;user=phone>");
}

#[test]
fn an_attended_transfer_names_the_dialog_at_the_target() {
    let consultation = DialogId::new(b"c2@127.0.0.1", b"mine", b"theirs");
    let refer_to = ReferTo {
        target: UriBuf::parse("sip:1003@ucm").unwrap(),
        method: Method::Invite,
        replaces: Some(Replaced::far_end_of(&consultation)),
    };
    let value = String::from_utf8(refer_to.value()).unwrap();
    assert_eq!(value, "<sip:1003@ucm?Replaces=c2%40127.0.0.1%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dmine>");
    assert_eq!(read(&value), Some(refer_to));
}

#[test]
fn the_target_finds_its_dialog_by_replaces() {
    let replaces = "Replaces: c2@127.0.0.1;from-tag=mine;to-tag=theirs;early-only\r\n";
    let invite = invite(replaces);
    let replaced = Replaced::from(invite.headers().replaces().unwrap().unwrap());
    assert_eq!(replaced.dialog, DialogId::new(b"c2@127.0.0.1", b"theirs", b"mine"));
    assert!(replaced.is_early_only);
    assert_eq!(replaced.value(), b"c2@127.0.0.1;to-tag=theirs;from-tag=mine;early-only");
}

#[test]
fn another_scheme_or_method_is_data() {
    assert_eq!(read("<urn:X-cisco-remotecc:token-registration>").unwrap().target.as_uri().scheme(), b"urn");
    assert_eq!(read("<sip:1003@ucm;method=BYE>").unwrap().method, Method::Bye);
}

#[test]
fn a_malformed_replaces_is_refused() {
    assert_eq!(read("<sip:1003@ucm?Replaces=c2%3Bto-tag%3Dtheirs>"), None);
}

#[test]
fn the_outcome_is_told_as_a_status_line() {
    assert_eq!(sipfrag(StatusCode::BUSY_HERE), "SIP/2.0 486 Busy Here\r\n");
    assert_eq!(sipfrag_status(b"SIP/2.0 100 Trying\r\n"), Some(StatusCode::TRYING));
    for malformed in [&b"SIP/2.0 1"[..], b"", b"SIP/2.0 000 X", b"HTTP/1.1 200 OK", b"SIP/2.0 \xff\xff\xff"] {
        assert_eq!(sipfrag_status(malformed), None);
    }
}
