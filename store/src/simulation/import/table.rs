//! A table as it is pasted from a text processor or a spreadsheet: cells apart by tabs or by upright bars, one choice a row.

use super::{Drawn, Imported, LARGEST, Left, Scene, What, choice, cut, finish};
use domain::scenario::notation;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Node,
    Brief,
    Choice,
    Effects,
    Result,
    Next,
    Points,
    Why,
    Source,
}

impl Column {
    fn of(heading: &str) -> Option<Self> {
        let heading: String = heading.chars().filter(|c| !c.is_whitespace()).collect();
        Some(match heading.as_str() {
            "节点" | "情境名" | "标题" | "第几处" => Self::Node,
            "情境" | "情景" | "场面" => Self::Brief,
            "选项" | "选择" | "怎么办" => Self::Choice,
            "效果" | "影响" => Self::Effects,
            "结果" | "后果" => Self::Result,
            "去" | "去哪里" | "下一处" | "下一节点" => Self::Next,
            "分" | "分数" | "得分" => Self::Points,
            "为什么" | "理由" => Self::Why,
            "依据" | "来源" => Self::Source,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Node => "节点",
            Self::Brief => "情境",
            Self::Choice => "选项",
            Self::Effects => "效果",
            Self::Result => "结果",
            Self::Next => "去",
            Self::Points => "分",
            Self::Why => "为什么",
            Self::Source => "依据",
        }
    }
}

/// Columns where no heading is given.
const USUAL: [Column; 6] = [Column::Node, Column::Brief, Column::Choice, Column::Effects, Column::Why, Column::Source];

fn cells(line: &str) -> Vec<String> {
    let mark = if line.contains('\t') {
        '\t'
    } else if line.contains('|') {
        '|'
    } else {
        '｜'
    };
    let line = if mark == '\t' { line } else { line.trim().trim_matches(mark) };
    line.split(mark).map(|cell| cell.trim().to_owned()).collect()
}

/// Lines of a table: a cell in quotation marks may hold line breaks, as spreadsheets copy them.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match lines.last_mut().filter(|_| open) {
            Some(last) => {
                last.push('\n');
                last.push_str(line);
            }
            None => lines.push(line.to_owned()),
        }
        if line.contains('\t') || open {
            open ^= line.matches('"').count() % 2 == 1;
        }
    }
    let whole = |cell: String| match cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => cell,
    };
    lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        // The rule below the head of a Markdown table.
        .filter(|line| !line.chars().all(|c| "|-: ｜\t".contains(c)))
        .map(|line| cells(line).into_iter().map(whole).collect())
        .collect()
}

/// Reads a pasted table. A row that names a situation begins it; rows without a name add choices to it. A choice without a
/// way leads to the situation that follows, the last one to the end.
pub fn table(text: &str) -> Imported {
    let mut left = Vec::new();
    if text.len() > LARGEST {
        return Imported { left: vec![Left { place: String::new(), what: What::TooMuch }], ..Imported::default() };
    }
    let mut rows = rows(text).into_iter().enumerate().peekable();
    let mut columns: Vec<Option<Column>> = USUAL.into_iter().map(Some).collect();
    if let Some((_, head)) = rows.peek() {
        let known: Vec<Option<Column>> = head.iter().map(|h| Column::of(h)).collect();
        if known.iter().flatten().count() >= 2 {
            for (i, heading) in head.iter().enumerate().filter(|(i, _)| known[*i].is_none()) {
                left.push(Left { place: format!("第 1 行第 {} 列", i + 1), what: What::Column(heading.chars().take(20).collect()) });
            }
            columns = known;
            rows.next();
        }
    }
    let mut scenes: Vec<Scene> = Vec::new();
    for (number, row) in rows {
        let cell = |wanted: Column| {
            let at = columns.iter().position(|c| *c == Some(wanted))?;
            row.get(at).filter(|text| !text.is_empty()).map(|text| (at, text.as_str()))
        };
        let place = |column: Column| format!("第 {} 行“{}”", number + 1, column.name());
        if row.len() > columns.len() {
            left.push(Left { place: format!("第 {} 行", number + 1), what: What::Row });
        }
        if let Some((_, name)) = cell(Column::Node).filter(|(_, name)| scenes.last().is_none_or(|s| s.name != *name)) {
            scenes.push(Scene { name: cut(name), brief: String::new(), choices: Vec::new() });
        }
        let Some(scene) = scenes.last_mut() else {
            left.push(Left { place: format!("第 {} 行", number + 1), what: What::Row });
            continue;
        };
        if let Some((_, brief)) = cell(Column::Brief) {
            if !scene.brief.is_empty() {
                scene.brief.push('\n');
            }
            scene.brief.push_str(brief);
        }
        let Some((_, text)) = cell(Column::Choice) else { continue };
        let mut drawn = Drawn { choice: choice(text), to: None };
        if let Some((_, effects)) = cell(Column::Effects) {
            match notation::effects(effects) {
                Ok(effects) => drawn.choice.effects = effects,
                Err(misread) => left.push(Left { place: place(Column::Effects), what: What::Effects(misread.near) }),
            }
        }
        if let Some((_, points)) = cell(Column::Points) {
            match points.parse() {
                Ok(n @ 0..=2) => drawn.choice.points = n,
                _ => left.push(Left { place: place(Column::Points), what: What::Points(points.chars().take(20).collect()) }),
            }
        }
        let text_of = |column| cell(column).map(|(_, text)| cut(text)).unwrap_or_default();
        drawn.choice.result = text_of(Column::Result);
        drawn.choice.why = text_of(Column::Why);
        drawn.choice.source = text_of(Column::Source);
        drawn.to = cell(Column::Next).map(|(_, to)| cut(to));
        scene.choices.push(drawn);
    }
    // Without a way, on to the next; 收尾 and the like end it.
    let names: Vec<String> = scenes.iter().map(|s| s.name.clone()).collect();
    for (i, scene) in scenes.iter_mut().enumerate() {
        for drawn in &mut scene.choices {
            drawn.to = match drawn.to.take() {
                None => names.get(i + 1).cloned(),
                Some(to) if ["收尾", "结束", "完"].contains(&to.as_str()) => None,
                Some(to) => Some(to),
            };
        }
    }
    finish(scenes, left, String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::scenario::Effect;

    #[test]
    fn a_pasted_table_becomes_situations() {
        let text = "节点\t情境\t选项\t效果\t去\t分\t为什么\t依据\t备注\n门口\t有人来问\t先听他说\t信＋８，规-2 ⚑听过\t\t2\t听完再说\t《某办法》\tx\n\t\t请他回去\t信-5\t收尾\t0\t没听\t《某办法》\t\n屋里\t\"坐下\n倒水\"\t说清楚\t信+3 好\t\t1\t\t\t\n";
        let found = table(text);
        assert_eq!(found.nodes.len(), 2);
        let door = &found.nodes[0];
        assert_eq!((door.title.as_str(), door.choices.len(), door.choices[0].next.as_deref()), ("门口", 2, Some("d2")));
        assert_eq!(door.choices[0].effects[0], Effect::Change { variable: "信".into(), by: 8 }, "full-width signs are welcome");
        assert_eq!((door.choices[1].next.as_deref(), door.choices[0].points), (None, 2));
        assert_eq!(found.nodes[1].brief, "坐下\n倒水");
        let places: Vec<&str> = found.left.iter().map(|l| l.place.as_str()).collect();
        assert_eq!(places, ["第 1 行第 9 列", "第 4 行“效果”"], "{:?}", found.left);
    }

    #[test]
    fn a_table_of_bars_without_a_head_has_the_usual_columns() {
        let found = table("| 门口 | 有人来 | 听 | 信+1 | 因为 | 《某办法》 |\n| | | 不听 | 信-1 | 因为 | 《某办法》 |\n");
        assert_eq!((found.nodes.len(), found.nodes[0].choices.len(), found.left.len()), (1, 2, 0), "{found:?}");
        assert_eq!(table("一行没有格子的话").nodes.len(), 1, "a name at least");
        assert_eq!(table(&"x\t".repeat(600_000)).left[0].what, What::TooMuch);
    }
}
