//! Beijing's administrative tree: codes, levels, kinds.

use serde::{Deserialize, Serialize};

/// A 12-digit statistical division code, right-padded with zeros (`110101000000` is 东城区).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

impl RegionCode {
    /// Reads a code; shorter codes are padded on the right. `None` when it is not 2–12 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        (digits && (2..=12).contains(&text.len())).then(|| Self(format!("{text:0<12}")))
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RegionCode {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or(text)
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.0
    }
}

impl std::fmt::Display for RegionCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Level of a node: 市, 区, 街道/乡镇, 社区/村.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionLevel {
    /// 市
    City,
    /// 区
    District,
    /// 街道、镇、乡
    Township,
    /// 社区、村
    Community,
}

impl RegionLevel {
    /// Code used in the database, in files and on the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::Township => "township",
            Self::Community => "community",
        }
    }

    /// Reads [`RegionLevel::code`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::City, Self::District, Self::Township, Self::Community].into_iter().find(|level| level.code() == text)
    }
}

/// Word for a node's kind, as shown beside its name (`街道`, `民族乡`, `居`, `类村`). Empty for an unknown kind.
pub fn kind_word(kind: &str) -> &'static str {
    match kind {
        "municipality" => "市",
        "district" => "区",
        "subdistrict" => "街道",
        "town" => "镇",
        "township" => "乡",
        "ethnic_township" => "民族乡",
        "unit" => "统计单元",
        "resident" => "社区",
        "village" => "村",
        "quasi_resident" => "类居",
        "quasi_village" => "类村",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_codes_are_padded_and_others_refused() {
        assert_eq!(RegionCode::parse("110101").map(String::from), Some("110101000000".into()));
        for text in ["", "1", "1101010010011", "11010100100x", "北京"] {
            assert_eq!(RegionCode::parse(text), None, "{text}");
        }
    }
}
