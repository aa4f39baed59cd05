//! An address that asks without end: it hears when to come back, and others are served.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use ringbearer_edge_http::{ExpresswayE, Tunnel, expressway_e};
use tower::ServiceExt as _;

/// Status, and when to come back.
async fn ask(router: &Router, source: [u8; 4]) -> (u16, String) {
    let mut request = Request::get("/ZXhhbXBsZS5jb20/get_edge_config").header(header::HOST, "edge.example.com");
    let client = SocketAddr::from((source, 40_000));
    request.extensions_mut().unwrap().insert(ConnectInfo(client));
    let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let retry_after = answer.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), retry_after.unwrap_or_default())
}

#[tokio::test]
async fn edg_6_an_address_that_asks_without_end_waits_and_others_do_not() {
    let refused: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let told = Arc::clone(&refused);
    let router = expressway_e::router(ExpresswayE {
        tunnel: Tunnel::new(),
        is_own_name: Box::new(|name| name == "edge.example.com"),
        refused: Box::new(move |reason| told.lock().unwrap().push(reason)),
    });
    // Without a tunnel whoever is let in hears 503 and to come back in 5 s.
    let let_in = (503, "5".to_owned());
    for _ in 0..500 {
        assert_eq!(ask(&router, [192, 0, 2, 7]).await, let_in, "what an office may ask at once");
    }
    let mut others = 0;
    // The bucket fills again while this asks: far more than that is asked.
    let too_many = loop {
        others += 1;
        assert!(others < 100_000, "nobody is held up");
        match ask(&router, [192, 0, 2, 7]).await {
            answer if answer == let_in => {}
            answer => break answer,
        }
    };
    assert_eq!(too_many, (429, "1".to_owned()));
    assert_eq!(*refused.lock().unwrap(), ["too_many_requests"]);
    assert_eq!(ask(&router, [192, 0, 2, 8]).await, let_in, "another address");
}
