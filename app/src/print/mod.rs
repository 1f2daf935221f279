//! Sheets that leave the site: drawn once as SVG, given as PNG (an ordinary image) and as PDF (text stays text).

mod office;
mod pages;
mod sheet;
pub mod table;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use domain::document::Block;
use resvg::usvg::{self, fontdb};
use resvg::{tiny_skia, usvg::Tree};

pub use office::{docx, xlsx};
pub use sheet::Sheet;

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
        self.draw(move |read| {
            let tree = read(&sheet.svg())?;
            let size = tree.size();
            let mut pixels = tiny_skia::Pixmap::new((size.width() * SCALE) as u32, (size.height() * SCALE) as u32)?;
            resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
            pixels.encode_png().ok()
        })
        .await
    }

    /// The sheet as PDF; `None` without fonts.
    pub async fn pdf(&self, sheet: Sheet, title: String) -> Option<Vec<u8>> {
        self.draw(move |read| {
            let tree = read(&sheet.svg())?;
            let (width, height) = (pages::SHORT, tree.size().height() * pages::SHORT / sheet::WIDTH);
            bind(&title, [(tree, width, height, height.max(pages::LONG))])
        })
        .await
    }

    /// A document as PDF, on A4 pages; `None` without fonts.
    pub async fn document(&self, title: String, blocks: Vec<Block>) -> Option<Vec<u8>> {
        self.draw(move |read| {
            let laid = pages::Pages::of(&title, &blocks);
            let (width, height) = laid.size();
            let trees: Option<Vec<_>> = laid.svgs().iter().map(|svg| Some((read(svg)?, width, height, height))).collect();
            bind(&title, trees?)
        })
        .await
    }

    async fn draw(&self, work: impl FnOnce(&dyn Fn(&str) -> Option<Tree>) -> Option<Vec<u8>> + Send + 'static) -> Option<Vec<u8>> {
        let _turn = self.0.turns.acquire().await.ok()?;
        let kept = self.clone();
        let drawing = move || {
            let fonts = kept.database()?;
            let options = usvg::Options { fontdb: fonts, font_family: "sans-serif".into(), ..Default::default() };
            work(&|svg| Tree::from_str(svg, &options).ok())
        };
        tokio::task::spawn_blocking(drawing).await.ok()?
    }
}

/// Binds drawings into one PDF: each with its own width and height, and the height of its page, in points.
fn bind(title: &str, drawings: impl IntoIterator<Item = (Tree, f32, f32, f32)>) -> Option<Vec<u8>> {
    use krilla::geom::Size;
    use krilla_svg::{SurfaceExt, SvgSettings};
    let mut document = krilla::Document::new();
    document.set_metadata(krilla::metadata::Metadata::new().title(title.to_owned()).language("zh-CN".into()));
    for (tree, width, height, page_height) in drawings {
        let mut page = document.start_page_with(krilla::page::PageSettings::from_wh(width, page_height)?);
        let mut surface = page.surface();
        surface.draw_svg(&tree, Size::from_wh(width, height)?, SvgSettings::default())?;
        surface.finish();
        page.finish();
    }
    document.finish().ok()
}

/// Cuts a text into lines of at most `width` columns (a Chinese character takes two, a Latin one takes one).
pub(crate) fn lines(text: &str, width: usize) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_goes_on_in_the_next_line_and_no_line_begins_with_a_full_stop() {
        assert_eq!(lines("社区组织", 4), ["社区", "组织"]);
        assert_eq!(lines("社区。组织", 4), ["社区。", "组织"]);
        assert_eq!(lines("ab社区", 4), ["ab社", "区"]);
    }
}
