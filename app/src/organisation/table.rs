//! A table to take away and bring back: codes and telephones stay text, the head stays in sight.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

/// A workbook with one sheet of text and one of notes.
pub(super) fn workbook(name: &str, head: &[String], rows: &[Vec<String>], notes: &[String]) -> Result<Vec<u8>, XlsxError> {
    let line = Format::new().set_border(FormatBorder::Thin).set_num_format("@").set_align(FormatAlign::VerticalCenter);
    let bold = line.clone().set_bold().set_text_wrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(name)?.set_freeze_panes(1, 2)?;
    for (c, text) in head.iter().enumerate() {
        sheet.write_string_with_format(0, c as u16, text, &bold)?;
        let widest = rows.iter().filter_map(|row| row.get(c)).map(|t| t.chars().count()).max().unwrap_or(0).max(text.chars().count());
        sheet.set_column_width(c as u16, (widest * 2 + 2).clamp(8, 48) as f64)?;
    }
    for (r, row) in rows.iter().enumerate() {
        for (c, text) in row.iter().enumerate() {
            sheet.write_string_with_format(r as u32 + 1, c as u16, text, &line)?;
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name("说明")?.set_column_width(0, 90)?;
    let wrapped = Format::new().set_text_wrap();
    for (r, note) in notes.iter().enumerate() {
        sheet.write_string_with_format(r as u32, 0, note, &wrapped)?;
    }
    book.save_to_buffer()
}
