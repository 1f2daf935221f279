//! What a course is: areas, modes, editions, lessons, questions. An [`Edition`] is immutable and kept whole in the
//! database; an enrolment pins one.

use serde::{Deserialize, Serialize};

use crate::document::Block;

/// The content areas of the plan, with policy briefing and the social worker exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ContentArea {
    /// 党的建设
    #[serde(rename = "PB")]
    PartyBuilding,
    /// 规范化建设
    #[serde(rename = "ST")]
    Standardization,
    /// 能力建设
    #[serde(rename = "CP")]
    Capacity,
    /// 项目运作
    #[serde(rename = "PO")]
    ProjectOps,
    /// 政策解读
    #[serde(rename = "PI")]
    Policy,
    /// 社工考试
    #[serde(rename = "EX")]
    Exam,
}

impl ContentArea {
    /// Every area in the order of the plan.
    pub const ALL: [Self; 6] = [Self::PartyBuilding, Self::Standardization, Self::Capacity, Self::ProjectOps, Self::Policy, Self::Exam];

    /// Code in files, addresses and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::PartyBuilding => "PB",
            Self::Standardization => "ST",
            Self::Capacity => "CP",
            Self::ProjectOps => "PO",
            Self::Policy => "PI",
            Self::Exam => "EX",
        }
    }

    /// Reads [`ContentArea::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.code() == text)
    }
}

/// The four ways of teaching that the plan names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// 线下授课
    InPerson,
    /// 网上课堂
    Online,
    /// 现场教学
    Field,
    /// 情景模拟
    Simulation,
}

impl DeliveryMode {
    /// Every mode in the order of the plan.
    pub const ALL: [Self; 4] = [Self::InPerson, Self::Online, Self::Field, Self::Simulation];

    /// Code in files, addresses and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::InPerson => "in_person",
            Self::Online => "online",
            Self::Field => "field",
            Self::Simulation => "simulation",
        }
    }

    /// Reads [`DeliveryMode::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.code() == text)
    }
}

/// How far a course takes people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 入门
    Basic,
    /// 骨干
    Core,
    /// 提高
    Advanced,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 3] = [Self::Basic, Self::Core, Self::Advanced];

    /// Code in files, addresses and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Core => "core",
            Self::Advanced => "advanced",
        }
    }

    /// Reads [`Level::code`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == text)
    }
}

/// Whether people can enrol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CourseStatus {
    /// 可报名
    Open,
    /// 筹备中: the outline is public, enrolling is not possible.
    Preparing,
}

/// Declared hours by mode, in minutes (one 学时 is 45; half hours occur).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModeMinutes {
    /// 线下授课
    pub in_person: i64,
    /// 网上课堂
    pub online: i64,
    /// 现场教学
    pub field: i64,
    /// 情景模拟
    pub simulation: i64,
}

impl ModeMinutes {
    /// Minutes of one mode.
    pub fn of(&self, mode: DeliveryMode) -> i64 {
        match mode {
            DeliveryMode::InPerson => self.in_person,
            DeliveryMode::Online => self.online,
            DeliveryMode::Field => self.field,
            DeliveryMode::Simulation => self.simulation,
        }
    }

    /// All modes together.
    pub fn total(&self) -> i64 {
        DeliveryMode::ALL.into_iter().map(|mode| self.of(mode)).sum()
    }
}

/// An item of the outline that is not an online lesson, or any planned lesson of a course in preparation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineItem {
    /// How it is taught.
    pub mode: DeliveryMode,
    /// What it is called.
    pub title: String,
    /// Minutes.
    pub minutes: i64,
}

/// One edition of a course, complete and immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Course code, `C01`.
    pub course: String,
    /// Number of the edition, from 1.
    pub number: i64,
    /// Title at the time of the edition.
    pub title: String,
    /// What a learner can do afterwards.
    pub outcomes: Vec<String>,
    /// Parts other than the online lessons.
    pub outline: Vec<OutlineItem>,
    /// Declared minutes by mode.
    pub minutes: ModeMinutes,
    /// Codes of the courses that should come first.
    pub prerequisites: Vec<String>,
    /// Official titles that the course rests on.
    pub sources: Vec<String>,
    /// Introduction, sanitised HTML.
    pub intro_html: String,
    /// The online lessons, in order.
    pub lessons: Vec<Lesson>,
}

impl Edition {
    /// The lesson with this key.
    pub fn lesson(&self, key: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.key == key)
    }

    /// Position of a lesson, from 0.
    pub fn position(&self, key: &str) -> Option<usize> {
        self.lessons.iter().position(|lesson| lesson.key == key)
    }
}

/// A file that belongs to a lesson, addressed by its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// SHA-256 of the bytes, hex.
    pub hash: String,
    /// Size in bytes.
    pub bytes: i64,
    /// Name for the reader.
    pub name: String,
}

/// A handout: stands on the page, and is printed from the same blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handout {
    /// Title.
    #[serde(alias = "name")]
    pub title: String,
    /// Sanitised HTML.
    #[serde(default)]
    pub html: String,
    /// The same as blocks, for paper.
    #[serde(default)]
    pub blocks: Vec<Block>,
}

/// A video with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The mp4.
    pub file: Asset,
    /// Picture before it plays.
    pub poster: Option<Asset>,
    /// WebVTT captions.
    pub captions: Asset,
    /// Length in whole seconds.
    pub seconds: i64,
    /// The captions as a transcript: start second and sentence.
    pub cues: Vec<Cue>,
}

/// One sentence of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cue {
    /// Second at which it begins.
    pub start: i64,
    /// What is said or shown.
    pub text: String,
}

/// One online lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// Stable key, part of the address.
    pub key: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Body as sanitised HTML.
    pub html: String,
    /// Characters of the body, white space not counted.
    pub characters: i64,
    /// The video, if the lesson is one.
    pub video: Option<Video>,
    /// A handout to take away.
    pub handout: Option<Handout>,
    /// Official titles.
    pub sources: Vec<String>,
    /// The examination syllabus it is written for, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub syllabus: Option<Syllabus>,
    /// The question bank.
    pub questions: Vec<Question>,
}

/// Which examination syllabus a text is written for, and up to which day laws are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Syllabus {
    /// Version, `2025`.
    pub version: String,
    /// Laws in force on this day count, `2025-12-31`.
    pub law_cutoff: String,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// 单选
    Single,
    /// 多选
    Multiple,
    /// 判断
    TrueFalse,
    /// 排序
    Ordering,
    /// 填空
    FillIn,
}

/// One option of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Stable key, `a`–`h`.
    pub key: String,
    /// Text.
    pub text: String,
}

/// One question of a bank. Answers never leave the server before they are given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Stable key within the lesson, `q01`.
    pub key: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// The question.
    pub stem: String,
    /// Options; empty for fill-in; `t` and `f` for true/false.
    pub choices: Vec<Choice>,
    /// Right keys (in order for an ordering question), or the accepted texts of a fill-in.
    pub answer: Vec<String>,
    /// Why.
    pub explanation: String,
    /// Where it stands.
    pub source: String,
    /// Node of the examination syllabus, `综合能力·个案工作`; empty outside the exam track.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// 1 easy, 2 middle, 3 hard.
    pub difficulty: i64,
}
