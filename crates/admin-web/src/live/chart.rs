//! A chart of stacked columns, as numbers for an inline SVG: no style and no script is needed for it.

/// The width of a chart, in its own units.
pub(super) const WIDTH: u32 = 720;
/// The height of its columns.
pub(super) const HEIGHT: u32 = 160;

/// A part of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Which series.
    pub(super) series: usize,
}

/// A line with its value across the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) y: u32,
    pub(super) value: u32,
}

/// Columns, each of one value for each series; and lines to read them by.
pub(super) fn stacked(columns: &[Vec<u32>]) -> (Vec<Block>, Vec<Grid>) {
    let most = columns.iter().map(|column| column.iter().sum::<u32>()).max().unwrap_or(0);
    let top = nice(most);
    let step = WIDTH / u32::try_from(columns.len().max(1)).unwrap_or(1);
    let scaled = |value: u32| u32::try_from(u64::from(value) * u64::from(HEIGHT) / u64::from(top)).unwrap_or(HEIGHT);
    let mut blocks = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        let x = u32::try_from(index).unwrap_or(0) * step;
        let mut below = 0;
        for (series, value) in column.iter().enumerate().filter(|(_, value)| **value > 0) {
            let (from, to) = (scaled(below), scaled(below + value));
            // What there is, is seen.
            let height = (to - from).max(1);
            blocks.push(Block {
                x,
                y: HEIGHT.saturating_sub(from + height),
                width: step.saturating_sub(1).max(1),
                height,
                series,
            });
            below += value;
        }
    }
    let grid = [0, top / 2, top].into_iter().map(|value| Grid { y: HEIGHT - scaled(value), value }).collect();
    (blocks, grid)
}

/// The least of 2, 4, 10, 20, 40, 100, … that is not below.
fn nice(most: u32) -> u32 {
    let mut unit = 1_u32;
    loop {
        for factor in [2, 4, 10] {
            match unit.checked_mul(factor) {
                Some(top) if top >= most => return top,
                Some(_) => {}
                None => return u32::MAX,
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_stacked_to_scale() {
        let (blocks, grid) = stacked(&[vec![1, 3], vec![0, 0], vec![0, 4]]);
        assert_eq!(grid.iter().map(|line| (line.y, line.value)).collect::<Vec<_>>(), [(160, 0), (80, 2), (0, 4)]);
        let shown: Vec<_> = blocks.iter().map(|one| (one.x, one.y, one.height, one.series)).collect();
        assert_eq!(shown, [(0, 120, 40, 0), (0, 0, 120, 1), (480, 0, 160, 1)]);
        assert_eq!([0, 2, 3, 11, 250, 10_000].map(nice), [2, 2, 4, 20, 400, 10_000]);
    }

    #[test]
    fn an_empty_chart_has_its_lines() {
        assert_eq!(stacked(&[]).0, []);
        assert_eq!(nice(u32::MAX), u32::MAX);
    }
}
