//! Stories over the whole store, each on SQLite and on PostgreSQL. `make test` starts a private PostgreSQL and names it in
//! `YUCAI_TEST_POSTGRES`; without it only the embedded engine is driven.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

use domain::fault::Fault;
use domain::permission::{Action, Actor, Resource, Role, may, people_scope};
use domain::watch::{Beat, Outcome};
use store::Error;
use store::monitor::{EnrolmentFilter, PeopleFilter};
use store::people::home::Correction;
use store::people::register::Joining;
use store::people::sign_in::Attempt;

mod world;

use world::*;

#[tokio::test]
async fn a_leader_takes_a_class_and_hours_are_granted_once() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        assert_eq!(store.enrol(me, "C91", store.new_id(), None).await.unwrap(), enrolment, "enrolling again gives the same enrolment");

        assert_eq!(refused(store.start_quiz(me, enrolment, "a", store.new_id()).await), Fault::Refused("open_first".into()));
        store.open_lesson(me, enrolment, "a").await.unwrap();
        world.pass(60_000);
        assert_eq!(refused(store.finish_reading(me, enrolment, "a").await), Fault::Refused("too_early".into()));
        world.pass(180_000);
        store.finish_reading(me, enrolment, "a").await.unwrap();
        assert!(store.ledger(me, None, None, 10).await.unwrap().is_empty(), "reading alone grants nothing");

        // A wrong paper grants nothing; handing it in again changes nothing.
        let paper = store.start_quiz(me, enrolment, "a", store.new_id()).await.unwrap();
        assert_eq!(store.start_quiz(me, enrolment, "a", store.new_id()).await.unwrap(), paper, "an open paper is given again");
        let wrong = store.hand_in(me, paper, vec![vec!["b".into()]; 3]).await.unwrap();
        assert_eq!(wrong.result.unwrap().verdict.score, 0);
        let again = store.hand_in(me, paper, vec![vec!["a".into()]; 3]).await.unwrap();
        assert_eq!(again.result.unwrap().verdict.score, 0);
        assert!(store.ledger(me, None, None, 10).await.unwrap().is_empty());

        pass_quiz(store, me, enrolment, "a").await;
        let ledger = store.ledger(me, None, None, 10).await.unwrap();
        // 2,0xx characters at 200 a minute, and three questions.
        assert_eq!((ledger.len(), ledger[0].minutes, ledger[0].evidence.as_str()), (1, 10 + 3, "reading_and_quiz"));
        pass_quiz(store, me, enrolment, "a").await;
        assert_eq!(store.ledger(me, None, None, 10).await.unwrap().len(), 1, "one lesson grants hours once");

        assert_eq!(refused(store.start_quiz(me, enrolment, "", store.new_id()).await), Fault::Refused("lessons_first".into()));
        store.open_lesson(me, enrolment, "b").await.unwrap();
        world.pass(240_000);
        store.finish_reading(me, enrolment, "b").await.unwrap();
        pass_quiz(store, me, enrolment, "b").await;
        pass_quiz(store, me, enrolment, "").await;
        let journey = store.journey(me, enrolment).await.unwrap();
        assert!(journey.standing.online_done);
        assert_eq!(journey.enrolment.state, domain::enrolment::State::Completed);
        let sums = store.sums(me, domain::time::year_of(store.today())).await.unwrap();
        assert_eq!(sums.iter().map(|s| s.minutes).sum::<i64>(), 13 + 13 + 10);

        // Questions that are got wrong wait for the trainer, once they were asked often enough.
        assert!(store.hard_questions("C91", 1_000, 101).await.unwrap().is_empty());
        let hard = store.hard_questions("C91", 1, 100).await.unwrap();
        assert!((1..=3).contains(&hard.len()), "only what the wrong paper asked: {hard:?}");

        // Figures agree with the facts before and after folding.
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
        while store.fold().await.unwrap() > 0 {}
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn watching_is_proved_by_the_clock_and_one_player_counts() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C92", store.new_id(), None).await.unwrap();
        let first = store.open_player(me, enrolment, "v", store.new_id()).await.unwrap();
        let beat = |seq, from, to| Beat { seq, spans: vec![(from, to)], position: to };

        // A direct post right after opening.
        let answer = store.beat(me, first.id, beat(1, 0, 100)).await.unwrap();
        assert_eq!(answer.outcome, Outcome::Trimmed);
        assert!(answer.seen.seconds() <= 2);
        world.pass(30_000);
        let answer = store.beat(me, first.id, beat(2, 0, 30)).await.unwrap();
        assert_eq!(answer.seen.to_string(), "0-30");
        // The same batch again.
        world.pass(30_000);
        assert_eq!(store.beat(me, first.id, beat(2, 30, 60)).await.unwrap().outcome, Outcome::Repeated);

        // A second tab: the first one stops counting.
        let second = store.open_player(me, enrolment, "v", store.new_id()).await.unwrap();
        assert_eq!((second.seen.to_string().as_str(), second.position), ("0-30", 30));
        assert_eq!(refused(store.beat(me, first.id, beat(3, 30, 60)).await), Fault::Refused("player_superseded".into()));
        // Somebody else's player does not exist.
        let other = learner(store, "李雷", "13800138001").await;
        assert_eq!(refused(store.beat(other, second.id, beat(1, 30, 60)).await), Fault::Missing);

        // Played on in real time; a late batch after a lost network is accepted.
        world.pass(70_000);
        let late = Beat { seq: 1, spans: vec![(30, 60), (60, 100)], position: 100 };
        let answer = store.beat(me, second.id, late).await.unwrap();
        assert_eq!(answer.seen.to_string(), "0-100");
        pass_quiz(store, me, enrolment, "v").await;
        let ledger = store.ledger(me, None, None, 10).await.unwrap();
        assert_eq!((ledger.len(), ledger[0].minutes, ledger[0].evidence.as_str()), (1, 1 + 3, "watching_and_quiz"));
        let rewatch = store.rewatch("C92", "v", 100).await.unwrap();
        assert_eq!((rewatch.sessions, rewatch.played[0], rewatch.played[9]), (2, 1, 1));
    }
}

#[tokio::test]
async fn a_transcript_read_counts_where_a_video_cannot_play() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C92", store.new_id(), None).await.unwrap();
        store.open_lesson(me, enrolment, "v").await.unwrap();
        world.pass(300_000);
        store.finish_reading(me, enrolment, "v").await.unwrap();
        pass_quiz(store, me, enrolment, "v").await;
        assert_eq!(store.ledger(me, None, None, 10).await.unwrap()[0].evidence, "transcript_and_quiz");
    }
}

#[tokio::test]
async fn leaving_and_coming_back_keeps_progress() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        store.open_lesson(me, enrolment, "a").await.unwrap();
        store.withdraw(me, enrolment).await.unwrap();
        assert!(store.enrolments(me).await.unwrap().is_empty());
        assert_eq!(refused(store.open_lesson(me, enrolment, "b").await), Fault::Refused("enrolment_left".into()));
        assert_eq!(store.enrol(me, "C91", store.new_id(), None).await.unwrap(), enrolment);
        assert!(store.journey(me, enrolment).await.unwrap().facts["a"].opened_at.is_some());
        assert_eq!(refused(store.enrol(me, "C93", store.new_id(), None).await), Fault::Refused("course_preparing".into()));
        assert_eq!(refused(store.enrol(me, "C00", store.new_id(), None).await), Fault::Missing);
        let stranger = learner(store, "李雷", "13800138001").await;
        assert_eq!(refused(store.journey(stranger, enrolment).await), Fault::Missing);
        assert_eq!(refused(store.withdraw(stranger, enrolment).await), Fault::Missing);
    }
}

#[tokio::test]
async fn many_enrolments_at_once_make_one() {
    for world in worlds().await {
        let me = learner(&world.store, "王芳", "13800138000").await;
        let tries = (0..20).map(|_| {
            let store = world.store.clone();
            tokio::spawn(async move { store.enrol(me, "C91", store.new_id(), None).await })
        });
        let mut ids = std::collections::BTreeSet::new();
        for tried in tries.collect::<Vec<_>>() {
            match tried.await.unwrap() {
                Ok(id) => drop(ids.insert(id)),
                Err(Error::Contended) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(ids.len(), 1);
        assert_eq!(world.store.enrolments(me).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn signing_in_names_no_account_and_locks_by_account() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        assert_eq!(store.sign_in("13900000000", "胡同口的老槐树下乘凉", "x").await.unwrap(), Attempt::Wrong);
        assert_eq!(store.sign_in("13800138000", "不是这个", "x").await.unwrap(), Attempt::Wrong);
        let Attempt::In { token } = store.sign_in("138 0013 8000", "胡同口的老槐树下乘凉", "x").await.unwrap() else {
            panic!("not in")
        };
        let visitor = store.visitor(&token, false).await.unwrap().unwrap();
        assert_eq!((visitor.actor.person, visitor.confirmed), (me, false));
        assert!(store.visitor(&"0".repeat(64), false).await.unwrap().is_none());

        for _ in 0..4 {
            assert_eq!(store.sign_in("13800138000", "错", "x").await.unwrap(), Attempt::Wrong);
        }
        assert!(matches!(store.sign_in("13800138000", "错", "x").await.unwrap(), Attempt::Locked { .. }));
        assert!(
            matches!(store.sign_in("13800138000", "胡同口的老槐树下乘凉", "x").await.unwrap(), Attempt::Locked { .. }),
            "even the right one waits"
        );
        world.pass(16 * 60_000);
        assert!(matches!(store.sign_in("13800138000", "胡同口的老槐树下乘凉", "x").await.unwrap(), Attempt::In { .. }));

        // A device is ended by its owner only, and half a year later a session is over.
        let other = learner(store, "李雷", "13800138001").await;
        assert!(!store.end_session(other, visitor.session).await.unwrap());
        assert!(store.end_session(me, visitor.session).await.unwrap());
        assert!(store.visitor(&token, false).await.unwrap().is_none());
        let Attempt::In { token } = store.sign_in("13800138000", "胡同口的老槐树下乘凉", "x").await.unwrap() else {
            panic!("not in")
        };
        world.pass(181 * DAY_MS);
        assert!(store.visitor(&token, false).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_couple_shares_a_number_and_is_asked_who() {
    for world in worlds().await {
        let store = &world.store;
        learner(store, "王芳", "13800138000").await;
        let him = learner(store, "李雷", "13800138000").await;
        assert!(matches!(refused(store.register(&joining(store, "李雷", "13800138000", "110101001001"), None).await), Fault::Invalid(_)));
        let Attempt::Which(people) = store.sign_in("13800138000", "胡同口的老槐树下乘凉", "x").await.unwrap() else {
            panic!("not asked")
        };
        let (_, secret) = people.iter().find(|(name, _)| name == "李雷").unwrap();
        let Attempt::In { token } = store.sign_in_as(secret, "x").await.unwrap() else { panic!("not in") };
        assert_eq!(store.visitor(&token, false).await.unwrap().unwrap().actor.person, him);
        assert_eq!(store.sign_in_as(secret, "x").await.unwrap(), Attempt::Wrong, "once only");
    }
}

#[tokio::test]
async fn codes_and_cards_open_a_learners_session_only() {
    for world in worlds().await {
        let store = &world.store;
        let worker = store
            .make_account("周晓禾", "shequ", "很长的一个好密码", Role::CommunityWorker, "110101001001", "110101001001", "", None)
            .await
            .unwrap();
        let form =
            Joining { mobile: String::new(), password: String::new(), privacy: false, ..joining(store, "赵奶奶", "", "110101001001") };
        let her = store.register(&form, Some(worker)).await.unwrap();
        let user_name = store.person(her).await.unwrap().unwrap().0.user_name.unwrap();
        let code = store.issue_code(worker, her).await.unwrap();
        assert_eq!(store.sign_in_by_code(&user_name, "000000", "x").await.unwrap(), Attempt::Wrong);
        let Attempt::In { token } = store.sign_in_by_code(&user_name, &code, "x").await.unwrap() else { panic!("not in") };
        assert!(store.visitor(&token, false).await.unwrap().unwrap().confirmed, "registered by the community is confirmed");
        assert_eq!(store.sign_in_by_code(&user_name, &code, "x").await.unwrap(), Attempt::Wrong, "once only");
        let late = store.issue_code(worker, her).await.unwrap();
        world.pass(11 * 60_000);
        assert_eq!(store.sign_in_by_code(&user_name, &late, "x").await.unwrap(), Attempt::Wrong);

        let card = store.issue_card(worker, her).await.unwrap();
        let Attempt::In { token } = store.sign_in_by_card(&card, "x").await.unwrap() else { panic!("not in") };
        assert_eq!(store.visitor(&token, false).await.unwrap().unwrap().actor.top(), Some(Role::Learner));
        store.revoke_card(worker, her).await.unwrap();
        assert!(store.visitor(&token, false).await.unwrap().is_none());
        assert_eq!(store.sign_in_by_card(&card, "x").await.unwrap(), Attempt::Wrong);
    }
}

#[tokio::test]
async fn sql_scope_and_may_agree_for_every_role_and_place() {
    for world in worlds().await {
        let store = &world.store;
        let places = ["110101001001", "110101001002", "110105034001", "110101001000"];
        let mut people = Vec::new();
        for (i, place) in places.iter().enumerate() {
            people.push(
                store
                    .register(&joining(store, &format!("学员{}", ["甲", "乙", "丙", "丁"][i]), &format!("1380013800{i}"), place), None)
                    .await
                    .unwrap(),
            );
        }
        for role in Role::ALL {
            for scope in ["110000000000", "110101000000", "110101001000", "110101001001", "110105034000"] {
                let actor = store
                    .make_account(
                        "某人",
                        &format!("u{}{}", role.rank(), &scope[..6])
                            .to_lowercase()
                            .replace("000000", "x")
                            .chars()
                            .chain(scope[6..].chars().filter(|c| *c != '0'))
                            .collect::<String>(),
                        "很长的一个好密码",
                        role,
                        "110101001001",
                        scope,
                        "",
                        None,
                    )
                    .await
                    .unwrap();
                let grants = {
                    let mut conn = store.db.read().await.unwrap();
                    store::people::grants(&mut conn, actor).await.unwrap()
                };
                let actor = Actor::new(actor, grants, store.today(), false);
                for action in [Action::SeePerson, Action::ExportPeople, Action::ConfirmPerson] {
                    let people_scope = people_scope(&actor, action);
                    for id in &people {
                        let (_, place, top) = store.person(*id).await.unwrap().unwrap();
                        // Export is asked of a region: the person's own.
                        let resource = if action == Action::ExportPeople {
                            Resource::Region(&place)
                        } else {
                            Resource::Person { id: *id, place: &place, top }
                        };
                        let allowed = may(&actor, action, &resource).is_allowed();
                        let covered = match &people_scope {
                            Some(scope) => store::monitor::covers(&mut store.db.read().await.unwrap(), scope, *id).await.unwrap(),
                            None => false,
                        };
                        assert_eq!(allowed, covered, "{role:?} {scope} {action:?} {place:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_officer_sees_and_changes_the_own_scope_only() {
    for world in worlds().await {
        let store = &world.store;
        let here = learner(store, "王芳", "13800138000").await;
        let there = store.register(&joining(store, "李雷", "13800138001", "110105034001"), None).await.unwrap();
        let id = store
            .make_account("何远山", "jiedao", "很长的一个好密码", Role::TownshipOfficer, "110101001001", "110101001000", "", None)
            .await
            .unwrap();
        let grants = store::people::grants(&mut store.db.read().await.unwrap(), id).await.unwrap();
        let officer = Actor::new(id, grants, store.today(), false);
        let scope = people_scope(&officer, Action::SeePerson).unwrap();
        let filter = PeopleFilter { limit: 10, state: "waiting".into(), ..Default::default() };
        let rows = store.people(&scope, &filter).await.unwrap();
        assert_eq!(rows.iter().map(|r| r.id).collect::<Vec<_>>(), [here]);
        assert_eq!(store.figures(&scope, &filter).await.unwrap().people, 1);
        let by_initials = PeopleFilter { name: "wf".into(), limit: 10, ..Default::default() };
        assert_eq!(store.people(&scope, &by_initials).await.unwrap().len(), 1);

        assert_eq!(refused(store.confirm_home(&officer, there).await), Fault::Missing);
        store.confirm_home(&officer, here).await.unwrap();
        assert!(store.people(&scope, &filter).await.unwrap().is_empty());
        assert_eq!(refused(store.reset_password(&officer, id).await), Fault::Missing, "not oneself");
        let password = store.reset_password(&officer, here).await.unwrap();
        let Attempt::In { token } = store.sign_in("13800138000", &password, "x").await.unwrap() else { panic!("not in") };
        assert!(store.visitor(&token, false).await.unwrap().unwrap().must_change_password);
        store.set_active(&officer, here, false, "搬走").await.unwrap();
        assert!(store.visitor(&token, false).await.unwrap().is_none());
        assert_eq!(refused(store.grant_role(&officer, here, Role::DistrictOfficer, "110101000000", None).await), Fault::Missing);

        // Everything is in the log, and the chain finds a change made by hand.
        world.pass(120_000);
        while store.seal_audit(store.now()).await.unwrap() > 0 {}
        assert_eq!(store.broken_seal().await.unwrap(), None);
        store
            .db
            .unit((), |conn, ()| Box::pin(async move { conn.query("update audit set after_text = 'x' where seal = 2").execute().await }))
            .await
            .unwrap();
        assert_eq!(store.broken_seal().await.unwrap(), Some(2));
    }
}

#[tokio::test]
async fn an_organisation_is_chosen_or_typed_and_a_home_is_corrected() {
    for world in worlds().await {
        let store = &world.store;
        let street = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let typed = learner(store, "王芳", "13800138000").await;
        let choices = async |region: &str| store::people::home::organisations(&mut store.db.read().await.unwrap(), region).await.unwrap();
        assert!(choices("110101001001").await.is_empty(), "what was typed is not offered to others");
        store.confirm_home(&street, typed).await.unwrap();
        let known = choices("110101001001").await;
        assert_eq!(known.iter().map(|o| o.1.as_str()).collect::<Vec<_>>(), ["晨光合唱队"]);
        assert_eq!(choices("110101001000").await.len(), 1, "a street offers those of its communities");

        // Chosen by id: the same organisation, and hours still wait for the street.
        let chose = Joining {
            organisation_id: known[0].0.to_string(),
            organisation: String::new(),
            ..joining(store, "李雷", "13800138001", "110101001001")
        };
        let second = store.register(&chose, None).await.unwrap();
        let person = store.person(second).await.unwrap().unwrap().0;
        assert_eq!((person.organisation, person.confirmed_at), (Some(known[0].0), None));
        let elsewhere = Joining { organisation_id: known[0].0.to_string(), ..joining(store, "韩梅", "13800138002", "110105034001") };
        assert!(matches!(refused(store.register(&elsewhere, None).await), Fault::Invalid(f) if f[0].field == "organisation_id"));

        // Inside the scope a correction confirms; what was earned before keeps its place.
        let enrolment = store.enrol(second, "C91", store.new_id(), None).await.unwrap();
        let to = |region: &str| Correction {
            region: region.into(),
            organisation: "银闸巡逻队".into(),
            post: "backbone".into(),
            ..Default::default()
        };
        store.correct_home(&street, second, to("110101001002")).await.unwrap();
        let person = store.person(second).await.unwrap().unwrap().0;
        assert_eq!((person.region.as_str(), person.post.as_str(), person.confirmed_at.is_some()), ("110101001002", "backbone", true));
        assert_eq!(store.journey(second, enrolment).await.unwrap().enrolment.region, "110101001001");
        assert_eq!(choices("110101001002").await.len(), 1);
        let wrong = Correction { region: "110101000000".into(), mobile: "12".into(), ..Default::default() };
        let Fault::Invalid(faults) = refused(store.correct_home(&street, second, wrong).await) else { panic!("not refused") };
        assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["region", "post", "mobile"]);

        // Moved to another street: theirs to confirm, and gone from here.
        store.correct_home(&street, second, Correction { mobile: "13900139000".into(), ..to("110105034001") }).await.unwrap();
        let person = store.person(second).await.unwrap().unwrap().0;
        assert_eq!((person.confirmed_at, person.mobile_last4.as_deref()), (None, Some("9000")));
        assert_eq!(refused(store.correct_home(&street, second, to("110101001001")).await), Fault::Missing);
        // The enrolment stays in the figures of the street where it was made, by name and without a way to the person.
        let scope = people_scope(&street, Action::SeePerson).unwrap();
        let all = EnrolmentFilter { limit: 10, ..Default::default() };
        let rows = store.scope_enrolments(&scope, &all).await.unwrap();
        assert_eq!(rows.iter().map(|e| (e.id, e.name.as_str(), e.here)).collect::<Vec<_>>(), [(enrolment, "李雷", 0)]);
        let figures = store.enrolment_figures(&scope, &all).await.unwrap();
        assert_eq!((figures.enrolments, figures.people, figures.completed), (1, 1, 0));
        let none = EnrolmentFilter { course: "C92".into(), ..all.clone() };
        assert_eq!(store.enrolment_figures(&scope, &none).await.unwrap().enrolments, 0);
        let north = officer(store, "beibian", Role::TownshipOfficer, "110105034000").await;
        let scope = people_scope(&north, Action::SeePerson).unwrap();
        assert!(store.scope_enrolments(&scope, &all).await.unwrap().is_empty(), "nobody else's");
        assert_eq!(refused(store.confirm_home(&street, second).await), Fault::Missing);
    }
}

#[tokio::test]
async fn a_role_has_a_level_and_a_term() {
    for world in worlds().await {
        let store = &world.store;
        let city = officer(store, "shi", Role::CityOfficer, "110000000000").await;
        let person = learner(store, "王芳", "13800138000").await;
        let roles = async |day| {
            let grants = store::people::grants(&mut store.db.read().await.unwrap(), person).await.unwrap();
            Actor::new(person, grants, day, false).top()
        };
        let today = store.today();
        let street = "110101001000";
        let field = |fault| matches!(fault, Fault::Invalid(f) if f[0].field == "region" || f[0].field == "until");
        assert!(
            field(refused(store.grant_role(&city, person, Role::TownshipOfficer, "110101000000", None).await)),
            "a street role covers a street"
        );
        assert!(field(refused(store.grant_role(&city, person, Role::TownshipOfficer, street, Some(today - 1)).await)));
        store.grant_role(&city, person, Role::TownshipOfficer, street, Some(today + 30)).await.unwrap();
        assert_eq!((roles(today + 30).await, roles(today + 31).await), (Some(Role::TownshipOfficer), Some(Role::Learner)));
        // A new term replaces the one that runs.
        store.grant_role(&city, person, Role::TownshipOfficer, street, Some(today + 90)).await.unwrap();
        assert_eq!(roles(today + 90).await, Some(Role::TownshipOfficer));
        store.end_role(&city, person, Role::TownshipOfficer, street).await.unwrap();
        assert_eq!(roles(today).await, Some(Role::Learner));
        let other = officer(store, "quguan", Role::DistrictOfficer, "110105000000").await;
        assert_eq!(refused(store.grant_role(&other, person, Role::Supervisor, "110105000000", None).await), Fault::Missing);
    }
}

#[tokio::test]
async fn merging_moves_what_the_other_lacks_and_counts_nothing_twice() {
    for world in worlds().await {
        let store = &world.store;
        let (a, b) = (learner(store, "王芳", "13800138000").await, learner(store, "王芳", "13800138009").await);
        for person in [a, b] {
            let enrolment = store.enrol(person, "C91", store.new_id(), None).await.unwrap();
            store.open_lesson(person, enrolment, "a").await.unwrap();
            world.pass(300_000);
            store.finish_reading(person, enrolment, "a").await.unwrap();
            pass_quiz(store, person, enrolment, "a").await;
        }
        store.enrol(a, "C92", store.new_id(), None).await.unwrap();
        let id = store
            .make_account("江北辰", "shi", "很长的一个好密码", Role::CityOfficer, "110101001001", "110000000000", "", None)
            .await
            .unwrap();
        let grants = store::people::grants(&mut store.db.read().await.unwrap(), id).await.unwrap();
        let officer = Actor::new(id, grants, store.today(), false);
        store.merge(&officer, a, b, "同一个人").await.unwrap();
        assert_eq!(store.ledger(b, None, None, 10).await.unwrap().len(), 1);
        assert_eq!(store.enrolments(b).await.unwrap().len(), 2);
        assert_eq!(store.sign_in("13800138000", "胡同口的老槐树下乘凉", "x").await.unwrap(), Attempt::Wrong);
    }
}

#[tokio::test]
async fn search_finds_words_characters_and_initials() {
    for world in worlds().await {
        let store = &world.store;
        let found = |query: &'static str| {
            let store = store.clone();
            async move { store.search(query, 20).await.unwrap() }
        };
        let words = found("社区组织").await;
        assert!(words[0].is_title && words[0].course == "C91", "title hits come first");
        assert!(found("sqzz").await.iter().any(|h| h.course == "C91"));
        assert!(found("居民议事").await.iter().any(|h| h.anchor == "s1"), "opens at its heading");
        assert!(!found("䶮").await.is_empty(), "a rare character");
        assert!(!found("规").await.is_empty(), "a single character");
        assert!(found("一句话").await.iter().any(|h| h.kind == "transcript" && h.anchor == "t1"));
        assert!(!found("C92").await.is_empty());
        for nothing in ["规社", "\"'; drop table passage; --", "", "（）", "AND OR NOT *"] {
            assert!(found(nothing).await.is_empty(), "{nothing}");
        }
    }
}

#[tokio::test]
async fn communities_are_found_by_name_and_initials() {
    for world in worlds().await {
        let mut conn = world.store.db.read().await.unwrap();
        let same = store::place::find_community(&mut conn, "银闸", None, 10).await.unwrap();
        assert_eq!(same.iter().map(|f| f.district.as_str()).collect::<Vec<_>>(), ["东城", "朝阳"], "same names show where they lie");
        assert_eq!(store::place::find_community(&mut conn, "dfx", None, 10).await.unwrap()[0].short, "多福巷社区");
        for name in ["常营乡", "常营地区"] {
            let found = store::place::find_community(&mut conn, name, None, 10).await.unwrap();
            assert_eq!(found.iter().map(|f| f.short.as_str()).collect::<Vec<_>>(), ["银闸社区"], "both names of {name}");
        }
        assert!(store::place::find_community(&mut conn, "100%", None, 10).await.unwrap().is_empty());
        assert_eq!(store::place::full_name(&mut conn, "110101001001").await.unwrap(), "东城 · 东华门街道 · 多福巷社区");
    }
}

#[tokio::test]
async fn a_new_edition_leaves_the_enrolled_where_they_are() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let enrolment = store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        let before = store.journey(me, enrolment).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let content = curriculum(folder.path());
        let edit = |file: &str, from: &str, to: &str| {
            let path = content.join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from));
            std::fs::write(path, text.replacen(from, to, 1)).unwrap();
        };
        let load = || async { store.load(store::course::read(&content).unwrap(), &folder.path().join("media")).await };
        assert!(!load().await.unwrap(), "the same content is loaded once");

        // A changed answer under the same edition number is refused, and nothing half-loads.
        edit("courses/C91/01-a.quiz.txt", "* a) 对的\n- b) 错的", "- a) 对的\n* b) 错的");
        edit("regions/beijing.tsv", "多福巷社区居委会\t多福巷社区", "改了名的社区居委会\t改了名的社区");
        assert!(load().await.unwrap_err().to_string().contains("edition"));
        let name = store::place::full_name(&mut store.db.read().await.unwrap(), "110101001001").await.unwrap();
        assert!(name.ends_with("多福巷社区"), "no region either: {name}");
        edit("courses/C91/course.md", "edition: 1", "edition: 2");
        assert!(load().await.unwrap());
        let after = store.journey(me, enrolment).await.unwrap();
        assert_eq!((after.enrolment.edition, after.edition.number), (before.enrolment.edition, 1));
        let new = learner(store, "李雷", "13800138001").await;
        let theirs = store.enrol(new, "C91", store.new_id(), None).await.unwrap();
        assert_eq!(store.journey(new, theirs).await.unwrap().edition.number, 2);

        // A spelling fix is a revision: those enrolled see it, and keep their edition number.
        edit("courses/C91/02-b.md", "学而时习之学而", "学而时习之，学而");
        assert!(load().await.unwrap());
        assert!(store.journey(new, theirs).await.unwrap().edition.lesson("b").unwrap().html.contains("学而时习之，学而"));
    }
}
