//! The certificates of the node that answers: its own ones with their requests and chains, and its trust stores.
//!
//! Our choice: acts on a certificate are a POST each and need no `If-Match`: a chain fits one key or none, and an entry of a trust
//! store never changes. Changing them takes an administrator's token: who sets whom a node trusts could become anybody.

use administration::{AdministrationError, CertificateFacts, ListedCertificate, OWN_CERTIFICATES, TRUST_STORES};
use authorization::{ApiArea, ApiScope};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::PREFIX;
use crate::context::{Context, answer};
use crate::page::Page;
use crate::problem::{FieldError, Kind, Problem};
use crate::route::{Route, schema};

const TAG: &str = "Certificates";
const CHANGE: ApiScope = ApiScope::Write(ApiArea::Certificates);

/// A certificate of the node or of one of its trust stores. Times are in seconds since 1970.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Certificate)]
pub(crate) struct Listed {
    /// `tomcat` and `CallManager` for the node's own, else the trust store.
    #[schema(schema_with = stores)]
    store: String,
    /// Its name within the store: for an own certificate that of the store.
    name: String,
    /// Whose it is.
    subject: String,
    /// Who signed it.
    issuer: String,
    /// Its serial number in hexadecimal.
    serial: String,
    /// Valid from then on.
    not_before: i64,
    /// Valid until then.
    not_after: i64,
    /// The names and addresses that it is good for.
    names: Vec<String>,
    /// Whether it is that of an authority.
    is_ca: bool,
    /// The kind and strength of its key.
    public_key: String,
    /// Its SHA-256 in hexadecimal.
    fingerprint: String,
    /// The certificate, an own one with its chain; in the answer to reading one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pem: Option<String>,
}

/// Certificates, or a request to sign one, in PEM (RFC 7468).
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pem {
    /// The text.
    #[schema(min_length = 1, max_length = 131_072)]
    pem: String,
}

fn stores() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    crate::resource::word(OWN_CERTIFICATES.into_iter().chain(TRUST_STORES))
}

impl Listed {
    fn of(store: &str, name: &str, facts: &CertificateFacts) -> Self {
        Self {
            store: store.into(),
            name: name.into(),
            subject: facts.subject.clone(),
            issuer: facts.issuer.clone(),
            serial: facts.serial.clone(),
            not_before: facts.not_before,
            not_after: facts.not_after,
            names: facts.names().into_iter().map(str::to_owned).collect(),
            is_ca: facts.is_ca,
            public_key: facts.public_key.clone(),
            fingerprint: facts.fingerprint.clone(),
            pem: None,
        }
    }
}

pub(crate) fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::new(Method::GET, "/certificates", "listCertificates", list)
            .about(TAG, "List certificates", "The node's own certificates, and those of its trust stores.")
            .for_scope(ApiScope::Read)
            .answering(StatusCode::OK, "The certificates.", Page::schema("Certificate")),
    ];
    routes.extend(own_routes());
    routes.extend(trust_routes());
    routes
}

fn own_routes() -> [Route; 5] {
    let name = json!({ "type": "string", "enum": OWN_CERTIFICATES });
    let in_path = |route: Route| route.in_path("name", "Which of the node's own.", name.clone());
    let route = |method, end: &str, id| (method, format!("/certificates/own/{{name}}{end}"), id);
    let (method, path, id) = route(Method::GET, "", "getOwnCertificate");
    let get = Route::new(method, path, id, get_own)
        .about(TAG, "Read an own certificate", "What it says, and itself with its chain.")
        .for_scope(ApiScope::Read)
        .answering(StatusCode::OK, "The certificate.", schema("Certificate"));
    let (method, path, id) = route(Method::POST, "/regenerate", "regenerateCertificate");
    let regenerate = Route::new(method, path, id, regenerate)
        .about(
            TAG,
            "Make an own certificate anew",
            "A new key and a self-signed certificate: whoever trusts the present one has to trust the new one. The services show \
             it from their next restart on.",
        )
        .for_scope(CHANGE)
        .idempotent()
        .answering(StatusCode::OK, "The new certificate.", schema("Certificate"));
    let (method, path, id) = route(Method::POST, "/signing-request", "makeSigningRequest");
    let request = Route::new(method, path, id, request)
        .about(
            TAG,
            "Make a signing request",
            "A new key, which stays on the node, and a request to sign it (PKCS #10). The certificate in use stays; a request \
             that waited is replaced.",
        )
        .for_scope(CHANGE)
        .idempotent()
        .answering(StatusCode::CREATED, "The request.", schema("Pem"));
    let (method, path, id) = route(Method::GET, "/signing-request", "getSigningRequest");
    let waiting = Route::new(method, path, id, waiting)
        .about(TAG, "Read the signing request", "The request that waits for its certificate.")
        .for_scope(ApiScope::Read)
        .answering(StatusCode::OK, "The request.", schema("Pem"));
    let (method, path, id) = route(Method::POST, "/chain", "installCertificate");
    let install = Route::new(method, path, id, install)
        .about(
            TAG,
            "Upload a signed chain",
            "The certificate for the key of the request, or for the key in use, and the authorities behind it. When anything is \
             wrong with it, what is in use stays.",
        )
        .for_scope(CHANGE)
        .taking(crate::json::MEDIA_TYPE, "The certificate and its chain.", schema("Pem"))
        .idempotent()
        .answering(StatusCode::OK, "The certificate that is in use from the next restart on.", schema("Certificate"));
    [in_path(get), in_path(regenerate), in_path(request), in_path(waiting), in_path(install)]
}

fn trust_routes() -> [Route; 3] {
    let store = json!({ "type": "string", "enum": TRUST_STORES });
    let in_store = |route: Route| route.in_path("store", "The trust store.", store.clone());
    let name = json!({ "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9._-]+$" });
    let of_name = |route: Route| route.in_path("name", "The entry's name.", name.clone());
    let add = Route::new(Method::POST, "/certificates/trust/{store}", "addTrustedCertificate", add)
        .about(
            TAG,
            "Trust a certificate",
            "New connections are checked by it at once. `tomcat-trust` checks Expressway-C on 5091, `CallManager-trust` devices on \
             5061.",
        )
        .for_scope(CHANGE)
        .taking(crate::json::MEDIA_TYPE, "The certificate.", schema("Pem"))
        .idempotent()
        .answering(StatusCode::CREATED, "The entry.", schema("Certificate"))
        .with_header("Location", "Its address.");
    let get = Route::new(Method::GET, "/certificates/trust/{store}/{name}", "getTrustedCertificate", get_trusted)
        .about(TAG, "Read a trusted certificate", "What it says, and itself.")
        .for_scope(ApiScope::Read)
        .answering(StatusCode::OK, "The certificate.", schema("Certificate"));
    let remove = Route::new(Method::DELETE, "/certificates/trust/{store}/{name}", "removeTrustedCertificate", remove)
        .about(
            TAG,
            "Trust a certificate no more",
            "An Expressway-C that it alone vouched for is shut out within seconds.",
        )
        .for_scope(CHANGE)
        .answering_nothing(StatusCode::NO_CONTENT, "It is removed.");
    [in_store(add), of_name(in_store(get)), of_name(in_store(remove))]
}

async fn list(context: Context) -> Result<Response, Problem> {
    let all = context.rest.administration.node().certificates().map_err(failed)?;
    let items: Vec<_> = all.iter().map(|one| Listed::of(&one.store, &one.name, &one.facts)).collect();
    let total = items.len();
    Ok(answer(StatusCode::OK, &Page { items, next: None, total }))
}

/// A part of the address that is one of a few words.
fn one_of(words: [&'static str; 2], given: &str) -> Result<&'static str, Problem> {
    let found = words.into_iter().find(|word| *word == given);
    found.ok_or_else(|| Problem::new(Kind::NotFound, format!("there is no \"{given}\", only {}", words.join(" and "))))
}

fn whole(context: &Context, store: &str, name: &str) -> Result<Listed, Problem> {
    let administration = &context.rest.administration;
    let ListedCertificate { store, name, facts } = administration.certificate(store, name).map_err(refusal)?;
    let pem = administration.node().certificate_pem(&store, &name).map_err(failed)?;
    Ok(Listed { pem, ..Listed::of(&store, &name, &facts) })
}

async fn get_own(context: Context) -> Result<Response, Problem> {
    let name = one_of(OWN_CERTIFICATES, context.part(0))?;
    Ok(answer(StatusCode::OK, &whole(&context, name, name)?))
}

async fn get_trusted(context: Context) -> Result<Response, Problem> {
    let store = one_of(TRUST_STORES, context.part(0))?;
    Ok(answer(StatusCode::OK, &whole(&context, store, context.part(1))?))
}

async fn regenerate(context: Context) -> Result<Response, Problem> {
    let name = one_of(OWN_CERTIFICATES, context.part(0))?;
    let author = context.author();
    let made = context.rest.administration.regenerate_certificate(&author, name);
    let facts = made.await.map_err(refusal)?;
    Ok(answer(StatusCode::OK, &Listed::of(name, name, &facts)))
}

async fn request(context: Context) -> Result<Response, Problem> {
    let name = one_of(OWN_CERTIFICATES, context.part(0))?;
    let author = context.author();
    let made = context.rest.administration.request_certificate(&author, name);
    Ok(answer(StatusCode::CREATED, &Pem { pem: made.await.map_err(refusal)? }))
}

async fn waiting(context: Context) -> Result<Response, Problem> {
    let name = one_of(OWN_CERTIFICATES, context.part(0))?;
    let waiting = context.rest.administration.certificate_request(name).map_err(refusal)?;
    let none = || Problem::new(Kind::NotFound, format!("no signing request of {name} waits for its certificate"));
    Ok(answer(StatusCode::OK, &Pem { pem: waiting.ok_or_else(none)? }))
}

async fn install(context: Context) -> Result<Response, Problem> {
    let name = one_of(OWN_CERTIFICATES, context.part(0))?;
    let given: Pem = context.read()?;
    let author = context.author();
    let installed = context.rest.administration.install_certificate(&author, name, &given.pem);
    let facts = installed.await.map_err(not_taken)?;
    Ok(answer(StatusCode::OK, &Listed::of(name, name, &facts)))
}

async fn add(context: Context) -> Result<Response, Problem> {
    let store = one_of(TRUST_STORES, context.part(0))?;
    let given: Pem = context.read()?;
    let author = context.author();
    let added = context.rest.administration.trust(&author, store, &given.pem);
    let entry = added.await.map_err(not_taken)?;
    let mut response = answer(StatusCode::CREATED, &whole(&context, store, &entry)?);
    if let Ok(location) = HeaderValue::from_str(&format!("{PREFIX}/certificates/trust/{store}/{entry}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn remove(context: Context) -> Result<Response, Problem> {
    let store = one_of(TRUST_STORES, context.part(0))?;
    let author = context.author();
    let removing = context.rest.administration.distrust(&author, store, context.part(1));
    removing.await.map_err(refusal)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What was uploaded is not taken.
fn not_taken(error: AdministrationError) -> Problem {
    let AdministrationError::Failed(detail) = error else { return refusal(error) };
    let error =
        FieldError { pointer: Some("/pem".into()), field: None, rule: "certificate".into(), detail: detail.clone() };
    Problem::new(Kind::RuleViolated, detail).with_error(error)
}

/// Why an operation on a certificate was not done.
fn refusal(error: AdministrationError) -> Problem {
    match error {
        AdministrationError::Repository(error) => Problem::of_repository(error, &[]),
        AdministrationError::Failed(reason) => failed(reason),
        other => Problem::new(Kind::NotFound, other.to_string()),
    }
}

/// The node itself could not do it.
fn failed(reason: String) -> Problem {
    tracing::error!(reason, "an operation on certificates failed");
    Problem::unavailable()
}
