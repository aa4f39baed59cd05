//! The ladder as numbers for an inline SVG.

use std::sync::Arc;

use observation::{Direction, Event, Record};

use super::Line;
use super::lanes::{Kind, Layout};

const LANE: u32 = 230;
const FIRST: u32 = 186;
const TOP: u32 = 78;
const ROW: u32 = 40;

/// A lane's head and line.
pub(super) struct DrawnLane {
    pub(super) x: u32,
    pub(super) name: String,
    pub(super) detail: String,
    pub(super) style: &'static str,
}

/// A message.
pub(super) struct Arrow {
    pub(super) y: u32,
    pub(super) from: u32,
    pub(super) to: u32,
    /// The tip, as points of a polygon.
    pub(super) tip: String,
    /// The hops that it passes.
    pub(super) stops: Vec<u32>,
    pub(super) middle: u32,
    pub(super) at: String,
    pub(super) later: String,
    pub(super) label: String,
    pub(super) note: String,
    pub(super) mood: &'static str,
    pub(super) href: String,
    pub(super) is_chosen: bool,
    /// Who to whom, for those who hear it read.
    pub(super) spoken: String,
}

/// All of it.
pub(super) struct Drawing {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Whether it leaves no room for a text beside it.
    pub(super) is_wide: bool,
    pub(super) lanes: Vec<DrawnLane>,
    pub(super) arrows: Vec<Arrow>,
}

fn x_of(lane: usize) -> u32 {
    FIRST + u32::try_from(lane).unwrap_or(0) * LANE
}

fn y_of(row: usize) -> u32 {
    TOP + 34 + u32::try_from(row).unwrap_or(0) * ROW
}

/// Draws the messages on their lanes.
pub(super) fn draw(layout: &Layout, lines: &[Line], records: &[Arc<Record>]) -> Drawing {
    let lanes = layout.lanes.iter().enumerate().map(|(index, lane)| DrawnLane {
        x: x_of(index),
        name: shortened(&lane.name, 24),
        detail: shortened(&lane.detail, 32),
        style: match lane.kind {
            Kind::Phone => "phone",
            Kind::Hop => "hop",
            Kind::Node => "node",
        },
    });
    let arrows = lines.iter().zip(records).enumerate().filter_map(|(row, (line, record))| {
        let Event::Message(message) = &record.event else { return None };
        let (phone, node) = (layout.phone_of(message), layout.node);
        let (from, to) = match message.direction {
            Direction::Received => (phone, node),
            Direction::Sent => (node, phone),
        };
        let between = phone.min(node) + 1..phone.max(node);
        let stops = between.filter(|lane| layout.lanes.get(*lane).is_some_and(|lane| lane.kind == Kind::Hop));
        Some(arrow(line, y_of(row), (x_of(from), x_of(to)), stops.map(x_of).collect()))
    });
    Drawing {
        width: x_of(layout.lanes.len().saturating_sub(1)) + 104,
        height: y_of(lines.len()) + 6,
        is_wide: layout.lanes.len() > 2,
        lanes: lanes.collect(),
        arrows: arrows.collect(),
    }
}

fn arrow(line: &Line, y: u32, (from, to): (u32, u32), stops: Vec<u32>) -> Arrow {
    let (back, end) = if to > from { (to - 9, to - 1) } else { (to + 9, to + 1) };
    Arrow {
        y,
        from,
        to: back,
        tip: format!("{end},{y} {back},{} {back},{}", y - 5, y + 5),
        stops,
        middle: u32::midpoint(from, to),
        at: line.at.clone(),
        later: line.later.clone(),
        label: shortened(&line.label, 33),
        note: line.note.clone(),
        mood: line.mood,
        href: line.href.clone(),
        is_chosen: line.is_chosen,
        spoken: format!("{} {} → {}: {}", line.at, line.from, line.to, line.label),
    }
}

/// At most so many characters.
fn shortened(text: &str, most: usize) -> String {
    match text.chars().count() <= most {
        true => text.to_owned(),
        false => text.chars().take(most - 1).chain(['…']).collect(),
    }
}
