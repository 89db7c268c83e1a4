//! The commands of a document: its blocks marked `sh`, each with the section it stands in.
//! Knows nothing of what they do.

use anyhow::{Result, ensure};

/// A block of commands.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// Heading of its section.
    pub section: String,
    /// The commands.
    pub text: String,
}

/// All blocks in their order.
pub fn blocks(document: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut section = String::new();
    let mut open: Option<(bool, String)> = None;
    for line in document.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) => open = Some((kind == "sh", String::new())),
            (Some(_), Some(_)) => {
                if let Some((true, text)) = open.take() {
                    blocks.push(Block { section: section.clone(), text });
                }
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {
                if let Some(heading) = line.strip_prefix("## ") {
                    heading.clone_into(&mut section);
                }
            }
        }
    }
    ensure!(open.is_none(), "a block of commands has no end");
    ensure!(!blocks.is_empty(), "there is no block of commands");
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_of_commands_are_run_in_their_order() {
        let document =
            "# T\n## 1. One\n```sh\na\nb\n```\n```toml\nx = 1\n```\n## 2. Two\n```sh\nc\n```\n";
        let told = blocks(document).unwrap();
        let pairs: Vec<_> =
            told.iter().map(|one| (one.section.as_str(), one.text.as_str())).collect();
        assert_eq!(pairs, [("1. One", "a\nb\n"), ("2. Two", "c\n")]);
        assert!(blocks("```sh\na\n").is_err() && blocks("text").is_err());
    }
}
