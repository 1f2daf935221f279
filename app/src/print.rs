//! Sheets that leave the site: drawn once as SVG, given as PNG (an ordinary image) and as PDF (text stays text).

use std::path::Path;
use std::sync::{Arc, OnceLock};

use resvg::usvg::{self, fontdb};
use resvg::{tiny_skia, usvg::Tree};

use crate::ui::escape;

/// Width of a sheet in its own units; the height follows the content.
const WIDTH: f32 = 720.0;
/// Space left and right.
const MARGIN: f32 = 56.0;
/// Pixels of the PNG a unit: 1,080 pixels across, as wide as phones show.
const SCALE: f32 = 1.5;
/// Sheets drawn at once; drawing takes some tens of milliseconds of one core.
const AT_ONCE: usize = 2;

/// The fonts of the system, found once when first needed. Without a Chinese font nothing is drawn, and pages say so by
/// not offering it.
#[derive(Clone)]
pub struct Fonts(Arc<Inner>);

struct Inner {
    folder: std::path::PathBuf,
    known: OnceLock<Option<Arc<fontdb::Database>>>,
    turns: tokio::sync::Semaphore,
}

impl Fonts {
    /// Fonts below a folder; it is read when the first sheet is asked for.
    pub fn below(folder: &Path) -> Self {
        Self(Arc::new(Inner { folder: folder.into(), known: OnceLock::new(), turns: tokio::sync::Semaphore::new(AT_ONCE) }))
    }

    fn database(&self) -> Option<Arc<fontdb::Database>> {
        let find = || {
            let mut fonts = fontdb::Database::new();
            fonts.load_fonts_dir(&self.0.folder);
            let chinese = ["Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei"];
            let family = chinese.into_iter().find(|name| fonts.faces().any(|f| f.families.iter().any(|(n, _)| n == name)))?;
            fonts.set_sans_serif_family(family);
            Some(Arc::new(fonts))
        };
        self.0.known.get_or_init(find).clone()
    }

    /// Whether sheets can be drawn here. The first question reads the font folder.
    pub async fn are_there(&self) -> bool {
        let fonts = self.clone();
        tokio::task::spawn_blocking(move || fonts.database().is_some()).await.unwrap_or(false)
    }

    /// The sheet as PNG; `None` without fonts.
    pub async fn png(&self, sheet: Sheet) -> Option<Vec<u8>> {
        self.draw(sheet, |tree| {
            let size = tree.size();
            let mut pixels = tiny_skia::Pixmap::new((size.width() * SCALE) as u32, (size.height() * SCALE) as u32)?;
            resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
            pixels.encode_png().ok()
        })
        .await
    }

    /// The sheet as PDF; `None` without fonts.
    pub async fn pdf(&self, sheet: Sheet, title: String) -> Option<Vec<u8>> {
        use krilla::geom::Size;
        use krilla_svg::{SurfaceExt, SvgSettings};
        self.draw(sheet, move |tree| {
            // A4 is 595 points wide.
            let scale = 595.0 / WIDTH;
            let (width, height) = (595.0, (tree.size().height() * scale).max(842.0));
            let mut document = krilla::Document::new();
            document.set_metadata(krilla::metadata::Metadata::new().title(title).language("zh-CN".into()));
            let mut page = document.start_page_with(krilla::page::PageSettings::from_wh(width, height)?);
            let mut surface = page.surface();
            surface.draw_svg(&tree, Size::from_wh(width, tree.size().height() * scale)?, SvgSettings::default())?;
            surface.finish();
            page.finish();
            document.finish().ok()
        })
        .await
    }

    async fn draw(&self, sheet: Sheet, work: impl FnOnce(Tree) -> Option<Vec<u8>> + Send + 'static) -> Option<Vec<u8>> {
        let _turn = self.0.turns.acquire().await.ok()?;
        let kept = self.clone();
        let drawing = move || {
            let fonts = kept.database()?;
            let options = usvg::Options { fontdb: fonts, font_family: "sans-serif".into(), ..Default::default() };
            work(Tree::from_str(&sheet.svg(), &options).ok()?)
        };
        tokio::task::spawn_blocking(drawing).await.ok()?
    }
}

/// A sheet being put together from the top downwards.
pub struct Sheet {
    body: String,
    y: f32,
}

/// Cuts a text into lines of at most `width` columns (a Chinese character takes two, a Latin one takes one).
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        let columns = if c.is_ascii() { 1 } else { 2 };
        // A closing mark may hang over the edge, but never begins a line.
        if used + columns > width && !matches!(c, '。' | '，' | '；' | '、' | '）' | '”') {
            out.push(String::new());
            used = 0;
        }
        used += columns;
        if let Some(line) = out.last_mut() {
            line.push(c);
        }
    }
    out
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

    fn svg(&self) -> String {
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
    use super::*;

    #[test]
    fn a_long_name_goes_on_in_the_next_line_and_no_line_begins_with_a_full_stop() {
        assert_eq!(lines("社区组织", 4), ["社区", "组织"]);
        assert_eq!(lines("社区。组织", 4), ["社区。", "组织"]);
        assert_eq!(lines("ab社区", 4), ["ab社", "区"]);
    }

    #[tokio::test]
    async fn a_name_with_marks_cannot_break_the_drawing() {
        let mut sheet = Sheet::new();
        sheet.pairs(&[("姓名", "<b>&\"𠮷")]);
        assert!(sheet.svg().contains("&lt;b&gt;&amp;&quot;𠮷"));
        assert!(Fonts::below(Path::new("/nowhere")).png(sheet).await.is_none(), "without fonts there is no image");
    }
}
