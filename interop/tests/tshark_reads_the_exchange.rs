//! The registration with an access token as Wireshark reads it from the wire: REGISTER, 407, REGISTER, 200.
//!
//! The client is OpenSSL's, the token authlib's: nothing of ours speaks but the node.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use ringbearer_interop::authlib::take_token;
use ringbearer_interop::child::Child;
use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::tshark::{Capture, complaints, sip_messages};

const SOON: Duration = Duration::from_secs(10);

const FIELDS: [&str; 6] =
    ["sip.Method", "sip.Status-Code", "sip.Proxy-Authenticate", "sip.Expires", "sip.Supported", "sip.Contact"];

#[test]
fn the_exchange_is_the_documented_one() {
    let folder = Folder::new("tshark");
    let node = Node::start(&folder, "127.0.0.35");
    let found = take_token(&folder, &node, "alice");
    let token = found["access_token"].as_str().expect("a token");
    let capture = Capture::start(&folder, node.oauth_port().ip(), node.oauth_port().port());
    exchange(&folder, &node, token);
    let file = capture.stop();

    let rows = sip_messages(&file, &node.key_log(), 5090, &FIELDS);
    let outline: Vec<[&str; 3]> = rows.iter().map(|row| [&*row[0], &*row[1], &*row[3]]).collect();
    assert_eq!(
        outline,
        [["REGISTER", "", "3600"], ["", "407", ""], ["REGISTER", "", "3600"], ["", "200", "120"]],
        "{rows:#?}"
    );
    assert_eq!(rows[1][2], "Bearer realm=\"ccmsipline\"");
    assert_eq!(rows[3][4], "X-cisco-srtp-fallback,X-cisco-sis-9.1.0");
    assert!(rows[3][5].ends_with(";x-cisco-newreg"), "{}", rows[3][5]);
    assert_eq!(complaints(&file, &node.key_log(), 5090), Vec::<String>::new());
}

/// Sends the two REGISTERs through OpenSSL's client and waits for both answers.
fn exchange(folder: &Folder, node: &Node, token: &str) {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-verify_return_error", "-connect", &node.oauth_port().to_string()]);
    command.arg("-CAfile").arg(node.tomcat_certificate());
    let (mut client, mut input) = Child::start_with_input("openssl", folder.path(), &mut command);
    input.write_all(register(node, 1, "").as_bytes()).expect("the first REGISTER");
    client.wait_for("SIP/2.0 407 ", SOON);
    let credentials = format!("Proxy-Authorization: Bearer token=\"{token}\"\r\n");
    input.write_all(register(node, 2, &credentials).as_bytes()).expect("the second REGISTER");
    client.wait_for("SIP/2.0 200 ", SOON);
}

fn register(node: &Node, sequence: u32, credentials: &str) -> String {
    let host = node.oauth_port().ip();
    let contact = "00000000-0000-0000-0000-0000000007d1";
    format!(
        "REGISTER sip:{host} SIP/2.0\r\n\
         Via: SIP/2.0/TLS 127.0.0.47:50000;branch=z9hG4bK0000{sequence}\r\n\
         From: <sip:2001@{host}>;tag=0000000000010000-0001\r\n\
         To: <sip:2001@{host}>\r\n\
         Call-ID: 00000000-00010000-00000001-00000001@127.0.0.47\r\n\
         Max-Forwards: 70\r\n\
         CSeq: {sequence} REGISTER\r\n\
         User-Agent: Cisco-CSF\r\n\
         Contact: <sip:{contact}@127.0.0.47:50000;transport=tls>;+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000001>\";+u.sip!devicename.ccm.cisco.com=\"CSFALICE\";+u.sip!model.ccm.cisco.com=\"503\";video\r\n\
         {credentials}\
         Supported: replaces,join,X-cisco-callinfo,X-cisco-srtp-fallback,X-cisco-sis-7.0.0\r\n\
         Expires: 3600\r\n\
         Content-Length: 0\r\n\r\n"
    )
}
