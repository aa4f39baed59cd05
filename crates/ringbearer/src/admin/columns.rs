//! The column layout of `run sql`: a header, `=` as wide as each column, the values.

/// Lays out rows under their headers, each column as wide as its widest value.
pub(crate) fn lay_out(columns: &[String], rows: &[Vec<Option<String>>]) -> String {
    let width = |column: usize| {
        let values = rows.iter().filter_map(|row| row.get(column)).map(shown);
        let header = columns.get(column).map_or(0, |name| name.chars().count());
        values.map(|value| value.chars().count()).fold(header, usize::max)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = line(&widths, columns.iter().cloned());
    text += &line(&widths, widths.iter().map(|width| "=".repeat(*width)));
    for row in rows {
        text += &line(&widths, row.iter().map(shown));
    }
    text
}

/// The same for rows without a NULL.
pub(crate) fn lay_out_text<const N: usize>(columns: [&str; N], rows: Vec<[String; N]>) -> String {
    let columns = columns.map(str::to_owned);
    let rows: Vec<_> = rows.into_iter().map(|row| row.map(Some).to_vec()).collect();
    lay_out(&columns, &rows)
}

// A control character of a value must not reach the terminal.
fn shown(value: &Option<String>) -> String {
    let text = value.as_deref().unwrap_or("NULL");
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn line(widths: &[usize], values: impl Iterator<Item = String>) -> String {
    let padded: Vec<_> = values.zip(widths).map(|(value, width)| format!("{value:<width$}")).collect();
    format!("{}\n", padded.join(" ").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[&str]) -> Vec<Option<String>> {
        values.iter().map(|value| Some((*value).to_owned())).collect()
    }

    #[test]
    fn one_column_as_the_seed_prints_it() {
        let text = lay_out(&["paramvalue".to_owned()], &[row(&["1"])]);
        assert_eq!(text, "paramvalue\n==========\n1\n");
    }

    #[test]
    fn each_column_is_as_wide_as_its_widest_value() {
        let columns = ["name", "a"].map(str::to_owned);
        let rows = [row(&["CSFalice", "1"]), vec![None, Some("22\u{1b}".to_owned())]];
        assert_eq!(lay_out(&columns, &rows), "name     a\n======== ===\nCSFalice 1\nNULL     22?\n");
    }

    #[test]
    fn no_rows_leave_the_header() {
        assert_eq!(lay_out(&["name".to_owned()], &[]), "name\n====\n");
    }
}
