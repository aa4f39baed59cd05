//! `/live/registrations`: who is registered here now.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect};
use callmanager::flow::Listener;
use callmanager::registrar::{Binding, Dialect};
use observation::{Event, Port, RegistrationChange};
use serde::Deserialize;

use super::query::{address, escaped};
use super::{Live, place, when, words};
use crate::{Administrator, Flash, Frame, Page, Submission};

/// Rows of a page.
const ROWS: usize = 50;
/// Registrations that ended, shown below.
const ENDED: usize = 12;

#[derive(Deserialize, Clone, Default)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    port: String,
    sort: String,
    page: usize,
}

struct Row {
    device: String,
    is_known: bool,
    user: String,
    port: &'static str,
    dialect: &'static str,
    credentials: &'static str,
    remote: String,
    transport: &'static str,
    version: &'static str,
    since: String,
    machine: String,
    left: String,
    agent: String,
    ladder: String,
    phone: String,
    handshake: Option<u64>,
}

struct Ended {
    at: String,
    device: String,
    port: &'static str,
    reason: &'static str,
    number: u8,
    ladder: String,
}

/// A column that sorts.
struct Heading {
    title: &'static str,
    href: String,
    /// `ascending`, `descending`, or empty.
    order: &'static str,
}

#[derive(Template)]
#[template(path = "live/registrations.html")]
struct Registrations {
    frame: Frame,
    asked: Asked,
    ports: Vec<(&'static str, &'static str)>,
    headings: Vec<Heading>,
    rows: Vec<Row>,
    caption: String,
    previous: Option<String>,
    next: Option<String>,
    ended: Vec<Ended>,
    path: String,
}

pub(super) async fn get(frame: Frame, State(live): State<Live>, Query(asked): Query<Asked>) -> impl IntoResponse {
    let mut bindings = live.node.registrations();
    let total = bindings.len();
    bindings.retain(|binding| asked.wants(binding));
    asked.order(&mut bindings);
    let found = bindings.len();
    let pages = found.div_ceil(ROWS).max(1);
    let page = asked.page.clamp(1, pages);
    let first = (page - 1) * ROWS;
    let rows: Vec<Row> = bindings.iter().skip(first).take(ROWS).map(|binding| row(&live, binding)).collect();
    let from = if rows.is_empty() { 0 } else { first + 1 };
    let to = |page: usize| asked.address(&asked.sort, page);
    let ports = Port::ALL.into_iter().take(4).map(|port| (port.code(), port.name())).collect();
    Page(Registrations {
        path: to(page),
        previous: (page > 1).then(|| to(page - 1)),
        next: (page < pages).then(|| to(page + 1)),
        caption: frame
            .fill("{0} to {1} of {2}, {3} registered in all", &[&from, &(first + rows.len()), &found, &total]),
        headings: asked.headings(),
        ended: ended(&live),
        ports,
        rows,
        asked,
        frame,
    })
}

/// `POST /live/registrations/end`
pub(super) async fn end(administrator: Administrator, State(live): State<Live>, submission: Submission) -> Redirect {
    let device = submission.text("device").to_owned();
    let language = administrator.language;
    let flash = match live.node.end_registration(&device, &administrator.name).await {
        Ok(true) => Flash::done(language.fill("The registration of {0} ends.", &[&device])),
        Ok(false) => Flash::notice(language.fill("{0} is not registered here any more.", &[&device])),
        Err(said) => Flash::failed(said),
    };
    administrator.tell(flash);
    Redirect::to("/live/registrations")
}

impl Asked {
    fn wants(&self, binding: &Binding) -> bool {
        let sought = self.q.trim().to_ascii_lowercase();
        let has = |text: &str| text.to_ascii_lowercase().contains(&sought);
        let of_port = self.port.is_empty() || port(binding.listener).code() == self.port;
        of_port
            && (sought.is_empty()
                || has(binding.device.as_str())
                || binding.user.as_ref().is_some_and(|user| has(user.as_str()))
                || has(&binding.remote.to_string())
                || has(&binding.user_agent))
    }

    fn order(&self, bindings: &mut [Arc<Binding>]) {
        let (key, is_descending) = match self.sort.strip_prefix('-') {
            Some(key) => (key, true),
            None => (self.sort.as_str(), false),
        };
        match key {
            "user" => bindings.sort_by(|a, b| {
                a.user.as_ref().map(|user| user.as_str()).cmp(&b.user.as_ref().map(|user| user.as_str()))
            }),
            "port" => bindings.sort_by_key(|binding| binding.listener),
            "address" => bindings.sort_by_key(|binding| binding.remote),
            "since" => bindings.sort_by_key(|binding| binding.registered_at),
            "left" => bindings.sort_by_key(|binding| binding.expires_at.get()),
            _ => bindings.sort_by(|a, b| a.device.as_str().cmp(b.device.as_str())),
        }
        if is_descending {
            bindings.reverse();
        }
    }

    fn address(&self, sort: &str, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        address("/live/registrations", &[("q", &self.q), ("port", &self.port), ("sort", sort), ("page", &page)])
    }

    fn headings(&self) -> Vec<Heading> {
        let titles = [
            ("Device", "device"),
            ("User", "user"),
            ("Port", "port"),
            ("Address", "address"),
            ("Registered since", "since"),
            ("Time left", "left"),
        ];
        let current = if self.sort.is_empty() { "device" } else { &self.sort };
        let heading = |(title, key): (&'static str, &str)| {
            let is_down = current.strip_prefix('-') == Some(key);
            let order = if is_down {
                "descending"
            } else if current == key {
                "ascending"
            } else {
                ""
            };
            let next = if current == key { format!("-{key}") } else { key.to_owned() };
            Heading { title, href: self.address(&next, 1), order }
        };
        titles.into_iter().map(heading).collect()
    }
}

fn port(listener: Listener) -> Port {
    match listener {
        Listener::Phone => Port::Phone,
        Listener::Secure => Port::PhoneSecure,
        Listener::OAuth => Port::PhoneOAuth,
        Listener::MraOAuth => Port::MraOAuth,
    }
}

fn row(live: &Live, binding: &Binding) -> Row {
    let device = binding.device.to_string();
    let handshake = live.observation.recorder().handshake_of_flow(binding.flow.0);
    let version = handshake.as_ref().and_then(|record| match &record.event {
        Event::Handshake(one) => one.version,
        _ => None,
    });
    Row {
        is_known: live.node.directory().device(&device).is_some(),
        user: binding.user.as_ref().map(ToString::to_string).unwrap_or_default(),
        port: port(binding.listener).name(),
        dialect: words::dialect(match binding.dialect {
            Dialect::Vendor => observation::Dialect::Vendor,
            Dialect::Standard => observation::Dialect::Standard,
        }),
        credentials: words::credentials(binding.credentials),
        remote: binding.remote.to_string(),
        transport: binding.transport.via_token(),
        version: version.unwrap_or(""),
        since: when::full(binding.registered_at),
        machine: when::machine(binding.registered_at),
        left: when::span(binding.expires_at.get().since(live.node.now()).as_secs()),
        agent: binding.user_agent.to_string(),
        ladder: format!("/live/ladder?device={}", escaped(&device)),
        phone: place::edit("/ccmadmin/phone", &device),
        handshake: handshake.map(|record| record.number),
        device,
    }
}

fn ended(live: &Live) -> Vec<Ended> {
    let is_end = |record: &observation::Record| matches!(&record.event, Event::Registration(one) if one.change != RegistrationChange::Registered);
    let records = live.observation.recorder().registrations(ENDED, is_end);
    let told = |record: &Arc<observation::Record>| {
        let Event::Registration(one) = &record.event else { return None };
        let RegistrationChange::Ended(reason, number) = one.change else { return None };
        Some(Ended {
            at: when::full(record.at.unix()),
            device: one.device.to_string(),
            port: one.port.name(),
            reason: words::end(reason),
            number,
            ladder: format!("/live/ladder?device={}", escaped(&one.device)),
        })
    };
    records.iter().filter_map(told).collect()
}
