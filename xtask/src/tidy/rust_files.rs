//! The shape of Rust files: each opens with `//!`, none is long, no function is long. Tests are left out of the count.
//! Knows nothing of what the code does. Next: `words.rs`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::{Finding, SourceFile, Tree};

/// Lines a file may have without its tests.
const FILE_LINES_MAX: usize = 400;

/// Lines a function may have, from its signature to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;

/// Every Rust file of the tree.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files().iter().filter(|file| file.is_rust()).flat_map(check_file).collect()
}

fn check_file(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.text.starts_with("//!") {
        findings.push(Finding::new(
            &file.path,
            "opens without `//!`: what it is, what it does not know, what to read next",
        ));
    }
    if file.is_test() {
        return findings;
    }
    let shape = match syn::parse_file(&file.text) {
        Ok(syntax) => Shape::of(&syntax),
        Err(error) => return vec![Finding::new(&file.path, format!("is no Rust: {error}"))],
    };
    let lines = file.text.lines().count().saturating_sub(shape.test_lines.len());
    if lines > FILE_LINES_MAX {
        findings.push(Finding::new(
            &file.path,
            format!("{lines} lines without tests; {FILE_LINES_MAX} at most"),
        ));
    }
    for function in shape.functions.iter().filter(|function| function.lines > FUNCTION_LINES_MAX) {
        let Function { name, line, lines } = function;
        let fault = format!("fn {name} has {lines} lines; {FUNCTION_LINES_MAX} at most");
        findings.push(Finding::new(format!("{}:{line}", file.path), fault));
    }
    findings
}

/// The lines of tests in a file ([`SourceFile::test_lines`] keeps them).
pub fn test_lines(text: &str) -> BTreeSet<usize> {
    syn::parse_file(text).map(|syntax| Shape::of(&syntax).test_lines).unwrap_or_default()
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions outside tests, and the lines that tests take.
#[derive(Default)]
struct Shape {
    functions: Vec<Function>,
    test_lines: BTreeSet<usize>,
}

impl Shape {
    fn of(syntax: &syn::File) -> Self {
        let mut shape = Self::default();
        shape.visit_file(syntax);
        shape
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.span().start().line;
        let lines = body.span().end().line.saturating_sub(line) + 1;
        self.functions.push(Function { name: signature.ident.to_string(), line, lines });
    }
}

impl<'ast> Visit<'ast> for Shape {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if attributes_of(item).iter().any(is_of_tests) {
            self.test_lines.extend(lines_of(item));
        } else {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

/// Lines from an item's first attribute or comment to its end.
fn lines_of(item: &syn::Item) -> RangeInclusive<usize> {
    let own = item.span();
    let attributes = attributes_of(item).iter().map(|attribute| attribute.span().start().line);
    attributes.min().unwrap_or(own.start().line).min(own.start().line)..=own.end().line
}

fn attributes_of(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[test]`, `#[tokio::test]`.
fn is_of_tests(attribute: &syn::Attribute) -> bool {
    if attribute.path().segments.last().is_some_and(|last| last.ident == "test") {
        return true;
    }
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let condition = list.tokens.to_string();
    let condition = condition.replace(' ', "");
    attribute.path().is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings_of(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).iter().map(ToString::to_string).collect()
    }

    fn function_of(lines: usize) -> String {
        format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_of_seventy_lines_is_let_be_and_one_of_seventy_one_is_not() {
        assert_eq!(findings_of("src/a.rs", &format!("//! a\n{}", function_of(70))), [""; 0]);
        let found = findings_of("src/a.rs", &format!("//! a\n{}", function_of(71)));
        assert_eq!(found, ["src/a.rs:2: fn long has 71 lines; 70 at most"]);
    }

    #[test]
    fn methods_and_default_methods_are_counted_too() {
        let method =
            format!("//! a\nimpl A {{\n{}}}\ntrait B {{\n{}}}\n", function_of(80), function_of(90));
        assert_eq!(findings_of("src/a.rs", &method).len(), 2);
    }

    #[test]
    fn tests_may_be_long() {
        let text = format!(
            "//! a\n#[cfg(test)]\nmod tests {{\n{}}}\n#[test]\n{}",
            function_of(500),
            function_of(80)
        );
        assert_eq!(findings_of("src/a.rs", &text), [""; 0]);
    }

    #[test]
    fn code_left_out_of_tests_is_product_code() {
        let text = format!("//! a\n#[cfg(not(test))]\nmod real {{\n{}}}\n", function_of(80));
        assert_eq!(findings_of("src/a.rs", &text).len(), 1);
    }

    #[test]
    fn a_file_of_four_hundred_lines_is_let_be_and_one_more_is_not() {
        let file = |constants: usize| format!("//! a\n{}", "const A: u8 = 1;\n".repeat(constants));
        assert_eq!(findings_of("src/a.rs", &file(399)), [""; 0]);
        assert_eq!(
            findings_of("src/a.rs", &file(400)),
            ["src/a.rs: 401 lines without tests; 400 at most"]
        );
    }

    #[test]
    fn a_file_without_an_opening_comment_is_found_even_among_tests() {
        assert_eq!(findings_of("crates/x/tests/a.rs", "fn a() {}\n").len(), 1);
    }

    #[test]
    fn the_lines_of_a_test_module_start_at_its_attribute() {
        let lines = test_lines(
            "//! a\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n",
        );
        assert_eq!(lines.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
    }

    #[test]
    fn a_file_that_is_no_rust_is_found() {
        assert_eq!(findings_of("src/a.rs", "//! a\nfn {").len(), 1);
    }
}
