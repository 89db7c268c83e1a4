//! The tables of `docs/decision-matrix.md`, read as they stand there.

/// One line of the matrix.
pub struct Line {
    pub case: String,
    pub clause: String,
    /// By consent, in the order of the columns.
    pub cells: Vec<String>,
}

/// What 1414 brings before registration.
pub struct ByTelephone {
    pub said: String,
    pub clause: String,
    pub word: String,
    /// The column by which it is answered in the end, where something is registered.
    pub column: Option<String>,
}

/// A case of the register of natural persons.
pub struct Registered {
    pub case: String,
    pub clause: String,
    pub answer: String,
}

/// The columns with their clauses, and the lines.
pub struct Matrix {
    pub by_telephone: Vec<ByTelephone>,
    pub columns: Vec<(String, String)>,
    pub lines: Vec<Line>,
    pub register: Vec<Registered>,
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
    let by_telephone = rows("## Asked by 1414 before registration")
        .into_iter()
        .map(|mut row| ByTelephone {
            column: row.pop().filter(|column| column != "none"),
            said: row.remove(0),
            clause: row.remove(0),
            word: row.remove(0),
        })
        .collect();
    let register = rows("## The register of natural persons")
        .into_iter()
        .map(|mut row| Registered {
            answer: row.pop().unwrap(),
            case: row.remove(0),
            clause: row.remove(0),
        })
        .collect();
    Matrix { by_telephone, columns, lines, register }
}

fn cells(line: &str) -> Vec<String> {
    let inside = line.trim().trim_matches('|');
    inside.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
}
