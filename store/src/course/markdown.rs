//! Files as people write them: a YAML head and a Markdown body, made into clean HTML; diagrams are put inline.

use std::path::Path;

use comrak::{Options, markdown_to_html};
use domain::document::Block;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

pub(crate) fn wrong(file: &Path, line: usize, what: impl std::fmt::Display) -> Error {
    Error::Content(format!("{}:{line}: {what}", file.display()))
}

pub(crate) fn text_of(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| Error::File { path: path.display().to_string(), source })
}

/// Splits a file into its YAML head and its body (with the line on which the body begins).
pub(crate) fn split<T: DeserializeOwned>(text: &str, path: &Path) -> Result<(T, String, usize)> {
    let rest =
        text.trim_start_matches('\u{feff}').strip_prefix("---").ok_or_else(|| wrong(path, 1, "文件应当以 --- 开头的 YAML 抬头起"))?;
    let end = rest.find("\n---").ok_or_else(|| wrong(path, 1, "YAML 抬头没有以 --- 结束"))?;
    let head = &rest[..end];
    let body = rest[end + 4..].trim_start_matches(['-', '\r']).to_owned();
    let parsed =
        serde_yaml_ng::from_str(head).map_err(|e| wrong(path, e.location().map_or(1, |l| l.line()), format!("抬头读不懂：{e}")))?;
    Ok((parsed, body, head.lines().count() + 2))
}

/// Markdown as sanitised HTML, with an anchor on every heading.
pub(crate) fn html_of(markdown: &str) -> String {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    let html = markdown_to_html(markdown, &options);
    let clean = ammonia::Builder::default().url_schemes(["https"].into()).link_rel(Some("noopener noreferrer")).clean(&html).to_string();
    let mut out = String::with_capacity(clean.len() + 256);
    let mut rest = clean.as_str();
    let mut n = 0;
    while let Some(found) = ["<h2>", "<h3>"].iter().filter_map(|tag| rest.find(tag)).min() {
        n += 1;
        out.push_str(&rest[..found]);
        out.push_str(&format!("{} id=\"s{n}\">", &rest[found..found + 3]));
        rest = &rest[found + 4..];
    }
    out.push_str(rest);
    // A head without words is no head.
    let out = out.replace("<th></th>", "<td></td>");
    // Tables scroll inside a box of their own, so that the page never does; each has a name of its own.
    let mut parts = out.split("<table>");
    let mut boxed = parts.next().unwrap_or_default().to_owned();
    for (i, part) in parts.enumerate() {
        boxed.push_str(&format!("<div class=\"tbl-box\" tabindex=\"0\" role=\"region\" aria-label=\"表格 {}\"><table>", i + 1));
        boxed.push_str(&part.replace("</table>", "</table></div>"));
    }
    boxed
}

/// Markdown as blocks. What a document has no block for (pictures, code) is left out.
pub(crate) fn blocks(markdown: &str) -> Vec<Block> {
    use comrak::nodes::{AstNode, ListType, NodeValue};
    fn text<'a>(node: &'a AstNode<'a>, out: &mut String) {
        match &node.data.borrow().value {
            NodeValue::Text(words) => out.push_str(words),
            NodeValue::Code(code) => out.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => out.push('\n'),
            _ => node.children().for_each(|child| text(child, out)),
        }
    }
    fn of<'a>(node: &'a AstNode<'a>) -> String {
        let mut out = String::new();
        text(node, &mut out);
        out
    }
    let arena = comrak::Arena::new();
    let mut options = Options::default();
    options.extension.table = true;
    let root = comrak::parse_document(&arena, markdown, &options);
    root.children()
        .filter_map(|node| {
            Some(match &node.data.borrow().value {
                NodeValue::Heading(heading) => Block::Heading { level: heading.level, text: of(node) },
                NodeValue::Paragraph => Block::Paragraph(of(node)),
                NodeValue::BlockQuote => Block::Hint(node.children().map(of).collect::<Vec<_>>().join("\n")),
                NodeValue::List(list) => {
                    Block::List { ordered: list.list_type == ListType::Ordered, items: node.children().map(of).collect() }
                }
                NodeValue::Table(_) => Block::Table(node.children().map(|row| row.children().map(of).collect()).collect()),
                _ => return None,
            })
        })
        .collect()
}

/// The text of HTML, tags left out, entities as one character.
pub(crate) fn plain_text(html: &str) -> String {
    // The words of a diagram are said by its text alternative.
    let mut words = String::with_capacity(html.len());
    let mut parts = html.split("<svg");
    words.push_str(parts.next().unwrap_or_default());
    parts.for_each(|part| words.push_str(part.split_once("</svg>").map_or("", |(_, rest)| rest)));
    let mut out = String::with_capacity(words.len());
    let mut tag = false;
    for c in words.chars() {
        match c {
            '<' => tag = true,
            '>' if tag => tag = false,
            c if !tag => out.push(c),
            _ => {}
        }
    }
    out.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", " ")
}

fn is_diagram(target: &str) -> bool {
    target.strip_prefix("media/").is_some_and(|name| name.ends_with(".svg") && !name.contains(['/', '\\', '"']))
}

/// Elements a diagram may be made of.
const ELEMENTS: [&str; 15] =
    ["svg", "title", "desc", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "defs", "marker"];
/// Attributes a diagram may carry: shape and place; colour comes from classes, so that it follows the page's look.
const ATTRIBUTES: [&str; 46] = [
    "viewBox",
    "role",
    "aria-labelledby",
    "id",
    "class",
    "d",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "width",
    "height",
    "points",
    "dx",
    "dy",
    "transform",
    "text-anchor",
    "dominant-baseline",
    "font-size",
    "font-weight",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "marker-end",
    "marker-start",
    "markerWidth",
    "markerHeight",
    "refX",
    "refY",
    "orient",
    "markerUnits",
    "fill-rule",
    "opacity",
    "letter-spacing",
    "pathLength",
    "rotate",
    "fill",
    "stroke",
];

/// A diagram that may stand inside a page: only known elements and attributes, a title and a description, no address of
/// anything outside itself.
pub(crate) fn diagram(text: &str, path: &Path) -> Result<String> {
    let document = roxmltree::Document::parse(text).map_err(|e| wrong(path, e.pos().row as usize, format!("SVG 读不懂：{e}")))?;
    let line = |node: roxmltree::Node| document.text_pos_at(node.range().start).row as usize;
    for node in document.descendants().filter(|n| n.is_element()) {
        let name = node.tag_name().name();
        if !ELEMENTS.contains(&name) {
            return Err(wrong(path, line(node), format!("图里不能有 <{name}>")));
        }
        for attribute in node.attributes() {
            let value = attribute.value();
            let outside = value.contains("url(") && !value.trim_start().starts_with("url(#");
            let colour = matches!(attribute.name(), "fill" | "stroke") && !matches!(value, "none" | "currentColor");
            if attribute.namespace().is_some() || !ATTRIBUTES.contains(&attribute.name()) || outside || colour {
                return Err(wrong(path, line(node), format!("图里不能写 {}=\"{value}\"", attribute.name())));
            }
        }
    }
    let root = document.root_element();
    let said = |name| root.children().any(|n| n.has_tag_name(("http://www.w3.org/2000/svg", name)) && n.text().is_some());
    if !root.has_tag_name(("http://www.w3.org/2000/svg", "svg")) || !said("title") || !said("desc") {
        return Err(wrong(path, 1, "图要以 <svg xmlns=…> 开头，并且有 <title> 和 <desc>"));
    }
    Ok(text[root.range()].to_owned())
}

/// Puts the diagrams that stand in a paragraph of their own into the page, each with its text alternative below. `read`
/// gives the SVG of an address.
pub(crate) fn with_diagrams(html: &str, mut read: impl FnMut(&str) -> Result<String>) -> Result<String> {
    let mut parts = html.split("<p><img src=\"");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let found = part.split_once("\" alt=\"").and_then(|(target, rest)| Some((target, rest.split_once("\"></p>")?)));
        let Some((target, (alt, rest))) = found.filter(|(target, _)| is_diagram(target)) else {
            out.push_str("<p><img src=\"");
            out.push_str(part);
            continue;
        };
        let svg = read(target)?;
        out.push_str(&format!("<figure class=\"diagram\">{svg}<details><summary>图里说的</summary><p>{alt}</p></details></figure>"));
        out.push_str(rest);
    }
    Ok(out)
}

/// Checks the links of a Markdown body: own course pages, files beside it, or https.
pub(crate) fn check_links(body: &str, first_line: usize, path: &Path, slugs: &[String]) -> Result<()> {
    for (i, line) in body.lines().enumerate() {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()) {
            let fits = target.starts_with("https://")
                || target.starts_with('#')
                || is_diagram(target)
                || target
                    .strip_prefix("/courses/")
                    .is_some_and(|slug| slugs.iter().any(|s| s == slug.split(['#', '?']).next().unwrap_or_default()));
            if !fits {
                return Err(wrong(path, first_line + i, format!("链接“{target}”不通：只能是 https、本站的课程页或 media/ 里的 SVG 图")));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_clean_and_has_anchors() {
        let html = html_of("## 一\n\n<script>x</script>\n\n[去](javascript:x) [来](https://a.cn)\n\n### 二\n\n| a |\n|---|\n| b |\n");
        assert!(html.contains("<h2 id=\"s1\">一</h2>") && html.contains("<h3 id=\"s2\">二</h3>"), "{html}");
        assert!(!html.contains("script") && html.contains("https://a.cn"), "{html}");
        assert!(html.contains("<div class=\"tbl-box\""));
    }

    #[test]
    fn markdown_becomes_blocks() {
        let found = blocks("引子\n第二行\n\n## 一\n\n- 甲\n- **乙**\n\n> 说明\n\n| a | b |\n|---|---|\n| 1 |  |\n");
        let rows = |rows: &[&[&str]]| rows.iter().map(|r| r.iter().map(|c| (*c).to_owned()).collect()).collect();
        assert_eq!(
            found,
            [
                Block::Paragraph("引子\n第二行".into()),
                Block::Heading { level: 2, text: "一".into() },
                Block::List { ordered: false, items: vec!["甲".into(), "乙".into()] },
                Block::Hint("说明".into()),
                Block::Table(rows(&[&["a", "b"], &["1", ""]])),
            ]
        );
    }

    #[test]
    fn a_diagram_stands_inside_the_page_with_its_words() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 360 9\"><title>三步</title><desc>先后三步</desc><path d=\"M0 0\"/></svg>";
        let html = html_of("前。\n\n![先做甲，再做乙](media/a.svg)\n\n后。\n");
        let page = with_diagrams(&html, |target| {
            assert_eq!(target, "media/a.svg");
            diagram(svg, Path::new("a.svg"))
        });
        let page = page.expect("a good diagram");
        assert!(page.contains("<figure class=\"diagram\"><svg") && page.contains("<p>先做甲，再做乙</p>"), "{page}");
        assert!(!plain_text(&page).contains("先后三步") && plain_text(&page).contains("后。"));
    }

    #[test]
    fn a_diagram_with_anything_else_in_it_is_refused() {
        let with = |inner: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">\n<title>a</title><desc>b</desc>{inner}</svg>");
        let bad = [
            "<script>1</script>",
            "<g onload=\"x()\"/>",
            "<g style=\"fill:red\"/>",
            "<path fill=\"url(https://a.cn)\"/>",
            "<path fill=\"#fff\"/>",
            "<a xmlns:x=\"http://www.w3.org/1999/xlink\" x:href=\"/x\"/>",
            "<foreignObject/>",
            "<g>",
        ];
        for inner in bad {
            let error = diagram(&with(inner), Path::new("a.svg")).expect_err(inner).to_string();
            assert!(error.starts_with("a.svg:2:"), "{error}");
        }
        assert!(diagram("<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0\"/></svg>", Path::new("a")).is_err());
        assert!(diagram(&with("<path d=\"M0 0\" class=\"d-line\"/>"), Path::new("a.svg")).is_ok());
    }

    #[test]
    fn a_broken_link_is_named_with_its_line() {
        let error = check_links("好\n[坏](../x)\n", 10, Path::new("a.md"), &[]).expect_err("broken").to_string();
        assert!(error.starts_with("a.md:11:") && error.contains("../x"), "{error}");
        assert!(check_links("[好](/courses/abc)", 1, Path::new("a.md"), &["abc".into()]).is_ok());
    }
}
