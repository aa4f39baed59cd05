//! What is no request: refused before it costs, and without a word of it.

use axum::body::Body;
use axum::http::{StatusCode, header};

use crate::cluster::{Node, envelope, post};

#[tokio::test]
async fn axl_1_a_document_that_would_expand_is_a_client_fault() {
    let node = Node::new("expand").await;
    let cases = [
        (
            "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]>",
            "<a:getCCMVersion/>",
            "a document type is not allowed",
        ),
        ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\">", "<a:getCCMVersion/>", "a document type is not allowed"),
        ("", "<a:getCCMVersion>&passwd;</a:getCCMVersion>", "only the entities of XML itself are allowed"),
        (
            "",
            "<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"/etc/passwd\"/>",
            "XInclude is not allowed",
        ),
        ("<?php a?>", "<a:getCCMVersion/>", "a processing instruction is not allowed"),
    ];
    for (before, inside, reason) in cases {
        let answer = node.post(format!("{before}{}", envelope(inside))).await;
        assert_eq!(answer.fault(), (500, format!("Client: {reason}")), "{before} {inside}");
    }
}

#[tokio::test]
async fn axl_1_what_is_too_large_or_too_deep_is_refused() {
    let node = Node::new("large").await;
    let long = "x".repeat(50 << 20);
    let announced = node.post(long.clone()).await;
    assert_eq!(announced.status, StatusCode::PAYLOAD_TOO_LARGE);
    // One that does not say how long it is.
    let pieces =
        long.into_bytes().chunks(1 << 20).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let stream = Pieces(pieces.into_iter());
    let streamed = node.send(post("axl", "pw-axl").body(Body::new(stream)).unwrap()).await;
    assert_eq!(streamed.status, StatusCode::PAYLOAD_TOO_LARGE);
    let deep = node.post(envelope(&"<a>".repeat(10_000))).await;
    assert_eq!(deep.fault(), (500, "Client: the elements nest too deep".to_owned()));
    let many = node.post(envelope(&format!("<a:getCCMVersion>{}</a:getCCMVersion>", "<b/>".repeat(10_000)))).await;
    assert_eq!(many.fault(), (500, "Client: the document has too many elements and attributes".to_owned()));
}

/// A body in pieces, of no length that is known.
struct Pieces(std::vec::IntoIter<Result<Vec<u8>, std::io::Error>>);

impl hyper::body::Body for Pieces {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(self.0.next().map(|piece| piece.map(|piece| hyper::body::Frame::data(piece.into()))))
    }
}

#[tokio::test]
async fn what_is_no_request_says_why() {
    let node = Node::new("request").await;
    let good = envelope("<a:getCCMVersion/>");
    let cases = [
        (String::new(), "Client: the document is not well-formed: there is no element at byte 0"),
        ("hello".to_owned(), "Client: the document is not well-formed: a text outside the root at byte 5"),
        (
            good.replace("schemas.xmlsoap.org/soap", "www.w3.org/2003/05/soap"),
            "VersionMismatch: the envelope is not of SOAP 1.1",
        ),
        (envelope(""), "Client: the body must have exactly one entry"),
        (
            good.replace("www.cisco.com/AXL", "example.com"),
            "Client: the operation is not of the namespace http://www.cisco.com/AXL/API/x.y",
        ),
        (envelope("<a:getCCMVersion sequence=\"-1\"/>"), "Client: the sequence is not a number"),
    ];
    for (body, expected) in cases {
        assert_eq!(node.post(body.clone()).await.fault(), (500, expected.to_owned()), "{body}");
    }
    for (action, expected) in [
        ("getCCMVersion", "Client: the SOAPAction is not CUCM:DB ver=x.y operation"),
        ("CUCM:DB ver=14.0 getCCMVersion", "Client: the SOAPAction names another version or operation than the body"),
        ("CUCM:DB ver=15.0 getUser", "Client: the SOAPAction names another version or operation than the body"),
    ] {
        let request = post("axl", "pw-axl").header("SOAPAction", action).body(good.clone().into()).unwrap();
        assert_eq!(node.send(request).await.fault(), (500, expected.to_owned()), "{action}");
    }
    for action in ["", "\"\"", "\"CUCM:DB ver=15.0\"", "CUCM:DB ver=15.0 getCCMVersion"] {
        let request = post("axl", "pw-axl").header("SOAPAction", action).body(good.clone().into()).unwrap();
        assert_eq!(node.send(request).await.status, StatusCode::OK, "{action}");
    }
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/soap+xml"] {
        let mut request = post("axl", "pw-axl").body(Body::from(good.clone())).unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        assert_eq!(node.send(request).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{media_type}");
    }
}

#[tokio::test]
async fn an_unknown_operation_is_named() {
    let node = Node::new("operation").await;
    let refusal = node.refusal("addGateway", []).await;
    assert_eq!(refusal, (5002, "The operation addGateway is not available.".to_owned()));
}
