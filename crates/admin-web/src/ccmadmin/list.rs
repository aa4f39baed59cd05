//! Finding: the list of a kind of object.

use askama::Template;
use axum::extract::{Query, State};
use directory::Directory;

use super::CcmAdmin;
use super::edit::{self, path_of};
use super::entity::{Entity, Kind};
use crate::error::PageError;
use crate::frame::Frame;
use crate::page::Page;
use crate::table::{ListQuery, Listing, Row};

#[derive(Template)]
#[template(path = "ccmadmin/list.html")]
pub(super) struct ListPage {
    frame: Frame,
    kind: Kind,
    listing: Listing,
    export: String,
}

/// `GET {kind}`
pub(super) async fn get<E: Entity>(
    State(ccmadmin): State<CcmAdmin>,
    frame: Frame,
    Query(query): Query<ListQuery>,
) -> Result<Page<ListPage>, PageError> {
    let directory = ccmadmin.repository.load().await?;
    let can_write = frame.can_write();
    let listing = listing::<E>(&directory, query, can_write);
    let export = format!("{}/export?{}", E::KIND.path, listing.query.with(&[]));
    Ok(Page(ListPage { frame, kind: E::KIND, listing, export }))
}

fn listing<E: Entity>(directory: &Directory, query: ListQuery, can_write: bool) -> Listing {
    let all = E::all(directory).into_iter().map(AsRef::as_ref).collect();
    let selection = query.select(all, E::COLUMNS, directory);
    let row = |object: &E| {
        let key = object.key();
        let mut row = Row { path: path_of::<E>("edit", key.name()), ..Row::default() };
        if can_write {
            row.actions =
                vec![("Copy", edit::copy_path::<E>(key.name())), ("Delete", path_of::<E>("delete", key.name()))];
        }
        row
    };
    Listing::new((E::KIND.path, E::KIND.many), E::COLUMNS, (query, directory), &selection, row)
}
