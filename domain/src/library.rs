//! The libraries: policies, cases, templates and exam papers, and which teaching rests on which policy.

use serde::{Deserialize, Serialize};

use crate::course::{Edition, Question};
use crate::document::Block;
use crate::scenario::Scenario;

/// Words that files may use; anything else is refused when they are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vocabulary {
    /// Name of the version.
    pub version: String,
    /// First day (`yyyy-mm-dd`).
    pub from: String,
    /// Fields of work of a case.
    pub work_fields: Vec<String>,
    /// Themes of a case.
    pub themes: Vec<String>,
    /// Version of the examination syllabus.
    pub syllabus_version: String,
    /// Its nodes, in order.
    pub syllabus_nodes: Vec<String>,
}

/// Whether a policy can be relied on as written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyStatus {
    /// In force as written.
    #[serde(rename = "现行有效")]
    InForce,
    /// Changed after the text that was used.
    #[serde(rename = "已修改")]
    Amended,
    /// Repealed.
    #[serde(rename = "已废止")]
    Repealed,
    /// Its term or target year has passed.
    #[serde(rename = "已到期")]
    Expired,
}

impl PolicyStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::InForce, Self::Amended, Self::Repealed, Self::Expired];

    /// Code in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Amended => "amended",
            Self::Repealed => "repealed",
            Self::Expired => "expired",
        }
    }

    /// Whether what rests on it must be looked at again.
    pub fn needs_review(self) -> bool {
        self != Self::InForce
    }
}

/// A policy: a law, a regulation, a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// `P01`.
    pub key: String,
    /// Official title.
    pub title: String,
    /// Document number; empty where not certain.
    pub doc_no: String,
    /// Who issued it.
    pub issuer: String,
    /// Day it was issued or adopted (`yyyy-mm-dd`); empty where not certain.
    pub issued_on: String,
    /// First day in force; empty where not written.
    pub effective_from: String,
    /// Status.
    pub status: PolicyStatus,
    /// What replaced it; empty while nothing has.
    pub replaced_by: String,
    /// 国家 or 北京市.
    pub level: String,
    /// Topics.
    pub topics: Vec<String>,
    /// Courses that use it.
    pub courses: Vec<String>,
    /// What it means, questions and answers: sanitised HTML.
    pub html: String,
}

impl Policy {
    /// The words between the first 《 and 》 of the title.
    pub fn name(&self) -> &str {
        self.title.split_once('《').and_then(|(_, rest)| rest.split_once('》')).map_or(self.title.as_str(), |(name, _)| name)
    }

    /// Whether a source (“《…》第三条”) cites this policy: by its title, or by the title without 中华人民共和国.
    pub fn is_cited_by(&self, source: &str) -> bool {
        let name = self.name();
        let short = name.strip_prefix("中华人民共和国").unwrap_or(name);
        source.split('《').skip(1).filter_map(|rest| rest.split_once('》')).any(|(cited, _)| cited == name || cited == short)
    }
}

/// A short case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// `K01`.
    pub key: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Fields of work.
    pub fields: Vec<String>,
    /// Themes.
    pub themes: Vec<String>,
    /// Courses it belongs to.
    pub courses: Vec<String>,
    /// Official titles it rests on.
    pub sources: Vec<String>,
    /// Sanitised HTML.
    pub html: String,
}

/// What a template is given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateKind {
    /// A text: Word and PDF.
    Document,
    /// Tables: a workbook and PDF.
    Sheet,
}

/// A form or template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// `T01`.
    pub key: String,
    /// Title.
    pub title: String,
    /// When it is used.
    pub summary: String,
    /// What it is given as.
    pub kind: TemplateKind,
    /// Courses it belongs to.
    pub courses: Vec<String>,
    /// Lessons that speak of it: `C04/zhang-cheng`.
    pub lessons: Vec<String>,
    /// Official titles it rests on.
    pub sources: Vec<String>,
    /// The text.
    pub blocks: Vec<Block>,
    /// The text as sanitised HTML.
    pub html: String,
}

/// What kind of exam paper it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// A whole paper of single and multiple choices.
    Objective,
    /// A whole paper to be written: cases and a plan, with the points that are looked for.
    Essay,
    /// Questions for practice by node.
    Practice,
}

/// An original paper for practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    /// Key, part of the address.
    pub key: String,
    /// Title.
    pub title: String,
    /// `junior` or `intermediate`.
    pub track: String,
    /// Subject.
    pub subject: String,
    /// Kind.
    pub kind: PaperKind,
    /// Minutes of the real examination; zero for practice.
    pub minutes: i64,
    /// Version of the syllabus.
    pub syllabus_version: String,
    /// Laws in force on this day count.
    pub law_cutoff: String,
    /// What stands on its first page; for an essay the whole paper. Sanitised HTML.
    pub html: String,
    /// The questions; empty for an essay.
    pub questions: Vec<Question>,
}

/// Everything in the libraries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Library {
    /// Policies by key.
    pub policies: Vec<Policy>,
    /// Cases by key.
    pub cases: Vec<Case>,
    /// Templates by key.
    pub templates: Vec<Template>,
    /// Papers by key.
    pub papers: Vec<Paper>,
}

impl Library {
    /// The policy that a source cites.
    pub fn cited(&self, source: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.is_cited_by(source))
    }
}

/// Something that rests on a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A lesson: course, lesson, and how many of its questions cite the policy.
    Lesson {
        /// Course code.
        course: String,
        /// Lesson key.
        lesson: String,
        /// Title.
        title: String,
        /// Questions that cite it.
        questions: usize,
    },
    /// A scenario: key, title, and how many of its choices cite the policy.
    Scenario {
        /// Key.
        key: String,
        /// Title.
        title: String,
        /// Choices that cite it.
        choices: usize,
    },
}

/// Everything that rests on a policy, in the order of courses and scenarios.
pub fn uses<'a>(
    policy: &Policy,
    editions: impl IntoIterator<Item = &'a Edition>,
    scenarios: impl IntoIterator<Item = &'a Scenario>,
) -> Vec<Use> {
    let mut out = Vec::new();
    for edition in editions {
        for lesson in &edition.lessons {
            let questions = lesson.questions.iter().filter(|q| policy.is_cited_by(&q.source)).count();
            if questions > 0 || lesson.sources.iter().any(|s| policy.is_cited_by(s)) {
                out.push(Use::Lesson {
                    course: edition.course.clone(),
                    lesson: lesson.key.clone(),
                    title: lesson.title.clone(),
                    questions,
                });
            }
        }
    }
    for scenario in scenarios {
        let choices = scenario.sources().filter(|source| policy.is_cited_by(source)).count();
        if choices > 0 {
            out.push(Use::Scenario { key: scenario.key.clone(), title: scenario.title.clone(), choices });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(title: &str) -> Policy {
        Policy {
            key: "P01".into(),
            title: title.into(),
            doc_no: String::new(),
            issuer: String::new(),
            issued_on: String::new(),
            effective_from: String::new(),
            status: PolicyStatus::InForce,
            replaced_by: String::new(),
            level: "国家".into(),
            topics: vec![],
            courses: vec![],
            html: String::new(),
        }
    }

    #[test]
    fn a_policy_is_cited_by_its_whole_title_or_its_short_one() {
        let code = policy("《中华人民共和国民法典》");
        assert!(code.is_cited_by("《民法典》第一千零四十二条") && code.is_cited_by("依《中华人民共和国民法典》"));
        assert!(!code.is_cited_by("民法典") && !code.is_cited_by("《民法典释义》") && !code.is_cited_by("《民法"));
        let notice = policy("《关于改革社会组织管理制度的意见》（节选）");
        assert_eq!(notice.name(), "关于改革社会组织管理制度的意见");
    }
}
