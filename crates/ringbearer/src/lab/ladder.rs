//! A SIP ladder: who sent what to whom, drawn with a column for each participant.

use std::fmt::Write;

/// Columns between two participants.
const GAP: usize = 34;
/// Columns left of the first participant: the time.
const MARGIN: usize = 12;

/// One message on its way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrow {
    /// Seconds since 1970, for the order and the left margin.
    pub(crate) at: f64,
    /// The sender's column.
    pub(crate) from: usize,
    /// The receiver's column.
    pub(crate) to: usize,
    /// A request's method and target, or a response's status line.
    pub(crate) text: String,
}

/// Draws the arrows in the order of their time under the participants' names.
pub(crate) fn draw(participants: &[&str], mut arrows: Vec<Arrow>) -> String {
    arrows.sort_by(|one, other| one.at.total_cmp(&other.at));
    let start = arrows.first().map_or(0.0, |arrow| arrow.at);
    let mut text = heading(participants);
    for arrow in &arrows {
        let _ = write!(text, "{:>8.3} s  ", arrow.at - start);
        text.push_str(&line(participants.len(), arrow));
        text.push('\n');
    }
    text
}

fn heading(participants: &[&str]) -> String {
    let mut line = vec![' '; MARGIN + GAP * participants.len().saturating_sub(1) + GAP];
    for (column, name) in participants.iter().enumerate() {
        let centre = MARGIN + column * GAP;
        let start = centre.saturating_sub(name.chars().count() / 2);
        for (place, letter) in line.iter_mut().skip(start).zip(name.chars()) {
            *place = letter;
        }
    }
    let mut text: String = line.into_iter().collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn line(columns: usize, arrow: &Arrow) -> String {
    let (left, right) = (arrow.from.min(arrow.to), arrow.from.max(arrow.to));
    let mut text = String::from("│");
    for column in 1..columns {
        if column - 1 == left && left != right {
            let inside = (right - left) * GAP - 1;
            text.push_str(&shaft(&arrow.text, inside, arrow.from < arrow.to));
        } else if column > left && column <= right {
            continue;
        } else {
            text.push_str(&" ".repeat(GAP - 1));
        }
        text.push('│');
    }
    text.trim_end().to_owned()
}

fn shaft(text: &str, width: usize, rightwards: bool) -> String {
    let room = width.saturating_sub(5);
    let label: String = match text.char_indices().nth(room) {
        None => text.to_owned(),
        Some(_) => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
    };
    let rest = "─".repeat(width.saturating_sub(label.chars().count() + 5));
    if rightwards { format!("── {label} {rest}▶") } else { format!("◀─ {label} {rest}─") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(at: f64, from: usize, to: usize, text: &str) -> Arrow {
        Arrow { at, from, to, text: text.into() }
    }

    #[test]
    fn arrows_stand_in_the_order_of_time_between_their_columns() {
        let drawn = draw(
            &["alice", "ucm", "bob"],
            vec![
                arrow(10.25, 1, 2, "INVITE sip:2002@lab.test"),
                arrow(10.0, 0, 1, "INVITE sip:2002@lab.test"),
                arrow(10.5, 1, 0, "SIP/2.0 200 OK"),
            ],
        );
        assert_eq!(
            drawn,
            "          alice                              ucm                               bob\n\
             \x20  0.000 s  │── INVITE sip:2002@lab.test ────▶│                                 │\n\
             \x20  0.250 s  │                                 │── INVITE sip:2002@lab.test ────▶│\n\
             \x20  0.500 s  │◀─ SIP/2.0 200 OK ───────────────│                                 │\n"
        );
    }

    #[test]
    fn a_long_text_is_cut_and_the_columns_stay() {
        let drawn = shaft("SIP/2.0 407 Proxy Authentication Required", GAP - 1, false);
        assert_eq!(drawn.chars().count(), GAP - 1);
        assert_eq!(drawn, "◀─ SIP/2.0 407 Proxy Authentic… ─");
    }
}
