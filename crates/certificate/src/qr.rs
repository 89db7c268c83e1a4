//! The check address as a square of modules, merged into few rectangles. Knows no colours and no page.

use fast_qr::{ECL, QRBuilder};

/// Clear modules around the code, as the standard asks.
const QUIET_ZONE: usize = 4;

/// A dark rectangle, counted in modules from the top left corner of the quiet zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DarkRun {
    pub(crate) column: u16,
    pub(crate) row: u16,
    pub(crate) width: u16,
    pub(crate) height: u16,
}

/// A code ready to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QrPicture {
    /// Modules along an edge, with the quiet zone.
    pub(crate) edge: u16,
    pub(crate) dark: Vec<DarkRun>,
}

/// Encodes a text with error correction M; `None` when it is too long for any code.
pub(crate) fn qr_picture(text: &str) -> Option<QrPicture> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let rows: Vec<&[fast_qr::Module]> = code.data.chunks(code.size).take(code.size).collect();
    let mut open: Vec<DarkRun> = Vec::new();
    let mut dark = Vec::new();
    for (y, row) in rows.iter().enumerate() {
        let runs = dark_runs(row, u16::try_from(y + QUIET_ZONE).ok()?)?;
        let (longer, ended): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|run| runs.iter().any(|next| same_columns(run, next)));
        dark.extend(ended);
        open = runs
            .into_iter()
            .map(|run| match longer.iter().find(|above| same_columns(above, &run)) {
                Some(above) => DarkRun { height: above.height.saturating_add(1), ..*above },
                None => run,
            })
            .collect();
    }
    dark.extend(open);
    Some(QrPicture { edge: u16::try_from(code.size + 2 * QUIET_ZONE).ok()?, dark })
}

fn same_columns(one: &DarkRun, other: &DarkRun) -> bool {
    one.column == other.column && one.width == other.width
}

fn dark_runs(row: &[fast_qr::Module], y: u16) -> Option<Vec<DarkRun>> {
    let mut runs: Vec<DarkRun> = Vec::new();
    let mut was_dark = false;
    for (x, module) in row.iter().enumerate() {
        let column = u16::try_from(x + QUIET_ZONE).ok()?;
        match runs.last_mut() {
            Some(run) if module.value() && was_dark => run.width = run.width.saturating_add(1),
            _ if module.value() => runs.push(DarkRun { column, row: y, width: 1, height: 1 }),
            _ => {}
        }
        was_dark = module.value();
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_rectangles_cover_exactly_the_dark_modules() {
        let text = "https://anyqtama.example/tekseru/A-2345-6789-B";
        let picture = qr_picture(text).unwrap();
        let code = QRBuilder::new(text).ecl(ECL::M).build().unwrap();
        let edge = usize::from(picture.edge);
        let mut drawn = vec![0u8; edge * edge];
        for run in &picture.dark {
            for y in run.row..run.row + run.height {
                for x in run.column..run.column + run.width {
                    drawn[usize::from(y) * edge + usize::from(x)] += 1;
                }
            }
        }
        for y in 0..edge {
            for x in 0..edge {
                let inside = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < code.size);
                let expected = match (inside(x), inside(y)) {
                    (Some(x), Some(y)) => u8::from(code.data[y * code.size + x].value()),
                    _ => 0,
                };
                assert_eq!(drawn[y * edge + x], expected, "{x} {y}");
            }
        }
    }

    #[test]
    fn a_text_too_long_for_any_code_gives_none() {
        assert!(qr_picture(&"a".repeat(5000)).is_none());
    }
}
