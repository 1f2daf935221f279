//! Instants, days and their Chinese notation. China has had one time zone without summer time since 1991, so the
//! whole calendar is integer arithmetic at UTC+8.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;
/// Days since 1970-01-01 in Shanghai local time.
pub type Day = i64;

const MS_PER_DAY: i64 = 86_400_000;
const OFFSET_MS: i64 = 8 * 3_600_000;

/// The Shanghai day on which an instant falls.
pub fn day_of(at: Millis) -> Day {
    (at + OFFSET_MS).div_euclid(MS_PER_DAY)
}

/// The instant at which a Shanghai day begins.
pub fn start_of(day: Day) -> Millis {
    day * MS_PER_DAY - OFFSET_MS
}

/// A calendar date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year of the Gregorian calendar.
    pub year: i64,
    /// Month, 1–12.
    pub month: i64,
    /// Day of the month, 1–31.
    pub day: i64,
}

/// The date of a day number (algorithm of the proleptic Gregorian calendar in eras of 400 years).
pub fn date_of(day: Day) -> Date {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    Date { year: yoe + era * 400 + i64::from(month <= 2), month, day: doy - (153 * mp + 2) / 5 + 1 }
}

/// The day number of a date.
pub fn day_number(date: Date) -> Day {
    let y = if date.month <= 2 { date.year - 1 } else { date.year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (date.month + 9) % 12;
    let doy = (153 * mp + 2) / 5 + date.day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// Reads `yyyy-mm-dd`; `None` when it is not a real date.
pub fn parse_date(text: &str) -> Option<Day> {
    let mut parts = text.split('-');
    let mut next = || parts.next()?.parse::<i64>().ok();
    let date = Date { year: next()?, month: next()?, day: next()? };
    let plausible = (1900..=2200).contains(&date.year) && (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    let day = plausible.then(|| day_number(date))?;
    (date_of(day) == date && text.len() == 10).then_some(day)
}

/// `2026-05-13`, for tables and machines.
pub fn iso_date(day: Day) -> String {
    let d = date_of(day);
    format!("{:04}-{:02}-{:02}", d.year, d.month, d.day)
}

/// `2026-05-13 14:05`, Shanghai time, for tables.
pub fn iso_minute(at: Millis) -> String {
    let minutes = (at + OFFSET_MS).rem_euclid(MS_PER_DAY) / 60_000;
    format!("{} {:02}:{:02}", iso_date(day_of(at)), minutes / 60, minutes % 60)
}

/// `5 月 13 日`, for sentences.
pub fn spoken_date(day: Day) -> String {
    let d = date_of(day);
    format!("{} 月 {} 日", d.month, d.day)
}

/// `5 月 13 日 14:05`, Shanghai time, for sentences.
pub fn spoken_minute(at: Millis) -> String {
    let minutes = (at + OFFSET_MS).rem_euclid(MS_PER_DAY) / 60_000;
    format!("{} {:02}:{:02}", spoken_date(day_of(at)), minutes / 60, minutes % 60)
}

/// The requirement year an instant belongs to: the calendar year in Shanghai.
pub fn year_of(day: Day) -> i64 {
    date_of(day).year
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_begins_at_sixteen_utc() {
        let day = parse_date("2026-11-24").expect("a date");
        assert_eq!(day_of(start_of(day)), day);
        assert_eq!(day_of(start_of(day) - 1), day - 1);
        assert_eq!(iso_minute(start_of(day) + 5 * 60_000), "2026-11-24 00:05");
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2026-02-29", "2026-13-01", "2026-1-1", "", "abcd-ef-gh", "2026-11-31", "2026-11-24-1"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert!(parse_date("2024-02-29").is_some());
    }

    proptest! {
        #[test]
        fn day_and_date_are_inverse(day in -100_000i64..100_000) {
            prop_assert_eq!(day_number(date_of(day)), day);
        }
    }
}
