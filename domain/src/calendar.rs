//! Working days: public holidays and the weekends that are worked for them, year by year as the State Council announces them
//! (“国务院办公厅关于 20XX 年部分节假日安排的通知”). A year that was not announced yet is not guessed.

use serde::{Deserialize, Serialize};

use crate::time::{Day, iso_date, parse_date, year_of};

/// The days of one year, a rule with its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// Name of the version.
    pub version: String,
    /// First day (`yyyy-mm-dd`).
    pub from: String,
    /// Last day.
    pub to: String,
    /// The announcement.
    pub source: String,
    /// Holidays, each with all its days.
    pub holidays: Vec<Holiday>,
    /// Saturdays and Sundays on which people work.
    pub workdays: Vec<String>,
}

/// A holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// What it is called.
    pub name: String,
    /// Its days, `yyyy-mm-dd`.
    pub days: Vec<String>,
}

/// Every year that was announced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: Vec<i64>,
    /// Holidays by day, in order.
    off: Vec<(Day, String)>,
    on: Vec<Day>,
}

/// Saturday or Sunday.
fn is_weekend(day: Day) -> bool {
    // 1970-01-01 was a Thursday.
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

impl Calendar {
    /// Reads announced years; the first thing that cannot be is named.
    pub fn of(years: &[CalendarYear]) -> Result<Self, String> {
        let mut calendar = Self::default();
        for year in years {
            let day = |text: &String| parse_date(text).ok_or_else(|| format!("{}：{text}", year.version));
            let (from, to) = (day(&year.from)?, day(&year.to)?);
            let within = |text: &String| {
                day(text).and_then(|d| if (from..=to).contains(&d) { Ok(d) } else { Err(format!("{}：{text}", year.version)) })
            };
            calendar.years.push(year_of(from));
            for holiday in &year.holidays {
                for text in &holiday.days {
                    calendar.off.push((within(text)?, holiday.name.clone()));
                }
            }
            for text in &year.workdays {
                let day = within(text)?;
                if !is_weekend(day) {
                    return Err(format!("{}：{text}", year.version));
                }
                calendar.on.push(day);
            }
        }
        calendar.off.sort();
        calendar.on.sort_unstable();
        match calendar.on.iter().find(|day| calendar.holiday(**day).is_some()) {
            Some(both) => Err(iso_date(*both)),
            None => Ok(calendar),
        }
    }

    /// The holiday of a day.
    pub fn holiday(&self, day: Day) -> Option<&str> {
        let at = self.off.binary_search_by_key(&day, |(d, _)| *d).ok()?;
        Some(&self.off[at].1)
    }

    /// Whether people work on a day; unknown in a year that was not announced.
    pub fn is_working(&self, day: Day) -> Option<bool> {
        if !self.years.contains(&year_of(day)) {
            return None;
        }
        Some(self.holiday(day).is_none() && (!is_weekend(day) || self.on.binary_search(&day).is_ok()))
    }

    /// The day on which so many working days have passed, the first day not counted: what begins on a Monday and takes five
    /// is over on the next Monday. Unknown beyond what was announced.
    pub fn after_working_days(&self, first: Day, mut days: i64) -> Option<Day> {
        let mut day = first;
        while days > 0 {
            day += 1;
            days -= i64::from(self.is_working(day)?);
        }
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bundled() -> Calendar {
        let years: Vec<CalendarYear> =
            serde_yaml_ng::from_str(include_str!("../../content/rules/calendar.yaml")).expect("the bundled years");
        Calendar::of(&years).expect("sound")
    }

    fn day(text: &str) -> Day {
        parse_date(text).expect("a day")
    }

    #[test]
    fn known_days_are_as_they_were_announced() {
        let calendar = bundled();
        for (text, works) in [
            ("2022-01-31", false), // 除夕 of that year's holiday
            ("2022-01-29", true),  // a Saturday worked for it
            ("2023-10-06", false),
            ("2023-10-07", true), // a Saturday
            ("2024-02-09", true), // 除夕, not a public holiday that year
            ("2024-02-10", false),
            ("2025-10-08", false),
            ("2026-01-04", true), // a Sunday worked for New Year
            ("2026-11-25", true),
            ("2026-11-28", false),
        ] {
            assert_eq!(calendar.is_working(day(text)), Some(works), "{text}");
        }
        assert_eq!(calendar.is_working(day("2031-01-02")), None, "not announced, not guessed");
        // Five working days over the National Day of 2022: 8 and 9 October are worked.
        assert_eq!(calendar.after_working_days(day("2022-09-30"), 5), Some(day("2022-10-12")));
    }

    #[test]
    fn a_workday_is_a_weekend_and_no_holiday() {
        let year = |holidays: &[&str], workdays: &[&str]| CalendarYear {
            version: "t".into(),
            from: "2026-01-01".into(),
            to: "2026-12-31".into(),
            source: String::new(),
            holidays: vec![Holiday { name: "节".into(), days: holidays.iter().map(|d| (*d).to_owned()).collect() }],
            workdays: workdays.iter().map(|d| (*d).to_owned()).collect(),
        };
        assert!(Calendar::of(&[year(&["2026-01-01"], &["2026-01-04"])]).is_ok());
        for wrong in
            [year(&[], &["2026-01-05"]), year(&["2026-01-04"], &["2026-01-04"]), year(&["2025-12-31"], &[]), year(&["2026-02-30"], &[])]
        {
            assert!(Calendar::of(&[wrong]).is_err());
        }
    }

    proptest! {
        /// Counting forward and counting back agree, and a period never ends on a day off.
        #[test]
        fn so_many_working_days_lie_between(start in 0i64..1_800, days in 1i64..60) {
            let calendar = bundled();
            let first = day("2021-01-01") + start;
            if let Some(end) = calendar.after_working_days(first, days) {
                prop_assert_eq!(calendar.is_working(end), Some(true));
                let between = (first + 1..=end).filter(|d| calendar.is_working(*d) == Some(true)).count() as i64;
                prop_assert_eq!(between, days);
            }
        }
    }
}
