//! Proof of watching, judged on the server: played seconds as a union set that only grows, bounded by real time.
//!
//! The browser reports what it played ([`Beat`]); [`Playing::beat`] decides what of it the clock allows. A *bucket* fills
//! with the real time that passes and empties with every second claimed, so a direct post, a second tab, a moved clock
//! or a replayed batch has nothing to spend (rules: domain brief §5.2 防刷课).

use serde::{Deserialize, Serialize};

use crate::policy::OnlinePolicy;
use crate::time::Millis;

/// A set of whole seconds of a video, kept as sorted, disjoint, half-open spans. It only grows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seen(Vec<(i64, i64)>);

impl Seen {
    /// Adds `[from, to)`. Spans that touch become one.
    pub fn add(&mut self, from: i64, to: i64) {
        if from >= to || from < 0 {
            return;
        }
        let first = self.0.partition_point(|(_, end)| *end < from);
        let last = self.0.partition_point(|(start, _)| *start <= to);
        let (mut start, mut end) = (from, to);
        if first < last {
            start = start.min(self.0[first].0);
            end = end.max(self.0[last - 1].1);
        }
        self.0.splice(first..last, [(start, end)]);
    }

    /// Adds everything that `other` holds.
    pub fn merge(&mut self, other: &Self) {
        for (from, to) in &other.0 {
            self.add(*from, *to);
        }
    }

    /// How many seconds it holds.
    pub fn seconds(&self) -> i64 {
        self.0.iter().map(|(from, to)| to - from).sum()
    }

    /// The furthest second reached.
    pub fn frontier(&self) -> i64 {
        self.0.last().map_or(0, |(_, to)| *to)
    }

    /// Whether `second` is in the set.
    pub fn contains(&self, second: i64) -> bool {
        self.0.iter().any(|(from, to)| (*from..*to).contains(&second))
    }

    /// The spans, in order.
    pub fn spans(&self) -> &[(i64, i64)] {
        &self.0
    }

    /// What of `[0, length)` is missing, in order.
    pub fn gaps(&self, length: i64) -> Vec<(i64, i64)> {
        let mut gaps = Vec::new();
        let mut at = 0;
        for (from, to) in &self.0 {
            if *from > at {
                gaps.push((at, (*from).min(length)));
            }
            at = at.max(*to);
        }
        if at < length {
            gaps.push((at, length));
        }
        gaps
    }

    /// Reads the stored form, `0-95,100-120`; anything else gives an empty set.
    pub fn parse(text: &str) -> Self {
        let mut seen = Self::default();
        for span in text.split(',').filter(|s| !s.is_empty()) {
            if let Some((from, to)) = span.split_once('-')
                && let (Ok(from), Ok(to)) = (from.parse(), to.parse())
            {
                seen.add(from, to);
            }
        }
        seen
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (from, to)) in self.0.iter().enumerate() {
            write!(f, "{}{from}-{to}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// Most spans that one beat may carry; a player that seeks more often sends more beats.
pub const SPANS_PER_BEAT: usize = 64;

/// What the player reports: the spans played since the last answered beat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Grows by one with every beat of a session; the answer to a repeated number changes nothing.
    pub seq: i64,
    /// Played spans in whole seconds, in the order they were played.
    pub spans: Vec<(i64, i64)>,
    /// Where the player stands, to resume there.
    pub position: i64,
}

/// One opened player: the fact that beats grow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playing {
    /// When the last accepted beat arrived (or the session was opened).
    pub last_at: Millis,
    /// Number of the last accepted beat.
    pub last_seq: i64,
    /// Real time not yet spent on claims, in milliseconds; may be overdrawn by the slack.
    pub bucket_ms: i64,
    /// Seconds played since presence was last confirmed.
    pub since_presence: i64,
    /// Seconds that this session has proved.
    pub seen: Seen,
    /// Where to resume.
    pub position: i64,
}

/// What a beat led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything claimed was credited.
    Credited,
    /// Part of the claim was more than real time allows and was left out.
    Trimmed,
    /// Waiting for the learner to confirm presence; nothing is lost, the clock of credit stands still.
    PresenceDue,
    /// This beat number was seen before; nothing changed.
    Repeated,
}

/// The rules that hold for one view of one video.
#[derive(Debug, Clone, Copy)]
pub struct Viewing<'p> {
    /// The frozen policy.
    pub policy: &'p OnlinePolicy,
    /// Length of the video in seconds.
    pub seconds: i64,
    /// Whether the lesson is already done: faster rates and free seeking.
    pub done: bool,
}

impl Viewing<'_> {
    fn rate_percent(&self) -> i64 {
        if self.done { self.policy.later_rate_percent } else { self.policy.first_rate_percent }
    }

    /// Seconds that must be covered.
    pub fn needed(&self) -> i64 {
        (self.seconds * self.policy.coverage_percent + 99) / 100
    }
}

impl Playing {
    /// A session opened `now`, to resume at `position`.
    pub fn open(now: Millis, position: i64) -> Self {
        Self { last_at: now, last_seq: 0, bucket_ms: 0, since_presence: 0, seen: Seen::default(), position }
    }

    /// Judges one beat that arrived `now`. `before` is what the learner's other sessions on this lesson have proved.
    pub fn beat(&self, before: &Seen, beat: &Beat, now: Millis, rules: Viewing<'_>) -> (Self, Outcome) {
        if beat.seq <= self.last_seq {
            return (self.clone(), Outcome::Repeated);
        }
        let policy = rules.policy;
        let mut next = self.clone();
        next.last_seq = beat.seq;
        // Real time since the last beat, as much of it as a lost network may hold back. A clock moved back gives nothing.
        let elapsed = (now - self.last_at).clamp(0, policy.offline_seconds * 1_000);
        next.last_at = now.max(self.last_at);
        next.bucket_ms = (self.bucket_ms + elapsed * rules.rate_percent() / 100).min(policy.offline_seconds * 1_000);

        let mut reached = before.clone();
        reached.merge(&self.seen);
        let presence_limit = policy.presence_every_seconds + policy.presence_window_seconds;
        let mut outcome = Outcome::Credited;
        for (from, to) in beat.spans.iter().take(SPANS_PER_BEAT) {
            let (from, to) = ((*from).max(0), (*to).min(rules.seconds));
            let by_presence = presence_limit - next.since_presence;
            if by_presence <= 0 {
                outcome = Outcome::PresenceDue;
                break;
            }
            // The first view does not pass what was seen; going back is free.
            if from >= to || (!rules.done && from > reached.frontier() + policy.slack_seconds) {
                outcome = Outcome::Trimmed;
                continue;
            }
            let by_clock = (next.bucket_ms + policy.slack_seconds * 1_000).div_euclid(1_000).max(0);
            let length = (to - from).min(by_clock).min(by_presence);
            if length < to - from {
                outcome = if by_presence <= by_clock { Outcome::PresenceDue } else { Outcome::Trimmed };
            }
            next.bucket_ms -= length * 1_000;
            next.since_presence += length;
            next.seen.add(from, from + length);
            reached.add(from, from + length);
        }
        next.position = beat.position.clamp(0, rules.seconds);
        if !rules.done {
            next.position = next.position.min(reached.frontier());
        }
        if outcome == Outcome::Credited && next.since_presence >= policy.presence_every_seconds {
            outcome = Outcome::PresenceDue;
        }
        (next, outcome)
    }

    /// The learner said 我在.
    pub fn confirm_presence(&self) -> Self {
        Self { since_presence: 0, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy() -> OnlinePolicy {
        OnlinePolicy {
            version: "test".into(),
            from: "2026-01-01".into(),
            unit_minutes: 45,
            reading_speed: 500,
            reading_share_percent: 50,
            credit_characters: 200,
            minutes_per_question: 1,
            lesson_questions: 3,
            course_questions: 10,
            pass_percent: 60,
            coverage_percent: 95,
            first_rate_percent: 100,
            later_rate_percent: 200,
            slack_seconds: 2,
            offline_seconds: 600,
            presence_every_seconds: 720,
            presence_window_seconds: 90,
            daily_cap_minutes: 360,
        }
    }

    fn rules(policy: &OnlinePolicy, seconds: i64) -> Viewing<'_> {
        Viewing { policy, seconds, done: false }
    }

    fn beat(seq: i64, from: i64, to: i64) -> Beat {
        Beat { seq, spans: vec![(from, to)], position: to }
    }

    #[test]
    fn playing_in_real_time_is_credited_in_full() {
        let policy = policy();
        let mut playing = Playing::open(0, 0);
        for i in 0..10 {
            let (next, outcome) = playing.beat(&Seen::default(), &beat(i + 1, i * 15, (i + 1) * 15), (i + 1) * 15_000, rules(&policy, 150));
            assert_eq!(outcome, Outcome::Credited);
            playing = next;
        }
        assert_eq!(playing.seen.to_string(), "0-150");
    }

    #[test]
    fn a_direct_post_gains_nothing_but_the_slack() {
        let policy = policy();
        let (mut playing, outcome) = Playing::open(0, 0).beat(&Seen::default(), &beat(1, 0, 600), 100, rules(&policy, 600));
        assert_eq!(outcome, Outcome::Trimmed);
        for seq in 2..200 {
            let at = playing.seen.frontier();
            playing = playing.beat(&Seen::default(), &beat(seq, at, 600), 100, rules(&policy, 600)).0;
        }
        assert!(playing.seen.seconds() <= policy.slack_seconds + 1, "{}", playing.seen);
    }

    #[test]
    fn a_replayed_batch_changes_nothing() {
        let policy = policy();
        let (once, _) = Playing::open(0, 0).beat(&Seen::default(), &beat(1, 0, 20), 20_000, rules(&policy, 600));
        let (twice, outcome) = once.beat(&Seen::default(), &beat(1, 20, 400), 900_000, rules(&policy, 600));
        assert_eq!((outcome, twice), (Outcome::Repeated, once));
    }

    #[test]
    fn a_clock_that_jumps_gives_no_more_than_a_lost_network() {
        let policy = policy();
        let (playing, _) = Playing::open(0, 0).beat(&Seen::default(), &beat(1, 0, 3_000), 3_600_000, rules(&policy, 3_000));
        assert!(playing.seen.seconds() <= policy.offline_seconds + policy.slack_seconds);
        let (back, _) = playing.beat(&Seen::default(), &beat(2, 0, 3_000), 0, rules(&policy, 3_000));
        assert_eq!(back.last_at, playing.last_at);
        assert!(back.seen.seconds() <= policy.offline_seconds + policy.slack_seconds);
    }

    #[test]
    fn a_late_batch_within_the_clock_is_accepted() {
        let policy = policy();
        let late = Beat { seq: 1, spans: vec![(0, 100), (50, 100), (100, 290)], position: 290 };
        let (playing, outcome) = Playing::open(0, 0).beat(&Seen::default(), &late, 345_000, rules(&policy, 600));
        assert_eq!((outcome, playing.seen.to_string().as_str()), (Outcome::Credited, "0-290"));
    }

    #[test]
    fn the_first_view_does_not_jump_ahead_and_a_later_one_may() {
        let policy = policy();
        let (playing, outcome) = Playing::open(0, 0).beat(&Seen::default(), &beat(1, 300, 330), 60_000, rules(&policy, 600));
        assert_eq!((outcome, playing.seen.seconds(), playing.position), (Outcome::Trimmed, 0, 0));
        let done = Viewing { done: true, ..rules(&policy, 600) };
        let (playing, _) = Playing::open(0, 0).beat(&Seen::default(), &beat(1, 300, 330), 60_000, done);
        assert_eq!(playing.seen.to_string(), "300-330");
        let (back, _) = Playing::open(0, 0).beat(&Seen::parse("0-300"), &beat(1, 10, 40), 60_000, rules(&policy, 600));
        assert_eq!(back.seen.to_string(), "10-40");
    }

    #[test]
    fn presence_pauses_credit_and_takes_nothing_away() {
        let policy = policy();
        let mut playing = Playing::open(0, 0);
        let mut last = Outcome::Credited;
        for i in 0..60 {
            let (next, outcome) =
                playing.beat(&Seen::default(), &beat(i + 1, i * 30, (i + 1) * 30), (i + 1) * 30_000, rules(&policy, 1_800));
            (playing, last) = (next, outcome);
        }
        assert_eq!(last, Outcome::PresenceDue);
        assert_eq!(playing.seen.seconds(), policy.presence_every_seconds + policy.presence_window_seconds);
        let at = playing.seen.frontier();
        let (on, _) = playing.confirm_presence().beat(&Seen::default(), &beat(61, at, at + 30), 61 * 30_000, rules(&policy, 1_800));
        assert_eq!(on.seen.seconds(), playing.seen.seconds() + 30);
    }

    proptest! {
        /// Whatever beats arrive whenever: the set never shrinks, and never outgrows real time.
        #[test]
        fn credit_never_shrinks_and_never_outruns_the_clock(
            beats in prop::collection::vec((1i64..50, prop::collection::vec((-10i64..900, -10i64..900), 0..5), 0i64..120_000), 0..60)
        ) {
            let policy = policy();
            let mut playing = Playing::open(0, 0);
            let mut now = 0;
            for (seq, spans, wait) in beats {
                now += wait;
                let (next, _) = playing.beat(&Seen::default(), &Beat { seq, spans, position: 5_000 }, now, rules(&policy, 800));
                prop_assert!(next.seen.seconds() >= playing.seen.seconds());
                prop_assert!(playing.seen.spans().iter().all(|(a, b)| (*a..*b).all(|s| next.seen.contains(s))));
                playing = next;
            }
            prop_assert!(playing.seen.seconds() * 1_000 <= now + policy.slack_seconds * 1_000);
            prop_assert!((0..=800).contains(&playing.position));
        }

        #[test]
        fn a_set_is_what_its_spans_say(spans in prop::collection::vec((0i64..60, 0i64..60), 0..12)) {
            let mut seen = Seen::default();
            let mut plain = std::collections::BTreeSet::new();
            for (a, b) in &spans {
                seen.add(*a, *b);
                plain.extend(*a..*b);
            }
            prop_assert_eq!(seen.seconds(), plain.len() as i64);
            prop_assert!((0..60).all(|s| seen.contains(s) == plain.contains(&s)));
            prop_assert!(seen.spans().windows(2).all(|w| w[0].1 < w[1].0), "{:?}", seen);
            prop_assert_eq!(&Seen::parse(&seen.to_string()), &seen);
            let missing: i64 = seen.gaps(60).iter().map(|(a, b)| b - a).sum();
            prop_assert_eq!(missing, 60 - plain.len() as i64);
        }
    }
}
