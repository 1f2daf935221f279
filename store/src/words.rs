//! Sort keys and initials of Chinese names, by pinyin.

use pinyin::ToPinyin;

/// A key that sorts names by pinyin and keeps equal-sounding ones apart (`wang2fang1 王芳`).
pub fn sort_key(name: &str) -> String {
    let mut key = String::new();
    for c in name.chars() {
        match c.to_pinyin() {
            Some(p) => key.push_str(p.with_tone_num_end()),
            None => key.extend(c.to_lowercase()),
        }
    }
    key.push(' ');
    key.push_str(name);
    key
}

/// One letter a character: the pinyin initial of a Chinese character, a letter or digit as it is; others are left out.
pub fn initials(text: &str) -> String {
    text.chars().filter_map(initial).collect()
}

/// The pinyin initial of one character.
pub(crate) fn initial(c: char) -> Option<char> {
    match c.to_pinyin() {
        Some(p) => p.first_letter().chars().next(),
        None if c.is_ascii_alphanumeric() => Some(c.to_ascii_lowercase()),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_sound_and_shorten_to_initials() {
        assert!(sort_key("安平") < sort_key("王芳"));
        assert_eq!(initials("社区组织"), "sqzz");
        assert_eq!(initials("C01 党建"), "c01dj");
    }
}
