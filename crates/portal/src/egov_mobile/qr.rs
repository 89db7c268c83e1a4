//! A QR code as one path of an SVG, so that a page needs no picture from anywhere. Knows no colours.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

/// Clear modules around the code, as the standard asks.
const QUIET_ZONE: usize = 4;

/// A code to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrPicture {
    /// Modules along an edge, with the quiet zone.
    pub edge: usize,
    /// The dark ones: commands of a path.
    pub path: String,
}

impl QrPicture {
    /// The code of a text; `None` where it is too long for any.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
        let mut path = String::new();
        for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, other| one.value() == other.value()) {
                let width = run.len();
                if run.first()?.value() {
                    let (left, top) = (x + QUIET_ZONE, y + QUIET_ZONE);
                    write!(path, "M{left} {top}h{width}v1h-{width}z").ok()?;
                }
                x += width;
            }
        }
        Some(Self { edge: code.size + 2 * QUIET_ZONE, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that the commands paint.
    fn painted(picture: &QrPicture) -> Vec<(usize, usize)> {
        let runs = picture.path.split_terminator('z').map(|run| {
            let (place, rest) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            let width: usize = rest.split('v').next().unwrap().parse().unwrap();
            (x.parse::<usize>().unwrap(), y.parse::<usize>().unwrap(), width)
        });
        runs.flat_map(|(x, y, width)| (x..x + width).map(move |x| (x, y))).collect()
    }

    #[test]
    fn exactly_the_dark_modules_are_painted() {
        let text = "mobileSign:https://anyqtama.example/mgovSign/0123456789abcdef";
        let picture = QrPicture::of(text).unwrap();
        let code = QRBuilder::new(text).ecl(ECL::M).build().unwrap();
        let dark = (0..code.size * code.size).filter(|place| code.data[*place].value());
        let dark = dark.map(|place| (place % code.size + 4, place / code.size + 4));
        assert_eq!(painted(&picture), dark.collect::<Vec<_>>());
        assert_eq!(picture.edge, code.size + 8);
    }

    #[test]
    fn a_text_too_long_for_any_code_has_none() {
        assert_eq!(QrPicture::of(&"a".repeat(5_000)), None);
    }
}
