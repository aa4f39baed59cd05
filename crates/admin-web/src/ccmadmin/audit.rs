//! The audit log: who did what, newest first.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use askama::Template;
use axum::extract::{Query, State};
use directory::AuditRecord;

use super::CcmAdmin;
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;
use crate::table::{Column, ListQuery, Listing, Row};

/// So far back the page looks. What is older is in the database.
const MOST: usize = 10_000;

const COLUMNS: &[Column<AuditRecord, ()>] = &[
    Column { name: "time", label: "Time", value: |record, ()| Cow::Owned(time(record.unix_time)) },
    Column { name: "who", label: "Who", value: |record, ()| Cow::Borrowed(&record.author.name) },
    Column { name: "where", label: "From where", value: |record, ()| Cow::Owned(record.author.surface.to_string()) },
    Column { name: "action", label: "Action", value: |record, ()| Cow::Borrowed(&record.action) },
    Column { name: "object", label: "Object", value: |record, ()| Cow::Borrowed(&record.object) },
    Column { name: "detail", label: "Detail", value: |record, ()| Cow::Borrowed(&record.detail) },
];

#[derive(Template)]
#[template(path = "ccmadmin/audit.html")]
pub(super) struct AuditPage {
    frame: Frame,
    listing: Listing,
}

/// `GET /ccmadmin/audit-log`
pub(super) async fn get(
    State(ccmadmin): State<CcmAdmin>,
    frame: Frame,
    Query(query): Query<ListQuery>,
) -> Result<Page<AuditPage>, PageError> {
    let records = ccmadmin.repository.audit_records(MOST).await?;
    let selection = query.select(records.iter().collect(), COLUMNS, &());
    let row = |_: &AuditRecord| Row::default();
    let listing = Listing::new(("/ccmadmin/audit-log", "Audit log"), COLUMNS, (query, &()), &selection, row);
    Ok(Page(AuditPage { frame, listing }))
}

/// A time as text that sorts: UTC.
fn time(unix_time: u64) -> String {
    let time = httpdate::HttpDate::from(UNIX_EPOCH + Duration::from_secs(unix_time.min(253_402_300_799)));
    // `Sun, 06 Nov 1994 08:49:37 GMT`, turned around.
    let text = time.to_string();
    let mut words = text.split(' ');
    let parts = (words.nth(1), words.next(), words.next(), words.next());
    let (Some(day), Some(month), Some(year), Some(clock)) = parts else { return text };
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS.iter().position(|name| *name == month).map_or(0, |position| position + 1);
    format!("{year}-{month:02}-{day} {clock}")
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn a_time_sorts() {
        assert_eq!(time(784_111_777), "1994-11-06 08:49:37");
        assert_eq!(time(0), "1970-01-01 00:00:00");
    }
}
