//! Bars as SVG: places and lengths are attributes, colours come from the style sheet, because the page allows no style of its
//! own. What the bars show stands in the table beside them; a reader who sees no picture is told so by title and description.

/// Width of the picture in its own units.
const WIDTH: u64 = 640;
/// Height of a row of lying bars, and of the bar in it.
const ROW: u64 = 34;
const BAR: u64 = 22;
/// Where lying bars begin, and the longest of them.
const LEFT: u64 = 230;
const LONGEST: u64 = 300;
/// Standing bars: where they stand, and the highest of them.
const FLOOR: u64 = 200;
const HIGHEST: u64 = 170;
/// So many names under standing bars fit.
const NAMES: usize = 8;

/// What is drawn.
pub struct Chart {
    /// Identifier, unique on its page.
    pub id: &'static str,
    /// Title.
    pub title: String,
    /// What it shows, and where the numbers are.
    pub description: String,
    /// Height in the picture's units; its width is always the same.
    pub height: u64,
    /// The bars.
    pub bars: Vec<Bar>,
    /// Where a standing chart's floor is.
    pub floor: Option<u64>,
}

/// A bar with its name and number.
pub struct Bar {
    /// From the left.
    pub x: u64,
    /// From above.
    pub y: u64,
    /// Width.
    pub width: u64,
    /// Height.
    pub height: u64,
    /// Name, where it is written and how.
    pub name: String,
    /// Left end or middle of the name.
    pub name_x: u64,
    /// Its line.
    pub name_y: u64,
    /// Number beside it; empty where there is no room.
    pub value: String,
    /// Left end of the number.
    pub value_x: u64,
}

impl Chart {
    /// The picture's width.
    #[must_use]
    pub fn width(&self) -> u64 {
        WIDTH
    }

    /// Lying bars: names on the left, numbers on the right.
    #[must_use]
    pub fn lying(
        id: &'static str,
        title: String,
        description: String,
        values: Vec<(String, u64, String)>,
    ) -> Self {
        let most = values.iter().map(|(_, count, _)| *count).max().unwrap_or_default().max(1);
        let bar = |(place, (name, count, value)): (u64, (String, u64, String))| {
            let (y, width) = (place * ROW + (ROW - BAR) / 2, length(count, most, LONGEST));
            let name_y = y + BAR - 6;
            let value_x = LEFT + width + 8;
            let name = short(&name);
            Bar { x: LEFT, y, width, height: BAR, name, name_x: 0, name_y, value, value_x }
        };
        let bars: Vec<Bar> = (0..).zip(values).map(bar).collect();
        let height = u64::try_from(bars.len()).unwrap_or_default() * ROW;
        Self { id, title, description, height, bars, floor: None }
    }

    /// Standing bars, for days and months; of many only some have their names.
    #[must_use]
    pub fn standing(
        id: &'static str,
        title: String,
        description: String,
        values: Vec<(String, u64)>,
    ) -> Self {
        let most = values.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
        let each = values.len().div_ceil(NAMES).max(1);
        let step = WIDTH / u64::try_from(values.len()).unwrap_or(1).max(1);
        let bar = |(place, (name, count)): (usize, (String, u64))| {
            let height = length(count, most, HIGHEST);
            let x = u64::try_from(place).unwrap_or_default() * step;
            let name = if place.is_multiple_of(each) { name } else { String::new() };
            Bar {
                x: x + step / 8,
                y: FLOOR - height,
                width: (step - step / 4).max(1),
                height,
                name,
                name_x: x + step / 8,
                name_y: FLOOR + 22,
                value: String::new(),
                value_x: 0,
            }
        };
        let bars = values.into_iter().enumerate().map(bar).collect();
        Self { id, title, description, height: FLOOR + 32, bars, floor: Some(FLOOR) }
    }
}

/// In the picture's units; what is there at all is seen.
fn length(count: u64, most: u64, longest: u64) -> u64 {
    if count == 0 { 0 } else { (count.saturating_mul(longest) / most).max(2) }
}

/// As much of a name as fits on the left.
fn short(name: &str) -> String {
    let fits = 24;
    if name.chars().count() <= fits {
        return name.to_owned();
    }
    let cut: String = name.chars().take(fits - 1).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bar_leaves_the_picture_and_none_that_counts_is_lost() {
        let values = |count: u64| (0..count).map(|n| (format!("name {n}"), 7 * n)).collect();
        for count in [0, 1, 2, 12, 31, 62] {
            let chart = Chart::standing("id", String::new(), String::new(), values(count));
            for (place, bar) in chart.bars.iter().enumerate() {
                assert!(bar.x + bar.width <= WIDTH && bar.y + bar.height == FLOOR);
                assert_eq!(bar.height > 0, place > 0);
            }
            assert!(chart.bars.iter().filter(|bar| !bar.name.is_empty()).count() <= NAMES);
        }
        let long = "Алматы қаласының Білім басқармасы мемлекеттік мекемесі".to_owned();
        let chart = Chart::lying(
            "id",
            String::new(),
            String::new(),
            vec![(long, 1, "1".into()), ("b".into(), 1_000_000, "1 000 000".into())],
        );
        assert!(chart.bars.iter().all(|bar| bar.value_x < WIDTH && bar.width >= 2));
        assert!(chart.bars[0].name.ends_with('…'));
        assert_eq!(chart.height, 2 * ROW);
    }
}
