//! A document as files that people go on writing in: Word for texts, a workbook for tables.

use std::io::Cursor;

use docx_rs::{
    AlignmentType, BreakType, Docx, LineSpacing, Paragraph, Run, RunFonts, Style, StyleType, Table, TableCell, TableRow, WidthType,
};
use domain::document::Block;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

/// Type size of a text in half-points: 14 points.
const SIZE: usize = 28;
/// Width of the text between the margins of A4, in twentieths of a point.
const WIDTH: usize = 9_000;

fn run(text: &str) -> Run {
    text.split('\n').enumerate().fold(Run::new(), |run, (i, line)| {
        let run = if i > 0 { run.add_break(BreakType::TextWrapping) } else { run };
        run.add_text(line)
    })
}

fn paragraph(text: &str) -> Paragraph {
    Paragraph::new().add_run(run(text)).line_spacing(LineSpacing::new().after(120))
}

/// A text as a Word document.
pub fn docx(title: &str, blocks: &[Block]) -> Option<Vec<u8>> {
    let fonts = RunFonts::new().east_asia("宋体").ascii("Times New Roman").hi_ansi("Times New Roman");
    let heading = |id: &str, name: &str, size| Style::new(id, StyleType::Paragraph).name(name).size(size).bold();
    let mut document = Docx::new()
        .default_fonts(fonts)
        .default_size(SIZE)
        .add_style(heading("Title", "Title", 40))
        .add_style(heading("Heading1", "heading 1", 34))
        .add_style(heading("Heading2", "heading 2", 30))
        .add_paragraph(
            Paragraph::new().add_run(run(title)).style("Title").align(AlignmentType::Center).line_spacing(LineSpacing::new().after(240)),
        );
    for block in blocks {
        document = match block {
            Block::Heading { level, text } => {
                document.add_paragraph(paragraph(text).style(if *level <= 2 { "Heading1" } else { "Heading2" }))
            }
            Block::Paragraph(text) => document.add_paragraph(paragraph(text)),
            Block::Hint(text) => {
                document.add_paragraph(Paragraph::new().add_run(run(text).color("6B6257").italic()).indent(Some(240), None, None, None))
            }
            Block::List { ordered, items } => items.iter().enumerate().fold(document, |document, (i, item)| {
                let mark = if *ordered { format!("{}. ", i + 1) } else { "· ".to_owned() };
                document.add_paragraph(paragraph(&(mark + item)).indent(Some(240), None, None, None))
            }),
            Block::Table(rows) => document.add_table(table(rows)).add_paragraph(Paragraph::new()),
        };
    }
    let mut bytes = Cursor::new(Vec::new());
    document.build().pack(&mut bytes).ok()?;
    Some(bytes.into_inner())
}

fn table(rows: &[Vec<String>]) -> Table {
    let columns = rows.first().map_or(1, Vec::len);
    let cell = |text: &String, head: bool| {
        let run = if head { run(text).bold() } else { run(text) };
        TableCell::new().add_paragraph(Paragraph::new().add_run(run.size(SIZE - 2))).width(WIDTH / columns, WidthType::Dxa)
    };
    let rows = rows.iter().enumerate().map(|(i, row)| TableRow::new(row.iter().map(|text| cell(text, i == 0)).collect())).collect();
    Table::new(rows).width(WIDTH, WidthType::Dxa).set_grid(vec![WIDTH / columns; columns])
}

/// Tables as a workbook: each heading with its table is a sheet; what stands before the first is the sheet 填表说明.
pub fn xlsx(title: &str, blocks: &[Block]) -> Option<Vec<u8>> {
    workbook(title, blocks).ok()
}

fn workbook(title: &str, blocks: &[Block]) -> Result<Vec<u8>, XlsxError> {
    let line = Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::VerticalCenter).set_font_size(12);
    let head = line.clone().set_bold();
    let mut book = Workbook::new();
    let mut notes = vec![title.to_owned()];
    let mut name = String::new();
    let mut sheets = 0;
    for block in blocks {
        match block {
            Block::Heading { text, .. } => name.clone_from(text),
            Block::Paragraph(text) | Block::Hint(text) => notes.push(text.clone()),
            Block::List { items, .. } => notes.extend(items.iter().map(|item| format!("· {item}"))),
            Block::Table(rows) => {
                sheets += 1;
                let sheet = book.add_worksheet();
                // A sheet's name has at most 31 characters and none of these.
                let fits: String = name.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(28).collect();
                sheet.set_name(if fits.is_empty() { format!("表 {sheets}") } else { fits })?;
                sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
                for (r, row) in rows.iter().enumerate() {
                    let r = r as u32;
                    sheet.set_row_height(r, 24)?;
                    for (c, cell) in row.iter().enumerate() {
                        let c = c as u16;
                        let format = if r == 0 { &head } else { &line };
                        match (cell.strip_prefix('='), cell.parse::<f64>()) {
                            (Some(formula), _) => sheet.write_formula_with_format(r, c, formula, format)?,
                            (None, Ok(number)) => sheet.write_number_with_format(r, c, number, format)?,
                            (None, Err(_)) => sheet.write_string_with_format(r, c, cell, format)?,
                        };
                    }
                }
                for c in 0..rows.first().map_or(0, Vec::len) {
                    let widest = rows.iter().filter_map(|row| row.get(c)).map(|t| t.chars().count()).max().unwrap_or(0);
                    sheet.set_column_width(c as u16, (widest * 2 + 4).clamp(8, 40) as f64)?;
                }
            }
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name("填表说明")?.set_column_width(0, 80)?;
    let wrapped = Format::new().set_text_wrap().set_font_size(12);
    for (r, note) in notes.iter().enumerate() {
        sheet.write_string_with_format(r as u32, 0, note, if r == 0 { &head } else { &wrapped })?;
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_files_are_what_they_say() {
        let blocks = [
            Block::Paragraph("一行一笔。".into()),
            Block::Heading { level: 2, text: "收支 [1/2]".into() },
            Block::Table(vec![vec!["项".into(), "元".into()], vec!["水".into(), "3.5".into()], vec!["合计".into(), "=SUM(B2:B2)".into()]]),
        ];
        let word = docx("预算表", &blocks).expect("a document");
        let book = xlsx("预算表", &blocks).expect("a workbook");
        // Both are zip archives.
        assert!(word.starts_with(b"PK") && book.starts_with(b"PK"));
    }
}
