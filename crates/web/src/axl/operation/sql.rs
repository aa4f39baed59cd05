//! `executeSQLQuery`: the read-only queries of `run sql`, which reach neither a write nor a secret (AXL-2).
//!
//! Each column is an element of its name; of an expression, what of its text a name may have. `executeSQLUpdate` does not exist
//! here: the rules of the directory would not be asked.

use soap::Element;

use crate::axl::fields::Fields;
use crate::axl::refusal::Refusal;
use crate::axl::{Axl, QueryError, Rows};

/// The most bytes of an answer, without its markup.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The most values of an answer.
const MOST_VALUES: usize = 200_000;

pub(super) async fn query(axl: &Axl, element: &Element) -> Result<Element, Refusal> {
    let fields = Fields::of(element, &["sql"])?;
    let rows = axl.queries.query(fields.required("sql")?).await.map_err(Refusal::of_query)?;
    check_size(&rows)?;
    Ok(returned(rows))
}

/// An answer is a tree in memory before it is written.
fn check_size(Rows { rows, .. }: &Rows) -> Result<(), Refusal> {
    let values = || rows.iter().flatten();
    let bytes: usize = values().flatten().map(String::len).sum();
    if values().count() <= MOST_VALUES && bytes <= MOST_BYTES {
        return Ok(());
    }
    let (all, fewer) = (rows.len(), rows.len() / 2);
    let reason = format!("Query request too large. Total rows matched: {all} rows. Fetch less than {fewer} rows.");
    Err(Refusal::of_query(QueryError::Limit(reason)))
}

pub(super) fn update() -> Refusal {
    Refusal::invalid("executeSQLUpdate is switched off: change objects with their own operations")
}

fn returned(Rows { columns, rows }: Rows) -> Element {
    let columns: Vec<String> = columns.iter().map(|column| name(column)).collect();
    let row = |values: Vec<Option<String>>| {
        let values = columns.iter().zip(values);
        values.fold(Element::new("row"), |row, (column, value)| row.with_text(column, value.unwrap_or_default()))
    };
    Element::new("return").with_all(rows.into_iter().map(row))
}

/// The name of a column as the name of an element.
fn name(column: &str) -> String {
    let word = column.trim_start_matches(|c: char| !c.is_ascii_alphabetic() && c != '_');
    let word: String = word.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    if word.is_empty() { "column".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_an_element() {
        for (column, expected) in
            [("paramvalue", "paramvalue"), ("count(*)", "count"), ("1", "column"), ("'<a>'", "a"), ("", "column")]
        {
            assert_eq!(name(column), expected, "{column}");
        }
    }

    #[test]
    fn null_is_an_empty_element() {
        let rows = Rows { columns: vec!["a".into(), "b".into()], rows: vec![vec![Some("1 < 2".into()), None]] };
        let document = returned(rows).to_document();
        assert!(document.ends_with("<return><row><a>1 &lt; 2</a><b/></row></return>"), "{document}");
    }
}
