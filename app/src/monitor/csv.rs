//! Lists to take away: UTF-8 with a byte order mark, no cell that a spreadsheet would run, and who took them.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use domain::time::iso_minute;

use crate::portal::{Ctx, query_value};

/// A list being written.
pub(super) struct Csv(String);

impl Csv {
    /// A list with its head; data that is not real says so in the first line.
    pub fn new(ctx: &Ctx, head: &[&str]) -> Self {
        let mut csv = Self("\u{feff}".into());
        match &*ctx.portal.origin {
            "real" => {}
            "demo" => csv.row(["演示数据，不是真实记录"]),
            _ => csv.row(["合成数据，不是真实记录"]),
        }
        csv.row(head.iter().copied());
        csv
    }

    /// Adds a row.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells: Vec<String> = cells.into_iter().map(|c| cell(c.as_ref())).collect();
        self.0.push_str(&cells.join(","));
        self.0.push_str("\r\n");
    }

    /// The file, with a last line that says who took it, when, and by which filter.
    pub fn answer(mut self, ctx: &Ctx, name: &str, filter: &str) -> Response {
        let who = ctx.session.visitor.as_ref().map(|v| v.name.clone()).unwrap_or_default();
        self.row([format!("{who} 于 {} 导出；条件 {filter}；只用于培训管理，用完请删除。", iso_minute(ctx.store().now()))]);
        let mut response = self.0.into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        let disposition = format!("attachment; filename=\"yucai.csv\"; filename*=UTF-8''{}", query_value(name));
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            response.headers_mut().insert(CONTENT_DISPOSITION, value);
        }
        response
    }
}

/// A CSV cell: quoted, and never read as a formula by a spreadsheet.
fn cell(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    format!("\"{}\"", safe.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_never_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("说\"好\""), "\"说\"\"好\"\"\"");
    }
}
