//! Search without a dictionary: passages of at most 500 characters as spaced single characters, with one pinyin initial
//! per character beside them; every query is a phrase. Finds words inside sentences, single characters, rare
//! characters and initials alike, on both engines.

use crate::course::ParsedCourse;
use crate::db::Kind;
use crate::{Conn, Result, Store, words};

/// Longest passage, in characters.
const PASSAGE: usize = 500;
/// Longest query, in characters.
const QUERY: usize = 40;

/// A passage to be indexed.
#[derive(Debug, Clone)]
pub struct Passage {
    kind: &'static str,
    course: String,
    lesson: String,
    anchor: String,
    title: String,
    body: String,
    is_title: bool,
}

impl Passage {
    /// The passages of an item of a library: its title, and its text.
    pub(crate) fn of_item(kind: &'static str, key: &str, title: &str, text: &str) -> Vec<Self> {
        let passage = |body: String, is_title| Self {
            kind,
            course: String::new(),
            lesson: key.into(),
            anchor: String::new(),
            title: title.into(),
            body,
            is_title,
        };
        std::iter::once(passage(title.into(), true)).chain(pieces(text).into_iter().map(|body| passage(body, false))).collect()
    }
}

/// A hit.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hit {
    /// `course`, `lesson`, `transcript`, `document`, `policy`, `case`, `template`.
    pub kind: String,
    /// Course code; empty outside courses.
    pub course: String,
    /// Lesson key, or the key in its library; empty for a course.
    pub lesson: String,
    /// Where in the page: an anchor, or a second of the video.
    pub anchor: String,
    /// Title of the lesson or course.
    pub title: String,
    /// The passage.
    pub body: String,
    /// Whether the title itself was hit.
    pub is_title: bool,
}

/// The passages of a course.
pub(crate) fn passages(course: &ParsedCourse) -> Vec<Passage> {
    let edition = &course.edition;
    let passage = |kind, lesson: &str, anchor: String, title: &str, body: String, is_title| Passage {
        kind,
        course: edition.course.clone(),
        lesson: lesson.into(),
        anchor,
        title: title.into(),
        body,
        is_title,
    };
    let mut out = vec![passage("course", "", String::new(), &edition.title, format!("{} {}", edition.course, edition.title), true)];
    let intro = format!("{} {}", course.summary, crate::course::plain_text(&edition.intro_html));
    out.extend(pieces(&intro).into_iter().map(|body| passage("course", "", "intro".into(), &edition.title, body, false)));
    for item in &edition.outline {
        out.push(passage("course", "", "outline".into(), &edition.title, item.title.clone(), false));
    }
    for lesson in &edition.lessons {
        out.push(passage("lesson", &lesson.key, String::new(), &lesson.title, lesson.title.clone(), true));
        for (anchor, text) in sections(&lesson.html) {
            out.extend(pieces(&text).into_iter().map(|body| passage("lesson", &lesson.key, anchor.clone(), &lesson.title, body, false)));
        }
        if let Some(video) = &lesson.video {
            out.extend(
                video
                    .cues
                    .iter()
                    .map(|cue| passage("transcript", &lesson.key, format!("t{}", cue.start), &lesson.title, cue.text.clone(), false)),
            );
        }
        if let Some(handout) = &lesson.handout {
            let text = format!("{}\n{}", handout.title, domain::document::text_of(&handout.blocks));
            out.extend(
                pieces(&text).into_iter().map(|body| passage("document", &lesson.key, "handout".into(), &lesson.title, body, false)),
            );
        }
    }
    out
}

/// Splits lesson HTML at its headings: anchor and text.
fn sections(html: &str) -> Vec<(String, String)> {
    let text_of = |html: &str| crate::course::plain_text(html).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut parts = html.split(" id=\"");
    // What stands before the first heading ends in an open tag.
    let first = parts.next().unwrap_or_default();
    let mut out = vec![(String::new(), text_of(first.rsplit_once('<').map_or(first, |(text, _)| text)))];
    for part in parts {
        let (anchor, rest) = part.split_once("\">").unwrap_or(("", part));
        out.push((anchor.to_owned(), text_of(rest.rsplit_once("<h").filter(|(_, tag)| tag.len() < 3).map_or(rest, |(text, _)| text))));
    }
    out.retain(|(_, text)| !text.is_empty());
    out
}

/// Cuts a text into passages at the ends of sentences, each at most [`PASSAGE`] characters.
fn pieces(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut piece = String::new();
    let mut count = 0;
    for sentence in text.split_inclusive(['。', '？', '！', '；', '\n']) {
        let length = sentence.chars().count();
        if count + length > PASSAGE && !piece.is_empty() {
            out.push(std::mem::take(&mut piece));
            count = 0;
        }
        // A sentence longer than a passage is cut where it must be.
        for (i, c) in sentence.chars().enumerate() {
            if i > 0 && i % PASSAGE == 0 {
                out.push(std::mem::take(&mut piece));
                count = 0;
            }
            piece.push(c);
            count += 1;
        }
    }
    if !piece.trim().is_empty() {
        out.push(piece);
    }
    out
}

/// Letters, digits and characters one by one; everything else is left out.
fn spaced(text: &str) -> String {
    join(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase))
}

fn spaced_initials(text: &str) -> String {
    join(text.chars().filter_map(words::initial))
}

fn join(chars: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for c in chars {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// Replaces the whole index.
pub(crate) async fn replace(conn: &mut Conn, passages: &[&Passage]) -> Result<()> {
    conn.query("delete from passage").execute().await?;
    conn.query("delete from passage_text").execute().await?;
    for (i, p) in passages.iter().enumerate() {
        let id = i as i64 + 1;
        conn.query("insert into passage (id, kind, course, lesson, anchor, title, body, is_title) values ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(id)
            .bind(p.kind)
            .bind(p.course.clone())
            .bind(p.lesson.clone())
            .bind(p.anchor.clone())
            .bind(p.title.clone())
            .bind(p.body.clone())
            .bind(p.is_title)
            .execute()
            .await?;
        conn.query("insert into passage_text (rowid, words, initials) values ($1, $2, $3)")
            .bind(id)
            .bind(spaced(&p.body))
            .bind(spaced_initials(&p.body))
            .execute()
            .await?;
    }
    Ok(())
}

const SQLITE: &str = "select p.kind, p.course, p.lesson, p.anchor, p.title, p.body, p.is_title
     from passage_text t join passage p on p.id = t.rowid left join course c on c.code = p.course
     where passage_text match $1 order by case when p.is_title then 0 else 1 end, case coalesce(c.status, 'open') when 'open' then 0 else 1 end, p.id limit $2";
const POSTGRES: &str = "select p.kind, p.course, p.lesson, p.anchor, p.title, p.body, p.is_title
     from passage_text t join passage p on p.id = t.rowid left join course c on c.code = p.course
     where t.words_v @@ phraseto_tsquery('simple', $1) or ($2 <> '' and t.initials_v @@ phraseto_tsquery('simple', $2))
     order by case when p.is_title then 0 else 1 end, case coalesce(c.status, 'open') when 'open' then 0 else 1 end, p.id limit $3";

impl Store {
    /// Passages that contain the query as a phrase, titles first. Letters are looked for as words and as pinyin initials.
    pub async fn search(&self, query: &str, limit: i64) -> Result<Vec<Hit>> {
        let query: String = query.chars().take(QUERY).collect();
        let phrase = spaced(&query);
        if phrase.is_empty() {
            return Ok(Vec::new());
        }
        let latin = query.chars().filter(|c| c.is_alphanumeric()).all(|c| c.is_ascii_alphanumeric());
        let letters = if latin { phrase.clone() } else { String::new() };
        let mut conn = self.db.read().await?;
        match conn.kind() {
            Kind::Sqlite => {
                let expression = if letters.is_empty() {
                    format!("words : \"{phrase}\"")
                } else {
                    format!("words : \"{phrase}\" OR initials : \"{letters}\"")
                };
                conn.query(SQLITE).bind(expression).bind(limit).fetch_all().await
            }
            Kind::Postgres => conn.query(POSTGRES).bind(phrase).bind(letters).bind(limit).fetch_all().await,
        }
    }
}

/// The part of a passage around the hit, with the hit marked: (before, hit, after). Falls back to the beginning.
pub fn snippet(body: &str, query: &str) -> (String, String, String) {
    let kept: Vec<(usize, char)> = body.char_indices().filter(|(_, c)| c.is_alphanumeric()).collect();
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let wanted: Vec<char> = query.chars().filter(|c| c.is_alphanumeric()).map(lower).collect();
    let by_word = |c: char, w: char| lower(c) == w;
    let by_initial = |c: char, w: char| words::initial(c) == Some(w);
    let find = |same: &dyn Fn(char, char) -> bool| {
        (!wanted.is_empty() && wanted.len() <= kept.len())
            .then(|| (0..=kept.len() - wanted.len()).find(|at| wanted.iter().enumerate().all(|(i, w)| same(kept[at + i].1, *w))))
            .flatten()
    };
    let Some(at) = find(&by_word).or_else(|| find(&by_initial)) else {
        return (body.chars().take(60).collect(), String::new(), String::new());
    };
    let start = kept[at].0;
    let (last, c) = kept[at + wanted.len() - 1];
    let end = last + c.len_utf8();
    let before: Vec<char> = body[..start].chars().collect();
    let after: String = body[end..].chars().take(48).collect();
    // Begin at the sentence, if it is near.
    let from =
        before.iter().rposition(|c| matches!(c, '。' | '？' | '！' | '；')).map_or(0, |i| i + 1).max(before.len().saturating_sub(28));
    (before[from..].iter().collect::<String>().trim_start().to_owned(), body[start..end].to_owned(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_is_shown_in_its_sentence() {
        let body = "先做甲。居民议事要先把社区、组织两件事分清。然后做乙。";
        assert_eq!(snippet(body, "社区组织"), ("居民议事要先把".into(), "社区、组织".into(), "两件事分清。然后做乙。".into()));
        assert_eq!(snippet(body, "sqzz").1, "社区、组织");
        assert_eq!(snippet("没有", "别的").1, "");
    }

    #[test]
    fn lessons_are_cut_at_headings_and_sentences() {
        let html = "<p>引子。</p><h2 id=\"s1\">甲</h2><p>一。</p><h2 id=\"s2\">乙</h2><p>二。</p>";
        let found = sections(html);
        assert_eq!(found.iter().map(|(a, _)| a.as_str()).collect::<Vec<_>>(), ["", "s1", "s2"]);
        assert!(found[1].1.starts_with("甲") && found[1].1.contains("一。"), "{found:?}");
        let long = "字".repeat(1_200);
        assert!(pieces(&long).iter().all(|p| p.chars().count() <= PASSAGE));
        assert_eq!(pieces(&long).concat(), long);
    }
}
