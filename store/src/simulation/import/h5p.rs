//! The `content.json` of an H5P branching scenario: questions become situations with choices, texts become situations with
//! one way on. Films, pictures and other parts are listed and left.

use serde_json::Value;

use super::{Drawn, Imported, LARGEST, Left, Scene, What, choice, cut, finish};

/// HTML as words: tags are left out, ends of blocks become line breaks.
fn words(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((tag, after)) = after.split_once('>') else { break };
        if ["/p", "br", "br/", "br /", "/li", "/div", "/h2", "/h3"].contains(&tag.trim()) {
            out.push('\n');
        }
        rest = after;
    }
    out.push_str(rest);
    let plain = out
        .replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#039;", "'")
        .replace("&amp;", "&");
    plain.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Reads the `content.json` of a branching scenario.
pub fn h5p(json: &str) -> Imported {
    let unread = |what| Imported { left: vec![Left { place: "content.json".into(), what }], ..Imported::default() };
    if json.len() > LARGEST {
        return unread(What::TooMuch);
    }
    // The reader itself refuses what is nested too deeply.
    let Ok(content) = serde_json::from_str::<Value>(json) else { return unread(What::Unreadable) };
    let story = &content["branchingScenario"];
    let Some(parts) = story["content"].as_array() else { return unread(What::Unreadable) };
    let (mut left, mut scenes) = (Vec::new(), Vec::new());
    let name = |at: usize, part: &Value| {
        let title = part["type"]["metadata"]["title"].as_str().map(words).filter(|t| !t.is_empty() && !t.starts_with("Untitled"));
        title.map_or_else(|| format!("第 {} 处", at + 1), |t| format!("第 {} 处 {t}", at + 1))
    };
    let names: Vec<String> = parts.iter().enumerate().map(|(at, part)| name(at, part)).collect();
    // A negative number ends the story.
    let to = |value: &Value| {
        value.as_i64().and_then(|at| usize::try_from(at).ok()).map(|at| names.get(at).cloned().unwrap_or_else(|| at.to_string()))
    };
    for (at, part) in parts.iter().enumerate() {
        let library = part["type"]["library"].as_str().unwrap_or_default();
        let params = &part["type"]["params"];
        let kind = library.split_whitespace().next().unwrap_or_default();
        let mut scene = Scene { name: names[at].clone(), brief: String::new(), choices: Vec::new() };
        match kind {
            "H5P.BranchingQuestion" => {
                let question = &params["branchingQuestion"];
                scene.brief = words(question["question"].as_str().unwrap_or_default());
                for alternative in question["alternatives"].as_array().into_iter().flatten() {
                    let mut drawn = Drawn {
                        choice: choice(&words(alternative["text"].as_str().unwrap_or_default())),
                        to: to(&alternative["nextContentId"]),
                    };
                    let feedback = &alternative["feedback"];
                    let told = [&feedback["title"], &feedback["subtitle"]].into_iter().filter_map(|t| t.as_str()).map(words);
                    drawn.choice.result = cut(&told.filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n"));
                    if feedback["endScreenScore"].as_i64().is_some_and(|n| n != 0) {
                        left.push(Left { place: names[at].clone(), what: What::Points(feedback["endScreenScore"].to_string()) });
                    }
                    scene.choices.push(drawn);
                }
            }
            _ => {
                let text = params["text"].as_str().map(words).unwrap_or_default();
                if kind != "H5P.AdvancedText" || text.is_empty() {
                    left.push(Left { place: names[at].clone(), what: What::Part(kind.chars().take(40).collect()) });
                }
                scene.brief = text;
                scene.choices.push(Drawn { choice: choice("接着往下"), to: to(&part["nextContentId"]) });
            }
        }
        scenes.push(scene);
    }
    for (at, end) in story["endScreens"].as_array().into_iter().flatten().enumerate() {
        let said = end["endScreenTitle"].as_str().map(words).unwrap_or_default();
        left.push(Left { place: format!("结束页 {}", at + 1), what: What::Part(said.chars().take(40).collect()) });
    }
    finish(scenes, left, story["title"].as_str().map(words).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_become_situations_and_everything_else_is_named() {
        let json = r#"{"branchingScenario":{"title":"<p>门口</p>","content":[
            {"type":{"library":"H5P.AdvancedText 1.1","params":{"text":"<p>有人来问。</p><p>您在家。</p>"},"metadata":{"title":"Untitled Text"}},"nextContentId":2},
            {"type":{"library":"H5P.Video 1.6","params":{},"metadata":{"title":"片子"}},"nextContentId":2},
            {"type":{"library":"H5P.BranchingQuestion 1.0","params":{"branchingQuestion":{"question":"<p>怎么办？</p>","alternatives":[
                {"text":"听他说","nextContentId":-1,"feedback":{"title":"他坐下了","subtitle":"<p>喝了口水</p>","endScreenScore":3}},
                {"text":"请他回去","nextContentId":9}]}},"metadata":{"title":"选"}}}],
            "endScreens":[{"endScreenTitle":"<p>完了</p>"}]}}"#;
        let found = h5p(json);
        assert_eq!((found.title.as_str(), found.nodes.len()), ("门口", 3));
        assert_eq!((found.nodes[0].brief.as_str(), found.nodes[0].choices[0].next.as_deref()), ("有人来问。\n您在家。", Some("d3")));
        let asked = &found.nodes[2];
        assert_eq!((asked.choices[0].result.as_str(), asked.choices[0].next.as_deref()), ("他坐下了\n喝了口水", None));
        // The film, the score, the way to nowhere, the end screen.
        assert_eq!(found.left.len(), 4, "{:?}", found.left);
        assert_eq!(h5p("{").left[0].what, What::Unreadable);
        assert_eq!(h5p(&"[".repeat(100_000)).left[0].what, What::Unreadable, "depth is bounded by the reader");
    }
}
