//! Identification numbers of people: what looks like a real IIN stands in tests, among the counterparts,
//! or on the public list of made-up ones. Knows the rule of the check digit from `domain` alone.
//! Next: `docs/synthetic-iins.md`.

use domain::Iin;

use super::{Finding, SourceFile, Tree};

/// The numbers known to be made up: what stands here may stand anywhere.
const LIST: &str = "docs/synthetic-iins.md";

/// Every text file of the tree.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let known: Vec<&str> =
        tree.text(LIST).into_iter().flat_map(numbers).map(|(_, number)| number).collect();
    let files = tree.files().iter().filter(|file| file.path != LIST && !is_free(file));
    files.flat_map(|file| check_file(file, &known)).collect()
}

fn is_free(file: &SourceFile) -> bool {
    file.is_test() || file.path.starts_with("crates/simulators/") || file.path.ends_with(".snap")
}

fn check_file(file: &SourceFile, known: &[&str]) -> Vec<Finding> {
    let found: Vec<_> = numbers(&file.text)
        .filter(|(_, number)| Iin::parse(number).is_ok() && !known.contains(number))
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let tests = file.test_lines();
    // The number itself is not printed: should it be somebody's, the output of a build is no place for it.
    let fault = format!("a valid IIN that is not on the list of made-up ones in {LIST}");
    found
        .into_iter()
        .filter(|(line, _)| !tests.contains(line))
        .map(|(line, _)| Finding::new(format!("{}:{line}", file.path), &fault))
        .collect()
}

/// Runs of exactly twelve digits that are not part of a longer word, with their line.
fn numbers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().flat_map(|(index, line)| {
        line.split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit()))
            .map(move |word| (index + 1, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "850101300015";

    fn places(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::of(files)).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn the_number_of_these_tests_is_valid() {
        assert!(Iin::parse(VALID).is_ok());
    }

    #[test]
    fn a_valid_iin_in_product_code_is_found_with_its_line() {
        let text = format!("//! a\nconst A: &str = \"{VALID}\";\n");
        assert_eq!(places(&[("crates/portal/src/a.rs", &text)]), ["crates/portal/src/a.rs:2"]);
    }

    #[test]
    fn tests_and_counterparts_may_hold_one() {
        let text =
            format!("//! a\n#[cfg(test)]\nmod tests {{\n    const A: &str = \"{VALID}\";\n}}\n");
        let plain = format!("iin,{VALID}\n");
        let none: [&str; 0] = [];
        assert_eq!(
            places(&[("crates/a/src/a.rs", &text), ("crates/simulators/people.csv", &plain)]),
            none
        );
    }

    #[test]
    fn what_is_on_the_list_may_stand_anywhere() {
        let none: [&str; 0] = [];
        assert_eq!(places(&[(LIST, VALID), ("README.md", VALID)]), none);
        assert_eq!(places(&[(LIST, "none"), ("README.md", VALID)]), ["README.md:1"]);
    }

    #[test]
    fn numbers_with_a_wrong_digit_or_inside_longer_words_are_let_be() {
        let none: [&str; 0] = [];
        let text = format!("850101300016 1{VALID} a{VALID} {VALID}0");
        assert_eq!(places(&[("README.md", &text)]), none);
    }
}
