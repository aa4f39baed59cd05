//! What a TLS peer may do wrong, port by port and flight by flight, and what it gets for it (TLS-1, TLS-5).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod support;

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use callmanager::flow::{Listener, Transport};
use rustls::crypto::cipher::{AeadKey, OutboundChunks, OutboundPlainMessage};
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, ConnectionTrafficSecrets, ContentType, ProtocolVersion, SupportedCipherSuite,
};
use support::RunningNode;
use support::client::{Client, tls};
use testkit::line_side::status;
use testkit::register::Register;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TLS_PORTS: [Listener; 3] = [Listener::OAuth, Listener::Secure, Listener::MraOAuth];

const UNEXPECTED_MESSAGE: u8 = 10;
const HANDSHAKE_FAILURE: u8 = 40;
const DECODE_ERROR: u8 = 50;
const PROTOCOL_VERSION: u8 = 70;

/// The description of the one fatal alert that was all that came.
fn alert(octets: &[u8]) -> Option<u8> {
    match octets {
        [21, 3, _, 0, 2, 2, description] => Some(*description),
        _ => None,
    }
}

async fn connect(node: &RunningNode, listener: Listener) -> TcpStream {
    TcpStream::connect(node.address(listener, Transport::Tls)).await.unwrap()
}

/// Everything that comes back until the end.
async fn said(node: &RunningNode, listener: Listener, octets: &[u8]) -> Vec<u8> {
    let mut socket = connect(node, listener).await;
    socket.write_all(octets).await.unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    // A reset behind the alert is an end too; what came before it counts.
    while let Ok(length @ 1..) = socket.read(&mut buffer).await {
        answer.extend_from_slice(&buffer[..length]);
    }
    answer
}

async fn assert_served(node: &RunningNode) {
    let mut phone = Client::connect(node.address(Listener::OAuth, Transport::Tls)).await;
    let answer = phone.ask(Register::vendor("CSFbob", "1002").bearing(&node.token("bob")).text()).await;
    assert_eq!(status(&answer), "SIP/2.0 200 OK");
}

/// A ClientHello with this version, these suites and these extensions.
fn client_hello(version: u16, suites: &[u16], extensions: &[u8]) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    body.extend(u16::try_from(suites.len() * 2).unwrap().to_be_bytes());
    suites.iter().for_each(|suite| body.extend(suite.to_be_bytes()));
    body.extend([1, 0]);
    if !extensions.is_empty() {
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend_from_slice(extensions);
    }
    let mut handshake = vec![1, 0];
    handshake.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    handshake.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(u16::try_from(handshake.len()).unwrap().to_be_bytes());
    record.extend(handshake);
    record
}

/// supported_groups x25519 and P-256; signature_algorithms ECDSA P-256 and RSA-PSS.
const USUAL: [u8; 18] = [0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3];

#[tokio::test]
async fn tls_1_each_port_answers_what_is_not_tls_with_decode_error() {
    let node = RunningNode::start();
    for listener in TLS_PORTS {
        for junk in [
            Register::vendor("CSFalice", "1001").text().into_bytes(),
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            b"\r\n\r\n\r\n\r\n".to_vec(),
            b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80\x02\x00\x80".to_vec(),
            vec![0; 64],
            vec![0xff; 2_000],
        ] {
            let answer = said(&node, listener, &junk).await;
            assert_eq!(alert(&answer), Some(DECODE_ERROR), "{listener:?}: {junk:?}: {answer:?}");
        }
        // A record of TLS with what is no ClientHello in it.
        for (record, expected) in [
            (vec![23, 3, 3, 0, 4, b'S', b'I', b'P', b'/'], UNEXPECTED_MESSAGE),
            (vec![22, 3, 1, 0, 4, 2, 0, 0, 0], DECODE_ERROR),
            (vec![22, 3, 1, 0, 0], DECODE_ERROR),
            (vec![22, 3, 1, 0xff, 0xff], DECODE_ERROR),
        ] {
            let answer = said(&node, listener, &record).await;
            assert_eq!(alert(&answer), Some(expected), "{listener:?}: {record:?}: {answer:?}");
        }
    }
    assert_served(&node).await;
}

#[tokio::test]
async fn tls_1_each_port_refuses_old_versions_and_unknown_suites() {
    let node = RunningNode::start();
    let good = [0xc02b, 0xc02c, 0xcca9];
    for listener in TLS_PORTS {
        for version in [0x0300, 0x0301, 0x0302] {
            let answer = said(&node, listener, &client_hello(version, &good, &USUAL)).await;
            assert_eq!(alert(&answer), Some(PROTOCOL_VERSION), "{listener:?} {version:x}: {answer:?}");
        }
        // RSA key exchange, RC4, NULL, export, static DH, CBC, and numbers of nobody.
        for suites in [&[0x002f_u16][..], &[0x0005, 0x0004], &[0x0001, 0x0002], &[0x0003], &[0xc009, 0xc013], &[0xfafa]]
        {
            let answer = said(&node, listener, &client_hello(0x0303, suites, &USUAL)).await;
            assert_eq!(alert(&answer), Some(HANDSHAKE_FAILURE), "{listener:?} {suites:x?}: {answer:?}");
        }
    }
    assert_eq!(node.count("handshake-failed", "incompatible"), 3 * 9, "{:?}", node.service.status().counts);
    assert_served(&node).await;
}

/// A TLS client whose octets a test carries by hand.
struct Handmade {
    socket: TcpStream,
    tls: ClientConnection,
}

impl Handmade {
    async fn new(node: &RunningNode, config: ClientConfig) -> Self {
        let tls = ClientConnection::new(Arc::new(config), ServerName::try_from("ucm-pub").unwrap()).unwrap();
        Self { socket: connect(node, Listener::OAuth).await, tls }
    }

    /// What the client has to say.
    fn flight(&mut self) -> Vec<u8> {
        let mut flight = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut flight).unwrap();
        }
        flight
    }

    async fn write(&mut self) {
        let flight = self.flight();
        self.socket.write_all(&flight).await.unwrap();
    }

    /// Reads once; false at the end.
    async fn read(&mut self) -> Result<bool, rustls::Error> {
        let mut buffer = [0; 16 * 1024];
        let Ok(length @ 1..) = self.socket.read(&mut buffer).await else { return Ok(false) };
        let mut read = &buffer[..length];
        while !read.is_empty() {
            self.tls.read_tls(&mut read).unwrap();
            self.tls.process_new_packets()?;
        }
        Ok(true)
    }

    async fn shake_hands(&mut self) {
        while self.tls.is_handshaking() {
            self.write().await;
            if self.tls.is_handshaking() {
                assert!(self.read().await.unwrap(), "the server went away");
            }
        }
        self.write().await;
    }

    /// Reads to the end; the error that the server's last words are.
    async fn last_words(&mut self) -> Option<rustls::Error> {
        loop {
            match self.read().await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(error),
            }
        }
    }

    fn break_off(self) {
        // RST instead of FIN.
        self.socket.set_zero_linger().unwrap();
        drop(self.socket);
    }
}

async fn assert_all_gone(node: &RunningNode) {
    let gone = async {
        while node.service.status().connections > 0 || node.service.status().unregistered > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("nothing is left of them");
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[tokio::test]
async fn tls_5_a_reset_at_every_flight_leaves_nothing() {
    let node = RunningNode::start();
    assert_served(&node).await;
    assert_all_gone(&node).await;
    let before = descriptors();
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12]] {
        for stage in 0..7 {
            for _ in 0..10 {
                let mut peer = Handmade::new(&node, tls(None, versions)).await;
                let hello = peer.flight();
                match stage {
                    0 => {}
                    1 => peer.socket.write_all(&hello[..3]).await.unwrap(),
                    2 => peer.socket.write_all(&hello[..hello.len() / 2]).await.unwrap(),
                    3 => peer.socket.write_all(&hello).await.unwrap(),
                    _ => {
                        peer.socket.write_all(&hello).await.unwrap();
                        peer.read().await.unwrap();
                        if stage == 4 {
                            let next = peer.flight();
                            peer.socket.write_all(&next[..next.len() / 2]).await.unwrap();
                        } else {
                            peer.shake_hands().await;
                        }
                        if stage == 6 {
                            let text = Register::vendor("CSFalice", "1001").text();
                            peer.tls.writer().write_all(&text.as_bytes()[..100]).unwrap();
                            peer.write().await;
                        }
                    }
                }
                peer.break_off();
            }
        }
    }
    assert_all_gone(&node).await;
    assert!(descriptors() <= before + 5, "{} descriptors, before {before}", descriptors());
    assert_served(&node).await;
}

#[tokio::test]
async fn tls_5_close_notify_after_the_client_hello_ends_it() {
    let node = RunningNode::start();
    for level in [1, 2] {
        let mut peer = Handmade::new(&node, tls(None, rustls::DEFAULT_VERSIONS)).await;
        let hello = peer.flight();
        peer.socket.write_all(&[hello.as_slice(), &[21, 3, 3, 0, 2, level, 0]].concat()).await.unwrap();
        let end = tokio::time::timeout(Duration::from_secs(5), async {
            let mut buffer = [0; 4096];
            while let Ok(1..) = peer.socket.read(&mut buffer).await {}
        });
        end.await.expect("closed, not waited for");
    }
    assert_all_gone(&node).await;
    assert_served(&node).await;
}

#[tokio::test]
async fn tls_5_early_data_is_never_taken() {
    let node = RunningNode::start();
    let mut config = tls(None, &[&rustls::version::TLS13]);
    config.enable_early_data = true;
    for round in 0..2 {
        let mut peer = Handmade::new(&node, config.clone()).await;
        assert!(peer.tls.early_data().is_none(), "the ticket allows none");
        peer.shake_hands().await;
        assert!(!peer.tls.is_early_data_accepted());
        let kind = peer.tls.handshake_kind().unwrap();
        let expected = if round == 0 { rustls::HandshakeKind::Full } else { rustls::HandshakeKind::Resumed };
        assert_eq!(kind, expected, "with a ticket, so that there was something to refuse");
        let text = Register::vendor("CSFalice", "1001").text();
        peer.tls.writer().write_all(text.as_bytes()).unwrap();
        peer.write().await;
        let mut answer = Vec::new();
        while !String::from_utf8_lossy(&answer).contains("407") {
            assert!(peer.read().await.unwrap());
            let mut octets = [0; 4096];
            if let Ok(length) = peer.tls.reader().read(&mut octets) {
                answer.extend_from_slice(&octets[..length]);
            }
        }
    }
}

#[tokio::test]
async fn tls_5_a_flood_of_key_updates_ends_the_connection() {
    let node = RunningNode::start();
    let mut peer = Handmade::new(&node, tls(None, &[&rustls::version::TLS13])).await;
    peer.shake_hands().await;
    // As many as rustls takes without data between do no harm.
    for _ in 0..32 {
        peer.tls.refresh_traffic_keys().unwrap();
    }
    let text = Register::vendor("CSFalice", "1001").text();
    peer.tls.writer().write_all(text.as_bytes()).unwrap();
    peer.write().await;
    assert!(peer.read().await.unwrap(), "it is still served");
    for _ in 0..200 {
        peer.tls.refresh_traffic_keys().unwrap();
    }
    let flood = peer.flight();
    // The server may hang up before the flood is out. It does so without an alert, as rustls has none for this.
    let _ = peer.socket.write_all(&flood).await;
    let end = tokio::time::timeout(Duration::from_secs(5), peer.last_words());
    end.await.expect("closed, not waited for");
    assert_all_gone(&node).await;
    assert_served(&node).await;
}

/// One record of a TLS 1.2 connection as rustls would not send it, under its own keys.
struct Records {
    suite: &'static rustls::Tls12CipherSuite,
    key: [u8; 32],
    iv: Vec<u8>,
    sequence: u64,
}

impl Records {
    fn of(tls: ClientConnection) -> Self {
        let Some(SupportedCipherSuite::Tls12(suite)) = tls.negotiated_cipher_suite() else { panic!("TLS 1.2") };
        let (sequence, secrets) = tls.dangerous_extract_secrets().unwrap().tx;
        let ConnectionTrafficSecrets::Aes256Gcm { key, iv } = secrets else { panic!("the suite that rustls prefers") };
        Self { suite, key: key.as_ref().try_into().unwrap(), iv: iv.as_ref().to_vec(), sequence }
    }

    fn handshake(&mut self, octets: &[u8]) -> Vec<u8> {
        let (fixed, explicit) = self.iv.split_at(4);
        let mut encrypter = self.suite.aead_alg.encrypter(AeadKey::from(self.key), fixed, explicit);
        let message = OutboundPlainMessage {
            typ: ContentType::Handshake,
            version: ProtocolVersion::TLSv1_2,
            payload: OutboundChunks::Single(octets),
        };
        let record = encrypter.encrypt(message, self.sequence).unwrap();
        self.sequence += 1;
        record.encode()
    }
}

#[tokio::test]
async fn tls_5_renegotiation_is_refused_and_then_ended() {
    let node = RunningNode::start();
    let mut config = tls(None, &[&rustls::version::TLS12]);
    config.enable_secret_extraction = true;
    let hello = Handmade::new(&node, config.clone()).await.flight();
    let mut peer = Handmade::new(&node, config).await;
    peer.shake_hands().await;
    let mut records = Records::of(peer.tls);
    // The first is declined with a warning, the second is one too many.
    let attempts: Vec<u8> = (0..2).flat_map(|_| records.handshake(&hello[5..])).collect();
    peer.socket.write_all(&attempts).await.unwrap();
    let end = tokio::time::timeout(Duration::from_secs(5), async {
        let (mut alerts, mut octets, mut buffer) = (0, Vec::new(), [0; 4096]);
        while let Ok(length @ 1..) = peer.socket.read(&mut buffer).await {
            octets.extend_from_slice(&buffer[..length]);
        }
        let mut rest = octets.as_slice();
        while let [kind, _, _, high, low, ..] = *rest {
            assert_eq!(kind, 21, "nothing but alerts");
            rest = rest.get(5 + usize::from(u16::from_be_bytes([high, low]))..).unwrap_or_default();
            alerts += 1;
        }
        alerts
    });
    let alerts = end.await.expect("closed, not renegotiated");
    assert_eq!(alerts, 1, "a warning, then the end");
    assert_all_gone(&node).await;
    assert_served(&node).await;
}
