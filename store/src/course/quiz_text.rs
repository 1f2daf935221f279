//! Reads a question bank as people write it (`content/README.md`). Every error names file and line.

use domain::course::{Choice, Question, QuestionKind};

use crate::{Error, Result};

struct Draft {
    line: usize,
    question: Question,
    lines: Vec<(usize, String)>,
}

/// Reads a bank.
pub(crate) fn parse(text: &str, file: &str) -> Result<Vec<Question>> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let number = i + 1;
        if let Some(head) = line.strip_prefix("## ") {
            let (key, kind) = head.trim().split_once(char::is_whitespace).unwrap_or((head.trim(), ""));
            let kind = match kind.trim() {
                "单选" => QuestionKind::Single,
                "多选" => QuestionKind::Multiple,
                "判断" => QuestionKind::TrueFalse,
                "排序" => QuestionKind::Ordering,
                "填空" => QuestionKind::FillIn,
                other => return Err(at(file, number, &format!("不认识的题型“{other}”（单选、多选、判断、排序、填空）"))),
            };
            if drafts.iter().any(|d| d.question.key == key) {
                return Err(at(file, number, &format!("题号 {key} 重复")));
            }
            let question = Question {
                key: key.into(),
                kind,
                stem: String::new(),
                choices: vec![],
                answer: vec![],
                explanation: String::new(),
                source: String::new(),
                node: String::new(),
                difficulty: 1,
            };
            drafts.push(Draft { line: number, question, lines: vec![] });
        } else if let Some(draft) = drafts.last_mut() {
            draft.lines.push((number, line.trim().to_owned()));
        } else if !line.trim().is_empty() {
            return Err(at(file, number, "第一题以前只能有空行；一题以“## q01 单选”开头"));
        }
    }
    drafts.into_iter().map(|draft| read(draft, file)).collect()
}

fn at(file: &str, line: usize, what: &str) -> Error {
    Error::Content(format!("{file}:{line}: {what}"))
}

fn read(draft: Draft, file: &str) -> Result<Question> {
    let Draft { line, mut question, lines } = draft;
    let mut stem = Vec::new();
    let mut right = Vec::new();
    for (number, text) in &lines {
        if text.is_empty() {
        } else if let Some(rest) = text.strip_prefix("解析：") {
            question.explanation = rest.trim().into();
        } else if let Some(rest) = text.strip_prefix("来源：") {
            question.source = rest.trim().into();
        } else if let Some(rest) = text.strip_prefix("考点：") {
            question.node = rest.trim().into();
        } else if let Some(rest) = text.strip_prefix("难度：") {
            question.difficulty = match rest.trim() {
                "易" => 1,
                "中" => 2,
                "难" => 3,
                _ => return Err(at(file, *number, "难度只能是 易、中、难")),
            };
        } else if text.starts_with("目标：") {
            // Which outcome it tests: for the author's own balance.
        } else if let Some(rest) = text.strip_prefix("答案：") {
            right = match question.kind {
                QuestionKind::TrueFalse => match rest.trim() {
                    "对" => vec!["t".into()],
                    "错" => vec!["f".into()],
                    _ => return Err(at(file, *number, "判断题的答案只能是 对 或 错")),
                },
                QuestionKind::FillIn => rest.split('|').map(|a| a.trim().to_owned()).filter(|a| !a.is_empty()).collect(),
                _ => return Err(at(file, *number, "选择题和排序题的答案写在选项前面（* 对，- 不对），不另写“答案”")),
            };
        } else if let Some((mark, key, body)) = option(text) {
            if question.choices.iter().any(|c| c.key == key) {
                return Err(at(file, *number, &format!("选项 {key} 重复")));
            }
            if mark == '*' || question.kind == QuestionKind::Ordering {
                right.push(key.to_owned());
            }
            question.choices.push(Choice { key: key.into(), text: body.into() });
        } else if question.choices.is_empty() && question.explanation.is_empty() {
            stem.push(text.as_str());
        } else {
            return Err(at(file, *number, "这一行看不懂：选项写成“- a) 文字”，解析写成“解析：文字”"));
        }
    }
    question.stem = stem.join("\n");
    question.answer = right;
    if question.kind == QuestionKind::TrueFalse {
        question.choices = vec![Choice { key: "t".into(), text: "对".into() }, Choice { key: "f".into(), text: "错".into() }];
    }
    let (choices, answers) = (question.choices.len(), question.answer.len());
    let wrong = match question.kind {
        _ if question.stem.is_empty() => Some("没有题干"),
        _ if answers == 0 => Some("没有答案"),
        _ if question.explanation.is_empty() => Some("没有解析"),
        _ if question.source.is_empty() => Some("没有来源"),
        QuestionKind::Single if choices < 3 || answers != 1 => Some("单选要三个以上选项，正好一个对"),
        QuestionKind::Multiple if choices < 4 || answers < 2 || answers >= choices => Some("多选要四个以上选项，两个以上对，至少一个错"),
        QuestionKind::Ordering if choices < 3 => Some("排序要三项以上"),
        QuestionKind::FillIn if choices > 0 => Some("填空没有选项"),
        _ => None,
    };
    match wrong {
        Some(what) => Err(at(file, line, &format!("{}：{what}", question.key))),
        None => Ok(question),
    }
}

/// Reads `* a) text` or `- a) text`.
fn option(line: &str) -> Option<(char, &str, &str)> {
    let mark = line.chars().next().filter(|c| matches!(c, '*' | '-'))?;
    let rest = line[1..].trim_start();
    let (key, body) = rest.split_once([')', '）'])?;
    let fits = key.len() == 1 && key.bytes().all(|b| b.is_ascii_lowercase());
    fits.then(|| (mark, key, body.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "## q01 单选\n先做什么？\n- a) 走\n* b) 停\n- c) 看\n解析：停。\n来源：本课\n难度：中\n目标：1\n\n## q02 填空\n写 ____。\n答案：支出 | 开支\n解析：支出。\n来源：本课\n";

    #[test]
    fn a_bank_is_read_with_its_keys() {
        let bank = parse(GOOD, "x.quiz.txt").expect("a good bank");
        assert_eq!((bank[0].answer.as_slice(), bank[0].difficulty, bank[0].choices.len()), (["b".to_owned()].as_slice(), 2, 3));
        assert_eq!(bank[1].answer, ["支出", "开支"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, word) in [
            ("## q01 单选\n题\n- a) 一\n- b) 二\n- c) 三\n解析：无\n来源：无\n", 1, "没有答案"),
            ("## q01 猜谜\n", 1, "不认识的题型"),
            ("\n\n## q01 判断\n题\n答案：也许\n", 5, "只能是"),
            ("## q01 单选\n题\n* a) 一\n- a) 二\n", 4, "重复"),
        ] {
            let error = parse(text, "f").expect_err(text).to_string();
            assert!(error.starts_with(&format!("f:{line}:")) && error.contains(word), "{error}");
        }
    }
}
