//! Tables to take away: the head stays in sight, numbers are numbers, codes and telephones text, and a sheet of notes says
//! what they mean.

use axum::response::Response;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

/// What such a file is.
const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A value of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text, a code, a telephone.
    Text(String),
    /// A number, with so many decimals.
    Number(f64, u8),
    /// A share of one, shown in percent with one decimal.
    Share(f64),
    /// Nothing over nothing.
    None,
}

/// A sheet with its notes.
pub struct Table<'t> {
    /// Name of the sheet.
    pub name: &'t str,
    /// Over the head, across all columns; none when the table is to be brought back.
    pub title: Option<String>,
    /// Names of the columns.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Columns that stay in sight.
    pub fixed: u16,
    /// What it means: a sheet of its own.
    pub notes: Vec<String>,
}

fn written(table: &Table<'_>) -> Result<Vec<u8>, XlsxError> {
    let line = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter);
    let text = line.clone().set_num_format("@");
    let bold = text.clone().set_bold().set_text_wrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(table.name)?;
    let mut top = 0;
    if let (Some(title), Some(last)) = (&table.title, table.head.len().checked_sub(1).filter(|last| *last > 0)) {
        let centred = Format::new().set_bold().set_font_size(14).set_align(FormatAlign::Center);
        sheet.merge_range(0, 0, 0, last as u16, title, &centred)?;
        top = 1;
    }
    sheet.set_freeze_panes(top + 1, table.fixed)?;
    for (c, name) in table.head.iter().enumerate() {
        sheet.write_string_with_format(top, c as u16, name, &bold)?;
        let length = |cell: &Cell| if let Cell::Text(text) = cell { text.chars().count() } else { 4 };
        let widest = table.rows.iter().filter_map(|row| row.get(c)).map(length).max().unwrap_or(0).max(name.chars().count());
        sheet.set_column_width(c as u16, (widest * 2 + 2).clamp(8, 48) as f64)?;
    }
    for (r, row) in table.rows.iter().enumerate() {
        let r = top + 1 + r as u32;
        for (c, cell) in row.iter().enumerate() {
            let c = c as u16;
            match cell {
                Cell::Text(value) => sheet.write_string_with_format(r, c, value, &text)?,
                Cell::Number(value, 0) => sheet.write_number_with_format(r, c, *value, &line.clone().set_num_format("#,##0"))?,
                Cell::Number(value, _) => sheet.write_number_with_format(r, c, *value, &line.clone().set_num_format("#,##0.0"))?,
                Cell::Share(value) => sheet.write_number_with_format(r, c, *value, &line.clone().set_num_format("0.0%"))?,
                Cell::None => sheet.write_string_with_format(r, c, "—", &line)?,
            };
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name("口径说明")?.set_column_width(0, 90)?;
    let wrapped = Format::new().set_text_wrap();
    for (r, note) in table.notes.iter().enumerate() {
        sheet.write_string_with_format(r as u32, 0, note, &wrapped)?;
    }
    book.save_to_buffer()
}

/// The table as a file to download; none when it cannot be written.
pub fn download(table: &Table<'_>, file: &str) -> Option<Response> {
    match written(table) {
        Ok(book) => Some(crate::library::download(book, KIND, file)),
        Err(error) => {
            tracing::error!(%error, file, "a workbook was not written");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        let table = Table {
            name: "表",
            title: Some("某区，2026-01-01 至 2026-06-30".into()),
            head: ["地方", "人数", "率"].map(str::to_owned).to_vec(),
            rows: vec![
                vec![Cell::Text("东城".into()), Cell::Number(1_204.0, 0), Cell::Share(0.333)],
                vec![Cell::Text("西城".into()), Cell::Number(0.0, 0), Cell::None],
            ],
            fixed: 1,
            notes: vec!["率由分子分母重算。".into()],
        };
        let rows = store::sheet::read(&written(&table).expect("a book")).expect("rows");
        assert_eq!(rows[1], ["地方", "人数", "率"]);
        assert_eq!(rows[2], ["东城", "1204", "0.333"], "numbers are numbers");
        assert_eq!(rows[3][2], "—");
    }
}
