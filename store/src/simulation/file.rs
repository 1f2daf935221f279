//! Scenario files: YAML as `domain::scenario` spells it.

use std::path::Path;

use domain::scenario::Scenario;

use crate::{Error, Result};

/// Largest scenario file, in bytes.
const LARGEST: u64 = 2 << 20;

/// Reads a scenario file; errors name the line.
pub fn read(path: &Path) -> Result<Scenario> {
    let file = path.display().to_string();
    let fail = |source| Error::File { path: file.clone(), source };
    if std::fs::metadata(path).map_err(fail)?.len() > LARGEST {
        return Err(Error::Content(format!("{file}:1: 文件太大，最多 2 MB")));
    }
    let text = std::fs::read_to_string(path).map_err(fail)?;
    parse(&text, &file)
}

/// Reads the text of a scenario; errors name `file` and the line.
pub fn parse(text: &str, file: &str) -> Result<Scenario> {
    serde_yaml_ng::from_str(text).map_err(|e| Error::Content(format!("{file}:{}: {e}", e.location().map_or(1, |l| l.line()))))
}

/// Writes a scenario as its file.
pub fn write(scenario: &Scenario) -> Result<String> {
    serde_yaml_ng::to_string(scenario).map_err(|e| Error::Content(e.to_string()))
}

/// Writes a scenario as JSON; [`parse`] reads it as well.
pub fn write_json(scenario: &Scenario) -> Result<String> {
    serde_json::to_string_pretty(scenario).map_err(|e| Error::Content(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_its_line() {
        let wrong = parse("key: S01\nedition: one\n", "s.yaml").expect_err("wrong").to_string();
        assert!(wrong.starts_with("s.yaml:2:"), "{wrong}");
        let foreign = parse("key: S01\nscript: rm\n", "s.yaml").expect_err("wrong").to_string();
        assert!(foreign.contains("script"), "{foreign}");
        // Aliases that grow without end are refused by the reader, not by the memory.
        let laughs = (1..60).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, i| {
            format!("{text}a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","))
        });
        assert!(parse(&laughs, "s.yaml").is_err());
    }
}
