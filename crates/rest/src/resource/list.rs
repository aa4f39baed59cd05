//! A page of the objects of a kind.

use authorization::ApiScope;
use axum::http::{Method, StatusCode};
use axum::response::Response;

use super::{Resource, collection, represent};
use crate::context::{Context, answer};
use crate::page::{Listing, Page, SortKey};
use crate::problem::Problem;
use crate::route::Route;

pub(super) fn route<R: Resource>() -> Route {
    let words = R::WORDS;
    let summary = format!("List {}", words.many);
    let description = format!("{} A page at a time, narrowed and sorted by the parameters.", words.about);
    Route::new(Method::GET, collection::<R>(), format!("list{}", words.ids), list::<R>)
        .about(words.tag, summary, description)
        .for_scope(ApiScope::Read)
        .with_query(Listing::parameters(R::MEMBERS))
        .answering(StatusCode::OK, "A page.", Page::schema(&<R as utoipa::ToSchema>::name()))
}

async fn list<R: Resource>(context: Context) -> Result<Response, Problem> {
    let listing = Listing::read(&context.query, R::MEMBERS)?;
    let name = R::MEMBERS.first().copied().unwrap_or_default();
    let directory = context.directory().await?;
    let json = |object: &R::Object| {
        let version = directory.version(&R::key(object));
        serde_json::to_value(represent::<R>(object, version, &directory)).unwrap_or_default()
    };
    let objects = R::all(&directory);
    if !listing.is_plain(name) {
        let items = objects.iter().map(|object| json(object)).filter(|item| listing.admits(item)).collect();
        return Ok(answer(StatusCode::OK, &listing.cut(items, name)));
    }
    // The usual case: only what is shown is looked into.
    let total = objects.len();
    let key = |object: &R::Object| R::key(object).name().to_ascii_lowercase();
    let start = listing.cursor.as_ref().map_or(0, |cursor| objects.partition_point(|object| key(object) <= cursor.key));
    let mut shown = objects.iter().skip(start).take(listing.limit);
    let items: Vec<_> = shown.clone().map(|object| json(object)).collect();
    let more = start + items.len() < total;
    let last = shown.next_back().filter(|_| more).map(|object| key(object));
    let next = last.map(|key| listing.next(SortKey::Text(key.clone()), key));
    Ok(answer(StatusCode::OK, &Page { items, next, total }))
}
