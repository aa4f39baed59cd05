//! `GET /ssosp/ws/public/singleSignOn`: how users of this cluster sign in, for clients that ask before they do.
//!
//! Our choice, as only the path of one element is published: the root's name, and the sibling `OAuth`, which tells whether
//! refresh tokens are given and where.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::Ssosp;

pub(super) async fn get(State(ssosp): State<Arc<Ssosp>>) -> impl IntoResponse {
    let refresh = (ssosp.directory)().parameters().refresh_login_flow();
    let issuer = quick_xml::escape::escape(&ssosp.issuer);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Result>\n\
         \x20 <Response>\n\
         \x20   <SingleSignOn>\n\
         \x20     <Status enabled=\"false\"/>\n\
         \x20   </SingleSignOn>\n\
         \x20   <OAuth>\n\
         \x20     <RefreshLoginFlow enabled=\"{refresh}\"/>\n\
         \x20     <Authorize uri=\"{issuer}/ssosp/oauth/authorize\"/>\n\
         \x20     <Token uri=\"{issuer}/ssosp/oauth/token\"/>\n\
         \x20   </OAuth>\n\
         \x20 </Response>\n\
         </Result>\n"
    );
    ([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], body)
}
