//! Pictures as SVG: only positions are computed here, colours belong to the stylesheet. Numbers are in px.

use std::fmt::Write as _;

use super::groups::COUNT;

/// How many shades a heat map has.
pub const SHADES: usize = 5;

/// The least number of boxes for each shade, from the lightest.
pub const SHADE_FROM: [usize; SHADES] = [1, 2, 3, 5, 8];

const LEFT: usize = 76;
const TOP: usize = 118;
const CELL_WIDTH: usize = 44;
const ROW_HEIGHT: usize = 11;
const SHARE_WIDTH: usize = 160;
/// The middle of the first row.
const MIDDLE: usize = TOP + ROW_HEIGHT / 2;

/// Services × groups of attributes. Cells of one shade are one path, or the page would be five times as long.
pub struct HeatMap {
    pub width: usize,
    pub height: usize,
    pub columns: Vec<Label>,
    /// The names of the rows, all before the first column.
    pub rows: Vec<Label>,
    /// One path a shade, in columns and rows: a cell is a short line as thick as the row.
    pub shades: Vec<String>,
    /// How the paths of cells come to their place.
    pub cells_transform: String,
    /// The share of boxes that are filled or suggested, as one path of bars, in px and rows.
    pub shares: String,
    pub shares_transform: String,
    /// Lines between the rows of two levels.
    pub lines: Vec<usize>,
    pub share_label: Label,
}

/// A text and where it stands.
pub struct Label {
    pub x: usize,
    pub y: usize,
    pub text: String,
}

/// One row of a heat map.
pub struct HeatRow<'a> {
    pub label: &'a str,
    pub counts: &'a [usize; COUNT],
    /// Percent.
    pub share: usize,
    /// Whether another level begins with it.
    pub begins_level: bool,
}

impl HeatMap {
    /// Draws the rows under the names of the groups.
    pub fn new(names: [&str; COUNT], share_name: &str, rows: &[HeatRow<'_>]) -> Self {
        let column = |(index, name): (usize, &str)| Label {
            x: LEFT + index * CELL_WIDTH + CELL_WIDTH / 2,
            y: TOP - 8,
            text: name.to_owned(),
        };
        let share_x = LEFT + COUNT * CELL_WIDTH + 8;
        let mut map = Self {
            width: share_x + SHARE_WIDTH + 4,
            height: TOP + rows.len() * ROW_HEIGHT + 4,
            columns: names.into_iter().enumerate().map(column).collect(),
            rows: Vec::with_capacity(rows.len()),
            shades: vec![String::new(); SHADES],
            cells_transform: format!("translate({LEFT} {MIDDLE}) scale({CELL_WIDTH} {ROW_HEIGHT})"),
            shares: String::new(),
            shares_transform: format!("translate({share_x} {MIDDLE}) scale(1 {ROW_HEIGHT})"),
            lines: Vec::new(),
            share_label: Label { x: share_x, y: TOP - 8, text: share_name.to_owned() },
        };
        for (index, row) in rows.iter().enumerate() {
            let top = TOP + index * ROW_HEIGHT;
            map.rows.push(Label { x: LEFT - 6, y: top + ROW_HEIGHT - 2, text: row.label.to_owned() });
            for (group, count) in row.counts.iter().enumerate() {
                if let Some(path) = shade(*count).and_then(|shade| map.shades.get_mut(shade)) {
                    let _ = write!(path, "M{group} {index}h.95");
                }
            }
            let share = row.share * SHARE_WIDTH / 100;
            if share > 0 {
                let _ = write!(map.shares, "M0 {index}h{share}");
            }
            if row.begins_level && index > 0 {
                map.lines.push(top);
            }
        }
        map
    }
}

/// Which shade so many boxes have; none for no box.
pub fn shade(count: usize) -> Option<usize> {
    SHADE_FROM.iter().rposition(|least| *least <= count)
}

/// A bar in parts, with a name before it and a number behind it.
pub struct Bar {
    pub y: usize,
    pub name: String,
    pub parts: Vec<BarPart>,
    pub number: String,
}

/// A part of a bar.
pub struct BarPart {
    pub class: &'static str,
    pub x: usize,
    pub width: usize,
}

/// The parts of a bar that is `width` px long and begins at `left`; what is left of `total` stays empty.
pub fn parts(left: usize, width: usize, total: usize, counts: &[(&'static str, usize)]) -> Vec<BarPart> {
    let mut parts = Vec::new();
    let mut before = 0;
    for (class, count) in counts.iter().filter(|(_, count)| *count > 0) {
        let place = |count: usize| left + (count * width).checked_div(total).unwrap_or(0);
        let (start, end) = (place(before), place(before + count));
        parts.push(BarPart { class, x: start, width: (end - start).max(1) });
        before += count;
    }
    parts
}

/// The parts of all bars as one path of thick lines for each class, in the order of the classes.
pub fn paths(bars: &[Bar], classes: &[&'static str], middle: usize) -> Vec<(&'static str, String)> {
    let path_of = |class: &'static str| {
        let mut path = String::new();
        for bar in bars {
            for part in bar.parts.iter().filter(|part| part.class == class) {
                let _ = write!(path, "M{} {}h{}", part.x, bar.y + middle, part.width);
            }
        }
        (class, path)
    };
    classes.iter().copied().map(path_of).collect()
}

/// A share in whole percent.
pub fn percent(part: usize, whole: usize) -> usize {
    (part * 100 + whole / 2).checked_div(whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_boxes_are_never_lighter_and_none_has_no_shade() {
        let shades: Vec<Option<usize>> = [0, 1, 2, 3, 4, 5, 7, 8, 60].map(shade).into_iter().collect();
        assert_eq!(shades, [None, Some(0), Some(1), Some(2), Some(2), Some(3), Some(3), Some(4), Some(4)]);
    }

    #[test]
    fn the_parts_of_a_bar_stand_side_by_side_and_never_beyond_its_end() {
        let parts = parts(10, 100, 8, &[("a", 3), ("b", 0), ("c", 5)]);
        let places: Vec<_> = parts.iter().map(|part| (part.class, part.x, part.width)).collect();
        assert_eq!(places, [("a", 10, 37), ("c", 47, 63)]);
        assert!(super::parts(0, 100, 0, &[]).is_empty());
        assert_eq!((percent(1, 3), percent(0, 0), percent(2, 3)), (33, 0, 67));
    }
}
