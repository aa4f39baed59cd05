//! The REGISTER requests of a phone.
//!
//! The vendor's form, as its own clients send it: the first REGISTER of a flow has no credentials and says little;
//! the one with credentials asks for an hour, tells the last alarm and registers all lines with a body; refreshes
//! have neither alarm nor body, and Expires 0 unregisters. Our choice: `video` is left out of the Contact, and
//! `X-cisco-srtp-fallback` of Supported unless the phone would take clear media, since the server acts on them.
//!
//! The standard form has an address of record, a Contact with an instance id, and Expires.

use std::time::Duration;

use bytes::Bytes;
use sip::message::{HeaderName, Method, Request, RequestBuilder, UriBuf};

use super::alarm::Alarm;
use crate::context::{Context, Site, uri_host};
use crate::settings::Authentication;

/// What a REGISTER is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The first registration on a flow.
    Initial,
    /// A refresh.
    Refresh,
    /// Unregistering.
    Remove,
}

/// What stays the same in all REGISTERs of a flow.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    call_id: String,
    from_tag: String,
}

impl Identity {
    /// In the shapes that the vendor's clients use.
    pub(super) fn new(context: &mut Context, site: &Site) -> Self {
        let address = context.hardware_address();
        let (head, tail) = address.split_at_checked(8).unwrap_or_default();
        let call_id = format!(
            "{head}-{tail}{}-{}-{}@{}",
            context.hexadecimal(2),
            context.hexadecimal(4),
            context.hexadecimal(4),
            uri_host(&site.local.ip().to_string())
        );
        let from_tag = format!("{address}{}-{}", context.hexadecimal(6), context.hexadecimal(4));
        Self { call_id, from_tag }
    }
}

/// What differs from one REGISTER to the next.
pub(super) struct Register<'a> {
    pub(super) identity: &'a Identity,
    pub(super) sequence: u32,
    pub(super) kind: Kind,
    pub(super) expires: Duration,
    pub(super) alarm: Alarm,
    /// Header field and value.
    pub(super) credentials: Option<(HeaderName, String)>,
}

impl Register<'_> {
    /// Writes the request, all but its Via.
    pub(super) fn build(self, context: &Context, site: &Site) -> Option<RequestBuilder> {
        let line = context.line()?;
        let registrar = UriBuf::sip("", uri_host(&site.target.host))?;
        let address_of_record = context.uri_of(&line.directory_number)?;
        let request = Request::build(Method::Register, &registrar)
            .header(HeaderName::From, format!("<{address_of_record}>;tag={}", self.identity.from_tag))
            .header(HeaderName::To, format!("<{address_of_record}>"))
            .header(HeaderName::CallId, &self.identity.call_id)
            .header(HeaderName::MaxForwards, "70")
            .header(HeaderName::CSeq, format!("{} REGISTER", self.sequence))
            .header(HeaderName::UserAgent, &context.settings.user_agent);
        let request = match context.route() {
            Some(route) => request.header(HeaderName::Route, route),
            None => request,
        };
        if is_vendor_form(&context.settings.authentication) {
            self.vendor(request, context)
        } else {
            self.standard(request, context)
        }
    }

    fn vendor(self, request: RequestBuilder, context: &Context) -> Option<RequestBuilder> {
        let settings = &context.settings;
        let contact = format!(
            "<{}>;+sip.instance=\"{}\";+u.sip!devicename.ccm.cisco.com=\"{}\";+u.sip!model.ccm.cisco.com=\"{}\"",
            context.contact_uri()?,
            instance_id(context),
            settings.device_name,
            settings.model
        );
        let waits_for_challenge = settings.authentication == Authentication::VendorBearer && self.credentials.is_none();
        let mut request = request.header(HeaderName::Contact, contact);
        if let Some((name, value)) = self.credentials {
            request = request.header(name, value);
        }
        request = request.header(HeaderName::Supported, supported(settings.srtp_fallback));
        match self.kind {
            Kind::Initial if waits_for_challenge => Some(request),
            Kind::Initial => Some(
                request
                    .header_display(HeaderName::Reason, self.alarm.reason(settings))
                    .header(HeaderName::Expires, self.expires.as_secs().to_string())
                    .header(HeaderName::MimeVersion, "1.0")
                    .body("multipart/mixed; boundary=uniqueBoundary", Bytes::from_static(BODY.as_bytes())),
            ),
            Kind::Refresh => Some(request.header(HeaderName::Expires, self.expires.as_secs().to_string())),
            Kind::Remove => Some(request.header(HeaderName::Expires, "0")),
        }
    }

    fn standard(self, request: RequestBuilder, context: &Context) -> Option<RequestBuilder> {
        let contact = format!("<{}>;+sip.instance=\"{}\"", context.contact_uri()?, instance_id(context));
        let expires = if self.kind == Kind::Remove { 0 } else { self.expires.as_secs() };
        let mut request = request
            .header(HeaderName::Contact, contact)
            .header(HeaderName::Expires, expires.to_string())
            .header(HeaderName::Supported, "path, gruu, outbound");
        if let Some((name, value)) = self.credentials {
            request = request.header(name, value);
        }
        Some(request)
    }
}

/// Whether the device names itself the vendor's way.
pub(super) fn is_vendor_form(authentication: &Authentication) -> bool {
    matches!(authentication, Authentication::VendorBearer | Authentication::None)
}

fn instance_id(context: &Context) -> String {
    format!("<urn:uuid:00000000-0000-0000-0000-{}>", context.hardware_address())
}

fn supported(srtp_fallback: bool) -> String {
    let fallback = if srtp_fallback { "X-cisco-srtp-fallback," } else { "" };
    format!(
        "replaces,join,sdp-anat,norefersub,resource-priority,extended-refer,X-cisco-callinfo,X-cisco-serviceuri,\
         X-cisco-escapecodes,X-cisco-service-control,{fallback}X-cisco-monrec,X-cisco-config,X-cisco-sis-7.0.0,\
         X-cisco-xsi-8.5.1,X-cisco-graceful-reg,X-cisco-duplicate-reg"
    )
}

/// Registers all lines at once, and offers what may be combined and subscribed.
const BODY: &str = "--uniqueBoundary\r\n\
Content-Type: application/x-cisco-remotecc-request+xml\r\n\
Content-Disposition: session;handling=optional\r\n\
\r\n\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
<x-cisco-remotecc-request>\r\n\
<bulkregisterreq><contact all=\"true\"><register></register></contact></bulkregisterreq>\r\n\
</x-cisco-remotecc-request>\r\n\
--uniqueBoundary\r\n\
Content-Type: application/x-cisco-remotecc-request+xml\r\n\
Content-Disposition: session;handling=optional\r\n\
\r\n\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
<x-cisco-remotecc-request>\r\n\
<optionsind>\r\n\
<combine max=\"6\"><remotecc><status></status></remotecc><service-control></service-control></combine>\r\n\
<dialog usage=\"hook status\"><unot></unot><sub></sub></dialog>\r\n\
<dialog usage=\"shared line\"><unot></unot><sub></sub></dialog>\r\n\
<presence usage=\"blf speed dial\"><unot></unot><sub></sub></presence>\r\n\
<joinreq></joinreq>\r\n\
<cfwdall-anyline></cfwdall-anyline>\r\n\
</optionsind>\r\n\
</x-cisco-remotecc-request>\r\n\
--uniqueBoundary--\r\n";
