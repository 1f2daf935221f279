//! A document laid out on A4 pages, in type that old eyes read.

use domain::document::Block;

use super::lines;
use crate::ui::escape;

/// The short and the long side of A4, in points.
pub(super) const SHORT: f32 = 595.0;
pub(super) const LONG: f32 = 842.0;
const MARGIN: f32 = 46.0;
const SIZE: f32 = 14.0;
const LINE: f32 = 22.0;
/// A table with more columns lies across the page.
const UPRIGHT_COLUMNS: usize = 5;
/// Lowest row of a table: room to write by hand.
const ROW: f32 = 32.0;

/// The pages.
pub(super) struct Pages {
    width: f32,
    height: f32,
    pages: Vec<String>,
    y: f32,
}

impl Pages {
    /// Lays out a titled document.
    pub(super) fn of(title: &str, blocks: &[Block]) -> Self {
        let wide = blocks.iter().any(|b| matches!(b, Block::Table(rows) if rows.first().is_some_and(|r| r.len() > UPRIGHT_COLUMNS)));
        let (width, height) = if wide { (LONG, SHORT) } else { (SHORT, LONG) };
        let mut out = Self { width, height, pages: vec![String::new()], y: MARGIN + 18.0 };
        for line in lines(title, out.columns(22.0)) {
            out.text(MARGIN, 22.0, "700", &line);
            out.y += 30.0;
        }
        out.y -= 14.0;
        out.rule(MARGIN, width - MARGIN, "#b0371b", 2.0);
        out.y += 28.0;
        for block in blocks {
            out.block(block);
        }
        out
    }

    /// Width and height of a page in points.
    pub(super) fn size(&self) -> (f32, f32) {
        (self.width, self.height)
    }

    /// Every page as SVG.
    pub(super) fn svgs(&self) -> Vec<String> {
        let (width, height, total) = (self.width, self.height, self.pages.len());
        let page = |(i, body): (usize, &String)| {
            let foot = if total > 1 {
                format!(
                    "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"#645b4f\" text-anchor=\"middle\">{} / {total}</text>",
                    width / 2.0,
                    height - 20.0,
                    i + 1
                )
            } else {
                String::new()
            };
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" xml:lang=\"zh-CN\">{body}{foot}</svg>"
            )
        };
        self.pages.iter().enumerate().map(page).collect()
    }

    /// Columns of half a character that fit beside each other at a size.
    fn columns(&self, size: f32) -> usize {
        ((self.width - 2.0 * MARGIN) * 2.0 / size) as usize
    }

    fn push(&mut self, svg: &str) {
        if let Some(page) = self.pages.last_mut() {
            page.push_str(svg);
        }
    }

    fn text(&mut self, x: f32, size: f32, weight: &str, text: &str) {
        let y = self.y;
        self.push(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"#211c17\">{}</text>",
            escape(text)
        ));
    }

    fn rule(&mut self, from: f32, to: f32, colour: &str, thick: f32) {
        let y = self.y;
        self.push(&format!("<rect x=\"{from}\" y=\"{y}\" width=\"{}\" height=\"{thick}\" fill=\"{colour}\"/>", to - from));
    }

    /// Begins a new page unless `height` still fits.
    fn room(&mut self, height: f32) -> bool {
        let fits = self.y + height <= self.height - MARGIN;
        if !fits {
            self.pages.push(String::new());
            self.y = MARGIN + SIZE;
        }
        fits
    }

    fn paragraph(&mut self, text: &str, indent: f32, mark: &str) {
        let columns = self.columns(SIZE) - (indent * 2.0 / SIZE) as usize;
        for (i, line) in text.lines().flat_map(|l| lines(l, columns)).enumerate() {
            self.room(LINE);
            if i == 0 && !mark.is_empty() {
                self.text(MARGIN, SIZE, "400", mark);
            }
            self.text(MARGIN + indent, SIZE, "400", &line);
            self.y += LINE;
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => {
                // Never alone at the foot of a page.
                self.room(LINE * 6.0);
                self.y += 8.0;
                let size = if *level <= 2 { 17.0 } else { 15.0 };
                for line in lines(text, self.columns(size)) {
                    self.text(MARGIN, size, "700", &line);
                    self.y += LINE + 4.0;
                }
            }
            Block::Paragraph(text) => {
                self.paragraph(text, 0.0, "");
                self.y += 6.0;
            }
            Block::Hint(text) => {
                self.paragraph(text, 14.0, "▏");
                self.y += 6.0;
            }
            Block::List { ordered, items } => {
                for (i, item) in items.iter().enumerate() {
                    let mark = if *ordered { format!("{}.", i + 1) } else { "·".to_owned() };
                    self.paragraph(item, 24.0, &mark);
                }
                self.y += 6.0;
            }
            Block::Table(rows) => self.table(rows),
        }
    }

    fn table(&mut self, rows: &[Vec<String>]) {
        let Some(head) = rows.first() else { return };
        let widths = widths(rows, self.width - 2.0 * MARGIN);
        self.room(ROW * 3.0);
        self.row(head, &widths, "700");
        for row in &rows[1..] {
            let height = row_height(row, &widths);
            if !self.room(height) {
                self.row(head, &widths, "700");
            }
            self.row(row, &widths, "400");
        }
        self.y += 16.0;
    }

    fn row(&mut self, row: &[String], widths: &[f32], weight: &str) {
        let height = row_height(row, widths);
        let top = self.y - SIZE;
        let mut x = MARGIN;
        for (cell, width) in row.iter().zip(widths) {
            self.push(&format!(
                "<rect x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"#6b6257\" stroke-width=\"0.7\"/>"
            ));
            let at = self.y;
            for line in cell_lines(cell, *width) {
                self.y += 7.0;
                self.text(x + 5.0, SIZE - 1.0, weight, &line);
                self.y += LINE - 11.0;
            }
            self.y = at;
            x += width;
        }
        self.y += height;
    }
}

fn cell_lines(cell: &str, width: f32) -> Vec<String> {
    // On paper a formula is an empty cell: somebody adds it up.
    let cell = if cell.starts_with('=') { "" } else { cell };
    lines(cell, (((width - 10.0) * 2.0 / (SIZE - 1.0)) as usize).max(2))
}

fn row_height(row: &[String], widths: &[f32]) -> f32 {
    let most = row.iter().zip(widths).map(|(cell, width)| cell_lines(cell, *width).len()).max().unwrap_or(1);
    (most as f32 * (LINE - 4.0) + 12.0).max(ROW)
}

/// Column widths by what the columns hold: nobody gets less than two characters, long ones share what is left.
fn widths(rows: &[Vec<String>], whole: f32) -> Vec<f32> {
    let columns = rows.first().map_or(0, Vec::len);
    let length = |text: &String| text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let wish: Vec<f32> =
        (0..columns).map(|i| rows.iter().filter_map(|r| r.get(i)).map(length).max().unwrap_or(0).clamp(6, 36) as f32).collect();
    let sum: f32 = wish.iter().sum();
    wish.iter().map(|w| w * whole / sum.max(1.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: usize, rows: usize) -> Block {
        Block::Table((0..rows).map(|r| (0..columns).map(|c| format!("{r}-{c}")).collect()).collect())
    }

    #[test]
    fn a_long_table_goes_on_with_its_header() {
        let pages = Pages::of("台账", &[table(3, 60)]);
        let svgs = pages.svgs();
        assert!(svgs.len() > 1 && svgs.iter().all(|page| page.contains(">0-0<")), "{} pages", svgs.len());
        let whole = svgs.concat();
        assert!((1..60).all(|row| whole.matches(&format!(">{row}-0<")).count() == 1), "every row once");
    }

    #[test]
    fn a_table_of_many_columns_lies_across() {
        assert_eq!(Pages::of("签到表", &[table(7, 3)]).size(), (LONG, SHORT));
        assert_eq!(Pages::of("签到表", &[table(4, 3)]).size(), (SHORT, LONG));
    }

    #[test]
    fn nothing_written_leaves_the_page() {
        let text = "把事情一件一件写清楚。".repeat(200);
        let pages = Pages::of(&"很长的题目".repeat(12), &[Block::Paragraph(text), table(2, 40), Block::Hint("写<给>人".into())]);
        for page in pages.svgs() {
            for y in page.split(" y=\"").skip(1).filter_map(|rest| rest.split('"').next()?.parse::<f32>().ok()) {
                assert!((0.0..=LONG).contains(&y), "{y}");
            }
            assert!(!page.contains("<给>"));
        }
    }
}
