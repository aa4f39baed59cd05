//! The file of an Expressway's diagnostic logging in Wireshark's hands: SIP between the right ends at the right times, without a
//! key and without "Decode As", on every port that the edge uses.

use std::net::SocketAddr;
use std::process::Command;

use capture::{Captured, MaskedMessage, Timestamp, pcapng};

/// 2026-11-27 10:36:07 UTC, in microseconds.
const NOON: u64 = 1_795_775_767_000_000;

fn captured(number: u64, source: &str, destination: &str, text: &str) -> Captured {
    let end = |text: &str| text.parse::<SocketAddr>().expect("an address");
    Captured {
        at: Timestamp::from_micros(NOON + number * 1_000_500),
        source: end(source),
        destination: end(destination),
        flow: number,
        peer: "phone".into(),
        message: MaskedMessage::new(text.into()),
    }
}

fn request(method: &str, call_id: &str, body: &str) -> String {
    let kind = if method == "INVITE" { "application/sdp" } else { "text/plain" };
    format!(
        "{method} sip:ucm-pub.lab.test SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.7:40000;branch=z9hG4bK{call_id}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:2001@lab.test>;tag=1\r\nTo: <sip:2001@lab.test>\r\nCall-ID: {call_id}\r\n\
         CSeq: 1 {method}\r\nAuthorization: Bearer ****\r\nContent-Type: {kind}\r\nContent-Length: 9999\r\n\r\n{body}"
    )
}

#[test]
fn each_message_is_sip_between_its_ends() {
    let body = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 40010 RTP/SAVP 0\r\n\
                a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:****\r\n";
    let messages = [
        captured(0, "192.0.2.7:40000", "192.0.2.22:5061", &request("REGISTER", "one", "")),
        captured(1, "192.0.2.22:7001", "10.0.0.21:40100", &request("REGISTER", "two", "")),
        captured(2, "10.0.0.21:40200", "10.0.0.11:5091", &request("INVITE", "three", body)),
        captured(3, "10.0.0.21:40200", "10.0.0.11:5091", &request("BYE", "four", "")),
        captured(4, "[2001:db8::7]:40000", "[2001:db8::22]:5061", &request("OPTIONS", "five", &"x".repeat(70_000))),
    ];
    let file = std::env::temp_dir().join(format!("ringbearer-capture-{}.pcapng", std::process::id()));
    std::fs::write(&file, pcapng("exp-c", &messages)).expect("writing the capture");
    let fields = ["frame.time_epoch", "ip.src", "ipv6.src", "tcp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport"];
    let sip = ["sip.Method", "sip.Call-ID", "sdp.media.port", "frame.comment", "_ws.malformed"];
    let mut command = Command::new("tshark");
    command.arg("-r").arg(&file).args(["-Y", "sip", "-T", "fields", "-E", "separator=|"]);
    command.args(["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]);
    for field in fields.into_iter().chain(sip) {
        command.args(["-e", field]);
    }
    let output = command.output().expect("tshark runs");
    std::fs::remove_file(&file).expect("removing the capture");
    assert!(output.status.success(), "tshark: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let read: Vec<&str> = text.lines().collect();
    assert_eq!(
        read,
        [
            "1795775767.000000000|192.0.2.7||40000|192.0.2.22||5061|REGISTER|one||phone, flow 0|",
            "1795775768.000500000|192.0.2.22||7001|10.0.0.21||40100|REGISTER|two||phone, flow 1|",
            "1795775769.001000000|10.0.0.21||40200|10.0.0.11||5091|INVITE|three|40010|phone, flow 2|",
            "1795775770.001500000|10.0.0.21||40200|10.0.0.11||5091|BYE|four||phone, flow 3|",
            "1795775771.002000000||2001:db8::7|40000||2001:db8::22|5061|OPTIONS|five||phone, flow 4|",
        ]
    );
}
