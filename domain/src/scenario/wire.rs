//! The player's copy of a scenario on its way to the browser: its texts in a fixed order. A page is small on an old phone
//! because the browser needs no reader of general data for it.

use super::notation::{condition, effects, write_condition, write_effects};
use super::{
    Character, Choice, Condition, Effect, Ending, EndingKind, Information, Interrupt, Node, Outcome, Promise, Scenario, StoryTime, Variable,
};

#[derive(Default)]
struct Out(Vec<String>);

impl Out {
    fn text(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    fn number(&mut self, number: i64) {
        self.0.push(number.to_string());
    }

    fn list<T>(&mut self, items: &[T], each: impl Fn(&mut Self, &T)) {
        self.number(items.len() as i64);
        items.iter().for_each(|item| each(self, item));
    }

    /// One of nothing or one.
    fn maybe<T>(&mut self, item: Option<&T>, each: impl Fn(&mut Self, &T)) {
        self.number(i64::from(item.is_some()));
        item.into_iter().for_each(|item| each(self, item));
    }

    fn effects(&mut self, all: &[Effect]) {
        self.text(&write_effects(all));
    }

    fn condition(&mut self, when: &Condition) {
        self.text(&write_condition(when));
    }

    fn choice(&mut self, c: &Choice) {
        self.text(&c.key);
        self.text(&c.text);
        self.condition(&c.when);
        self.effects(&c.effects);
        self.text(&c.result);
        self.maybe(c.next.as_ref(), |out, key| out.text(key));
        self.list(&c.chance, |out, o| {
            out.number(o.weight);
            out.effects(&o.effects);
            out.text(&o.text);
            out.maybe(o.next.as_ref(), |out, key| out.text(key));
        });
    }
}

struct In<'t>(std::slice::Iter<'t, String>);

impl In<'_> {
    fn text(&mut self) -> Option<String> {
        self.0.next().cloned()
    }

    fn number(&mut self) -> Option<i64> {
        self.0.next()?.parse().ok()
    }

    fn list<T>(&mut self, each: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut left = self.number()?;
        let mut out = Vec::new();
        while left > 0 {
            out.push(each(self)?);
            left -= 1;
        }
        Some(out)
    }

    fn maybe<T>(&mut self, each: impl Fn(&mut Self) -> Option<T>) -> Option<Option<T>> {
        Some(self.list(each)?.pop())
    }

    fn effects(&mut self) -> Option<Vec<Effect>> {
        effects(self.0.next()?).ok()
    }

    fn condition(&mut self) -> Option<Condition> {
        condition(self.0.next()?).ok()
    }

    fn choice(&mut self) -> Option<Choice> {
        Some(Choice {
            key: self.text()?,
            text: self.text()?,
            when: self.condition()?,
            effects: self.effects()?,
            result: self.text()?,
            next: self.maybe(Self::text)?,
            chance: self.list(|from| {
                Some(Outcome { weight: from.number()?, effects: from.effects()?, text: from.text()?, next: from.maybe(Self::text)? })
            })?,
            points: 0,
            why: String::new(),
            source: String::new(),
        })
    }
}

/// Writes [`Scenario::for_player`]: whatever that leaves out is not there.
pub fn pack(scenario: &Scenario) -> Vec<String> {
    let mut out = Out::default();
    out.text(&scenario.key);
    out.text(&scenario.title);
    out.text(&scenario.role);
    out.maybe(scenario.time.as_ref(), |out, time| {
        out.text(&time.unit);
        out.number(time.limit);
    });
    out.number(i64::from(scenario.undo));
    out.list(&scenario.variables, |out, v| {
        out.text(&v.key);
        out.text(&v.name);
        out.number(v.start);
        out.number(i64::from(v.hidden));
    });
    out.list(&scenario.people, |out, p| {
        out.text(&p.key);
        out.text(&p.who);
        out.number(p.attitude);
    });
    out.list(&scenario.information, |out, i| {
        out.text(&i.key);
        out.text(&i.text);
    });
    out.list(&scenario.promises, |out, p| {
        out.text(&p.key);
        out.text(&p.text);
        out.number(p.after);
        out.condition(&p.kept_when);
        out.effects(&p.kept);
        out.effects(&p.broken);
    });
    out.text(&scenario.start);
    out.list(&scenario.nodes, |out, n| {
        out.text(&n.key);
        out.text(&n.title);
        out.text(&n.brief);
        out.effects(&n.arriving);
        out.list(&n.choices, Out::choice);
    });
    out.list(&scenario.interrupts, |out, i| {
        out.condition(&i.when);
        out.text(&i.node);
    });
    out.list(&scenario.endings, |out, e| {
        out.text(&e.key);
        out.number(e.kind as i64);
        out.condition(&e.when);
        out.number(i64::from(e.at_once));
        out.text(&e.text);
    });
    out.0
}

/// Reads [`pack`].
pub fn unpack(texts: &[String]) -> Option<Scenario> {
    let mut from = In(texts.iter());
    Some(Scenario {
        key: from.text()?,
        edition: 0,
        title: from.text()?,
        course: String::new(),
        fields: Vec::new(),
        credit: String::new(),
        role: from.text()?,
        goal: String::new(),
        minutes: 0,
        time: from.maybe(|from| Some(StoryTime { unit: from.text()?, limit: from.number()? }))?,
        undo: from.number()? != 0,
        variables: from
            .list(|from| Some(Variable { key: from.text()?, name: from.text()?, start: from.number()?, hidden: from.number()? != 0 }))?,
        people: from.list(|from| Some(Character { key: from.text()?, who: from.text()?, attitude: from.number()? }))?,
        information: from.list(|from| Some(Information { key: from.text()?, text: from.text()? }))?,
        promises: from.list(|from| {
            Some(Promise {
                key: from.text()?,
                text: from.text()?,
                after: from.number()?,
                kept_when: from.condition()?,
                kept: from.effects()?,
                broken: from.effects()?,
            })
        })?,
        start: from.text()?,
        nodes: from.list(|from| {
            Some(Node {
                key: from.text()?,
                title: from.text()?,
                brief: from.text()?,
                arriving: from.effects()?,
                choices: from.list(In::choice)?,
            })
        })?,
        interrupts: from.list(|from| Some(Interrupt { when: from.condition()?, node: from.text()? }))?,
        endings: from.list(|from| {
            Some(Ending {
                key: from.text()?,
                kind: match from.number()? {
                    0 => EndingKind::Bad,
                    1 => EndingKind::Mixed,
                    _ => EndingKind::Good,
                },
                when: from.condition()?,
                at_once: from.number()? != 0,
                text: from.text()?,
                advice: String::new(),
            })
        })?,
        debrief: Vec::new(),
        answers: Vec::new(),
    })
}
