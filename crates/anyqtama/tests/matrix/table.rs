//! The tables of `docs/decision-matrix.md`, read as they stand there.

/// One line of the matrix.
pub struct Line {
    pub case: String,
    pub clause: String,
    /// By consent, in the order of the columns.
    pub cells: Vec<String>,
}

/// The columns with their clauses, and the lines.
pub struct Matrix {
    pub columns: Vec<(String, String)>,
    pub lines: Vec<Line>,
}

pub fn read(text: &str) -> Matrix {
    let rows = |heading: &str| -> Vec<Vec<String>> {
        let (_, part) = text.split_once(heading).unwrap();
        let table =
            part.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with('|'));
        table.skip(2).map(cells).collect()
    };
    let columns: Vec<_> =
        rows("## Consent").into_iter().map(|mut row| (row.remove(0), row.remove(0))).collect();
    let lines = rows("## The data bank")
        .into_iter()
        .map(|mut row| Line { case: row.remove(0), clause: row.remove(0), cells: row })
        .collect();
    Matrix { columns, lines }
}

fn cells(line: &str) -> Vec<String> {
    let inside = line.trim().trim_matches('|');
    inside.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
}
