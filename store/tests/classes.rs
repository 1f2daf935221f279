//! Stories of a class on both engines: a new requirement year, hours that wait, who teaches, who has gone quiet, presence.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

mod world;

use domain::enrolment::State;
use domain::fault::Fault;
use domain::permission::{Action, Role, people_scope};
use domain::time::year_of;
use domain::watch::{Beat, Outcome};
use store::monitor::{EnrolledFilter, EnrolmentFilter, PeopleFilter};
use world::*;

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn a_new_requirement_year_grants_the_same_lesson_again() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let first = store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        for lesson in ["a", "b"] {
            learn(&world, me, first, lesson).await;
        }
        pass_quiz(store, me, first, "").await;
        let year = year_of(store.today());
        assert_eq!(store.enrolment_in(me, "C91").await.unwrap(), Some((first, false)), "the same year is done");
        assert_eq!(store.enrol(me, "C91", store.new_id(), None).await.unwrap(), first);

        world.pass(366 * DAY_MS);
        assert_eq!(store.enrolment_in(me, "C91").await.unwrap(), Some((first, true)));
        let form = store.new_id();
        let second = store.enrol(me, "C91", form, None).await.unwrap();
        assert!(second == form && second != first);
        assert_eq!(store.enrol(me, "C91", form, None).await.unwrap(), second, "sent twice, enrolled once");
        assert_eq!(store.journey(me, first).await.unwrap().enrolment.state, State::Past);
        assert!(!store.journey(me, second).await.unwrap().standing.online_done, "from the beginning");
        assert_eq!(refused(store.open_lesson(me, first, "a").await), Fault::Refused("enrolment_left".into()));
        learn(&world, me, second, "a").await;
        let next = year_of(store.today());
        assert_eq!(next, year + 1);
        let years: Vec<i64> = store.ledger(me, None, None, 10).await.unwrap().iter().filter(|e| e.lesson == "a").map(|e| e.year).collect();
        assert_eq!(years, [next, year]);
        // What was done stays done, in the figures too.
        let actor = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let scope = people_scope(&actor, Action::SeePerson).unwrap();
        let all = EnrolmentFilter { limit: 10, ..Default::default() };
        let figures = store.enrolment_figures(&scope, &all).await.unwrap();
        assert_eq!((figures.enrolments, figures.people, figures.completed), (2, 1, 1));
        let done = EnrolmentFilter { state: "completed".into(), ..all };
        assert_eq!(store.scope_enrolments(&scope, &done).await.unwrap().len(), 1);
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn hours_wait_until_the_street_confirms() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        learn(&world, me, enrolment, "a").await;
        let actor = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let scope = people_scope(&actor, Action::SeePerson).unwrap();
        let people = PeopleFilter { limit: 10, ..Default::default() };
        let enrolments = EnrolmentFilter { limit: 10, ..Default::default() };
        let seen = async || {
            let (all, of) = (store.figures(&scope, &people).await.unwrap(), store.enrolment_figures(&scope, &enrolments).await.unwrap());
            let row = store.people(&scope, &people).await.unwrap().into_iter().find(|p| p.id == me).unwrap();
            let line = store.scope_enrolments(&scope, &enrolments).await.unwrap().remove(0);
            assert_eq!((all.minutes, all.waiting_minutes), (of.minutes, of.waiting_minutes), "both lists say the same");
            assert_eq!((row.minutes, row.waiting_minutes), (line.minutes, line.waiting_minutes));
            (all.minutes, all.waiting_minutes)
        };
        assert_eq!(seen().await, (0, 13));
        store.confirm_home(&actor, me).await.unwrap();
        assert_eq!(seen().await, (13, 0), "counted from the day they were earned");
    }
}

#[tokio::test]
async fn a_trainer_is_appointed_for_a_term_by_whoever_owns_the_class() {
    for world in worlds().await {
        let store = &world.store;
        let city = officer(store, "shi", Role::CityOfficer, "110000000000").await;
        let district = officer(store, "quguan", Role::DistrictOfficer, "110101000000").await;
        let street = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let someone = learner(store, "王芳", "13800138000").await;
        assert_eq!(refused(store.assign_trainer(&city, "C91", someone, None).await), Fault::Refused("not_a_trainer".into()));
        let today = store.today();
        store.grant_role(&city, someone, Role::Trainer, "110101000000", None).await.unwrap();
        assert_eq!(refused(store.assign_trainer(&street, "C91", someone, None).await), Fault::Forbidden);
        assert_eq!(refused(store.assign_trainer(&district, "C91", someone, None).await), Fault::Missing, "a class of the city");
        assert!(matches!(refused(store.assign_trainer(&city, "C91", someone, Some(today - 1)).await), Fault::Invalid(_)));
        store.assign_trainer(&city, "C91", someone, Some(today + 30)).await.unwrap();
        assert_eq!(store.taught(someone).await.unwrap(), ["C91"]);
        world.pass(31 * DAY_MS);
        assert!(store.taught(someone).await.unwrap().is_empty(), "the term is over");
        let city = officer(store, "shi2", Role::CityOfficer, "110000000000").await;
        store.assign_trainer(&city, "C91", someone, None).await.unwrap();
        store.end_trainer(&city, "C91", someone).await.unwrap();
        assert!(store.trainers("C91").await.unwrap().is_empty());
        let said: Vec<String> = store.audit_lines(None, 50).await.unwrap().into_iter().map(|l| l.action).collect();
        assert!(said.iter().filter(|a| *a == "trainer.assign").count() == 2 && said.contains(&"trainer.end".to_owned()), "{said:?}");
    }
}

#[tokio::test]
async fn a_list_of_learners_has_pages_and_says_who_has_gone_quiet() {
    for world in worlds().await {
        let store = &world.store;
        for i in 0..5 {
            let person = learner(store, "王芳", &format!("1380013800{i}")).await;
            store.enrol(person, "C91", store.new_id(), None).await.unwrap();
            world.pass(10 * DAY_MS);
        }
        let quiet_since = store.now() - store.todo_policy().await.unwrap().quiet_days * DAY_MS;
        assert_eq!(store.enrolled_count("C91", quiet_since).await.unwrap(), (5, 4));
        assert_eq!(store.quiet("C91", quiet_since).await.unwrap().0, 4);
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = store.enrolled("C91", &EnrolledFilter { quiet_since: 0, after, limit: 2 }).await.unwrap();
            seen.extend(page.iter().map(|e| e.id));
            match page.last() {
                Some(last) if page.len() == 2 => after = Some((last.touched_at, last.id)),
                _ => break,
            }
        }
        seen.dedup();
        assert_eq!(seen.len(), 5, "each once");
        let quiet = store.enrolled("C91", &EnrolledFilter { quiet_since, after: None, limit: 10 }).await.unwrap();
        assert_eq!(quiet.len(), 4);
    }
}

/// Opening the player anew does not start the time of presence anew.
#[tokio::test]
async fn presence_goes_on_with_the_person() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C92", store.new_id(), None).await.unwrap();
        // The film has a hundred seconds; played over and over it is still time at the screen.
        let mut outcome = Outcome::Credited;
        for round in 0..12 {
            let player = store.open_player(me, enrolment, "v", store.new_id()).await.unwrap();
            world.pass(90_000);
            let beat = Beat { seq: 1, spans: vec![(0, 90)], position: 90 };
            outcome = store.beat(me, player.id, beat).await.unwrap().outcome;
            if outcome == Outcome::PresenceDue {
                assert!(round >= 7, "due after twelve minutes, not before: round {round}");
                store.confirm_presence(me, player.id).await.unwrap();
                let again = store.open_player(me, enrolment, "v", store.new_id()).await.unwrap();
                world.pass(30_000);
                let beat = Beat { seq: 1, spans: vec![(0, 30)], position: 30 };
                assert_eq!(store.beat(me, again.id, beat).await.unwrap().outcome, Outcome::Credited, "confirmed is confirmed");
                break;
            }
        }
        assert_eq!(outcome, Outcome::PresenceDue);
    }
}

/// What is kept about a person comes whole.
#[tokio::test]
async fn a_person_gets_everything_that_is_kept() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        learn(&world, me, enrolment, "a").await;
        store.withdraw(me, enrolment).await.unwrap();
        let other = store.enrol(me, "C92", store.new_id(), None).await.unwrap();
        store.open_player(me, other, "v", store.new_id()).await.unwrap();
        let kept = store.keepsake(me).await.unwrap();
        assert_eq!((kept.homes.len(), kept.roles.len(), kept.enrolments.len(), kept.moves.len()), (1, 1, 2, 1), "also what was left");
        assert_eq!((kept.lessons.len(), kept.playing.len(), kept.runs.len()), (3, 1, 0));
        let nobody = store.keepsake(store.new_id()).await.unwrap();
        assert!(nobody.homes.is_empty() && nobody.enrolments.is_empty());
    }
}

/// Whoever works at the machine can let an administrator in again.
#[tokio::test]
async fn a_password_is_reset_at_the_machine() {
    for world in worlds().await {
        let store = &world.store;
        officer(store, "guanli", Role::Administrator, "110000000000").await;
        assert_eq!(refused(store.reset_password_here("nobody").await), Fault::Missing);
        let password = store.reset_password_here("guanli").await.unwrap();
        let attempt = store.sign_in("guanli", &password, "test").await.unwrap();
        let store::people::sign_in::Attempt::In { token } = attempt else { panic!("{attempt:?}") };
        assert!(store.visitor(&token, false).await.unwrap().unwrap().must_change_password);
        assert_eq!(store.audit_lines(None, 50).await.unwrap().iter().filter(|l| l.action == "password.reset").count(), 1);
    }
}
