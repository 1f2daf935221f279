//! A plain document – a handout, a form, a notice – as blocks that every output draws in its own way: page, PDF, office file.

use serde::{Deserialize, Serialize};

/// One block of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading; the document's own title is none of them.
    Heading {
        /// 2 for a section, 3 below it.
        level: u8,
        /// Text.
        text: String,
    },
    /// A paragraph; line breaks are kept.
    Paragraph(String),
    /// A word to whoever fills it in.
    Hint(String),
    /// A list.
    List {
        /// Whether the items are numbered.
        ordered: bool,
        /// The items.
        items: Vec<String>,
    },
    /// A table, header row first; every row is as long as the first.
    Table(Vec<Vec<String>>),
}

/// The text of blocks, for searching.
pub fn text_of(blocks: &[Block]) -> String {
    let mut out = String::new();
    let mut add = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    for block in blocks {
        match block {
            Block::Heading { text, .. } | Block::Paragraph(text) | Block::Hint(text) => add(text),
            Block::List { items, .. } => items.iter().for_each(|item| add(item)),
            Block::Table(rows) => rows.iter().for_each(|row| add(&row.join(" "))),
        }
    }
    out
}
