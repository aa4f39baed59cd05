//! baresip: a softphone that registers with digest, calls, and talks G.711.
//!
//! It is told what to do over its control socket: netstrings that hold JSON.

use std::collections::VecDeque;
use std::io::{BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::child::{Child, wait_until};
use crate::folder::Folder;
use crate::tone;

/// An account on a server.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user part of its address, and of its digest credentials.
    pub user: String,
    /// The digest's user name.
    pub auth_user: String,
    /// The digest's password.
    pub password: String,
    /// Where it registers.
    pub server: SocketAddr,
    /// `udp` or `tcp`.
    pub transport: &'static str,
    /// Whether it answers by itself.
    pub answers: bool,
    /// What it says, in hertz.
    pub tone: f64,
}

/// A running softphone.
pub struct Baresip {
    child: Child,
    folder: PathBuf,
    control: BufReader<TcpStream>,
    events: VecDeque<Value>,
}

const SIP_PORT: u16 = 5080;
const CONTROL_PORT: u16 = 4444;

impl Baresip {
    /// Starts a softphone on `address`.
    pub fn start(folder: &Folder, address: IpAddr, account: &Account) -> Baresip {
        let home = folder.join(&account.user);
        let tone = folder.write(format!("{}/tone.wav", account.user), []);
        tone::write(&tone, account.tone, 60);
        folder.write(format!("{}/config", account.user), config(address, &home));
        folder.write(format!("{}/accounts", account.user), account.line());
        folder.write(format!("{}/contacts", account.user), "");
        let name = format!("baresip-{}", account.user);
        let mut command = Command::new("baresip");
        let child = Child::start(&name, folder.path(), command.arg("-s").arg("-f").arg(&home).current_dir(&home));
        let control = connect(SocketAddr::new(address, CONTROL_PORT));
        Baresip { child, folder: home, control, events: VecDeque::new() }
    }

    /// Waits until the server has its binding. It may have it before the control socket is there to tell.
    pub fn wait_until_registered(&mut self, limit: Duration) {
        self.child.wait_for("[1 binding]", limit);
    }

    /// Waits for an event of this type, and of this content where one is given; forgets those before it.
    pub fn wait_for(&mut self, event: &str, limit: Duration) -> Value {
        let deadline = Instant::now() + limit;
        loop {
            while let Some(value) = self.events.pop_front() {
                if value["type"] == event {
                    return value;
                }
            }
            assert!(Instant::now() < deadline, "no {event} in {limit:?}:\n{}", self.child.words());
            if let Some(value) = self.receive()
                && value["event"] == true
            {
                self.events.push_back(value);
            }
        }
    }

    /// Gives a command, such as `dial`.
    pub fn command(&mut self, command: &str, parameters: &str) {
        let text = json!({ "command": command, "params": parameters, "token": command }).to_string();
        let netstring = format!("{}:{text},", text.len());
        self.control.get_mut().write_all(netstring.as_bytes()).expect("baresip takes a command");
    }

    /// What it heard, decoded, since its start.
    pub fn heard(&mut self) -> Vec<f64> {
        // The file is whole when the process that writes it has ended.
        self.child.interrupt(Duration::from_secs(10));
        let recording = std::fs::read_dir(&self.folder)
            .expect("its folder is there")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .unwrap_or_else(|| panic!("it recorded nothing:\n{}", self.child.words()));
        tone::read(&recording)
    }

    /// What it printed, its SIP trace included.
    pub fn words(&self) -> String {
        self.child.words()
    }

    /// One message of the control socket, or `None` when none came for a moment.
    fn receive(&mut self) -> Option<Value> {
        let mut length = 0_usize;
        loop {
            let octet = self.octet()?;
            match octet {
                b':' => break,
                digit => length = length * 10 + usize::from(digit.checked_sub(b'0').expect("a netstring's length")),
            }
        }
        let mut text = vec![0; length + 1];
        self.control.read_exact(&mut text).expect("a netstring's rest");
        Some(serde_json::from_slice(&text[..length]).expect("JSON from baresip"))
    }

    fn octet(&mut self) -> Option<u8> {
        let mut octet = [0];
        match self.control.read(&mut octet) {
            Ok(0) => panic!("baresip closed its control socket:\n{}", self.child.words()),
            Ok(_) => Some(octet[0]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => None,
            Err(error) => panic!("baresip's control socket: {error}"),
        }
    }
}

impl Account {
    fn line(&self) -> String {
        let Account { user, auth_user, password, server, transport, answers, .. } = self;
        let mode = if *answers { "auto" } else { "manual" };
        format!(
            "<sip:{user}@{server};transport={transport}>;auth_user={auth_user};auth_pass={password};regint=120;\
             answermode={mode};audio_codecs=PCMU/8000/1\n"
        )
    }
}

fn connect(control: SocketAddr) -> BufReader<TcpStream> {
    let mut stream = None;
    wait_until("baresip's control socket", Duration::from_secs(10), || {
        stream = TcpStream::connect(control).ok();
        stream.is_some()
    });
    let stream = stream.expect("it was just connected");
    stream.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout is set");
    BufReader::new(stream)
}

fn config(address: IpAddr, home: &std::path::Path) -> String {
    let home = home.display();
    format!(
        "sip_listen {address}:{SIP_PORT}
net_interface {address}
audio_source aufile,{home}/tone.wav
audio_player none,none
audio_alert none,none
audio_path {home}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
snd_path {home}
ctrl_tcp_listen {address}:{CONTROL_PORT}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"
    )
}
