//! The three messages: a Jabber-like REGISTER with token and multipart body, an INVITE with SDP, a 200.

/// About 3.6 kB: 1.2 kB of token, 1.1 kB of body.
pub fn register() -> Vec<u8> {
    let token = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxMjM0NTY3ODkifQ".repeat(20);
    let token = &token[..1_200];
    let part = concat!(
        "--uniqueBoundary\r\nContent-Type: application/x-cisco-remotecc-request+xml\r\n",
        "Content-Disposition: session;handling=optional\r\n\r\n",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<x-cisco-remotecc-request><optionsind>",
        "<combine max=\"6\"><remotecc><status/></remotecc><service-control/></combine>",
        "<dialog usage=\"hook status\"><unot/><sub/></dialog><dialog usage=\"shared line\"><unot/><sub/></dialog>",
        "<presence usage=\"blf speed dial\"><unot/><sub/></presence><joinreq/><cfwdall-anyline/><coaching/>",
        "<oosalarm/><x-cisco-number/><bfcp/><ix/></optionsind></x-cisco-remotecc-request>\r\n",
    );
    let body = format!("{part}{part}--uniqueBoundary--\r\n");
    let head = format!(
        "REGISTER sip:cucm1.example.com SIP/2.0\r\n\
         Via: SIP/2.0/TLS 10.64.16.101:50012;branch=z9hG4bK00005a71\r\n\
         From: <sip:4001@cucm1.example.com>;tag=0050568a3f41000400003c5f-00004c2c\r\n\
         To: <sip:4001@cucm1.example.com>\r\n\
         Call-ID: 0050568a-3f410002-00006b44-00001d6a@10.64.16.101\r\n\
         Max-Forwards: 70\r\n\
         Date: Mon, 23 Nov 2026 08:12:41 GMT\r\n\
         CSeq: 102 REGISTER\r\n\
         User-Agent: Cisco-CSF\r\n\
         Contact: <sip:d3b6b8c0-5f1a-4c6e-9e31-1f3b2a4c5d6e@10.64.16.101:50012;transport=tls>;\
         +sip.instance=\"<urn:uuid:00000000-0000-0000-0000-0050568a3f41>\";\
         +u.sip!devicename.ccm.cisco.com=\"CSFRADO\";+u.sip!model.ccm.cisco.com=\"503\";video\r\n\
         Supported: replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,\
         X-cisco-serviceuri,X-cisco-escapecodes,X-cisco-service-control,X-cisco-srtp-fallback,X-cisco-monrec,\
         X-cisco-config,X-cisco-sis-7.0.0,X-cisco-xsi-8.5.1,X-cisco-graceful-reg,X-cisco-duplicate-reg\r\n\
         Proxy-Authorization: Bearer token=\"{token}\"\r\n\
         Reason: SIP;cause=200;text=\"cisco-alarm:25 Name=CSFRADO ActiveLoad=Jabber InactiveLoad=Jabber \
         Last=initialized\"\r\n\
         Expires: 3600\r\n\
         Mime-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=uniqueBoundary\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// About 3.4 kB, 22 header fields, an audio and video offer with keys.
pub fn invite() -> Vec<u8> {
    let crypto: String = (1..=4)
        .map(|tag| {
            format!("a=crypto:{tag} AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n")
        })
        .collect();
    let body = format!(
        "v=0\r\no=Cisco-SIPUA 27183 0 IN IP4 10.64.16.101\r\ns=SIP Call\r\nb=AS:4000\r\nt=0 0\r\n\
         a=cisco-mari:v1\r\na=cisco-mari-rate\r\n\
         m=audio 24576 RTP/SAVP 114 9 0 8 18 101\r\nc=IN IP4 10.64.16.101\r\n{crypto}\
         a=rtpmap:114 opus/48000/2\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
         a=sendrecv\r\n\
         m=video 24578 RTP/SAVP 126 97\r\nc=IN IP4 10.64.16.101\r\n{crypto}\
         a=rtpmap:126 H264/90000\r\na=fmtp:126 profile-level-id=42E01F;packetization-mode=1\r\n\
         a=rtpmap:97 H264/90000\r\na=fmtp:97 profile-level-id=42E01F;packetization-mode=0\r\na=sendrecv\r\n"
    );
    let token = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjAxMjM0NTY3ODkifQ".repeat(5);
    let head = format!(
        "INVITE sip:4002@cucm1.example.com;user=phone SIP/2.0\r\n\
         Via: SIP/2.0/TLS 10.64.16.101:50012;branch=z9hG4bK00002e51\r\n\
         From: \"Rado, Ana\" <sip:4001@cucm1.example.com>;tag=0050568a3f41000900002f1a-00005b1d\r\n\
         To: <sip:4002@cucm1.example.com>\r\n\
         Call-ID: 0050568a-3f410008-00001e02-00003f70@10.64.16.101\r\n\
         Max-Forwards: 70\r\n\
         Date: Mon, 23 Nov 2026 08:14:02 GMT\r\n\
         CSeq: 101 INVITE\r\n\
         User-Agent: Cisco-CSF\r\n\
         Contact: <sip:d3b6b8c0-5f1a-4c6e-9e31-1f3b2a4c5d6e@10.64.16.101:50012;transport=tls>;\
         +u.sip!devicename.ccm.cisco.com=\"CSFRADO\";video;bfcp\r\n\
         Proxy-Authorization: Bearer token=\"{token}\"\r\n\
         Expires: 180\r\n\
         Accept: application/sdp\r\n\
         Allow: ACK,BYE,CANCEL,INVITE,NOTIFY,OPTIONS,REFER,REGISTER,UPDATE,SUBSCRIBE,INFO\r\n\
         Remote-Party-ID: \"Ana Rado\" <sip:4001@cucm1.example.com>;party=calling;id-type=subscriber;privacy=off\r\n\
         Call-Info: <urn:x-cisco-remotecc:callinfo>; security= NotAuthenticated; orientation= from; gci= 1-5004\r\n\
         Supported: replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo\r\n\
         Allow-Events: kpml,dialog\r\n\
         Session-ID: 5f2c8d9e00105000a0000050568a3f41;remote=00000000000000000000000000000000\r\n\
         Recv-Info: conference, x-cisco-conference\r\n\
         Content-Type: application/sdp\r\n\
         Content-Disposition: session;handling=optional\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

/// About 640 octets: the answer to the REGISTER, without body.
pub fn ok() -> Vec<u8> {
    concat!(
        "SIP/2.0 200 OK\r\n",
        "Via: SIP/2.0/TLS 10.64.16.101:50012;branch=z9hG4bK00005a71\r\n",
        "From: <sip:4001@cucm1.example.com>;tag=0050568a3f41000400003c5f-00004c2c\r\n",
        "To: <sip:4001@cucm1.example.com>;tag=1862504493\r\n",
        "Date: Mon, 23 Nov 2026 08:12:41 GMT\r\n",
        "Call-ID: 0050568a-3f410002-00006b44-00001d6a@10.64.16.101\r\n",
        "Server: Cisco-CUCM12.5\r\n",
        "CSeq: 102 REGISTER\r\n",
        "Expires: 120\r\n",
        "Contact: <sip:d3b6b8c0-5f1a-4c6e-9e31-1f3b2a4c5d6e@10.64.16.101:50012;transport=tls>;",
        "+u.sip!devicename.ccm.cisco.com=\"CSFRADO\"\r\n",
        "Supported: X-cisco-srtp-fallback,X-cisco-sis-9.1.0\r\n",
        "Content-Length: 0\r\n\r\n",
    )
    .as_bytes()
    .to_vec()
}
