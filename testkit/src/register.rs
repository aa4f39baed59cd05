//! REGISTER as clients send it.

use crate::cluster::contact_of;

/// A REGISTER to be written.
#[derive(Clone, Debug)]
pub struct Register {
    /// The directory number: the user of From and To.
    pub number: String,
    /// The device, for a client that names itself the vendor's way.
    pub device: Option<String>,
    /// `host:port` of the Contact.
    pub contact: String,
    /// The Call-ID.
    pub call_id: String,
    /// CSeq.
    pub sequence: u32,
    /// Expires.
    pub expires: Option<u32>,
    /// Credentials, the whole header line.
    pub credentials: Option<String>,
    /// The transport of the Via.
    pub transport: &'static str,
    /// Further header lines.
    pub more: Vec<String>,
    /// The body with its Content-Type.
    pub body: Option<(&'static str, String)>,
    /// `+sip.instance`.
    pub instance: String,
}

impl Register {
    /// As Jabber sends it, without credentials.
    pub fn vendor(device: &str, number: &str) -> Self {
        Self {
            number: number.into(),
            device: Some(device.into()),
            contact: "10.10.10.10:62162".into(),
            call_id: format!("88232345-12340017-00001c0b-{device}@10.10.10.10"),
            sequence: 2270,
            expires: Some(3600),
            credentials: None,
            transport: "TLS",
            more: Vec::new(),
            body: None,
            instance: "<urn:uuid:00000000-0000-0000-0000-882323451234>".into(),
        }
    }

    /// As a client sends it that is known by its address-of-record alone.
    pub fn standard(number: &str) -> Self {
        Self { device: None, ..Self::vendor(number, number) }
    }

    /// With an access token in the vendor's dialect.
    #[must_use]
    pub fn bearing(self, token: &str) -> Self {
        Self { credentials: Some(format!("Proxy-Authorization: Bearer token=\"{token}\"")), ..self }
    }

    /// With the next CSeq.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { sequence: self.sequence + 1, ..self.clone() }
    }

    /// The Contact's value.
    pub fn contact_value(&self) -> String {
        let Self { contact, instance, .. } = self;
        match &self.device {
            Some(device) => format!(
                "<sip:{}@{contact};transport=tls>;+sip.instance=\"{instance}\";\
                 +u.sip!devicename.ccm.cisco.com=\"{device}\";+u.sip!model.ccm.cisco.com=\"503\";video",
                contact_of(&self.number)
            ),
            None => format!("<sip:{}@{contact};transport=tls>", self.number),
        }
    }

    /// The octets.
    pub fn text(&self) -> String {
        let Self { number, call_id, sequence, transport, contact, .. } = self;
        let mut text = format!(
            "REGISTER sip:127.0.0.11 SIP/2.0\r\n\
             Via: SIP/2.0/{transport} {contact};branch=z9hG4bK{sequence:08x}{call_id}\r\n\
             From: <sip:{number}@127.0.0.11>;tag=882323451234089000003bdd-00005eff\r\n\
             To: <sip:{number}@127.0.0.11>\r\n\
             Call-ID: {call_id}\r\n\
             Max-Forwards: 70\r\n\
             CSeq: {sequence} REGISTER\r\n\
             User-Agent: Cisco-CSF\r\n\
             Contact: {}\r\n",
            self.contact_value()
        )
        .replace("@10.10.10.10\r\nFrom", "\r\nFrom");
        for line in self.credentials.iter().chain(&self.more) {
            text.push_str(&format!("{line}\r\n"));
        }
        if self.device.is_some() {
            text.push_str("Supported: replaces,X-cisco-srtp-fallback,X-cisco-sis-7.0.0,X-cisco-duplicate-reg\r\n");
        }
        if let Some(expires) = self.expires {
            text.push_str(&format!("Expires: {expires}\r\n"));
        }
        let (kind, body) = self.body.clone().unwrap_or_default();
        if !kind.is_empty() {
            text.push_str(&format!("Content-Type: {kind}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        text
    }
}
