//! Names that are found while one types, for the lists below fields. A part of a page, for htmx.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, Query, State};

use super::CcmAdmin;
use crate::error::PageError;
use crate::page::Page;

/// Names in a list.
const MOST: usize = 20;

#[derive(Template)]
#[template(path = "ccmadmin/names.html")]
pub(super) struct NamesPart {
    names: Vec<String>,
}

/// `GET /ccmadmin/names/{kind}?field={field}&{field}={typed}`
pub(super) async fn get(
    State(ccmadmin): State<CcmAdmin>,
    Path(kind): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Page<NamesPart>, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let typed = query.get("field").and_then(|field| query.get(field)).map(|typed| typed.to_lowercase());
    let typed = typed.unwrap_or_default();
    let fits = |name: &&str| name.to_lowercase().contains(&typed);
    let names: Vec<&str> = match kind.as_str() {
        "user" => directory.users().into_iter().map(|user| user.user_id.as_str()).filter(fits).take(MOST).collect(),
        "line" => {
            let lines = directory.lines().into_iter().map(|line| line.directory_number.as_str());
            lines.filter(fits).take(MOST).collect()
        }
        _ => return Err(PageError::NotFound),
    };
    Ok(Page(NamesPart { names: names.into_iter().map(str::to_owned).collect() }))
}
