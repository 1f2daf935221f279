//! Tables that people bring: xlsx, or CSV in whatever encoding and with whatever separator their program wrote. Bounded
//! before it is read; what is read is text.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use encoding_rs::GB18030;

/// Largest file, in bytes.
pub const LARGEST: usize = 16 << 20;
/// Largest content of a packed file, in bytes: beyond it is no table of ours.
const UNPACKED: u64 = 256 << 20;
/// Most files in a packed file.
const MOST_PARTS: usize = 2_000;
/// Most rows.
pub const MOST_ROWS: usize = 200_000;
/// Most columns that are looked at.
const MOST_COLUMNS: usize = 80;
/// Longest cell, in characters; the rest is cut.
const LONGEST_CELL: usize = 2_000;

/// The day number that spreadsheets give to 1970-01-01.
const SERIAL_OF_1970: i64 = 25_569;

/// Why a file is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Larger than is read.
    TooLarge,
    /// More rows than are read.
    TooManyRows,
    /// Not a table that is known.
    NotATable,
    /// No row in it.
    Empty,
}

/// The rows of a file, each cell trimmed; rows without anything stay, so that line numbers are those of the file.
pub fn read(bytes: &[u8]) -> Result<Vec<Vec<String>>, Unreadable> {
    if bytes.len() > LARGEST {
        return Err(Unreadable::TooLarge);
    }
    let mut rows = if bytes.starts_with(b"PK") { workbook(bytes)? } else { text(bytes)? };
    while rows.last().is_some_and(|row| row.iter().all(String::is_empty)) {
        rows.pop();
    }
    if rows.len() > MOST_ROWS {
        return Err(Unreadable::TooManyRows);
    }
    if rows.is_empty() { Err(Unreadable::Empty) } else { Ok(rows) }
}

fn cell(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').chars().filter(|c| *c != '\0').take(LONGEST_CELL).collect()
}

/// Whether a packed file stays within what is read, found by unpacking it into nothing: what it says of itself may be false.
fn is_bounded(bytes: &[u8]) -> bool {
    let Ok(mut packed) = zip::ZipArchive::new(Cursor::new(bytes)) else { return false };
    let mut left = UNPACKED;
    packed.len() <= MOST_PARTS
        && (0..packed.len()).all(|at| {
            let Ok(part) = packed.by_index(at) else { return false };
            let Ok(size) = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()) else { return false };
            left = left.saturating_sub(size);
            left > 0
        })
}

/// The first sheet that holds anything.
fn workbook(bytes: &[u8]) -> Result<Vec<Vec<String>>, Unreadable> {
    if !is_bounded(bytes) {
        return Err(Unreadable::TooLarge);
    }
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|_| Unreadable::NotATable)?;
    for name in book.sheet_names() {
        // Cell by cell: two cells far apart must not make a table of everything between them.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
        let mut rows: Vec<Vec<String>> = Vec::new();
        let value = |data: &Data| match data {
            Data::String(text) => cell(text),
            // Numbers as they were typed: 12 and not 12.0; long ones (a telephone, a code) whole.
            Data::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
            Data::DateTime(at) => domain::time::iso_date(at.as_f64() as i64 - SERIAL_OF_1970),
            Data::Error(_) | Data::Empty => String::new(),
            other => cell(&other.to_string()),
        };
        while let Some(found) = cells.next_cell().map_err(|_| Unreadable::NotATable)? {
            let (row, column) = found.get_position();
            let (row, column) = (row as usize, column as usize);
            let text = value(&Data::from(found.get_value().clone()));
            if column >= MOST_COLUMNS || text.is_empty() {
                continue;
            }
            if row >= MOST_ROWS {
                return Err(Unreadable::TooManyRows);
            }
            if rows.len() <= row {
                rows.resize_with(row + 1, Vec::new);
            }
            if rows[row].len() <= column {
                rows[row].resize_with(column + 1, String::new);
            }
            rows[row][column] = text;
        }
        if !rows.is_empty() {
            return Ok(rows);
        }
    }
    Err(Unreadable::Empty)
}

fn text(bytes: &[u8]) -> Result<Vec<Vec<String>>, Unreadable> {
    // A file of another kind: pictures, old workbooks and programs hold bytes that no text holds.
    if bytes.contains(&0) && !bytes.starts_with(&[0xff, 0xfe]) && !bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Unreadable::NotATable);
    }
    let (text, ..) = match std::str::from_utf8(bytes) {
        Ok(text) => (std::borrow::Cow::Borrowed(text), 0, false),
        Err(_) => {
            let (text, _, wrong) = GB18030.decode(bytes);
            if wrong {
                return Err(Unreadable::NotATable);
            }
            (text, 0, false)
        }
    };
    let text = format!("{}\n", text.trim_start_matches('\u{feff}'));
    let head: String = text.lines().take(5).collect();
    let separator = [b'\t', b',', b';', b'|'].into_iter().max_by_key(|sign| head.bytes().filter(|b| b == sign).count()).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|_| Unreadable::NotATable)? {
        // The reader leaves empty lines out; line numbers stay those of the file: where it stands now, less what it read.
        let within: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let line = (reader.position().line() as usize).saturating_sub(within + 1);
        if line > MOST_ROWS * 2 || rows.len() > MOST_ROWS {
            return Err(Unreadable::TooManyRows);
        }
        while rows.len() + 1 < line {
            rows.push(Vec::new());
        }
        rows.push(record.iter().take(MOST_COLUMNS).map(cell).collect());
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
        use std::io::Write;
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a part");
            out.write_all(bytes).expect("bytes");
        }
        out.finish().expect("packed").into_inner()
    }

    #[test]
    fn text_is_read_in_any_encoding_and_with_any_separator() {
        let plain = vec![vec!["备案号".to_owned(), "名称".into()], vec!["A1".into(), "晨光 合唱队".into()]];
        let utf8 = "备案号,名称\nA1,晨光 合唱队\n";
        let bom = format!("\u{feff}{utf8}\n\n");
        let (gb, ..) = GB18030.encode(utf8);
        for (name, bytes) in [("utf8", utf8.as_bytes()), ("bom", bom.as_bytes()), ("gb", &gb), ("tabs", utf8.replace(',', "\t").as_bytes())]
        {
            assert_eq!(read(bytes).as_ref(), Ok(&plain), "{name}");
        }
        let gap = read("备案号,名称\n\n\"A,1\",\"第一行\n第二行\"\n".as_bytes()).expect("rows");
        assert_eq!((gap.len(), gap[2][0].as_str(), gap[2][1].as_str()), (3, "A,1", "第一行\n第二行"));
        let (rare, ..) = GB18030.encode("名称,人\n队,𠮷䶮\n");
        assert_eq!(read(&rare).expect("rows")[1][1], "𠮷䶮");
    }

    #[test]
    fn a_workbook_is_read_as_it_was_typed() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.merge_range(0, 0, 0, 3, "台账", &rust_xlsxwriter::Format::new()).expect("merged");
        for (at, word) in ["备案号", "名称", "日期", "电话"].into_iter().enumerate() {
            sheet.write(1, at as u16, word).expect("a word");
        }
        sheet.write(2, 0, 110_101_000_123_i64).expect("a number");
        sheet.write(2, 1, " 队 ").expect("a word");
        let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_with_format(2, 2, rust_xlsxwriter::ExcelDateTime::from_ymd(2021, 6, 3).expect("a day"), &day).expect("a day");
        sheet.write_formula(2, 3, rust_xlsxwriter::Formula::new("=1+1").set_result("2")).expect("a formula");
        let rows = read(&book.save_to_buffer().expect("a book")).expect("rows");
        assert_eq!(rows[2], ["110101000123", "队", "2021-06-03", "2"]);
        assert_eq!(rows[0][0], "台账");
    }

    #[test]
    fn what_is_no_table_is_refused_before_it_is_unpacked() {
        assert_eq!(read(b""), Err(Unreadable::Empty));
        assert_eq!(read(b"\n\n,,\n"), Err(Unreadable::Empty));
        assert_eq!(read(&[0x89, b'P', b'N', b'G', 0, 1, 2]), Err(Unreadable::NotATable));
        assert_eq!(read(&[0xff, 0xff, 0xff, 0x81]), Err(Unreadable::NotATable));
        assert_eq!(read(&vec![b'a'; LARGEST + 1]), Err(Unreadable::TooLarge));
        assert_eq!(read(b"PK\x03\x04 not really"), Err(Unreadable::TooLarge));
        assert_eq!(read(&packed(&[("x.txt", b"hello")])), Err(Unreadable::NotATable));
        // A bomb: three hundred megabytes of nothing in a few hundred kilobytes.
        let zeros = vec![0u8; 300 << 20];
        let bomb = packed(&[("xl/worksheets/sheet1.xml", &zeros)]);
        assert!(bomb.len() < 2 << 20);
        assert_eq!(read(&bomb), Err(Unreadable::TooLarge));
        // Two cells at the corners of a sheet are two cells.
        let mut far = rust_xlsxwriter::Workbook::new();
        let sheet = far.add_worksheet();
        sheet.write(0, 0, "a").expect("a cell");
        sheet.write(1_048_575, 16_383, "b").expect("a cell");
        assert_eq!(read(&far.save_to_buffer().expect("a book")), Ok(vec![vec!["a".to_owned()]]));
        let mut deep = rust_xlsxwriter::Workbook::new();
        deep.add_worksheet().write(1_000_000, 0, "a").expect("a cell");
        assert_eq!(read(&deep.save_to_buffer().expect("a book")), Err(Unreadable::TooManyRows));
        let many: String = (0..=MOST_ROWS).map(|i| format!("{i},x\n")).collect();
        assert_eq!(read(many.as_bytes()), Err(Unreadable::TooManyRows));
    }
}
