//! The messages of RFC 4475 and RFC 5118, as the archives in the RFCs hold them.

/// The messages of RFC 4475: the name in the RFC, and the octets.
pub const RFC_4475: [(&str, &[u8]); 49] = [
    ("badaspec", include_bytes!("../corpus/rfc4475/badaspec.dat")),
    ("badbranch", include_bytes!("../corpus/rfc4475/badbranch.dat")),
    ("baddate", include_bytes!("../corpus/rfc4475/baddate.dat")),
    ("baddn", include_bytes!("../corpus/rfc4475/baddn.dat")),
    ("badinv01", include_bytes!("../corpus/rfc4475/badinv01.dat")),
    ("badvers", include_bytes!("../corpus/rfc4475/badvers.dat")),
    ("bcast", include_bytes!("../corpus/rfc4475/bcast.dat")),
    ("bext01", include_bytes!("../corpus/rfc4475/bext01.dat")),
    ("bigcode", include_bytes!("../corpus/rfc4475/bigcode.dat")),
    ("clerr", include_bytes!("../corpus/rfc4475/clerr.dat")),
    ("cparam01", include_bytes!("../corpus/rfc4475/cparam01.dat")),
    ("cparam02", include_bytes!("../corpus/rfc4475/cparam02.dat")),
    ("dblreq", include_bytes!("../corpus/rfc4475/dblreq.dat")),
    ("esc01", include_bytes!("../corpus/rfc4475/esc01.dat")),
    ("esc02", include_bytes!("../corpus/rfc4475/esc02.dat")),
    ("escnull", include_bytes!("../corpus/rfc4475/escnull.dat")),
    ("escruri", include_bytes!("../corpus/rfc4475/escruri.dat")),
    ("insuf", include_bytes!("../corpus/rfc4475/insuf.dat")),
    ("intmeth", include_bytes!("../corpus/rfc4475/intmeth.dat")),
    ("inv2543", include_bytes!("../corpus/rfc4475/inv2543.dat")),
    ("invut", include_bytes!("../corpus/rfc4475/invut.dat")),
    ("longreq", include_bytes!("../corpus/rfc4475/longreq.dat")),
    ("ltgtruri", include_bytes!("../corpus/rfc4475/ltgtruri.dat")),
    ("lwsdisp", include_bytes!("../corpus/rfc4475/lwsdisp.dat")),
    ("lwsruri", include_bytes!("../corpus/rfc4475/lwsruri.dat")),
    ("lwsstart", include_bytes!("../corpus/rfc4475/lwsstart.dat")),
    ("mcl01", include_bytes!("../corpus/rfc4475/mcl01.dat")),
    ("mismatch01", include_bytes!("../corpus/rfc4475/mismatch01.dat")),
    ("mismatch02", include_bytes!("../corpus/rfc4475/mismatch02.dat")),
    ("mpart01", include_bytes!("../corpus/rfc4475/mpart01.dat")),
    ("multi01", include_bytes!("../corpus/rfc4475/multi01.dat")),
    ("ncl", include_bytes!("../corpus/rfc4475/ncl.dat")),
    ("noreason", include_bytes!("../corpus/rfc4475/noreason.dat")),
    ("novelsc", include_bytes!("../corpus/rfc4475/novelsc.dat")),
    ("quotbal", include_bytes!("../corpus/rfc4475/quotbal.dat")),
    ("regaut01", include_bytes!("../corpus/rfc4475/regaut01.dat")),
    ("regbadct", include_bytes!("../corpus/rfc4475/regbadct.dat")),
    ("regescrt", include_bytes!("../corpus/rfc4475/regescrt.dat")),
    ("scalar02", include_bytes!("../corpus/rfc4475/scalar02.dat")),
    ("scalarlg", include_bytes!("../corpus/rfc4475/scalarlg.dat")),
    ("sdp01", include_bytes!("../corpus/rfc4475/sdp01.dat")),
    ("semiuri", include_bytes!("../corpus/rfc4475/semiuri.dat")),
    ("transports", include_bytes!("../corpus/rfc4475/transports.dat")),
    ("trws", include_bytes!("../corpus/rfc4475/trws.dat")),
    ("unkscm", include_bytes!("../corpus/rfc4475/unkscm.dat")),
    ("unksm2", include_bytes!("../corpus/rfc4475/unksm2.dat")),
    ("unreason", include_bytes!("../corpus/rfc4475/unreason.dat")),
    ("wsinv", include_bytes!("../corpus/rfc4475/wsinv.dat")),
    ("zeromf", include_bytes!("../corpus/rfc4475/zeromf.dat")),
];

/// The files of RFC 5118, whose lines end with LF alone: see [`rfc_5118`].
const RFC_5118: [(&str, &[u8]); 12] = [
    ("ipv4-mapped-ipv6", include_bytes!("../corpus/rfc5118/ipv4-mapped-ipv6")),
    ("ipv6-bad", include_bytes!("../corpus/rfc5118/ipv6-bad")),
    ("ipv6-bug-abnf-3-colons", include_bytes!("../corpus/rfc5118/ipv6-bug-abnf-3-colons")),
    ("ipv6-correct-abnf-2-colons", include_bytes!("../corpus/rfc5118/ipv6-correct-abnf-2-colons")),
    ("ipv6-good", include_bytes!("../corpus/rfc5118/ipv6-good")),
    ("ipv6-in-sdp", include_bytes!("../corpus/rfc5118/ipv6-in-sdp")),
    ("mult-ip-in-header", include_bytes!("../corpus/rfc5118/mult-ip-in-header")),
    ("mult-ip-in-sdp", include_bytes!("../corpus/rfc5118/mult-ip-in-sdp")),
    ("port-ambiguous", include_bytes!("../corpus/rfc5118/port-ambiguous")),
    ("port-unambiguous", include_bytes!("../corpus/rfc5118/port-unambiguous")),
    ("via-received-param-no-delim", include_bytes!("../corpus/rfc5118/via-received-param-no-delim")),
    ("via-received-param-with-delim", include_bytes!("../corpus/rfc5118/via-received-param-with-delim")),
];

/// The messages of RFC 5118, with CRLF at the end of each line, an empty line after the header, and the
/// Content-Length that the body then has.
pub fn rfc_5118() -> Vec<(&'static str, Vec<u8>)> {
    RFC_5118.iter().map(|(name, file)| (*name, message(file))).collect()
}

fn message(file: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(file);
    let (header, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let body: String = body.lines().map(|line| format!("{line}\r\n")).collect();
    let fields = header.lines().filter(|line| !line.starts_with("Content-Length:"));
    let header: String = fields.map(|line| format!("{line}\r\n")).collect();
    format!("{header}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
