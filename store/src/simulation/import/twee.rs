//! Twee 3, the text form of Twine stories: passages and their links. Macros, scripts and styles are listed and left.

use super::{Drawn, Imported, LARGEST, Left, Scene, What, choice, cut, finish};

/// A link: what it says and where it goes. `[[text->to]]`, `[[to<-text]]`, `[[text|to]]`, `[[to]]`.
fn link(inside: &str) -> (String, String) {
    let pair = |(text, to): (&str, &str)| (text.trim().to_owned(), to.trim().to_owned());
    inside
        .rsplit_once("->")
        .map(pair)
        .or_else(|| inside.split_once("<-").map(|(to, text)| pair((text, to))))
        .or_else(|| inside.split_once('|').map(pair))
        .unwrap_or_else(|| pair((inside, inside)))
}

/// The name of a passage: its heading without tags and metadata; `\[` and the like stand for themselves.
fn name_of(heading: &str) -> (String, Vec<String>) {
    let mut name = String::new();
    let mut chars = heading.chars();
    let mut rest = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\\' => name.extend(chars.next()),
            '[' | '{' => {
                rest = std::iter::once(c).chain(chars.by_ref()).collect();
            }
            c => name.push(c),
        }
    }
    let tags = rest.strip_prefix('[').and_then(|t| t.split_once(']')).map(|(tags, _)| tags.split_whitespace().map(str::to_owned).collect());
    (name.trim().to_owned(), tags.unwrap_or_default())
}

/// Reads a Twee 3 text.
pub fn twee(text: &str) -> Imported {
    if text.len() > LARGEST {
        return Imported { left: vec![Left { place: String::new(), what: What::TooMuch }], ..Imported::default() };
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let (mut title, mut start, mut left, mut scenes) = (String::new(), String::from("Start"), Vec::new(), Vec::new());
    let mut passages: Vec<(String, Vec<String>, String)> = Vec::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("::") {
            let (name, tags) = name_of(heading);
            passages.push((name, tags, String::new()));
        } else if let Some((_, _, body)) = passages.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    if passages.is_empty() {
        return Imported { left: vec![Left { place: String::new(), what: What::Unreadable }], ..Imported::default() };
    }
    for (name, tags, body) in passages {
        match name.as_str() {
            "StoryTitle" => title = cut(&body),
            "StoryData" => {
                let data: Option<serde_json::Value> = serde_json::from_str(&body).ok();
                if let Some(begin) = data.as_ref().and_then(|d| d["start"].as_str()) {
                    start = begin.to_owned();
                }
            }
            _ if tags.iter().any(|t| t == "script" || t == "stylesheet") => {
                left.push(Left { place: name, what: What::Script(body.trim().chars().take(30).collect()) });
            }
            _ => scenes.push(scene(name, &body, &mut left)),
        }
    }
    if let Some(at) = scenes.iter().position(|s| s.name == start) {
        scenes[..=at].rotate_right(1);
    }
    finish(scenes, left, title)
}

fn scene(name: String, body: &str, left: &mut Vec<Left>) -> Scene {
    let mut choices = Vec::new();
    let mut brief = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("[[") {
        brief.push_str(before);
        let Some((inside, after)) = after.split_once("]]") else {
            brief.push_str("[[");
            rest = after;
            continue;
        };
        let (text, to) = link(inside);
        choices.push(Drawn { choice: choice(&text), to: Some(to) });
        rest = after;
    }
    brief.push_str(rest);
    // Macros of the usual story formats: <<…>>, (name: …), and pictures.
    for (open, close) in [("<<", ">>"), ("<script", "</script>"), ("<img", ">")] {
        while let Some(from) = brief.find(open) {
            let to = brief[from..].find(close).map_or(brief.len(), |at| from + at + close.len());
            let gone: String = brief.drain(from..to).collect();
            let what: String = gone.chars().take(30).collect();
            left.push(Left { place: name.clone(), what: if open == "<img" { What::Part(what) } else { What::Script(what) } });
        }
    }
    let lines: Vec<&str> = brief.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    for line in lines
        .iter()
        .filter(|l| l.starts_with('(') && l.contains(':') && l.is_char_boundary(1) && l[1..].starts_with(|c: char| c.is_ascii_alphabetic()))
    {
        left.push(Left { place: name.clone(), what: What::Script(line.chars().take(30).collect()) });
    }
    Scene { name, brief: lines.join("\n"), choices }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_and_links_become_situations_and_choices() {
        let text = ":: StoryTitle\n楼道里的事\n\n:: StoryData\n{\"start\":\"门口\"}\n\n:: 屋里\n坐下说。\n<<set $x to 1>>\n[[走->没有的地方]]\n\n:: 门口 [tag] {\"position\":\"1,2\"}\n有人来问。\n[[听他说->屋里]]\n[[屋里<-请进]]\n[[屋里]]\n\n:: 样子 [stylesheet]\nbody{}\n";
        let found = twee(text);
        assert_eq!((found.title.as_str(), found.nodes.len(), found.nodes[0].title.as_str()), ("楼道里的事", 2, "门口"), "{found:?}");
        let says: Vec<_> = found.nodes[0].choices.iter().map(|c| (c.text.as_str(), c.next.as_deref())).collect();
        assert_eq!(says, [("听他说", Some("d2")), ("请进", Some("d2")), ("屋里", Some("d2"))]);
        assert_eq!(found.nodes[1].brief, "坐下说。");
        assert_eq!(found.left.len(), 3, "a macro, a style sheet, a way to nowhere: {:?}", found.left);
        assert_eq!(twee("什么都不是").left[0].what, What::Unreadable);
    }
}
