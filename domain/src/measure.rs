//! Figures over people and places: facts in columns, counted for a period and as they were known at some day. A person
//! counts once, at the place of the last fact that qualifies, so that places add up (人数); facts and their amounts stay
//! where they happened (人次, 学时). (报表口径：训前训中训后各表。)

use std::collections::BTreeMap;

use crate::time::Day;

/// A kind of thing that is counted apart: content area and mode, as places in the lists of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// Place of the area, below 16.
    pub area: u8,
    /// Place of the mode, below 16.
    pub mode: u8,
}

/// One fact: who, where, when it happened and was recorded, of what kind, how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Place of the person among all people.
    pub person: u32,
    /// Place of the region among all regions.
    pub place: u16,
    /// Day on which it happened.
    pub day: Day,
    /// Day on which it was recorded.
    pub recorded: Day,
    /// Its kind.
    pub tag: Tag,
    /// Its amount (minutes).
    pub n: u16,
}

/// What is asked for. Days are inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// First day of the period.
    pub from: Day,
    /// Last day of the period (发生截至).
    pub to: Day,
    /// Facts recorded later are not known yet (记录截至).
    pub known: Day,
    /// Only this area.
    pub area: Option<u8>,
    /// Only this mode.
    pub mode: Option<u8>,
}

/// Facts of one kind in columns, person by person. Seven bytes a fact, and four a person.
#[derive(Debug, Clone, Default)]
pub struct Track {
    starts: Vec<u32>,
    place: Vec<u16>,
    day: Vec<u16>,
    tag: Vec<u8>,
    n: Vec<u16>,
    /// Facts that were recorded on another day than they happened, by place in the columns: few.
    late: BTreeMap<u32, u16>,
}

/// Figures by place. A place's own facts only, until [`Tree::roll`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// People, each at one place.
    pub people: Vec<i64>,
    /// Facts.
    pub times: Vec<i64>,
    /// Amounts.
    pub amount: Vec<i64>,
}

fn narrow(day: Day) -> u16 {
    day.clamp(0, i64::from(u16::MAX)) as u16
}

impl Track {
    /// Facts in any order, of so many people.
    pub fn of(people: usize, mut facts: Vec<Fact>) -> Self {
        facts.sort_by_key(|f| (f.person, f.day));
        let mut track = Self::default();
        facts.into_iter().filter(|f| (f.person as usize) < people).for_each(|fact| track.push(fact));
        track.end(people);
        track
    }

    /// Takes the next fact: of the same person as before, or of a later one.
    pub fn push(&mut self, fact: Fact) {
        let at = self.day.len() as u32;
        while self.starts.len() <= fact.person as usize {
            self.starts.push(at);
        }
        let (day, recorded) = (narrow(fact.day), narrow(fact.recorded));
        if day != recorded {
            self.late.insert(at, recorded);
        }
        self.place.push(fact.place);
        self.day.push(day);
        self.tag.push(fact.tag.area << 4 | (fact.tag.mode & 15));
        self.n.push(fact.n);
    }

    /// No more facts come; there are so many people.
    pub fn end(&mut self, people: usize) {
        let at = self.day.len() as u32;
        while self.starts.len() <= people {
            self.starts.push(at);
        }
        self.starts.truncate(people + 1);
        if let Some(last) = self.starts.last_mut() {
            *last = at;
        }
        for column in [&mut self.place, &mut self.day, &mut self.n] {
            column.shrink_to_fit();
        }
        self.tag.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// Facts kept.
    pub fn len(&self) -> usize {
        self.day.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.day.is_empty()
    }

    /// Bytes that the columns take.
    pub fn bytes(&self) -> usize {
        self.day.capacity() * 2 + self.place.capacity() * 2 + self.n.capacity() * 2 + self.tag.capacity() + self.starts.capacity() * 4
    }

    fn qualifies(&self, at: usize, window: &Window) -> bool {
        let (day, tag) = (Day::from(self.day[at]), self.tag[at]);
        (window.from..=window.to).contains(&day)
            && window.area.is_none_or(|area| tag >> 4 == area)
            && window.mode.is_none_or(|mode| tag & 15 == mode)
            && self.late.get(&(at as u32)).map_or(day, |recorded| Day::from(*recorded)) <= window.known
    }

    /// Calls `see` with each person who counts, the place where, and the facts that qualify.
    fn each(&self, window: &Window, counts: impl Fn(u32) -> bool, mut see: impl FnMut(u32, u16, &mut dyn Iterator<Item = usize>)) {
        for person in 0..self.starts.len().saturating_sub(1) {
            let (from, to) = (self.starts[person] as usize, self.starts[person + 1] as usize);
            if from == to || !counts(person as u32) {
                continue;
            }
            let last = (from..to).filter(|at| self.qualifies(*at, window)).max_by_key(|at| (self.day[*at], *at));
            if let Some(last) = last {
                see(person as u32, self.place[last], &mut (from..to).filter(|at| self.qualifies(*at, window)));
            }
        }
    }

    /// Figures of a window by place; `counts` says whether a person counts at all.
    pub fn count(&self, window: &Window, places: usize, counts: impl Fn(u32) -> bool) -> Counts {
        let mut out = Counts { people: vec![0; places], times: vec![0; places], amount: vec![0; places] };
        self.each(window, counts, |_, place, facts| {
            if let Some(people) = out.people.get_mut(usize::from(place)) {
                *people += 1;
            }
            for at in facts {
                let place = usize::from(self.place[at]);
                if place < places {
                    out.times[place] += 1;
                    out.amount[place] += i64::from(self.n[at]);
                }
            }
        });
        out
    }

    /// The people behind a figure: those who count at a place of these.
    pub fn people(&self, window: &Window, counts: impl Fn(u32) -> bool, within: impl Fn(u16) -> bool) -> Vec<u32> {
        let mut out = Vec::new();
        self.each(window, counts, |person, place, _| {
            if within(place) {
                out.push(person);
            }
        });
        out
    }

    /// Amounts of a window by kind and place.
    pub fn by_tag(&self, window: &Window, places: usize, counts: impl Fn(u32) -> bool) -> BTreeMap<Tag, Vec<i64>> {
        let mut slots: [Option<Vec<i64>>; 256] = [const { None }; 256];
        self.each(window, counts, |_, _, facts| {
            for at in facts {
                let slot = slots[usize::from(self.tag[at])].get_or_insert_with(|| vec![0; places]);
                if let Some(n) = slot.get_mut(usize::from(self.place[at])) {
                    *n += i64::from(self.n[at]);
                }
            }
        });
        let tag = |packed: usize| Tag { area: (packed >> 4) as u8, mode: (packed & 15) as u8 };
        slots.into_iter().enumerate().filter_map(|(packed, n)| Some((tag(packed), n?))).collect()
    }
}

/// Regions as places, each with the place above it; what is above comes first.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    above: Vec<Option<u16>>,
}

impl Tree {
    /// A tree from the place above each place; none where that does not come before it.
    pub fn of(above: Vec<Option<u16>>) -> Option<Self> {
        let sound = above.iter().enumerate().all(|(at, up)| up.is_none_or(|up| usize::from(up) < at));
        sound.then_some(Self { above })
    }

    /// Places.
    pub fn len(&self) -> usize {
        self.above.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.above.is_empty()
    }

    /// Adds what each place has to the place above it, from the leaves up.
    pub fn roll(&self, counts: &mut [i64]) {
        for at in (0..self.above.len().min(counts.len())).rev() {
            if let Some(up) = self.above[at] {
                counts[usize::from(up)] += counts[at];
            }
        }
    }

    /// For every place whether it is `root` or below it.
    pub fn below(&self, root: u16) -> Vec<bool> {
        let mut inside = vec![false; self.above.len()];
        for at in 0..self.above.len() {
            inside[at] = at == usize::from(root) || self.above[at].is_some_and(|up| inside[usize::from(up)]);
        }
        inside
    }
}

impl Counts {
    /// The same with each place holding what lies below it as well.
    pub fn rolled(mut self, tree: &Tree) -> Self {
        tree.roll(&mut self.people);
        tree.roll(&mut self.times);
        tree.roll(&mut self.amount);
        self
    }
}

/// 应训: a frozen list of people, each at the place where they were when it was frozen, and what those on it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// Who is on it, in order, with their place.
    people: Vec<(u32, u16)>,
}

impl Due {
    /// A list; of two entries of one person the later one stands.
    pub fn of(entries: impl IntoIterator<Item = (u32, Option<u16>)>) -> Self {
        let mut by_person: BTreeMap<u32, Option<u16>> = BTreeMap::new();
        for (person, place) in entries {
            by_person.insert(person, place);
        }
        Self { people: by_person.into_iter().filter_map(|(person, place)| Some((person, place?))).collect() }
    }

    /// Whether somebody is on it.
    pub fn has(&self, person: u32) -> bool {
        self.people.binary_search_by_key(&person, |p| p.0).is_ok()
    }

    /// People on it by place, and of these those who are in `did`, a list in order.
    pub fn count(&self, did: &[u32], places: usize) -> (Vec<i64>, Vec<i64>) {
        let (mut due, mut done) = (vec![0; places], vec![0; places]);
        for (person, place) in &self.people {
            if let Some(slot) = due.get_mut(usize::from(*place)) {
                *slot += 1;
                done[usize::from(*place)] += i64::from(did.binary_search(person).is_ok());
            }
        }
        (due, done)
    }

    /// People on it at a place of these: those who are in `did`, or those who are not.
    pub fn people(&self, did: &[u32], done: bool, within: impl Fn(u16) -> bool) -> Vec<u32> {
        let here = self.people.iter().filter(|(person, place)| within(*place) && did.binary_search(person).is_ok() == done);
        here.map(|(person, _)| *person).collect()
    }

    /// Whether nobody is on it.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }
}

/// Numerator over denominator as a percentage with one decimal, rounded half up, in tenths; none over nothing. Never above
/// the whole where the part is one.
pub fn rate(part: i64, of: i64) -> Option<i64> {
    (of > 0).then(|| (part * 2_000 + of) / (2 * of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const PEOPLE: u32 = 12;
    const PLACES: u16 = 7;

    fn tree() -> Tree {
        // 0 city; 1, 2 districts; 3, 4 below 1; 5, 6 below 2.
        Tree::of(vec![None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(2)]).expect("sound")
    }

    fn facts() -> impl Strategy<Value = Vec<Fact>> {
        let one =
            (0..PEOPLE, 3..PLACES, 100i64..130, 0i64..6, 0u8..3, 0u8..4, 1u16..60).prop_map(|(person, place, day, late, area, mode, n)| {
                Fact { person, place, day, recorded: day + late / 5 * 3, tag: Tag { area, mode }, n }
            });
        proptest::collection::vec(one, 0..80)
    }

    fn window() -> impl Strategy<Value = Window> {
        (95i64..130, 0i64..40, 95i64..140, proptest::option::of(0u8..3), proptest::option::of(0u8..4))
            .prop_map(|(from, days, known, area, mode)| Window { from, to: from + days, known, area, mode })
    }

    fn plainly<'f>(facts: &'f [Fact], w: &'f Window) -> impl Iterator<Item = &'f Fact> {
        facts.iter().filter(|f| {
            (w.from..=w.to).contains(&f.day)
                && f.recorded <= w.known
                && w.area.is_none_or(|a| a == f.tag.area)
                && w.mode.is_none_or(|m| m == f.tag.mode)
        })
    }

    proptest! {
        /// Whatever happened, wherever people moved: every level adds up, the whole city counts each person once, every
        /// figure has as many names behind it, and rates stay within the whole.
        #[test]
        fn figures_add_up_at_every_level(facts in facts(), w in window(), waiting in proptest::collection::btree_set(0..PEOPLE, 0..3)) {
            let counts = |person: u32| !waiting.contains(&person);
            let track = Track::of(PEOPLE as usize, facts.clone());
            let rolled = track.count(&w, PLACES as usize, counts).rolled(&tree());
            let distinct: BTreeSet<u32> = plainly(&facts, &w).map(|f| f.person).filter(|p| counts(*p)).collect();
            prop_assert_eq!(rolled.people[0], distinct.len() as i64);
            prop_assert_eq!(rolled.times[0], plainly(&facts, &w).filter(|f| counts(f.person)).count() as i64);
            prop_assert_eq!(rolled.amount[0], plainly(&facts, &w).filter(|f| counts(f.person)).map(|f| i64::from(f.n)).sum::<i64>());
            for figures in [&rolled.people, &rolled.times, &rolled.amount] {
                prop_assert_eq!(figures[0], figures[1] + figures[2]);
                prop_assert_eq!(figures[1], figures[3] + figures[4]);
            }
            for place in 0..PLACES {
                let inside = tree().below(place);
                let names = track.people(&w, counts, |at| inside[usize::from(at)]);
                prop_assert_eq!(names.len() as i64, rolled.people[usize::from(place)]);
                let mut by_tag = track.by_tag(&w, PLACES as usize, counts);
                by_tag.values_mut().for_each(|n| tree().roll(n));
                prop_assert_eq!(by_tag.values().map(|n| n[usize::from(place)]).sum::<i64>(), rolled.amount[usize::from(place)]);
                prop_assert!(rate(rolled.people[usize::from(place)], rolled.people[0]).is_none_or(|r| (0..=1_000).contains(&r)));
            }
        }

        /// Whoever was frozen, added or taken off: no rate over 应训 is above the whole, those on the list and those beside it
        /// are everybody who took part, and the names are as many as the figure.
        #[test]
        fn no_rate_over_a_frozen_list_is_above_the_whole(
            facts in facts(),
            w in window(),
            entries in proptest::collection::vec((0..PEOPLE, proptest::option::of(3..PLACES)), 0..30),
        ) {
            let due = Due::of(entries);
            let did = Track::of(PEOPLE as usize, facts).people(&w, |_| true, |_| true);
            let (mut on, mut done) = due.count(&did, PLACES as usize);
            tree().roll(&mut on);
            tree().roll(&mut done);
            let beside = did.iter().filter(|p| !due.has(**p)).count() as i64;
            prop_assert_eq!(done[0] + beside, did.len() as i64);
            for place in 0..PLACES {
                let at = usize::from(place);
                prop_assert!(rate(done[at], on[at]).is_none_or(|r| (0..=1_000).contains(&r)));
                let inside = tree().below(place);
                let names = [true, false].map(|d| due.people(&did, d, |p| inside[usize::from(p)]).len() as i64);
                prop_assert_eq!(names, [done[at], on[at] - done[at]]);
            }
        }

        /// What was not recorded by a day was not known on it, and what is known only grows.
        #[test]
        fn the_same_clocks_show_the_same_figures_for_ever(facts in facts(), w in window(), more in facts()) {
            let before = Track::of(PEOPLE as usize, facts.clone()).count(&w, PLACES as usize, |_| true);
            let later: Vec<Fact> = more.into_iter().map(|f| Fact { recorded: w.known + 1 + f.recorded % 7, ..f }).collect();
            let after = Track::of(PEOPLE as usize, facts.into_iter().chain(later).collect()).count(&w, PLACES as usize, |_| true);
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn a_rate_is_rounded_once_and_nothing_has_none() {
        assert_eq!((rate(1, 3), rate(2, 3), rate(1, 1), rate(0, 5), rate(0, 0)), (Some(333), Some(667), Some(1_000), Some(0), None));
        assert!(Tree::of(vec![Some(1), None]).is_none(), "what is above comes first");
    }
}
