//! Reading an export of the 备案信息系统: which column is what, and what each row says or why it cannot be taken. Which
//! words a file may use is data ([`FilingPolicy`]); nothing here touches a database.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::fault::Rule;
use crate::organisation::{Nature, RuralKind, Standing, Theme, WorkField};
use crate::person::{Mobile, PersonName};
use crate::time::{Day, parse_date};

/// A column that the import knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// 备案号, or 统一社会信用代码 of a registered one.
    Number,
    /// 名称
    Name,
    /// 区
    District,
    /// 街道（乡镇）
    Township,
    /// 社区（村）
    Community,
    /// 备案 or 登记, 注销
    Standing,
    /// 类型
    Nature,
    /// 作用领域
    Fields,
    /// 新风主题
    Themes,
    /// 农村类别
    Rural,
    /// 备案日期
    FiledOn,
    /// 成员人数
    Members,
    /// 负责人
    Leader,
    /// 负责人手机
    Mobile,
}

impl Column {
    /// Every column, in the order in which a file to mend shows them.
    pub const ALL: [Self; 14] = [
        Self::Number,
        Self::Name,
        Self::District,
        Self::Township,
        Self::Community,
        Self::Standing,
        Self::Nature,
        Self::Fields,
        Self::Themes,
        Self::Rural,
        Self::FiledOn,
        Self::Members,
        Self::Leader,
        Self::Mobile,
    ];

    /// Columns without which a file cannot be read.
    pub const NEEDED: [Self; 3] = [Self::Number, Self::Name, Self::Community];
}

/// Words that a filing export may use: a rule, versioned with its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilingPolicy {
    /// Name of the version.
    pub version: String,
    /// First day (`yyyy-mm-dd`).
    pub from: String,
    /// What a column may be called; the first name is the one we write.
    pub columns: BTreeMap<Column, Vec<String>>,
    /// What each way of standing may be called.
    pub standing: BTreeMap<Standing, Vec<String>>,
    /// What each nature may be called.
    pub nature: BTreeMap<Nature, Vec<String>>,
    /// What each work field may be called.
    pub fields: BTreeMap<WorkField, Vec<String>>,
    /// What each theme may be called.
    pub themes: BTreeMap<Theme, Vec<String>>,
    /// What each rural kind may be called.
    pub rural: BTreeMap<RuralKind, Vec<String>>,
}

/// Which column of the file is what, and where its head ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Rows that belong to the head.
    pub rows: usize,
    /// Places of the columns.
    pub places: BTreeMap<Column, usize>,
}

/// One organisation as a row says it. Places are still words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// 备案号 or 统一社会信用代码, without spaces.
    pub number: String,
    /// Name.
    pub name: String,
    /// District, as written; empty when there is no such column.
    pub district: String,
    /// Street or town, as written.
    pub township: String,
    /// Community or village, as written.
    pub community: String,
    /// How it stands.
    pub standing: Standing,
    /// What it is for.
    pub nature: Option<Nature>,
    /// Fields in which it works.
    pub fields: Vec<WorkField>,
    /// Themes of 新风.
    pub themes: Vec<Theme>,
    /// Rural kind.
    pub rural: Option<RuralKind>,
    /// Day of the filing.
    pub filed_on: Option<Day>,
    /// Number of members.
    pub members: Option<i64>,
    /// Who leads it.
    pub leader: Option<PersonName>,
    /// The leader's mobile.
    pub mobile: Option<Mobile>,
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellFault {
    /// The column.
    pub column: Column,
    /// What is wrong.
    pub rule: Rule,
}

/// Longest name of an organisation, in characters.
const LONGEST_NAME: usize = 60;
/// Longest number.
const LONGEST_NUMBER: usize = 40;
/// Rows at the top among which the head is looked for.
const HEAD_WITHIN: usize = 12;
/// Most members that are believed.
const MOST_MEMBERS: i64 = 100_000;

/// A head or a value as it is compared: no white space, brackets or punctuation, full-width as half-width, lower case.
fn plain(text: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().map(half).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Without what stands in brackets: 备案号（必填）.
fn without_brackets(text: &str) -> String {
    let mut depth = 0i32;
    text.chars()
        .filter(|c| {
            match c {
                '(' | '（' | '[' | '【' => depth += 1,
                ')' | '）' | ']' | '】' => {
                    depth -= 1;
                    return false;
                }
                _ => {}
            }
            depth <= 0
        })
        .collect()
}

impl FilingPolicy {
    /// The name by which we call a column.
    pub fn title(&self, column: Column) -> &str {
        self.columns.get(&column).and_then(|names| names.first()).map_or("", String::as_str)
    }

    fn column(&self, text: &str) -> Option<Column> {
        let called = |text: String| {
            let known = |names: &Vec<String>| !text.is_empty() && names.iter().any(|name| plain(name) == text);
            self.columns.iter().find(|(_, names)| known(names)).map(|(column, _)| *column)
        };
        called(plain(text)).or_else(|| called(plain(&without_brackets(text))))
    }

    /// Finds the head among the first rows: the row that names the most columns, with one above it where columns are named
    /// in two rows (merged cells). None when the needed columns are not all named.
    pub fn head(&self, rows: &[Vec<String>]) -> Option<Head> {
        let named = |row: &[String]| {
            let mut places = BTreeMap::new();
            for (place, cell) in row.iter().enumerate() {
                if let Some(column) = self.column(cell) {
                    places.entry(column).or_insert(place);
                }
            }
            places
        };
        let at = (0..rows.len().min(HEAD_WITHIN)).max_by_key(|at| (named(&rows[*at]).len(), std::cmp::Reverse(*at)))?;
        let mut places = named(&rows[at]);
        for (beside, last) in [(at.checked_sub(1), at), (Some(at + 1), at + 1)] {
            let Some(row) = beside.and_then(|b| rows.get(b)) else { continue };
            let more = named(row);
            if more.keys().any(|column| !places.contains_key(column)) && more.keys().all(|c| !places.contains_key(c)) {
                places.extend(more);
                return self.whole(last.max(at) + 1, places);
            }
        }
        self.whole(at + 1, places)
    }

    fn whole(&self, rows: usize, places: BTreeMap<Column, usize>) -> Option<Head> {
        Column::NEEDED.iter().all(|column| places.contains_key(column)).then_some(Head { rows, places })
    }

    /// Reads one row; every cell that is wrong is named.
    pub fn read(&self, head: &Head, row: &[String]) -> Result<Filing, Vec<CellFault>> {
        let mut cells = Cells { head, row, faults: Vec::new() };
        let number = cells.read(Column::Number, |text| {
            let number: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            match number.chars().count() {
                0 => Err(Rule::Required),
                n if n > LONGEST_NUMBER => Err(Rule::TooLong),
                // A number that a spreadsheet has turned into 1.10E+11 is no number any more.
                _ if number.contains("E+") || number.contains("e+") => Err(Rule::Malformed),
                _ => Ok(number),
            }
        });
        let name = cells.read(Column::Name, |text| {
            let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
            match name.chars().count() {
                0 => Err(Rule::Required),
                n if n > LONGEST_NAME => Err(Rule::TooLong),
                _ => Ok(name),
            }
        });
        let community = cells.read(Column::Community, |text| if text.is_empty() { Err(Rule::Required) } else { Ok(text.to_owned()) });
        let standing = cells.read(Column::Standing, |text| one(&self.standing, text)).flatten();
        let nature = cells.read(Column::Nature, |text| one(&self.nature, text)).flatten();
        let fields = cells.read(Column::Fields, |text| many(&self.fields, text)).unwrap_or_default();
        let themes = cells.read(Column::Themes, |text| many(&self.themes, text)).unwrap_or_default();
        let rural = cells.read(Column::Rural, |text| one(&self.rural, text)).flatten();
        let filed_on = cells.optional(Column::FiledOn, |text| any_date(text).ok_or(Rule::Malformed));
        let members = cells.optional(Column::Members, |text| {
            let digits = text.trim_end_matches(['人', '名']).trim_end_matches(".0");
            digits.parse().ok().filter(|n| (0..=MOST_MEMBERS).contains(n)).ok_or(Rule::Malformed)
        });
        let leader = cells.optional(Column::Leader, PersonName::parse);
        let mobile = cells.optional(Column::Mobile, |text| Mobile::parse(text.trim_end_matches(".0")));
        if mobile.is_some() && cells.text(Column::Leader).is_empty() {
            cells.faults.push(CellFault { column: Column::Leader, rule: Rule::Required });
        }
        match (number, name, community) {
            (Some(number), Some(name), Some(community)) if cells.faults.is_empty() => Ok(Filing {
                number,
                name,
                district: cells.text(Column::District).to_owned(),
                township: cells.text(Column::Township).to_owned(),
                community,
                standing: standing.unwrap_or(Standing::Filed),
                nature,
                fields,
                themes,
                rural,
                filed_on,
                members,
                leader,
                mobile,
            }),
            _ => Err(cells.faults),
        }
    }
}

/// The cells of a row, and what was wrong with those that were read.
struct Cells<'r> {
    head: &'r Head,
    row: &'r [String],
    faults: Vec<CellFault>,
}

impl Cells<'_> {
    fn text(&self, column: Column) -> &str {
        self.head.places.get(&column).and_then(|place| self.row.get(*place)).map_or("", |cell| cell.trim())
    }

    fn read<T>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, Rule>) -> Option<T> {
        let read = read(self.text(column));
        read.map_err(|rule| self.faults.push(CellFault { column, rule })).ok()
    }

    /// Nothing for an empty cell.
    fn optional<T>(&mut self, column: Column, read: impl Fn(&str) -> Result<T, Rule>) -> Option<T> {
        self.read(column, |text| if text.is_empty() { Ok(None) } else { read(text).map(Some) }).flatten()
    }
}

/// The one value that a cell names; nothing for an empty cell.
fn one<T: Copy>(words: &BTreeMap<T, Vec<String>>, text: &str) -> Result<Option<T>, Rule> {
    let text = plain(text);
    if text.is_empty() {
        return Ok(None);
    }
    words.iter().find(|(_, names)| names.iter().any(|n| plain(n) == text)).map(|(value, _)| Some(*value)).ok_or(Rule::Unknown)
}

/// Every value that a cell names, parted by any sign.
fn many<T: Copy + Ord>(words: &BTreeMap<T, Vec<String>>, text: &str) -> Result<Vec<T>, Rule> {
    let parts = text.split(['、', ',', '，', ';', '；', '/', '|', ' ', '\n']).map(str::trim).filter(|p| !p.is_empty());
    let found: BTreeSet<T> = parts.map(|part| one(words, part)?.ok_or(Rule::Unknown)).collect::<Result<_, Rule>>()?;
    Ok(found.into_iter().collect())
}

/// A date as files write it: `2021-06-30`, `2021/6/30`, `2021.6.30`, `2021年6月30日`, `20210630`.
pub fn any_date(text: &str) -> Option<Day> {
    let text = text.split_whitespace().next()?.trim_end_matches('日');
    let text = text.split('T').next().unwrap_or(text);
    let parts: Vec<&str> = text.split(['-', '/', '.', '年', '月']).filter(|p| !p.is_empty()).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] => (*year, *month, *day),
        [whole] if whole.len() == 8 && whole.bytes().all(|b| b.is_ascii_digit()) => (&whole[..4], &whole[4..6], &whole[6..]),
        _ => return None,
    };
    let number = |text: &str| text.parse::<u32>().ok();
    parse_date(&format!("{:04}-{:02}-{:02}", number(year)?, number(month)?, number(day)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy() -> FilingPolicy {
        let all: Vec<FilingPolicy> = serde_yaml_ng::from_str(include_str!("../../content/rules/filing.yaml")).expect("the bundled rule");
        all.into_iter().next_back().expect("a version")
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines().map(|line| line.split('|').map(|c| c.trim().to_owned()).collect()).collect()
    }

    #[test]
    fn a_head_is_found_below_a_title_and_over_two_rows() {
        let policy = policy();
        let plain = rows(
            "东城区社区社会组织备案台账||\n截至 2026 年 6 月\n序号|备案号（必填）|组织名称|所在社区|类别|联系电话\n1|东备0001|晨光合唱队|多福巷社区|文体活动类|",
        );
        let head = policy.head(&plain).expect("a head");
        assert_eq!((head.rows, head.places[&Column::Number], head.places[&Column::Community]), (3, 1, 3));
        let two = rows("组织|||负责人|\n备案号|名称|社区|姓名|手机\nA1|队|某社区|王芳|13800138000");
        let head = policy.head(&two).expect("a head");
        assert_eq!((head.rows, head.places[&Column::Name]), (2, 1));
        assert_eq!(policy.head(&rows("姓名|电话\n王芳|1")), None, "not such a file");
    }

    #[test]
    fn a_row_is_read_or_every_wrong_cell_is_named() {
        let policy = policy();
        let file = rows(
            "备案号|名称|街道|社区|状态|类型|作用领域|新风主题|备案日期|人数|负责人|手机\n\
             东备 0001|晨光 合唱队|东华门街道|多福巷社区|已备案|文体活动类|志愿服务、环境卫生|文化铸魂|2021年6月3日|12人|阿依古丽·买买提|138 0013 8000\n\
             1.1E+11||x||在册|什么|修车|好|去年|很多|a@b|123",
        );
        let head = policy.head(&file).expect("a head");
        let filing = policy.read(&head, &file[1]).expect("a good row");
        assert_eq!((filing.number.as_str(), filing.name.as_str()), ("东备0001", "晨光 合唱队"));
        assert_eq!(filing.fields, [WorkField::Volunteering, WorkField::Environment]);
        assert_eq!((filing.filed_on, filing.members), (parse_date("2021-06-03"), Some(12)));
        assert_eq!(filing.mobile.map(|m| m.as_str().to_owned()).as_deref(), Some("13800138000"));
        let faults = policy.read(&head, &file[2]).expect_err("a bad row");
        let columns: Vec<Column> = faults.iter().map(|f| f.column).collect();
        use Column as C;
        assert_eq!(
            columns,
            [C::Number, C::Name, C::Community, C::Standing, C::Nature, C::Fields, C::Themes, C::FiledOn, C::Members, C::Leader, C::Mobile]
        );
    }

    #[test]
    fn dates_are_read_as_files_write_them() {
        for text in ["2021-06-03", "2021/6/3", "2021.6.3", "2021年6月3日", "20210603", "2021-06-03 00:00:00", "2021-06-03T00:00:00"] {
            assert_eq!(any_date(text), parse_date("2021-06-03"), "{text}");
        }
        for text in ["", "2021", "2021-13-01", "去年", "2021-02-30", "3/6/2021x", "4434五"] {
            assert_eq!(any_date(text), None, "{text}");
        }
    }

    proptest! {
        /// Any cells at all: read or named, never a panic, and what is read is within its bounds.
        #[test]
        fn any_file_is_read_or_refused(cells in proptest::collection::vec(proptest::collection::vec("[备案号名称社区0-9E+.年月日/ ，a（）\u{0}𠮷]{0,12}", 0..8), 0..8)) {
            let policy = policy();
            let mut file = cells;
            file.insert(0, ["备案号", "名称", "社区", "备案日期", "人数", "负责人", "手机"].map(str::to_owned).to_vec());
            let head = policy.head(&file).expect("the head stands there");
            for row in &file[head.rows.min(file.len())..] {
                if let Ok(filing) = policy.read(&head, row) {
                    prop_assert!(!filing.number.is_empty() && filing.number.chars().count() <= LONGEST_NUMBER);
                    prop_assert!(filing.members.is_none_or(|n| (0..=MOST_MEMBERS).contains(&n)));
                }
            }
        }
    }
}
