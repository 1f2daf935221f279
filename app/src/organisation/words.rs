//! Words of organisations and of what a file says of them.

use domain::fault::Rule;
use domain::filing::Column;
use domain::organisation::{Kind, Nature, RuralKind, Standing, Theme, WorkField};

/// How an organisation stands.
pub fn standing(code: &str) -> &'static str {
    match Standing::parse(code) {
        Some(Standing::Filed) => "备案",
        Some(Standing::Registered) => "登记",
        Some(Standing::Ended) => "注销",
        None => "—",
    }
}

/// What it is for.
pub fn nature(code: &str) -> &'static str {
    match Nature::parse(code) {
        Some(Nature::Service) => "服务型",
        Some(Nature::PublicBenefit) => "公益性",
        Some(Nature::MutualAid) => "互助性",
        Some(Nature::CultureSports) => "文体活动类",
        None => "—",
    }
}

fn field(one: WorkField) -> &'static str {
    match one {
        WorkField::PublicOrder => "治安综治",
        WorkField::Mediation => "矛盾纠纷调解",
        WorkField::Deliberation => "社区协商",
        WorkField::Volunteering => "志愿服务",
        WorkField::Correction => "社区矫正",
        WorkField::DrugRehabilitation => "社区戒毒",
        WorkField::Recovery => "社区康复",
        WorkField::Environment => "环境卫生",
        WorkField::Property => "物业管理",
        WorkField::Migrants => "流动人口服务",
    }
}

fn theme(one: Theme) -> &'static str {
    match one {
        Theme::Neighbours => "邻里守望",
        Theme::Together => "共建共治共享",
        Theme::Safety => "共创平安",
        Theme::Culture => "文化铸魂",
    }
}

/// What the countryside has of its own.
pub fn rural(code: &str) -> &'static str {
    match RuralKind::parse(code) {
        Some(RuralKind::Elders) => "乡贤理事会",
        Some(RuralKind::WeddingsFunerals) => "红白理事会",
        Some(RuralKind::Production) => "生产合作社",
        Some(RuralKind::Farmers) => "农民经济合作组织",
        None => "—",
    }
}

/// What part it plays.
pub fn kind(code: &str) -> &'static str {
    match Kind::parse(code) {
        Some(Kind::Federation) => "社区社会组织联合会",
        Some(Kind::Incubator) => "培育孵化机构",
        Some(Kind::Support) => "支持性、枢纽型社会组织",
        Some(Kind::Partner) => "驻区单位",
        _ => "社区社会组织",
    }
}

fn joined(codes: &str, word: impl Fn(&str) -> Option<&'static str>) -> String {
    let words: Vec<&str> = codes.split(' ').filter_map(word).collect();
    if words.is_empty() { "—".into() } else { words.join("、") }
}

/// Work fields.
pub fn fields(codes: &str) -> String {
    joined(codes, |code| WorkField::parse(code).map(field))
}

/// Themes of 新风.
pub fn themes(codes: &str) -> String {
    joined(codes, |code| Theme::parse(code).map(theme))
}

/// A value of a column in words; a region is named by the caller.
pub fn value(column: Column, code: &str) -> String {
    match column {
        _ if code.is_empty() => "（空）".into(),
        Column::Standing => standing(code).into(),
        Column::Nature => nature(code).into(),
        Column::Fields => fields(code),
        Column::Themes => themes(code),
        Column::Rural => rural(code).into(),
        _ => code.to_owned(),
    }
}

/// What is wrong with a cell, and what to do.
pub fn fault(column: Column, rule: Rule) -> &'static str {
    match (column, rule) {
        (Column::Township, Rule::Required) => "有几个同名的社区，请把街道（乡镇）填上",
        (Column::Number, Rule::Taken) => "这个号在文件里有两行，或者已经是别处的组织",
        (Column::Number, Rule::Malformed) => "号被表格软件变成了科学计数，请设成文本再填",
        (Column::Community, Rule::Unknown) => "在您管的范围里没有找到这个社区（村）",
        (Column::Township | Column::District, Rule::Unknown) => "这个社区不在这里写的街道（区）",
        (_, Rule::Differs) => "核对以后又有人改过，请再导一次",
        (_, Rule::Required) => "没有填",
        (_, Rule::TooLong) => "太长",
        (_, Rule::MobileDigits) => "手机号要 11 位",
        (_, Rule::Unknown) => "不认得这个词",
        _ => "写法不对",
    }
}
