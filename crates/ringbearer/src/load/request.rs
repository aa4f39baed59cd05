//! The REGISTER of a Jabber-like client, written into a buffer that is used again. As with that client, a refresh has neither
//! a body nor a Reason.

use std::io::Write;
use std::net::SocketAddr;

use super::target::Target;

/// The body that asks to register all lines and names the features of the client.
const BODY: &str = concat!(
    "--uniqueBoundary\r\n",
    "Content-Type: application/x-cisco-remotecc-request+xml\r\n",
    "Content-Disposition: session;handling=optional\r\n\r\n",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request>\n<bulkregisterreq>\n",
    "<contact all=\"true\">\n<register></register>\n</contact>\n</bulkregisterreq>\n</x-cisco-remotecc-request>\n\r\n",
    "--uniqueBoundary\r\n",
    "Content-Type: application/x-cisco-remotecc-request+xml\r\n",
    "Content-Disposition: session;handling=optional\r\n\r\n",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x-cisco-remotecc-request>\n<optionsind>\n",
    "<combine max=\"6\"><remotecc><status></status></remotecc><service-control></service-control></combine>\n",
    "<dialog usage=\"hook status\"><unot></unot><sub></sub></dialog>\n",
    "<dialog usage=\"shared line\"><unot></unot><sub></sub></dialog>\n",
    "<presence usage=\"blf speed dial\"><unot></unot><sub></sub></presence>\n",
    "<joinreq></joinreq>\n</optionsind>\n</x-cisco-remotecc-request>\n\r\n",
    "--uniqueBoundary--\r\n",
);

const SUPPORTED: &str = "replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,\
    X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,X-cisco-config,\
    X-cisco-sis-7.0.0,X-cisco-xsi-8.5.1,X-cisco-graceful-reg,X-cisco-duplicate-reg";

/// One phone of the load: what stays the same over its REGISTERs.
pub(super) struct Registration {
    number: u32,
    device: String,
    line: u32,
    host: String,
    local: SocketAddr,
    sequence: u32,
    /// Whether the next REGISTER keeps alive what is registered: it says less.
    is_registered: bool,
}

/// Which credentials a REGISTER carries.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Credentials {
    /// None: the server challenges.
    None,
    /// The access token.
    Token,
}

impl Registration {
    pub(super) fn new(target: &Target, number: u32, local: SocketAddr) -> Self {
        Self {
            number,
            device: format!("{}{number:05}", target.device),
            line: target.line.saturating_add(number),
            host: target.host.to_string(),
            local,
            sequence: 100,
            is_registered: false,
        }
    }

    /// The phone is registered: what follows is a refresh.
    pub(super) fn registered(&mut self) {
        self.is_registered = true;
    }

    /// Writes the next REGISTER into `buffer`, which is emptied first.
    pub(super) fn write(&mut self, buffer: &mut Vec<u8>, credentials: Credentials, token: &str) {
        buffer.clear();
        self.sequence += 1;
        let Self { number, device, line, host, local, sequence, is_registered } = self;
        // Writing to a Vec cannot fail.
        let _ = write!(
            buffer,
            "REGISTER sip:{host} SIP/2.0\r\n\
             Via: SIP/2.0/TLS {local};branch=z9hG4bK{number:08x}{sequence:08x}\r\n\
             From: <sip:{line}@{host}>;tag=00505600{number:08x}0000-0000{number:04x}\r\n\
             To: <sip:{line}@{host}>\r\n\
             Call-ID: 00505600-{number:08x}-00001c0b-00000cfa@{ip}\r\n\
             Max-Forwards: 70\r\n\
             CSeq: {sequence} REGISTER\r\n\
             User-Agent: Cisco-CSF\r\n\
             Contact: <sip:{number:08x}-0000-4000-8000-000000000000@{local};transport=tls>;\
             +sip.instance=\"<urn:uuid:00000000-0000-0000-0000-0000{number:08x}>\";\
             +u.sip!devicename.ccm.cisco.com=\"{device}\";+u.sip!model.ccm.cisco.com=\"503\";video\r\n\
             Supported: {SUPPORTED}\r\n",
            ip = local.ip(),
        );
        if credentials == Credentials::Token {
            let _ = write!(buffer, "Proxy-Authorization: Bearer token=\"{token}\"\r\n");
        }
        if *is_registered {
            buffer.extend_from_slice(b"Expires: 3600\r\nContent-Length: 0\r\n\r\n");
            return;
        }
        let _ = write!(
            buffer,
            "Reason: SIP;cause=200;text=\"cisco-alarm:25 Name={device} ActiveLoad=1 InactiveLoad=1 Last=initialized\"\r\n\
             Expires: 3600\r\n\
             Content-Type: multipart/mixed; boundary=uniqueBoundary\r\n\
             Mime-Version: 1.0\r\n\
             Content-Length: {}\r\n\r\n{BODY}",
            BODY.len()
        );
    }
}
