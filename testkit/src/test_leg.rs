//! A phone's end of a dialog, as a script: it writes what a test tells it to, right or wrong.

use callmanager::flow::FlowId;

use crate::call_side::TestPhone;
use crate::line_side::{header, headers};

/// A phone's end of a dialog.
#[derive(Clone, Debug)]
pub struct TestLeg {
    /// The phone's flow.
    pub flow: FlowId,
    /// Call-ID.
    pub call_id: String,
    /// Our From or To, with our tag.
    pub local: String,
    /// The node's From or To, with its tag once that is known.
    pub remote: String,
    /// The node's Contact URI.
    pub target: String,
    /// Our last CSeq.
    pub sequence: u32,
    /// The CSeq of our last INVITE.
    pub invite_sequence: u32,
    /// The Contact that we give.
    pub contact: String,
    /// The transport of our Via.
    pub transport: &'static str,
    branches: u32,
}

impl TestLeg {
    /// A call that a phone is about to begin.
    pub fn dial(phone: &TestPhone, number: &str) -> Self {
        let TestPhone { flow, number: own, device, .. } = phone;
        static CALLS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let call = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Self {
            flow: *flow,
            call_id: format!("call-{call}-{}@{device}", flow.0),
            local: format!("\"Liar\" <sip:{own}@127.0.0.11>;tag=phone-{call}"),
            remote: format!("<sip:{number}@127.0.0.11>"),
            target: format!("sip:{number}@127.0.0.11"),
            sequence: 100,
            invite_sequence: 101,
            contact: contact_of(own, device, *flow),
            transport: "TLS",
            branches: 0,
        }
    }

    /// The call that this INVITE rings with.
    pub fn called(phone: &TestPhone, invite: &str) -> Self {
        Self {
            flow: phone.flow,
            call_id: header(invite, "Call-ID").unwrap().into(),
            local: format!("{};tag={}-{}", header(invite, "To").unwrap(), phone.device, phone.flow.0),
            remote: header(invite, "From").unwrap().into(),
            target: uri(header(invite, "Contact").unwrap()),
            sequence: 0,
            invite_sequence: 0,
            contact: contact_of(&phone.number, &phone.device, phone.flow),
            transport: "TLS",
            branches: 0,
        }
    }

    /// Takes the node's tag and Contact.
    pub fn learn(&mut self, response: &str) {
        self.remote = header(response, "To").unwrap().into();
        if let Some(contact) = header(response, "Contact") {
            self.target = uri(contact);
        }
    }

    /// The leg goes on over another flow.
    pub fn moved_to(mut self, phone: &TestPhone) -> Self {
        self.flow = phone.flow;
        self.contact = contact_of(&phone.number, &phone.device, phone.flow);
        self
    }

    /// An INVITE or re-INVITE with this description, or none.
    pub fn invite(&mut self, description: &str) -> String {
        self.invite_with("", description)
    }

    /// The same with further header lines.
    pub fn invite_with(&mut self, more: &str, description: &str) -> String {
        let more = format!("Allow: INVITE, ACK, BYE, CANCEL, UPDATE, INFO, PRACK, REFER, NOTIFY\r\n{more}");
        let invite = self.request("INVITE", &more, description);
        self.invite_sequence = self.sequence;
        invite
    }

    /// A request with further header lines and a body, which is a description unless the lines have a Content-Type.
    pub fn request(&mut self, method: &str, more: &str, body: &str) -> String {
        self.sequence += 1;
        let sequence = self.sequence;
        self.write(method, sequence, more, body)
    }

    /// The ACK to the 2xx of the last INVITE.
    pub fn ack(&mut self, answer: &str) -> String {
        let sequence = self.invite_sequence;
        self.write("ACK", sequence, "", answer)
    }

    /// The CANCEL of an INVITE.
    pub fn cancel(&self, invite: &str) -> String {
        let line = |name: &str| format!("{name}: {}\r\n", header(invite, name).unwrap());
        let uri = invite.split(' ').nth(1).unwrap();
        format!(
            "CANCEL {uri} SIP/2.0\r\n{}{}{}{}CSeq: {} CANCEL\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            line("Via"),
            line("From"),
            line("To"),
            line("Call-ID"),
            self.invite_sequence
        )
    }

    /// The ACK to a refusal of an INVITE (RFC 3261 §17.1.1.3).
    pub fn ack_refusal(&self, invite: &str, refusal: &str) -> String {
        let line = |message: &str, name: &str| format!("{name}: {}\r\n", header(message, name).unwrap());
        let uri = invite.split(' ').nth(1).unwrap();
        format!(
            "ACK {uri} SIP/2.0\r\n{}{}{}{}CSeq: {} ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
            line(invite, "Via"),
            line(invite, "From"),
            line(refusal, "To"),
            line(invite, "Call-ID"),
            header(invite, "CSeq").unwrap().split(' ').next().unwrap()
        )
    }

    fn write(&mut self, method: &str, sequence: u32, more: &str, body: &str) -> String {
        self.branches += 1;
        let Self { call_id, local, remote, target, contact, transport, branches, .. } = self;
        let kind = match body.is_empty() || more.contains("Content-Type:") {
            true => "",
            false => "Content-Type: application/sdp\r\n",
        };
        format!(
            "{method} {target} SIP/2.0\r\n\
             Via: SIP/2.0/{transport} 10.10.10.10:62162;branch=z9hG4bK{branches}{call_id}{method}\r\n\
             From: {local}\r\nTo: {remote}\r\nCall-ID: {call_id}\r\nCSeq: {sequence} {method}\r\n\
             Max-Forwards: 70\r\nContact: {contact}\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .replace(&format!("z9hG4bK{branches}{call_id}"), &format!("z9hG4bK{branches}{}", call_id.replace('@', "-")))
    }

    /// A response to a request of the node, with a description or none.
    pub fn respond(&self, request: &str, status: &str, description: &str) -> String {
        self.respond_with(request, status, "", description)
    }

    /// The same with further header lines.
    pub fn respond_with(&self, request: &str, status: &str, more: &str, description: &str) -> String {
        let line = |name: &str| format!("{name}: {}\r\n", header(request, name).unwrap());
        let lines = |name: &str| headers(request, name).map(|value| format!("{name}: {value}\r\n")).collect::<String>();
        let to = match header(request, "To").unwrap().contains(";tag=") {
            true => line("To"),
            false => format!("To: {}\r\n", self.local),
        };
        let kind = if description.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "SIP/2.0 {status}\r\n{}{}{}{to}{}{}Contact: {}\r\nAllow: INVITE, ACK, BYE, UPDATE, INFO\r\n\
             {more}{kind}Content-Length: {}\r\n\r\n{description}",
            lines("Via"),
            lines("Record-Route"),
            line("From"),
            line("Call-ID"),
            line("CSeq"),
            self.contact,
            description.len()
        )
    }
}

/// The Contact of a phone: one of the vendor's names its device in it.
fn contact_of(number: &str, device: &str, flow: FlowId) -> String {
    let name = match device.starts_with("CSF") {
        true => format!(";+u.sip!devicename.ccm.cisco.com=\"{device}\""),
        false => String::new(),
    };
    format!("<sip:{number}@10.10.10.{}:62162;transport=tls>{name}", flow.0)
}

/// The URI within the angle brackets.
fn uri(contact: &str) -> String {
    contact.split(['<', '>']).nth(1).unwrap().to_owned()
}

/// The body of a message.
pub fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default()
}

/// A description of encrypted audio at a port, with a key that the letter tells apart.
pub fn encrypted(port: u16, letter: char, direction: &str) -> String {
    let key = letter.to_string().repeat(40);
    format!(
        "v=0\r\no=phone {port} 1 IN IP4 10.10.10.10\r\ns=-\r\nc=IN IP4 10.10.10.10\r\nt=0 0\r\n\
         m=audio {port} RTP/SAVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
         a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\na={direction}\r\na=x-unknown:{letter}\r\n"
    )
}

/// A description of audio in clear at a port.
pub fn clear(port: u16, direction: &str) -> String {
    format!(
        "v=0\r\no=phone {port} 1 IN IP4 10.10.10.10\r\ns=-\r\nc=IN IP4 10.10.10.10\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na={direction}\r\n"
    )
}

/// A description without the line that the node writes itself.
pub fn without_origin(description: &str) -> String {
    description.split_inclusive('\n').filter(|line| !line.starts_with("o=")).collect()
}
