//! The board's figures against the facts, row by row; on both engines.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

mod world;

use std::collections::BTreeMap;

use domain::Uuid;
use domain::measure::Window;
use store::monitor::Measure;
use store::synthetic::Scale;
use world::*;

fn scope(actor: &domain::permission::Actor) -> domain::permission::PeopleScope {
    domain::permission::people_scope(actor, domain::permission::Action::SeePerson).unwrap()
}

const CITY: &str = "110000000000";

#[tokio::test]
async fn figures_from_columns_equal_the_facts_row_by_row() {
    for world in worlds().await {
        let store = &world.store;
        store.generate(Scale::SMALL, 3, |_| {}).await.unwrap();
        let columns = store.read_columns().await.unwrap();
        let today = store.today();
        let first = domain::time::parse_date(&format!("{}-01-01", domain::time::year_of(today))).unwrap();
        let mut conn = store.db.read().await.unwrap();
        let paths: Vec<(String, String)> = conn.query("select code, path from region").fetch_all().await.unwrap();
        let paths: BTreeMap<String, Vec<String>> =
            paths.into_iter().map(|(code, path)| (code, path.split(',').map(str::to_owned).collect())).collect();
        for (from, to) in [(first, first + 364), (first + 40, first + 75)] {
            let window = Window { from, to, known: first + 364, area: None, mode: None };
            let figures = columns.figures(&window);
            // The last fact of each person in the period, in plain SQL and a map.
            let facts: Vec<(Uuid, String, i64, i64)> = conn
                .query(
                    "select l.person, l.region, l.day, l.minutes from ledger l join home h on h.person = l.person and h.to_day is null
                     where h.confirmed_at is not null and l.day >= $1 and l.day <= $2 order by l.person, l.day, l.occurred_at",
                )
                .bind(from)
                .bind(to)
                .fetch_all()
                .await
                .unwrap();
            let last: BTreeMap<Uuid, &str> = facts.iter().map(|f| (f.0, f.1.as_str())).collect();
            assert!(last.len() > 50, "something happened");
            let mut people: BTreeMap<&str, i64> = BTreeMap::new();
            let mut minutes: BTreeMap<&str, i64> = BTreeMap::new();
            for region in last.values() {
                paths[*region].iter().for_each(|code| *people.entry(code).or_default() += 1);
            }
            for fact in &facts {
                paths[&fact.1].iter().for_each(|code| *minutes.entry(code).or_default() += fact.3);
            }
            for code in paths.keys() {
                let at = columns.place(code).unwrap();
                let figure = figures.learnt.people[usize::from(at)];
                assert_eq!(figure, people.get(code.as_str()).copied().unwrap_or(0), "{code}");
                assert_eq!(figures.learnt.amount[usize::from(at)], minutes.get(code.as_str()).copied().unwrap_or(0), "{code}");
                assert_eq!(columns.names(Measure::Learnt, &window, at).len() as i64, figure, "as many names as the figure says");
                let leaders = [true, false].map(|done| columns.leaders(&window, at, done).len() as i64);
                assert_eq!(
                    leaders,
                    [
                        figures.leaders_completed[usize::from(at)],
                        figures.leaders[usize::from(at)] - figures.leaders_completed[usize::from(at)]
                    ]
                );
                let by_kind: i64 = figures.minutes(usize::from(at)).iter().map(|m| m.2).sum();
                assert_eq!(by_kind, figures.learnt.amount[usize::from(at)]);
            }
        }
        // The plan's targets against the rows of organisations.
        let (organisations,): (i64,) =
            conn.query("select count(*) from organisation where filing_no is not null").fetch_one().await.unwrap();
        let targets = columns.targets(usize::from(columns.place(CITY).unwrap()));
        assert_eq!(targets.urban_organisations + targets.rural_organisations, organisations);
        assert_eq!(targets.urban + targets.rural, 3);
    }
}

#[tokio::test]
async fn figures_move_with_the_facts_and_the_street() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let street = officer(store, "jiedao", domain::permission::Role::TownshipOfficer, "110101001000").await;
        let enrolment = store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        let year = |store: &store::Store| {
            let today = store.today();
            Window { from: today - 300, to: today, known: today, area: None, mode: None }
        };
        let figures = async |code: &str| {
            let columns = store.read_columns().await.unwrap();
            let at = usize::from(columns.place(code).unwrap());
            let f = columns.figures(&year(store));
            (f.enrolled.people[at], f.learnt.people[at], f.completed.people[at], f.waiting[at], f.leaders[at])
        };
        assert_eq!(figures(CITY).await, (0, 0, 0, 1, 0), "nobody counts before the street has confirmed");
        store.confirm_home(&street, me).await.unwrap();
        assert_eq!(figures(CITY).await, (1, 0, 0, 0, 1));
        learn(&world, me, enrolment, "a").await;
        assert_eq!(figures("110101001001").await, (1, 1, 0, 0, 1));
        assert_eq!(figures("110105000000").await, (0, 0, 0, 0, 0));
        // What was asked as it was known the day before is as it was.
        world.pass(DAY_MS);
        let columns = store.read_columns().await.unwrap();
        let then = Window { known: store.today() - 2, ..year(store) };
        assert_eq!(columns.figures(&then).learnt.people[0], 0);
        // The cached columns are read again in time.
        let kept = store.columns().await.unwrap();
        assert_eq!(kept.figures(&year(store)).enrolled.people[0], 1);
        assert_eq!(store.behind(&scope(&street), &kept.names(Measure::Learnt, &year(store), 0), 0, 10).await.unwrap()[0].name, "王芳");
        let away = officer(store, "bieqv", domain::permission::Role::DistrictOfficer, "110105000000").await;
        let seen = store.behind(&scope(&away), &[me], 0, 10).await.unwrap();
        assert!(!seen[0].is_here() && seen[0].region_name.is_empty() && seen[0].organisation.is_empty());
    }
}

#[tokio::test]
async fn a_frozen_list_stays_frozen_and_its_rates_count_only_those_on_it() {
    for world in worlds().await {
        let store = &world.store;
        let (a, b) = (learner(store, "王芳", "13800138000").await, learner(store, "李雷", "13800138001").await);
        let street = officer(store, "jiedao", domain::permission::Role::TownshipOfficer, "110101001000").await;
        let city = officer(store, "shi", domain::permission::Role::CityOfficer, "110000000000").await;
        let other = officer(store, "bieqv", domain::permission::Role::DistrictOfficer, "110105000000").await;
        store.confirm_home(&street, a).await.unwrap();
        let year = domain::time::year_of(store.today());
        let (region, list) = ("110101001000", store.new_id());
        let freeze = async |actor, region: &str, id, document: &str| store.freeze_due(actor, region, id, year, "leaders", document).await;
        assert_eq!(refused(freeze(&other, region, list, "计划").await), domain::fault::Fault::Missing);
        assert!(matches!(refused(freeze(&street, region, list, "").await), domain::fault::Fault::Invalid(_)));
        freeze(&street, region, list, "年度培训计划").await.unwrap();
        freeze(&street, region, list, "年度培训计划").await.unwrap();
        let lists = store.due_lists(region, year).await.unwrap();
        assert_eq!((lists.len(), lists[0].size), (1, Some(1)), "李雷 was not confirmed on that day");
        // No list above or beside covers the same place in the year.
        for (who, at) in [(&city, "110000000000"), (&street, region)] {
            assert_eq!(refused(freeze(who, at, store.new_id(), "另一份").await), domain::fault::Fault::Refused("due_frozen".into()));
        }
        // Both learn; one of them is on the list.
        store.confirm_home(&street, b).await.unwrap();
        for person in [a, b] {
            let enrolment = store.enrol(person, "C91", store.new_id(), None).await.unwrap();
            if person == b {
                learn(&world, person, enrolment, "a").await;
            }
        }
        let today = store.today();
        let window = Window { from: today - 300, to: today, known: today, area: None, mode: None };
        let figures = async || {
            let columns = store.read_columns().await.unwrap();
            let at = columns.place(region).unwrap();
            let due = columns.figures(&window).due.clone().unwrap();
            let at_place = usize::from(at);
            let idle = columns.due(Measure::Learnt, &window, at, false).len() as i64;
            assert_eq!(idle, due.people[at_place] - due.learnt[at_place], "the names behind what is left");
            assert_eq!(columns.beside(&window, at).len() as i64, due.beside[at_place]);
            (due.people[at_place], due.enrolled[at_place], due.learnt[at_place], due.completed[at_place], due.beside[at_place])
        };
        assert_eq!(figures().await, (1, 1, 0, 0, 1), "李雷 stands beside as 计划外");
        // Added with a reason, and once.
        let entry = store.new_id();
        assert!(matches!(refused(store.adjust_due(&street, list, entry, b, true, " ").await), domain::fault::Fault::Invalid(_)));
        store.adjust_due(&street, list, entry, b, true, "换届接任").await.unwrap();
        let again = store.adjust_due(&street, list, store.new_id(), b, true, "再加").await;
        assert_eq!(refused(again), domain::fault::Fault::Refused("due_already".into()));
        assert_eq!(figures().await, (2, 2, 1, 0, 0));
        store.adjust_due(&street, list, store.new_id(), a, false, "不再担任").await.unwrap();
        assert_eq!(figures().await, (1, 1, 1, 0, 0));
        assert_eq!(refused(store.adjust_due(&other, list, store.new_id(), a, true, "x").await), domain::fault::Fault::Missing);
        assert_eq!(store.due_entries(list).await.unwrap().len(), 2);
        assert_eq!(store.due_lists(region, year).await.unwrap()[0].size, Some(1), "the frozen list is as it was");
    }
}
