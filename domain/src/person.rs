//! What a person may be called and sign in with. A value of these types is valid by construction.

use crate::fault::Rule;

/// A person's name: any Unicode letters, `·`, spaces inside; 1–60 characters (GB 18030-2022 level 3 included).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a name; inner runs of white space become one space.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let count = name.chars().count();
        if count == 0 {
            return Err(Rule::Required);
        }
        if count > 60 {
            return Err(Rule::TooLong);
        }
        let fits = |c: char| c.is_alphabetic() || c.is_ascii_digit() || matches!(c, ' ' | '·' | '・' | '•' | '-' | '\'' | '’' | '.');
        // Private-use characters stand for names that older systems could not encode.
        let legacy = |c: char| ('\u{e000}'..='\u{f8ff}').contains(&c) || c as u32 >= 0xf0000;
        if name.chars().all(|c| fits(c) || legacy(c) || is_mark(c)) { Ok(Self(name)) } else { Err(Rule::Malformed) }
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Combining marks and joiners that belong to letters of minority scripts (藏文、维吾尔文、蒙古文).
fn is_mark(c: char) -> bool {
    matches!(c as u32, 0x0300..=0x036f | 0x0610..=0x061a | 0x064b..=0x065f | 0x0f0b | 0x0f18..=0x0fbc | 0x180b..=0x180e | 0x200c..=0x200d | 0xfe00..=0xfe0f | 0xe0100..=0xe01ef)
}

/// The name with everything but the surname hidden: `张*`, `欧阳*`, `阿依古丽*`.
pub fn masked_name(name: &str) -> String {
    const DOUBLE: [&str; 20] = [
        "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "轩辕", "端木", "南宫", "西门",
        "宇文", "长孙", "独孤", "司空",
    ];
    let kept: String = if let Some((first, _)) = name.split_once(['·', ' ', '・', '•']) {
        first.into()
    } else {
        let double = DOUBLE.iter().any(|d| name.starts_with(d)) && name.chars().count() > 2;
        name.chars().take(if double { 2 } else { 1 }).collect()
    };
    format!("{kept}*")
}

/// A mainland mobile number: eleven digits beginning with 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mobile(String);

impl Mobile {
    /// Reads a number; spaces, hyphens, full-width digits and a leading +86 are accepted.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | '—'))
            .map(|c| if ('０'..='９').contains(&c) { char::from(b'0' + (c as u32 - '０' as u32) as u8) } else { c })
            .collect();
        let digits = plain.strip_prefix("+86").or_else(|| plain.strip_prefix("0086")).unwrap_or(&plain);
        if digits.is_empty() {
            return Err(Rule::Required);
        }
        let fits = digits.len() == 11 && digits.starts_with('1') && digits.bytes().all(|b| b.is_ascii_digit());
        if fits { Ok(Self(digits.into())) } else { Err(Rule::MobileDigits) }
    }

    /// The eleven digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits, the only part that is stored in the clear.
    pub fn last4(&self) -> &str {
        &self.0[7..]
    }
}

/// A name to sign in with: 3–32 of `a–z 0–9 _ . -`, starting with a letter (so it is never mistaken for a mobile number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    /// Reads a user name; capital letters become small.
    pub fn parse(text: &str) -> Result<Self, Rule> {
        let name = text.trim().to_ascii_lowercase();
        match name.len() {
            0 => return Err(Rule::Required),
            1..=2 => return Err(Rule::TooShort),
            33.. => return Err(Rule::TooLong),
            _ => {}
        }
        let fits = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-'));
        if fits { Ok(Self(name)) } else { Err(Rule::Malformed) }
    }

    /// The name as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks a new password: 8–128 characters, not one that everybody tries first, not the person's own name or number.
/// No rule about kinds of characters: length is what protects, and people must be able to remember it.
pub fn check_password(password: &str, own: &[&str]) -> Result<(), Rule> {
    let count = password.chars().count();
    if count == 0 {
        return Err(Rule::Required);
    }
    if count < 8 {
        return Err(Rule::TooShort);
    }
    if count > 128 {
        return Err(Rule::TooLong);
    }
    const COMMON: [&str; 16] = [
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "password",
        "qwertyui",
        "11111111",
        "00000000",
        "88888888",
        "66666666",
        "abcd1234",
        "1q2w3e4r",
        "aa123456",
        "a1234567",
        "iloveyou",
        "admin123",
    ];
    let lower = password.to_lowercase();
    let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    if COMMON.contains(&lower.as_str()) || distinct < 3 || own.iter().any(|word| word.chars().count() >= 4 && lower == word.to_lowercase())
    {
        return Err(Rule::TooCommon);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_kind_are_accepted() {
        for name in ["王芳", "𠮷田", "䶮", "阿依古丽·买买提", "欧阳 修", "O’Brien", "བསོད་ནམས", "Жанна Петрова", &"长".repeat(60)]
        {
            assert!(PersonName::parse(name).is_ok(), "{name}");
        }
        assert_eq!(PersonName::parse("  "), Err(Rule::Required));
        assert_eq!(PersonName::parse(&"长".repeat(61)), Err(Rule::TooLong));
        for name in ["<script>", "a;b", "王\u{7}芳", "a/b"] {
            assert_eq!(PersonName::parse(name), Err(Rule::Malformed), "{name}");
        }
    }

    #[test]
    fn a_mask_keeps_the_surname_only() {
        assert_eq!(masked_name("张伟"), "张*");
        assert_eq!(masked_name("欧阳娜娜"), "欧阳*");
        assert_eq!(masked_name("阿依古丽·买买提"), "阿依古丽*");
    }

    #[test]
    fn mobiles_are_read_as_people_type_them() {
        for text in ["13800138000", " 138 0013 8000", "+86 138-0013-8000", "１３８００１３８０００"] {
            assert_eq!(Mobile::parse(text).map(|m| m.as_str().to_owned()), Ok("13800138000".into()), "{text}");
        }
        assert_eq!(Mobile::parse("1380013800"), Err(Rule::MobileDigits));
        assert_eq!(Mobile::parse(""), Err(Rule::Required));
    }

    #[test]
    fn weak_passwords_are_named() {
        assert_eq!(check_password("1234567", &[]), Err(Rule::TooShort));
        assert_eq!(check_password("88888888", &[]), Err(Rule::TooCommon));
        assert_eq!(check_password("13800138000", &["13800138000"]), Err(Rule::TooCommon));
        assert_eq!(check_password("胡同口的老槐树下", &[]), Ok(()));
    }
}
