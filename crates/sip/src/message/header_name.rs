//! Header field names (RFC 3261 §7.3.1, §20 and the IANA registry), with their compact forms (§7.3.3).
//!
//! A known name is one octet in the index of a message. Unknown names are data: they stay in the message and are
//! found by their text.

use std::fmt;

macro_rules! header_names {
    ($($(#[$single:ident])? $variant:ident $name:literal $($compact:literal)?,)*) => {
        /// A header field name that this crate knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum HeaderName {
            $(
                #[doc = $name]
                $variant,
            )*
        }

        /// Every known name, in the order of the enum.
        const NAMES: &[HeaderName] = &[$(HeaderName::$variant,)*];

        impl HeaderName {
            /// The name in its long form.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The one-letter form, where there is one.
            pub const fn compact(self) -> Option<u8> {
                match self {
                    $($(Self::$variant => Some($compact),)?)*
                    _ => None,
                }
            }

            /// Whether these octets are the long form, as the registry writes it.
            fn is_written(self, name: &[u8]) -> bool {
                match self {
                    $(Self::$variant => name == $name.as_bytes(),)*
                }
            }

            /// Whether a second field of this name makes the message malformed (RFC 3261 §7.3.1).
            ///
            /// Our choice: fields that only inform, such as Subject, may be repeated; the first counts.
            pub const fn is_single(self) -> bool {
                match self {
                    $($(Self::$variant => header_names!(@$single),)?)*
                    _ => false,
                }
            }
        }
    };
    (@single) => { true };
}

header_names! {
    Accept "Accept",
    AcceptContact "Accept-Contact" b'a',
    AcceptEncoding "Accept-Encoding",
    AcceptLanguage "Accept-Language",
    AlertInfo "Alert-Info",
    Allow "Allow",
    AllowEvents "Allow-Events" b'u',
    AuthenticationInfo "Authentication-Info",
    Authorization "Authorization",
    #[single] CallId "Call-ID" b'i',
    CallInfo "Call-Info",
    Contact "Contact" b'm',
    #[single] ContentDisposition "Content-Disposition",
    ContentEncoding "Content-Encoding" b'e',
    ContentLanguage "Content-Language",
    #[single] ContentLength "Content-Length" b'l',
    #[single] ContentType "Content-Type" b'c',
    #[single] CSeq "CSeq",
    Date "Date",
    Diversion "Diversion",
    ErrorInfo "Error-Info",
    #[single] Event "Event" b'o',
    #[single] Expires "Expires",
    #[single] FlowTimer "Flow-Timer",
    #[single] From "From" b'f',
    HistoryInfo "History-Info",
    #[single] Identity "Identity" b'y',
    InReplyTo "In-Reply-To",
    #[single] Join "Join",
    #[single] MaxBreadth "Max-Breadth",
    #[single] MaxForwards "Max-Forwards",
    MimeVersion "MIME-Version",
    #[single] MinExpires "Min-Expires",
    #[single] MinSe "Min-SE",
    Organization "Organization",
    PAssertedIdentity "P-Asserted-Identity",
    PPreferredIdentity "P-Preferred-Identity",
    Path "Path",
    Priority "Priority",
    Privacy "Privacy",
    ProxyAuthenticate "Proxy-Authenticate",
    ProxyAuthorization "Proxy-Authorization",
    ProxyRequire "Proxy-Require",
    #[single] RAck "RAck",
    Reason "Reason",
    RecordRoute "Record-Route",
    RecvInfo "Recv-Info",
    #[single] ReferSub "Refer-Sub",
    #[single] ReferTo "Refer-To" b'r',
    #[single] ReferredBy "Referred-By" b'b',
    RejectContact "Reject-Contact" b'j',
    RemotePartyId "Remote-Party-ID",
    #[single] Replaces "Replaces",
    #[single] ReplyTo "Reply-To",
    RequestDisposition "Request-Disposition" b'd',
    Require "Require",
    #[single] RetryAfter "Retry-After",
    Route "Route",
    #[single] RSeq "RSeq",
    SendInfo "Send-Info",
    Server "Server",
    ServiceRoute "Service-Route",
    #[single] SessionExpires "Session-Expires" b'x',
    SessionId "Session-ID",
    #[single] SipETag "SIP-ETag",
    #[single] SipIfMatch "SIP-If-Match",
    Subject "Subject" b's',
    #[single] SubscriptionState "Subscription-State",
    Supported "Supported" b'k',
    Timestamp "Timestamp",
    #[single] To "To" b't',
    Unsupported "Unsupported",
    UserAgent "User-Agent",
    Via "Via" b'v',
    Warning "Warning",
    WwwAuthenticate "WWW-Authenticate",
}

/// The slot of a name: a hash without collisions among the known names. The factors were found by trial; a new
/// name that collides does not compile, and wants new ones.
const fn slot(name: &[u8]) -> u8 {
    // Cannot panic: half of a length is within it.
    let ([first, ..], (_, [middle, ..]), [.., last]) = (name, name.split_at(name.len() / 2), name) else {
        return 0;
    };
    (name.len() as u8)
        .wrapping_mul(71)
        .wrapping_add(lower(*first).wrapping_mul(86))
        .wrapping_add(lower(*middle).wrapping_mul(47))
        .wrapping_add(lower(*last).wrapping_mul(113))
}

/// A letter in lower case; of other octets, something that is the same in either case.
const fn lower(octet: u8) -> u8 {
    octet | 0x20
}

#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile")]
static LONG: [Option<HeaderName>; 256] = {
    let mut slots = [None; 256];
    let mut names = NAMES;
    while let [name, rest @ ..] = names {
        let slot = slot(name.as_str().as_bytes()) as usize;
        // Cannot panic: the compiler evaluates it, and stops at a collision.
        assert!(slots[slot].is_none(), "two names share a slot");
        slots[slot] = Some(*name);
        names = rest;
    }
    slots
};

#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile")]
static COMPACT: [Option<HeaderName>; 256] = {
    let mut slots = [None; 256];
    let mut names = NAMES;
    while let [name, rest @ ..] = names {
        if let Some(letter) = name.compact() {
            slots[letter as usize] = Some(*name);
            slots[letter.to_ascii_uppercase() as usize] = Some(*name);
        }
        names = rest;
    }
    slots
};

impl HeaderName {
    /// The known name that these octets are, in any case, long or compact.
    pub fn from_bytes(name: &[u8]) -> Option<Self> {
        if let [letter] = name {
            return *COMPACT.get(usize::from(*letter))?;
        }
        let known = (*LONG.get(usize::from(slot(name)))?)?;
        // Most senders write names as the registry does, and equality is the cheaper question.
        if known.is_written(name) { Some(known) } else { known.if_spelled(name) }
    }

    #[cold]
    fn if_spelled(self, name: &[u8]) -> Option<Self> {
        self.as_str().as_bytes().eq_ignore_ascii_case(name).then_some(self)
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
