//! What a softphone of the vendor's kind says, for tests that watch what becomes of it.

use std::net::SocketAddr;
use std::path::Path;

use crate::cluster::Node;
use crate::raw_client::{RawClient, field};

/// A softphone on its connection.
pub struct Softphone {
    client: RawClient,
    host: String,
    device: &'static str,
    number: &'static str,
    sequence: u32,
}

impl Softphone {
    /// Connects and registers with an access token, challenged first; answers with the 200 too.
    pub fn register(node: &Node, device: &'static str, number: &'static str, token: &str) -> (Softphone, String) {
        let host = node.oauth_port().ip().to_string();
        Softphone::register_at(node.oauth_port(), &node.tomcat_certificate(), &host, (device, number), token)
    }

    /// The same with the node of a name, over another server, whose certificate is the one that is trusted: outside, the edge.
    pub fn register_at(
        server: SocketAddr,
        trust: &Path,
        node: &str,
        (device, number): (&'static str, &'static str),
        token: &str,
    ) -> (Softphone, String) {
        let client = RawClient::connect(server, trust);
        let mut phone = Softphone { client, host: node.to_owned(), device, number, sequence: 100 };
        phone.say_register("");
        phone.client.receive_until("SIP/2.0 407 ");
        phone.register_again(token);
        let registered = phone.client.receive_until("SIP/2.0 200 ");
        (phone, registered)
    }

    /// Says REGISTER with an access token.
    pub fn register_again(&mut self, token: &str) {
        self.say_register(&format!("\nProxy-Authorization: Bearer token=\"{token}\""));
    }

    /// Calls a number with this session description; answers with the first final response.
    pub fn call(&mut self, number: &str, description: &str) {
        let Softphone { host, number: own, device, .. } = self;
        let head = format!(
            "INVITE sip:{number}@{host} SIP/2.0\nVia: SIP/2.0/TLS 127.0.0.47;branch=z9hG4bKinvite{device}\n\
             From: <sip:{own}@{host}>;tag=invite{device}\nTo: <sip:{number}@{host}>\nCall-ID: invite-{device}\n\
             Max-Forwards: 70\nCSeq: 1 INVITE\nContact: <sip:{own}@127.0.0.47;transport=tls>\n\
             Allow: INVITE,ACK,BYE,CANCEL\nContent-Type: application/sdp"
        );
        self.client.send(&head, description);
    }

    /// Answers the INVITE that comes with this session description.
    pub fn answer(&mut self, description: &str) -> String {
        let invite = self.client.receive_until("INVITE ");
        let copy = |name: &str| format!("{name}: {}", field(&invite, name).expect("a mandatory field"));
        let head = format!(
            "SIP/2.0 200 OK\n{}\n{}\n{};tag=answer{}\n{}\n{}\nContact: <sip:{}@127.0.0.47;transport=tls>\n\
             Content-Type: application/sdp",
            copy("Via"),
            copy("From"),
            copy("To"),
            self.device,
            copy("Call-ID"),
            copy("CSeq"),
            self.number
        );
        self.client.send(&head, description);
        invite
    }

    /// Acknowledges the answer to its call.
    pub fn acknowledge(&mut self, answer: &str) {
        let Softphone { device, .. } = self;
        let copy = |name: &str| field(answer, name).expect("a mandatory field").to_owned();
        let head = format!(
            "ACK {} SIP/2.0\nVia: SIP/2.0/TLS 127.0.0.47;branch=z9hG4bKack{device}\nFrom: {}\nTo: {}\nCall-ID: {}\n\
             Max-Forwards: 70\nCSeq: 1 ACK",
            target(answer),
            copy("From"),
            copy("To"),
            copy("Call-ID")
        );
        self.client.send(&head, "");
    }

    /// Ends a call that it answered, by the INVITE that began it.
    pub fn hang_up(&mut self, invite: &str) {
        let Softphone { device, .. } = self;
        let copy = |name: &str| field(invite, name).expect("a mandatory field").to_owned();
        let head = format!(
            "BYE {} SIP/2.0\nVia: SIP/2.0/TLS 127.0.0.47;branch=z9hG4bKbye{device}\nFrom: {};tag=answer{device}\nTo: {}\n\
             Call-ID: {}\nMax-Forwards: 70\nCSeq: 1 BYE",
            target(invite),
            copy("To"),
            copy("From"),
            copy("Call-ID")
        );
        self.client.send(&head, "");
    }

    /// The next message whose start line holds `text`.
    pub fn receive_until(&mut self, text: &str) -> String {
        self.client.receive_until(text)
    }

    fn say_register(&mut self, credentials: &str) {
        self.sequence += 1;
        let Softphone { host, number, device, sequence, .. } = self;
        let contact = format!("00000000-0000-0000-0000-{:012x}", number.parse::<u32>().expect("digits"));
        let head = format!(
            "REGISTER sip:{host} SIP/2.0\nVia: SIP/2.0/TLS 127.0.0.47;branch=z9hG4bK{device}{sequence}\n\
             From: <sip:{number}@{host}>;tag=register{device}\nTo: <sip:{number}@{host}>\nCall-ID: register-{device}\n\
             Max-Forwards: 70\nCSeq: {sequence} REGISTER\nUser-Agent: Cisco-CSF\n\
             Contact: <sip:{contact}@127.0.0.47:50000;transport=tls>;\
             +sip.instance=\"<urn:uuid:00000000-0000-0000-0000-000000000001>\";\
             +u.sip!devicename.ccm.cisco.com=\"{device}\";+u.sip!model.ccm.cisco.com=\"503\"{credentials}\n\
             Supported: replaces,X-cisco-srtp-fallback,X-cisco-sis-7.0.0\nExpires: 3600"
        );
        self.client.send(&head, "");
    }
}

/// Where the sender of a message is reached: the URI of its Contact.
fn target(message: &str) -> &str {
    let contact = field(message, "Contact").expect("a Contact");
    contact.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(contact, |(uri, _)| uri)
}
