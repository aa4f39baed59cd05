//! Lists: filtered, sorted and cut into pages by the query of their address, so that they work without scripts.
//!
//! What is asked for is found in the objects themselves; only the rows of the page are rendered.

use std::borrow::Cow;

use serde::Deserialize;

/// Rows of a page that may be asked for; the first is what one gets.
pub const ROWS: [usize; 4] = [50, 25, 100, 250];

/// A column of a list of `T`, whose values may need a `C`.
pub struct Column<T, C> {
    /// Its name in the address.
    pub name: &'static str,
    /// Its heading: a key of the catalogues.
    pub label: &'static str,
    /// What stands in it.
    pub value: for<'a> fn(&'a T, &'a C) -> Cow<'a, str>,
}

/// What the address asks for. What makes no sense is as if it were not there.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct ListQuery {
    /// The column that is looked through; empty for all of them.
    pub field: String,
    /// How: `begins`, `contains`, `ends`, `is`, `empty`.
    pub how: String,
    /// What is looked for.
    pub value: String,
    /// The column that sorts.
    pub sort: String,
    /// `down` for descending.
    pub order: String,
    /// The page, from 1.
    pub page: String,
    /// Rows of a page.
    pub rows: String,
}

/// The ways to look for a value, with their texts.
pub const HOW: [(&str, &str); 5] = [
    ("contains", "contains"),
    ("begins", "begins with"),
    ("ends", "ends with"),
    ("is", "is exactly"),
    ("empty", "is empty"),
];

/// The rows of a page, and where they are in the whole.
#[derive(Debug)]
pub struct Selection<'a, T> {
    /// The rows of the page.
    pub rows: Vec<&'a T>,
    /// How many there are in all pages.
    pub matching: usize,
    /// How many there are without the filter.
    pub all: usize,
    /// The page, from 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

impl ListQuery {
    /// How many rows a page has.
    #[must_use]
    pub fn rows(&self) -> usize {
        let asked = self.rows.parse().ok();
        ROWS.into_iter().find(|rows| Some(*rows) == asked).unwrap_or(ROWS[0])
    }

    /// Whether rows are left out.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.value.trim().is_empty() || self.how == "empty"
    }

    /// The query with some of its values replaced; a change of anything but the page begins at the first.
    #[must_use]
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        let of = |name: &str, own: &str| {
            changes
                .iter()
                .find(|(changed, _)| *changed == name)
                .map_or(own.to_owned(), |(_, value)| (*value).to_owned())
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, own) in [
            ("field", &self.field),
            ("how", &self.how),
            ("value", &self.value),
            ("sort", &self.sort),
            ("order", &self.order),
            ("rows", &self.rows),
        ] {
            let value = of(name, own);
            if !value.is_empty() {
                query.append_pair(name, &value);
            }
        }
        if let Some((_, page)) = changes.iter().find(|(name, page)| *name == "page" && *page != "1") {
            query.append_pair("page", page);
        }
        query.finish()
    }

    /// Those that the filter lets through, in the order of the sorting column, all of them.
    pub fn matching<'a, T, C>(&self, all: Vec<&'a T>, columns: &[Column<T, C>], context: &C) -> Vec<&'a T> {
        let mut rows = all;
        if self.is_filtered() {
            let wanted = self.value.trim().to_lowercase();
            let looked = |column: &&Column<T, C>| self.field.is_empty() || column.name == self.field;
            let fits = |value: &str| match self.how.as_str() {
                "begins" => value.to_lowercase().starts_with(&wanted),
                "ends" => value.to_lowercase().ends_with(&wanted),
                "is" => value.to_lowercase() == wanted,
                "empty" => value.is_empty(),
                _ => value.to_lowercase().contains(&wanted),
            };
            rows.retain(|row| columns.iter().filter(looked).any(|column| fits(&(column.value)(row, context))));
        }
        if let Some(column) = columns.iter().find(|column| column.name == self.sort) {
            rows.sort_by_cached_key(|row| (column.value)(row, context).to_lowercase());
        }
        if self.order == "down" {
            rows.reverse();
        }
        rows
    }

    /// The page that is asked for.
    pub fn select<'a, T, C>(&self, all: Vec<&'a T>, columns: &[Column<T, C>], context: &C) -> Selection<'a, T> {
        let count = all.len();
        let rows = self.matching(all, columns, context);
        let (matching, size) = (rows.len(), self.rows());
        let pages = matching.div_ceil(size).max(1);
        let page = self.page.parse().unwrap_or(1).clamp(1, pages);
        let rows = rows.into_iter().skip((page - 1) * size).take(size).collect();
        Selection { rows, matching, all: count, page, pages }
    }
}

/// A list as the template `table/list.html` shows it, within a page that has a `frame`.
#[derive(Debug)]
pub struct Listing {
    /// The address without its query.
    pub path: String,
    /// What it is a list of: a key of the catalogues.
    pub caption: &'static str,
    /// The headings.
    pub headings: Vec<Heading>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What was asked for.
    pub query: ListQuery,
    /// How many there are in all pages.
    pub matching: usize,
    /// How many there are without the filter.
    pub all: usize,
    /// The page.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
    /// Whether each row has its own actions.
    pub has_actions: bool,
}

/// A heading.
#[derive(Debug)]
pub struct Heading {
    /// Its column's name.
    pub name: &'static str,
    /// A key of the catalogues.
    pub label: &'static str,
    /// How the list is sorted by it, for `aria-sort`; empty when it is not.
    pub sorted: &'static str,
    /// The query that sorts by it, or the other way round.
    pub query: String,
}

/// A row.
#[derive(Debug, Default)]
pub struct Row {
    /// Where its first cell leads; nowhere when empty.
    pub path: String,
    /// Its cells.
    pub cells: Vec<String>,
    /// Its own actions: text (a key of the catalogues) and address.
    pub actions: Vec<(&'static str, String)>,
}

impl Listing {
    /// A list of what was selected.
    #[must_use]
    pub fn new<T, C>(
        (path, caption): (&str, &'static str),
        columns: &[Column<T, C>],
        (query, context): (ListQuery, &C),
        selection: &Selection<'_, T>,
        row: impl Fn(&T) -> Row,
    ) -> Self {
        let heading = |column: &Column<T, C>| {
            let (is_sorted, is_down) = (query.sort == column.name, query.order == "down");
            let sorted = match (is_sorted, is_down) {
                (false, _) => "",
                (true, false) => "ascending",
                (true, true) => "descending",
            };
            let order = if is_sorted && !is_down { "down" } else { "" };
            let sort = query.with(&[("sort", column.name), ("order", order)]);
            Heading { name: column.name, label: column.label, sorted, query: sort }
        };
        let headings = columns.iter().map(heading).collect();
        let rows: Vec<Row> = selection
            .rows
            .iter()
            .map(|object| {
                let cells = columns.iter().map(|column| (column.value)(object, context).into_owned()).collect();
                Row { cells, ..row(object) }
            })
            .collect();
        Self {
            path: path.to_owned(),
            caption,
            headings,
            has_actions: rows.iter().any(|row| !row.actions.is_empty()),
            rows,
            query,
            matching: selection.matching,
            all: selection.all,
            page: selection.page,
            pages: selection.pages,
        }
    }

    /// The address of a page of the list.
    #[must_use]
    pub fn page_path(&self, page: &usize) -> String {
        format!("{}?{}", self.path, self.query.with(&[("page", &page.to_string())]))
    }

    /// The pages that are linked: the first, the last, and those around the current one; 0 where some are left out.
    #[must_use]
    pub fn linked_pages(&self) -> Vec<usize> {
        let mut linked = Vec::new();
        for page in 1..=self.pages {
            if page == 1 || page == self.pages || page.abs_diff(self.page) <= 2 {
                linked.push(page);
            } else if linked.last() != Some(&0) {
                linked.push(0);
            }
        }
        linked
    }

    /// The number of the first row of the page.
    #[must_use]
    pub fn first(&self) -> usize {
        if self.rows.is_empty() { 0 } else { (self.page - 1) * self.query.rows() + 1 }
    }

    /// The number of the last row of the page.
    #[must_use]
    pub fn last(&self) -> usize {
        self.first() + self.rows.len().saturating_sub(1)
    }

    /// The ways to look for a value.
    #[must_use]
    pub fn ways(&self) -> [(&'static str, &'static str); 5] {
        HOW
    }

    /// The sizes of a page.
    #[must_use]
    pub fn sizes(&self) -> [usize; 4] {
        let mut sizes = ROWS;
        sizes.sort_unstable();
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column<(String, usize), ()>; 2] = [
        Column { name: "name", label: "Name", value: |row, ()| Cow::Borrowed(&row.0) },
        Column { name: "size", label: "Size", value: |row, ()| Cow::Owned(row.1.to_string()) },
    ];

    fn select(all: &[(String, usize)], query: &str) -> (Vec<String>, usize, usize, usize) {
        let mut asked = ListQuery::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let field = match &*name {
                "field" => &mut asked.field,
                "how" => &mut asked.how,
                "value" => &mut asked.value,
                "sort" => &mut asked.sort,
                "order" => &mut asked.order,
                "page" => &mut asked.page,
                _ => &mut asked.rows,
            };
            *field = value.into_owned();
        }
        let selection = asked.select(all.iter().collect(), &COLUMNS, &());
        let names = selection.rows.iter().map(|row| row.0.clone()).collect();
        (names, selection.matching, selection.page, selection.pages)
    }

    #[test]
    fn a_list_is_filtered_sorted_and_cut() {
        let all: Vec<_> = (0..120).map(|number| (format!("CSF{number:03}"), number % 7)).collect();
        let names = |query: &str| select(&all, query).0;
        assert_eq!(names("").len(), 50);
        assert_eq!(select(&all, "page=3"), ((100..120).map(|n| format!("CSF{n:03}")).collect(), 120, 3, 3));
        assert_eq!(select(&all, "page=99&rows=100").2, 2, "there is no such page: the last one");
        assert_eq!(select(&all, "page=x&rows=3").3, 3);
        assert_eq!(
            names("field=name&how=begins&value=csf01"),
            (10..20).map(|n| format!("CSF{n:03}")).collect::<Vec<_>>()
        );
        assert_eq!(names("field=name&how=ends&value=19&order=down"), ["CSF119", "CSF019"]);
        assert_eq!(names("field=size&how=is&value=6&rows=25").len(), 17);
        assert_eq!(names("value=119"), ["CSF119"], "in any column");
        assert!(names("field=name&how=empty").is_empty() && names("field=none&value=1").is_empty());
        assert_eq!(names("sort=size&order=down")[0], "CSF118", "of those alike the last comes first");
    }

    #[test]
    fn an_address_is_made_of_what_was_asked() {
        let query = ListQuery { field: "name".into(), value: "a&b".into(), page: "3".into(), ..ListQuery::default() };
        assert_eq!(query.with(&[]), "field=name&value=a%26b");
        assert_eq!(query.with(&[("page", "2")]), "field=name&value=a%26b&page=2");
        assert_eq!(query.with(&[("sort", "size"), ("page", "1")]), "field=name&value=a%26b&sort=size");
    }
}
