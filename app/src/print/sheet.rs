//! One sheet put together from the top downwards: the 学时证明.

use super::lines;
use crate::ui::escape;

/// Width of a sheet in its own units; the height follows the content.
pub(super) const WIDTH: f32 = 720.0;
/// Space left and right.
const MARGIN: f32 = 56.0;

/// A sheet being put together from the top downwards.
pub struct Sheet {
    body: String,
    y: f32,
}

impl Sheet {
    /// An empty sheet.
    pub fn new() -> Self {
        Self { body: String::new(), y: 64.0 }
    }

    fn text(&mut self, x: f32, size: f32, colour: &str, extra: &str, text: &str) {
        self.body += &format!("<text x=\"{x}\" y=\"{}\" font-size=\"{size}\" fill=\"{colour}\" {extra}>{}</text>", self.y, escape(text));
    }

    fn rule(&mut self, colour: &str, height: f32) {
        let y = self.y;
        self.body += &format!("<rect x=\"{MARGIN}\" y=\"{y}\" width=\"{}\" height=\"{height}\" fill=\"{colour}\"/>", WIDTH - 2.0 * MARGIN);
    }

    /// Who speaks, in small type.
    pub fn kicker(&mut self, text: &str) {
        self.text(MARGIN, 16.0, "#9a2c13", "letter-spacing=\"1\"", text);
        self.y += 50.0;
    }

    /// The title.
    pub fn title(&mut self, text: &str) {
        self.text(MARGIN, 34.0, "#211c17", "font-weight=\"700\"", text);
        self.y += 26.0;
        self.rule("#b0371b", 3.0);
        self.y += 45.0;
    }

    /// Something that must not be missed.
    pub fn warning(&mut self, text: &str) {
        for line in lines(text, 56) {
            self.text(MARGIN, 20.0, "#9a2c13", "font-weight=\"700\"", &line);
            self.y += 30.0;
        }
        self.y += 10.0;
    }

    /// Names with their values.
    pub fn pairs(&mut self, pairs: &[(&str, &str)]) {
        for (name, value) in pairs {
            self.text(MARGIN, 18.0, "#645b4f", "", name);
            for line in lines(value, 46) {
                self.text(MARGIN + 84.0, 22.0, "#211c17", "", &line);
                self.y += 34.0;
            }
        }
        self.y += 16.0;
    }

    /// A table whose last two columns are numbers; the first row is the sum.
    pub fn table(&mut self, head: [&str; 4], rows: Vec<[String; 4]>) {
        const X: [f32; 4] = [MARGIN, MARGIN + 210.0, MARGIN + 470.0, WIDTH - MARGIN];
        let number = "text-anchor=\"end\"";
        for (i, cell) in head.iter().enumerate() {
            self.text(X[i], 16.0, "#645b4f", if i > 1 { number } else { "" }, cell);
        }
        self.y += 14.0;
        self.rule("#211c17", 1.0);
        self.y += 30.0;
        for (n, row) in rows.iter().enumerate() {
            let weight = if n == 0 { " font-weight=\"700\"" } else { "" };
            for (i, cell) in row.iter().enumerate() {
                self.text(X[i], 20.0, "#211c17", &format!("{}{weight}", if i > 1 { number } else { "" }), cell);
            }
            self.y += 16.0;
            self.rule("#d8cfbf", 1.0);
            self.y += 30.0;
        }
        self.y += 8.0;
    }

    /// Small print.
    pub fn small(&mut self, text: &str) {
        for line in lines(text, 74) {
            self.text(MARGIN, 16.0, "#645b4f", "", &line);
            self.y += 25.0;
        }
    }

    pub(super) fn svg(&self) -> String {
        let height = self.y + 40.0;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" font-family=\"sans-serif\" xml:lang=\"zh-CN\"><rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fffdf8\"/><rect width=\"{WIDTH}\" height=\"10\" fill=\"#b0371b\"/>{}</svg>",
            self.body
        )
    }
}

impl Default for Sheet {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Fonts;
    use super::*;

    #[tokio::test]
    async fn a_name_with_marks_cannot_break_the_drawing() {
        let mut sheet = Sheet::new();
        sheet.pairs(&[("姓名", "<b>&\"𠮷")]);
        assert!(sheet.svg().contains("&lt;b&gt;&amp;&quot;𠮷"));
        assert!(Fonts::below(Path::new("/nowhere")).png(sheet).await.is_none(), "without fonts there is no image");
    }
}
