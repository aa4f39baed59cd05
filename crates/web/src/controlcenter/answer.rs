//! What the control center answers: `ServiceInfoList`, an item a service.

use administration::NodeServices;
use directory::{Service, ServiceName, ServiceState};
use soap::Element;
use std::time::{Duration, UNIX_EPOCH};

use super::NAMESPACE;
use super::request::Control;

/// All is well.
const FINE: i64 = -1;
/// The service does not run.
const NOT_RUNNING: i64 = -1019;
/// There is no such service.
const UNKNOWN: i64 = -1013;
/// The act was not done.
const FAILED: i64 = -1001;

pub(super) fn status(there: &NodeServices, names: &[String], now: u64) -> Element {
    let items = infos(there, names, &[], now);
    let returned = element("soapGetServiceStatusReturn")
        .with(text("ReturnCode", "0"))
        .with(text("ReasonCode", &FINE.to_string()))
        .with(text("ReasonString", ""))
        .with(element("ServiceInfoList").with_all(items));
    element("soapGetServiceStatusResponse").with(returned)
}

pub(super) fn control(
    there: &NodeServices,
    control: &Control,
    failures: &[(ServiceName, String)],
    now: u64,
) -> Element {
    let items = infos(there, &control.services, failures, now);
    let known = control.services.iter().all(|name| ServiceName::find(name).is_some());
    let (code, reason) = match failures.first() {
        Some((_, reason)) => (FAILED, reason.as_str()),
        None if !known => (UNKNOWN, "a service of the list is not known"),
        None => (FINE, ""),
    };
    let return_code = if code == FINE { "0" } else { "1" };
    let returned = element("soapDoControlServicesReturn")
        .with(text("ReturnCode", return_code))
        .with(text("ReasonCode", &code.to_string()))
        .with(text("ReasonString", reason))
        .with(element("ServiceInfoList").with_all(items));
    element("soapDoControlServicesResponse").with(returned)
}

pub(super) fn products(node: &str) -> Element {
    let version = env!("CARGO_PKG_VERSION");
    let product = element("item")
        .with(text("ProductName", "Ringbearer"))
        .with(text("ProductVersion", version))
        .with(text("ProductDescription", "SIP OAuth mode: Unified CM node"))
        .with(text("ProductID", "ringbearer"))
        .with(text("ShortName", "RB"));
    let returned = element("getProductInformationListReturn")
        .with(text("ActiveServerVersion", version))
        .with(text("PrimaryNode", node))
        .with(text("SecondaryNode", ""))
        .with(element("Products").with(product));
    element("getProductInformationListResponse").with(returned)
}

/// The named services, or all when none is named.
fn infos(there: &NodeServices, names: &[String], failures: &[(ServiceName, String)], now: u64) -> Vec<Element> {
    let all: Vec<String> = there.services.iter().map(|service| service.name.to_string()).collect();
    let names = if names.is_empty() { &all } else { names };
    let info = |name: &String| {
        let found = ServiceName::find(name);
        let service = there.services.iter().find(|service| Some(service.name) == found);
        let failure = failures.iter().find(|(service, _)| Some(*service) == found);
        match service {
            Some(service) => known(service, failure.map(|(_, reason)| reason.as_str()), now),
            None => unknown(name),
        }
    };
    names.iter().map(info).collect()
}

fn known(service: &Service, failure: Option<&str>, now: u64) -> Element {
    let (status, code, reason) = match &service.state {
        ServiceState::Started => ("Started", FINE, String::new()),
        ServiceState::Starting => ("Starting", FINE, String::new()),
        ServiceState::Stopped(reason) => ("Stopped", NOT_RUNNING, reason.to_string()),
    };
    let (code, reason) = failure.map_or((code, reason), |failure| (FAILED, failure.to_owned()));
    let up = now.saturating_sub(service.since);
    let (start, up, up_text) = match service.state {
        ServiceState::Started => (start_time(service.since), up.to_string(), duration(up)),
        _ => (String::new(), "-1".to_owned(), String::new()),
    };
    item(service.name.as_str(), status, (code, &reason), [&start, &up, &up_text])
}

fn unknown(name: &str) -> Element {
    item(name, "Unknown", (UNKNOWN, "there is no such service"), ["", "-1", ""])
}

fn item(name: &str, status: &str, (code, reason): (i64, &str), [start, up, up_text]: [&str; 3]) -> Element {
    element("item")
        .with(text("ServiceName", name))
        .with(text("ServiceStatus", status))
        .with(text("ReasonCode", &code.to_string()))
        .with(text("ReasonCodeString", reason))
        .with(text("StartTime", start))
        .with(text("UpTime", up))
        .with(text("UpTimeString", up_text))
}

/// As the vendor writes it: `Fri Nov 27 10:40:19 2026`, in universal time.
fn start_time(unix_time: u64) -> String {
    // The greatest year that the format has.
    let time = UNIX_EPOCH + Duration::from_secs(unix_time.min(253_402_300_799));
    let date = httpdate::fmt_http_date(time);
    match date.split_whitespace().collect::<Vec<_>>().as_slice() {
        [day, date, month, year, clock, _] => format!("{} {month} {date} {clock} {year}", day.trim_end_matches(',')),
        _ => date,
    }
}

/// Days, then hours, minutes and seconds.
fn duration(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!("{days} days {:02}:{:02}:{:02}", rest / 3600, rest % 3600 / 60, rest % 60)
}

fn element(name: &str) -> Element {
    Element::qualified(NAMESPACE, name)
}

fn text(name: &str, text: &str) -> Element {
    element(name).with_own_text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_the_vendors() {
        assert_eq!(start_time(1_795_776_019), "Fri Nov 27 10:40:19 2026");
        assert_eq!(duration(90_061), "1 days 01:01:01");
    }
}
