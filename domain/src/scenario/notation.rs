//! Effects and conditions as a trainer writes them, on one line: `信+8 时-4 ⚑登记` and `信≥65 且 (规≥70 或 ⚑合法表决)`.
//!
//! Full-width signs are read as well. What was read is written back in one way only, so that two texts of one meaning
//! become equal. Nothing here can fail otherwise than by a [`Misread`]: depth and length are bounded.

use serde::{Deserialize, Deserializer, Serializer};

use super::{Condition, Effect};

/// Longest text of effects or of a condition, in characters.
const LONGEST: usize = 500;
/// Deepest nesting of brackets.
const DEEPEST: usize = 12;
/// Largest number.
const MOST_NUMBER: i64 = 999_999;
/// Longest name, in characters.
const LONGEST_NAME: usize = 20;

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not understood from character {at}: {near}")]
pub struct Misread {
    /// Place, in characters from 0.
    pub at: usize,
    /// A few characters from there.
    pub near: String,
}

/// Characters by which a name ends.
fn ends_name(c: char) -> bool {
    c.is_whitespace() || "+-=<>≥≤()⚑⚐:,;|&!?".contains(c)
}

/// Full-width and look-alike signs as the plain ones.
fn plain(c: char) -> char {
    match c {
        '＋' => '+',
        '－' | '−' | '–' | '—' | '﹣' => '-',
        '：' => ':',
        '（' => '(',
        '）' => ')',
        '，' | '、' | '；' | ';' => ',',
        '＞' => '>',
        '＜' => '<',
        '＝' => '=',
        '⩾' => '≥',
        '⩽' => '≤',
        '\u{3000}' => ' ',
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
        c => c,
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
    fn new(text: &str) -> Self {
        Self { text: text.chars().take(LONGEST + 1).map(plain).collect(), at: 0 }
    }

    fn fail<T>(&self) -> Result<T, Misread> {
        Err(Misread { at: self.at, near: self.text.iter().skip(self.at).take(12).collect() })
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self, also: &str) {
        while self.peek().is_some_and(|c| c.is_whitespace() || also.contains(c)) {
            self.at += 1;
        }
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = wanted.chars().enumerate().all(|(i, c)| self.text.get(self.at + i) == Some(&c));
        if found {
            self.at += wanted.chars().count();
        }
        found
    }

    fn name(&mut self) -> Result<String, Misread> {
        self.skip("");
        let from = self.at;
        while self.peek().is_some_and(|c| !ends_name(c)) {
            self.at += 1;
        }
        if from == self.at || self.at - from > LONGEST_NAME {
            self.at = from;
            return self.fail();
        }
        Ok(self.text[from..self.at].iter().collect())
    }

    fn number(&mut self) -> Result<i64, Misread> {
        self.skip("");
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let digits: String = self.text[from..self.at].iter().collect();
        match digits.parse() {
            Ok(number) if digits.len() <= 6 && number <= MOST_NUMBER => Ok(number),
            _ => {
                self.at = from;
                self.fail()
            }
        }
    }

    fn effect(&mut self) -> Result<Effect, Misread> {
        if self.eat("⚑") {
            return Ok(Effect::Set(self.name()?));
        }
        if self.eat("⚐") {
            return Ok(Effect::Clear(self.name()?));
        }
        let start = self.at;
        let name = self.name()?;
        self.skip("");
        if self.eat(":") {
            return match name.as_str() {
                "知" => Ok(Effect::Reveal(self.name()?)),
                "诺" => Ok(Effect::Promise(self.name()?)),
                "记" => Ok(Effect::Set(self.name()?)),
                "消" => Ok(Effect::Clear(self.name()?)),
                "过" => Ok(Effect::Pass(self.number()?)),
                _ => self.change(name),
            };
        }
        if matches!(self.peek(), Some('+' | '-')) {
            return self.change(name);
        }
        self.at = start;
        self.fail()
    }

    fn change(&mut self, variable: String) -> Result<Effect, Misread> {
        self.skip("");
        let sign = if self.eat("+") {
            1
        } else if self.eat("-") {
            -1
        } else {
            return self.fail();
        };
        Ok(Effect::Change { variable, by: sign * self.number()? })
    }

    fn any(&mut self, depth: usize) -> Result<Condition, Misread> {
        let mut parts = vec![self.all(depth)?];
        loop {
            self.skip("");
            if !(self.eat("或") || self.eat("||")) {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) });
            }
            parts.push(self.all(depth)?);
        }
    }

    fn all(&mut self, depth: usize) -> Result<Condition, Misread> {
        let mut parts = vec![self.atom(depth)?];
        loop {
            self.skip("");
            if !(self.eat("且") || self.eat("&&")) {
                return Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) });
            }
            parts.push(self.atom(depth)?);
        }
    }

    fn atom(&mut self, depth: usize) -> Result<Condition, Misread> {
        if depth > DEEPEST {
            return self.fail();
        }
        self.skip("");
        let denied =
            self.eat("!") || self.peek() == Some('非') && self.text.get(self.at + 1).is_none_or(|c| ends_name(*c)) && self.eat("非");
        if denied {
            return Ok(Condition::Not(Box::new(self.atom(depth + 1)?)));
        }
        if self.eat("(") {
            let inner = self.any(depth + 1)?;
            self.skip("");
            return if self.eat(")") { Ok(inner) } else { self.fail() };
        }
        if self.eat("⚑") || self.eat("?") {
            return Ok(Condition::Flag(self.name()?));
        }
        let start = self.at;
        let name = self.name()?;
        self.skip("");
        if name == "知" && self.eat(":") {
            return Ok(Condition::Known(self.name()?));
        }
        let at_least = if self.eat("≥") || self.eat(">=") {
            true
        } else if self.eat("≤") || self.eat("<=") {
            false
        } else if self.eat(">") {
            return Ok(bound(name, true, (self.number()? + 1).min(MOST_NUMBER)));
        } else if self.eat("<") {
            return match self.number()? {
                0 => self.fail(),
                number => Ok(bound(name, false, number - 1)),
            };
        } else {
            self.at = start;
            return self.fail();
        };
        Ok(bound(name, at_least, self.number()?))
    }
}

fn bound(name: String, at_least: bool, value: i64) -> Condition {
    match (name.as_str(), at_least) {
        ("过", true) => Condition::Passed(value),
        ("过", false) => Condition::Not(Box::new(Condition::Passed((value + 1).min(MOST_NUMBER)))),
        (_, true) => Condition::AtLeast { variable: name, value },
        (_, false) => Condition::AtMost { variable: name, value },
    }
}

/// Reads effects; an empty text has none.
pub fn effects(text: &str) -> Result<Vec<Effect>, Misread> {
    let mut reader = Reader::new(text);
    let mut out = Vec::new();
    loop {
        reader.skip(",");
        if reader.at >= reader.text.len() {
            return Ok(out);
        }
        if reader.at >= LONGEST {
            return reader.fail();
        }
        out.push(reader.effect()?);
    }
}

/// Reads a condition; an empty text asks nothing.
pub fn condition(text: &str) -> Result<Condition, Misread> {
    let mut reader = Reader::new(text);
    reader.skip("");
    if reader.at >= reader.text.len() {
        return Ok(Condition::Always);
    }
    let found = reader.any(0)?;
    reader.skip("");
    if reader.at < reader.text.len() { reader.fail() } else { Ok(found) }
}

/// Writes effects the one way.
pub fn write_effects(effects: &[Effect]) -> String {
    let one = |effect: &Effect| match effect {
        Effect::Change { variable, by } => format!("{variable}{by:+}"),
        Effect::Set(name) => format!("⚑{name}"),
        Effect::Clear(name) => format!("⚐{name}"),
        Effect::Reveal(key) => format!("知:{key}"),
        Effect::Promise(key) => format!("诺:{key}"),
        Effect::Pass(units) => format!("过:{units}"),
    };
    effects.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Writes a condition the one way.
pub fn write_condition(condition: &Condition) -> String {
    let inner = |c: &Condition| match c {
        Condition::All(_) | Condition::Any(_) => format!("({})", write_condition(c)),
        c => write_condition(c),
    };
    match condition {
        Condition::Always => String::new(),
        Condition::AtLeast { variable, value } => format!("{variable}≥{value}"),
        Condition::AtMost { variable, value } => format!("{variable}≤{value}"),
        Condition::Passed(units) => format!("过≥{units}"),
        Condition::Flag(name) => format!("⚑{name}"),
        Condition::Known(key) => format!("知:{key}"),
        Condition::All(all) => all.iter().map(inner).collect::<Vec<_>>().join(" 且 "),
        Condition::Any(any) => any.iter().map(inner).collect::<Vec<_>>().join(" 或 "),
        Condition::Not(not) => format!("非 {}", inner(not)),
    }
}

/// Effects as one text on the wire and in files.
pub(super) mod effects_text {
    use super::{Deserialize, Deserializer, Effect, Serializer, effects, write_effects};

    pub fn serialize<S: Serializer>(value: &[Effect], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&write_effects(value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Effect>, D::Error> {
        effects(&String::deserialize(from)?).map_err(|m| serde::de::Error::custom(format!("效果看不懂：“{}”", m.near)))
    }
}

/// A condition as one text on the wire and in files.
pub(super) mod condition_text {
    use super::{Condition, Deserialize, Deserializer, Serializer, condition, write_condition};

    pub fn serialize<S: Serializer>(value: &Condition, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&write_condition(value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Condition, D::Error> {
        condition(&String::deserialize(from)?).map_err(|m| serde::de::Error::custom(format!("条件看不懂：“{}”", m.near)))
    }
}
