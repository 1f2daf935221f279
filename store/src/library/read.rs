//! Reads policies, cases, templates and papers as people write them. Every error names file and line.

use std::path::{Path, PathBuf};

use domain::course::QuestionKind;
use domain::document::Block;
use domain::library::{Case, Library, Paper, PaperKind, Policy, PolicyStatus, Template, TemplateKind, Vocabulary};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::course::{ParsedCourse, blocks, html_of, parse_questions, split, wrong};

/// Single and multiple choices of a whole objective paper.
const OBJECTIVE: (usize, usize) = (60, 20);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyHead {
    key: String,
    title: String,
    doc_no: String,
    issuer: String,
    issued_on: String,
    effective_from: String,
    status: PolicyStatus,
    replaced_by: String,
    level: String,
    topics: Vec<String>,
    courses: Vec<String>,
    #[serde(default, rename = "review")]
    _review: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseHead {
    key: String,
    title: String,
    summary: String,
    fields: Vec<String>,
    themes: Vec<String>,
    courses: Vec<String>,
    sources: Vec<String>,
    #[serde(default, rename = "review")]
    _review: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateHead {
    key: String,
    title: String,
    summary: String,
    kind: TemplateKind,
    courses: Vec<String>,
    lessons: Vec<String>,
    sources: Vec<String>,
    #[serde(default, rename = "review")]
    _review: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaperHead {
    key: String,
    title: String,
    track: String,
    subject: String,
    kind: PaperKind,
    #[serde(default)]
    minutes: i64,
    syllabus_version: String,
    law_cutoff: String,
    #[serde(default, rename = "review")]
    _review: Vec<String>,
}

/// What files are checked against.
pub(crate) struct Against<'a> {
    pub courses: &'a [ParsedCourse],
    pub words: &'a Vocabulary,
}

impl Against<'_> {
    fn courses(&self, codes: &[String], path: &Path) -> Result<()> {
        match codes.iter().find(|code| self.courses.iter().all(|c| &c.edition.course != *code)) {
            Some(code) => Err(wrong(path, 2, format!("没有课程 {code}"))),
            None => Ok(()),
        }
    }

    fn lesson(&self, address: &str) -> bool {
        let Some((code, key)) = address.split_once('/') else { return false };
        self.courses.iter().any(|c| c.edition.course == code && c.edition.lesson(key).is_some())
    }

    /// Nodes of the syllabus are spelled as in the word list.
    pub(crate) fn nodes<'q>(&self, questions: impl IntoIterator<Item = &'q domain::course::Question>, path: &Path) -> Result<()> {
        match questions.into_iter().find(|q| !q.node.is_empty() && !self.words.syllabus_nodes.contains(&q.node)) {
            Some(question) => Err(wrong(path, 1, format!("{}：词表里没有考点“{}”", question.key, question.node))),
            None => Ok(()),
        }
    }
}

fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let all = crate::course::list(folder)?;
    Ok(all
        .into_iter()
        .filter(|p| p.extension().is_some_and(|e| e == extension) && p.file_name().is_some_and(|n| n != "README.md"))
        .collect())
}

/// Reads every file of a folder with its head, in the order of names; the key is the file's name.
fn each<T: DeserializeOwned>(
    folder: &Path,
    key: impl Fn(&T) -> &str,
    text_of: &mut impl FnMut(&Path) -> Result<String>,
    mut take: impl FnMut(T, String, &Path) -> Result<()>,
) -> Result<()> {
    for path in files(folder, "md")? {
        let (head, body, _) = split::<T>(&text_of(&path)?, &path)?;
        if path.file_stem().is_none_or(|name| name.to_string_lossy() != key(&head)) {
            return Err(wrong(&path, 2, format!("key {} 与文件名不同", key(&head))));
        }
        take(head, body, &path)?;
    }
    Ok(())
}

fn date(text: &str, path: &Path) -> Result<()> {
    if text.is_empty() || domain::time::parse_date(text).is_some() {
        return Ok(());
    }
    Err(wrong(path, 2, format!("日期“{text}”应当写成 2026-01-31，没有把握写 \"\"")))
}

fn known(given: &[String], words: &[String], what: &str, path: &Path) -> Result<()> {
    match given.iter().find(|g| !words.contains(g)) {
        Some(other) => Err(wrong(path, 2, format!("词表里没有{what}“{other}”"))),
        None if given.is_empty() => Err(wrong(path, 2, format!("至少写一个{what}"))),
        None => Ok(()),
    }
}

/// Reads the libraries below the content folder; `text_of` reads a file and counts it into the digest.
pub(crate) fn read(folder: &Path, against: &Against<'_>, mut text_of: impl FnMut(&Path) -> Result<String>) -> Result<Library> {
    let mut library = Library::default();
    each(
        &folder.join("policies"),
        |h: &PolicyHead| &h.key,
        &mut text_of,
        |head, body, path| {
            against.courses(&head.courses, path)?;
            date(&head.issued_on, path)?;
            date(&head.effective_from, path)?;
            if !["国家", "北京市"].contains(&head.level.as_str()) {
                return Err(wrong(path, 2, "level 只能是 国家 或 北京市"));
            }
            library.policies.push(Policy {
                key: head.key,
                title: head.title,
                doc_no: head.doc_no,
                issuer: head.issuer,
                issued_on: head.issued_on,
                effective_from: head.effective_from,
                status: head.status,
                replaced_by: head.replaced_by,
                level: head.level,
                topics: head.topics,
                courses: head.courses,
                html: html_of(&body),
            });
            Ok(())
        },
    )?;
    each(
        &folder.join("cases"),
        |h: &CaseHead| &h.key,
        &mut text_of,
        |head, body, path| {
            against.courses(&head.courses, path)?;
            known(&head.fields, &against.words.work_fields, "工作领域", path)?;
            known(&head.themes, &against.words.themes, "主题", path)?;
            library.cases.push(Case {
                key: head.key,
                title: head.title,
                summary: head.summary,
                fields: head.fields,
                themes: head.themes,
                courses: head.courses,
                sources: head.sources,
                html: html_of(&body),
            });
            Ok(())
        },
    )?;
    each(
        &folder.join("templates"),
        |h: &TemplateHead| &h.key,
        &mut text_of,
        |head, body, path| {
            against.courses(&head.courses, path)?;
            if let Some(missing) = head.lessons.iter().find(|l| !against.lesson(l)) {
                return Err(wrong(path, 2, format!("没有这一课：{missing}")));
            }
            let found = blocks(&body);
            for block in &found {
                if let Block::Table(rows) = block {
                    formulas(rows, path)?;
                }
            }
            if head.kind == TemplateKind::Sheet && !found.iter().any(|b| matches!(b, Block::Table(_))) {
                return Err(wrong(path, 2, "表格类的模板里没有表"));
            }
            library.templates.push(Template {
                key: head.key,
                title: head.title,
                summary: head.summary,
                kind: head.kind,
                courses: head.courses,
                lessons: head.lessons,
                sources: head.sources,
                html: html_of(&blanked(&body)),
                blocks: found,
            });
            Ok(())
        },
    )?;
    let folder = folder.join("papers");
    let mut papers = Vec::new();
    each(
        &folder,
        |h: &PaperHead| &h.key,
        &mut text_of,
        |head, body, path| {
            papers.push((head, body, path.to_owned()));
            Ok(())
        },
    )?;
    for (head, body, path) in papers {
        let bank = path.with_extension("quiz.txt");
        let questions = match (head.kind, bank.exists()) {
            (PaperKind::Essay, _) => Vec::new(),
            (_, true) => parse_questions(&text_of(&bank)?, &bank.display().to_string())?,
            (_, false) => return Err(wrong(&path, 1, "缺题目（同名的 .quiz.txt）")),
        };
        if let Some(bare) = questions.iter().find(|q| q.node.is_empty()) {
            return Err(wrong(&bank, 1, format!("{}：没有写考点", bare.key)));
        }
        against.nodes(&questions, &bank)?;
        let count = |kind| questions.iter().filter(|q| q.kind == kind).count();
        let counts = (count(QuestionKind::Single), count(QuestionKind::Multiple));
        if head.kind == PaperKind::Objective && (counts != OBJECTIVE || questions.len() != OBJECTIVE.0 + OBJECTIVE.1) {
            return Err(wrong(&bank, 1, format!("一份客观卷是 60 道单选、20 道多选，这里是 {} 道、{} 道", counts.0, counts.1)));
        }
        if !["junior", "intermediate"].contains(&head.track.as_str()) {
            return Err(wrong(&path, 2, "track 只能是 junior 或 intermediate"));
        }
        date(&head.law_cutoff, &path)?;
        library.papers.push(Paper {
            key: head.key,
            title: head.title,
            track: head.track,
            subject: head.subject,
            kind: head.kind,
            minutes: head.minutes,
            syllabus_version: head.syllabus_version,
            law_cutoff: head.law_cutoff,
            html: html_of(&body),
            questions,
        });
    }
    Ok(library)
}

/// On the page a formula is a cell that adds up by itself.
fn blanked(body: &str) -> String {
    let cell = |cell: &str| if cell.trim().starts_with('=') { " （自动合计） ".to_owned() } else { cell.to_owned() };
    let line = |line: &str| if line.starts_with('|') { line.split('|').map(cell).collect::<Vec<_>>().join("|") } else { line.to_owned() };
    body.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A formula points at rows of its own table.
fn formulas(rows: &[Vec<String>], path: &Path) -> Result<()> {
    for cell in rows.iter().flatten().filter(|c| c.starts_with('=')) {
        let numbers = cell.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| part.starts_with(|c: char| c.is_ascii_uppercase()));
        let outside = numbers
            .filter_map(|part| part.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse::<usize>().ok())
            .any(|row| row == 0 || row > rows.len());
        if outside {
            return Err(wrong(path, 2, format!("公式 {cell} 指到了表外")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_outside_its_table_is_named() {
        let rows = |formula: &str| vec![vec!["元".to_owned()], vec!["1".to_owned()], vec![formula.to_owned()]];
        assert!(formulas(&rows("=SUM(A2:A2)"), Path::new("T.md")).is_ok());
        let error = formulas(&rows("=SUM(A2:A9)"), Path::new("T.md")).expect_err("outside").to_string();
        assert!(error.contains("A9"), "{error}");
        assert_eq!(blanked("| 合计 | =SUM(B2:B3) |"), "| 合计 | （自动合计） |");
    }
}
