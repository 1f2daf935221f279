//! The one error that crosses borders: codes and field names, never prose. The view picks the words.

use serde::{Deserialize, Serialize};

/// What is wrong with one field of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Nothing was given.
    Required,
    /// Longer than the field admits.
    TooLong,
    /// Shorter than the field needs.
    TooShort,
    /// Not of the field's form (a mobile number, a user name, a date).
    Malformed,
    /// A mainland mobile number has eleven digits.
    MobileDigits,
    /// Names something that does not exist.
    Unknown,
    /// Taken by somebody else.
    Taken,
    /// The two entries differ.
    Differs,
    /// The old password is wrong.
    Wrong,
    /// One of the passwords that everybody tries first, or made of the person's own name or number.
    TooCommon,
}

/// One field with one broken rule. The field is the form's own name for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// Name of the form field.
    pub field: String,
    /// What is wrong with it.
    pub rule: Rule,
}

impl FieldFault {
    /// A fault of `field`.
    pub fn new(field: impl Into<String>, rule: Rule) -> Self {
        Self { field: field.into(), rule }
    }
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Fault {
    /// Nobody is signed in.
    #[error("signed out")]
    SignedOut,
    /// The role lacks this function.
    #[error("forbidden")]
    Forbidden,
    /// Not there, or outside the asker's scope: the two are not told apart.
    #[error("missing")]
    Missing,
    /// Fields that need mending.
    #[error("invalid input")]
    Invalid(Vec<FieldFault>),
    /// The state does not allow this move, with a code that says why.
    #[error("refused: {0}")]
    Refused(String),
    /// Somebody else changed the same thing at the same time; trying again may work.
    #[error("conflict")]
    Conflict,
    /// Too many at once; trying again later will work.
    #[error("busy")]
    Busy,
    /// Our own failure; `reference` finds it in the log.
    #[error("internal failure {reference}")]
    Internal {
        /// Shown to the user and written to the log.
        reference: String,
    },
}

/// Collects the field faults of one form, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct Findings(Vec<FieldFault>);

impl Findings {
    /// Keeps the value of a parsed field, or notes what is wrong with it.
    pub fn take<T>(&mut self, field: &str, parsed: Result<T, Rule>) -> Option<T> {
        parsed.map_err(|rule| self.0.push(FieldFault::new(field, rule))).ok()
    }

    /// Notes a fault.
    pub fn add(&mut self, field: &str, rule: Rule) {
        self.0.push(FieldFault::new(field, rule));
    }

    /// `Ok` when nothing was noted.
    pub fn done(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::Invalid(self.0)) }
    }
}
