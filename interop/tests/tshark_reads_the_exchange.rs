//! The registration with an access token as Wireshark reads it from the wire: REGISTER, 407, REGISTER, 200.
//!
//! The client is OpenSSL's, the token authlib's: nothing of ours speaks but the node.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use ringbearer_interop::authlib::take_token;
use ringbearer_interop::child::wait_until;
use ringbearer_interop::cluster::Node;
use ringbearer_interop::folder::Folder;
use ringbearer_interop::tshark::{Capture, complaints, sip_messages};

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
    let answers = folder.join("answers");
    let mut client = Command::new("timeout")
        .args(["20", "openssl", "s_client", "-quiet", "-connect", &node.oauth_port().to_string(), "-CAfile"])
        .arg(node.tomcat_certificate())
        .arg("-verify_return_error")
        .stdin(Stdio::piped())
        .stdout(std::fs::File::create(&answers).expect("a file"))
        .stderr(std::fs::File::create(folder.join("openssl.log")).expect("a file"))
        .spawn()
        .expect("openssl runs");
    let mut input = client.stdin.take().expect("a pipe");
    let answered = |status: &str| {
        let mut text = String::new();
        let file = std::fs::File::open(&answers).and_then(|mut file| file.read_to_string(&mut text));
        file.is_ok() && text.contains(&format!("SIP/2.0 {status} "))
    };
    input.write_all(register(node, 1, "").as_bytes()).expect("the first REGISTER");
    wait_until("a challenge", Duration::from_secs(10), || answered("407"));
    let credentials = format!("Proxy-Authorization: Bearer token=\"{token}\"\r\n");
    input.write_all(register(node, 2, &credentials).as_bytes()).expect("the second REGISTER");
    wait_until("a registration", Duration::from_secs(10), || answered("200"));
    drop(input);
    client.wait().expect("openssl ends");
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
