//! tshark: a capture on loopback, decrypted with the TLS key log, and read by Wireshark's dissectors.

use std::net::{IpAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::child::{Child, wait_until};
use crate::folder::Folder;

/// More than a capture file has before its first packet.
const FILE_HEADER: u64 = 640;

/// A capture that runs.
pub struct Capture {
    child: Child,
    file: PathBuf,
}

impl Capture {
    /// Captures what one address sends and receives on a TCP port.
    pub fn start(folder: &Folder, address: IpAddr, port: u16) -> Capture {
        let file = folder.join("capture.pcapng");
        let mut command = Command::new("tshark");
        command
            .args(["-q", "-i", "lo", "-f", &format!("host {address} and tcp port {port}"), "-w"])
            .arg(&file)
            .args(["-a", "duration:60"]);
        let mut child = Child::start("tshark", folder.path(), &mut command);
        child.wait_for("Capture started", Duration::from_secs(15));
        // It says so a little early: knock until a packet arrives.
        wait_until("the capture sees a packet", Duration::from_secs(15), || {
            let _ = TcpStream::connect((address, port));
            std::fs::metadata(&file).is_ok_and(|metadata| metadata.len() > FILE_HEADER)
        });
        Capture { child, file }
    }

    /// Ends the capture.
    pub fn stop(mut self) -> PathBuf {
        // The last packets pass through the kernel's buffer.
        std::thread::sleep(Duration::from_millis(500));
        self.child.interrupt(Duration::from_secs(10));
        self.file.clone()
    }
}

/// One SIP message as tshark reads it: the fields asked for, in order.
pub type Row = Vec<String>;

/// Reads the SIP messages in a capture: `fields` of each.
pub fn sip_messages(capture: &Path, key_log: &Path, port: u16, fields: &[&str]) -> Vec<Row> {
    let words = read(capture, key_log, port, "sip", fields);
    words.lines().map(|line| line.split('\t').map(str::to_string).collect()).collect()
}

/// Reads the TLS alerts in a capture: who sent each, its level and its description, as numbers.
pub fn alerts(capture: &Path, key_log: &Path, port: u16) -> Vec<Row> {
    let fields = ["ip.src", "tls.alert_message.level", "tls.alert_message.desc"];
    let words = read(capture, key_log, port, "tls.alert_message.desc", &fields);
    words.lines().map(|line| line.split('\t').map(str::to_string).collect()).collect()
}

/// What any dissector calls malformed, or any expert an error.
pub fn complaints(capture: &Path, key_log: &Path, port: u16) -> Vec<String> {
    let filter = "_ws.malformed || _ws.expert.severity == error || _ws.short";
    let words = read(capture, key_log, port, filter, &["frame.number", "_ws.col.Info", "_ws.expert.message"]);
    words.lines().map(str::to_string).collect()
}

fn read(capture: &Path, key_log: &Path, port: u16, filter: &str, fields: &[&str]) -> String {
    let mut command = Command::new("tshark");
    command
        .arg("-r")
        .arg(capture)
        .args(["-o", &format!("tls.keylog_file:{}", key_log.display())])
        .args(["-d", &format!("tcp.port=={port},tls"), "-d", &format!("tls.port=={port},sip")])
        .args(["-Y", filter, "-T", "fields"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output().expect("tshark runs");
    assert!(output.status.success(), "tshark: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
