//! 情景模拟 as stories, each on SQLite and on PostgreSQL: the client reports inputs, the store judges them by replay.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

mod world;

use domain::Uuid;
use domain::fault::Fault;
use domain::scenario::{EndingKind, Input, Play, RunKind, Scenario};
use store::Store;
use store::simulation::Over;
use store::simulation::{Report, Run};
use world::*;

/// Decisions to the end: in every situation the open choice that `pick` prefers.
fn play(scenario: &Scenario, seed: i64, pick: impl Fn(i64) -> i64) -> Vec<Input> {
    let play = Play::new(scenario, seed as u64);
    let (mut state, mut inputs) = (play.start(), Vec::new());
    while state.ending.is_none() {
        let choice = play.open(&state).into_iter().max_by_key(|c| pick(c.points)).unwrap();
        let input = Input { node: scenario.nodes[state.node].key.clone(), choice: choice.key.clone(), elapsed: 1_000 };
        state = play.step(&state, &input).unwrap();
        inputs.push(input);
    }
    inputs
}

fn of(run: &Run, inputs: &[Input]) -> Report {
    Report { hash: run.hash.to_string(), seed: run.seed, inputs: inputs.to_vec(), undone: run.undone }
}

async fn started(store: &Store, person: Uuid) -> Run {
    let id = store.start_run(person, "S08", store.new_id()).await.unwrap();
    store.run(person, id).await.unwrap()
}

fn answers(run: &Run) -> Vec<String> {
    vec!["先把章程里的人数念一遍再点票，下回我来念。".to_owned(); run.scenario.debrief.len()]
}

async fn simulated_minutes(store: &Store, person: Uuid) -> i64 {
    let year = domain::time::year_of(store.today());
    store.sums(person, year).await.unwrap().iter().filter(|s| s.mode == "simulation").map(|s| s.minutes).sum()
}

#[tokio::test]
async fn a_run_is_judged_by_replay_and_granted_once_it_is_debriefed() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        let form = store.new_id();
        let id = store.start_run(me, "S08", form).await.unwrap();
        assert_eq!(store.start_run(me, "S08", form).await.unwrap(), id, "a form sent twice starts once");
        assert_eq!(store.start_run(me, "S08", store.new_id()).await.unwrap(), id, "an open run is given again");
        let run = store.run(me, id).await.unwrap();
        assert!(run.first && run.kind == RunKind::Own && run.inputs.is_empty());

        // Step by step, sent twice, sent late, sent whole: the same run.
        let best = play(&run.scenario, run.seed, |p| p);
        store.report(me, id, &of(&run, &best[..1])).await.unwrap();
        store.report(me, id, &of(&run, &best[..3])).await.unwrap();
        assert_eq!(store.report(me, id, &of(&run, &best[..2])).await.unwrap().inputs.len(), 3);
        assert_eq!(refused(store.debrief(me, id, &answers(&run), "念章程").await), Fault::Refused("not_ended".into()));
        world.pass(600_000);
        let ended = store.report(me, id, &of(&run, &best)).await.unwrap();
        assert_eq!(ended.verdict.ending.as_ref().unwrap().1, EndingKind::Good);
        assert_eq!(store.report(me, id, &of(&run, &best)).await.unwrap().ended_at, ended.ended_at);

        // Nothing is granted before the debrief, and once after it.
        assert_eq!(simulated_minutes(store, me).await, 0);
        assert!(
            matches!(refused(store.debrief(me, id, &["短".into()], "").await), Fault::Invalid(f) if f.len() == run.scenario.debrief.len() + 1)
        );
        store.debrief(me, id, &answers(&run), "念章程").await.unwrap();
        store.debrief(me, id, &["另一个回答，想改也改不了了".into()], "改口").await.ok();
        assert_eq!(simulated_minutes(store, me).await, 45);
        assert_eq!(store.run(me, id).await.unwrap().player(me).unwrap().pledge, "念章程");

        // A second run is open to everybody, counts for the best, and grants nothing more.
        let again = started(store, me).await;
        assert!(!again.first && again.id != id);
        let worst = play(&again.scenario, again.seed, |p| -p);
        store.report(me, again.id, &of(&again, &worst)).await.unwrap();
        store.debrief(me, again.id, &answers(&again), "再来").await.unwrap();
        assert_eq!(simulated_minutes(store, me).await, 45);
        let standing = store.simulation_standings(me).await.unwrap().remove("S08").unwrap();
        assert_eq!((standing.ended, standing.best.unwrap().1, standing.minutes), (2, id, 45));
        assert!(store.verify().await.unwrap().is_empty());

        // The code plays it again and names nobody.
        let by_code = store.run_by_code(&ended.code).await.unwrap();
        assert_eq!((by_code.verdict, by_code.players.len()), (ended.verdict.clone(), 0));
        let figures = store.simulation_figures(&ended.scenario, store.scenarios().await.unwrap()[0].edition, Over::All).await.unwrap();
        assert_eq!((figures.runs, figures.ended, figures.percents), (1, 1, ended.verdict.score.unwrap().percent), "the first run only");
    }
}

#[tokio::test]
async fn what_does_not_replay_is_refused_with_its_step_and_grants_nothing() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        store.enrol(me, "C91", store.new_id(), None).await.unwrap();
        let run = started(store, me).await;
        let best = play(&run.scenario, run.seed, |p| p);
        let code = |fault: Fault| if let Fault::Refused(code) = fault { code } else { panic!("{fault:?}") };
        let mut tampered = best.clone();
        tampered[2].choice = "no-such".into();
        assert_eq!(code(refused(store.report(me, run.id, &of(&run, &tampered)).await)), "step_2_no_such_choice");
        tampered[1] = best[0].clone();
        assert_eq!(code(refused(store.report(me, run.id, &of(&run, &tampered)).await)), "step_1_elsewhere");
        let wrong = Report { hash: "0".repeat(64), ..of(&run, &best) };
        assert_eq!(code(refused(store.report(me, run.id, &wrong).await)), "other_content");
        let wrong = Report { seed: run.seed ^ 1, ..of(&run, &best) };
        assert_eq!(code(refused(store.report(me, run.id, &wrong).await)), "other_seed");
        let many = vec![best[0].clone(); 10_000];
        assert_eq!(code(refused(store.report(me, run.id, &of(&run, &many)).await)), "step_200_too_long");
        let stranger = learner(store, "李雷", "13800138001").await;
        assert_eq!(refused(store.report(stranger, run.id, &of(&run, &best)).await), Fault::Missing);
        store.report(me, run.id, &of(&run, &best)).await.unwrap();
        let after = [best.clone(), vec![best[0].clone()]].concat();
        assert_eq!(code(refused(store.report(me, run.id, &of(&run, &after)).await)), format!("step_{}_ended", best.len()));
        let mut other = best.clone();
        other[0].choice = run.scenario.node(&best[0].node).unwrap().choices.iter().find(|c| c.key != best[0].choice).unwrap().key.clone();
        assert_eq!(code(refused(store.report(me, run.id, &of(&run, &other)).await)), "step_0_forked");
        assert_eq!(simulated_minutes(store, me).await, 0);
    }
}

#[tokio::test]
async fn a_what_if_is_practice_on_the_same_seed() {
    for world in worlds().await {
        let store = &world.store;
        let me = learner(store, "王芳", "13800138000").await;
        let run = started(store, me).await;
        let worst = play(&run.scenario, run.seed, |p| -p);
        assert_eq!(refused(store.what_if(me, run.id, 0, store.new_id()).await), Fault::Missing, "not before the end");
        store.report(me, run.id, &of(&run, &worst)).await.unwrap();
        let practice = store.what_if(me, run.id, 1, store.new_id()).await.unwrap();
        let practice = store.run(me, practice).await.unwrap();
        assert_eq!((practice.kind, practice.inputs.len(), practice.seed, practice.first), (RunKind::Practice, 1, run.seed, false));
        assert_eq!(store.run(me, run.id).await.unwrap().inputs.len(), worst.len(), "the run stays");
        assert_eq!(refused(store.debrief(me, practice.id, &answers(&practice), "练习").await), Fault::Refused("not_ended".into()));
    }
}

#[tokio::test]
async fn a_class_plays_one_seed_and_a_group_one_run() {
    for world in worlds().await {
        let store = &world.store;
        let mut people = Vec::new();
        for i in 0..9 {
            let person = learner(store, &format!("学员{i}"), &format!("138001380{i:02}")).await;
            store.enrol(person, "C91", store.new_id(), None).await.unwrap();
            people.push(person);
        }
        let room = store.open_class_room(people[0], "S08", store.new_id()).await.unwrap();
        let mut seeds = Vec::new();
        for person in &people[1..3] {
            let id = store.come_in(*person, &room.code, store.new_id()).await.unwrap();
            assert_eq!(store.come_in(*person, &room.code, store.new_id()).await.unwrap(), id, "coming in twice is one run");
            let run = store.run(*person, id).await.unwrap();
            store.report(*person, id, &of(&run, &play(&run.scenario, run.seed, |p| p))).await.unwrap();
            store.debrief(*person, id, &answers(&run), "照办").await.unwrap();
            seeds.push(run.seed);
            assert_eq!(simulated_minutes(store, *person).await, 0, "in a session the minutes come from attendance");
        }
        assert_eq!(seeds[0], seeds[1]);
        let (scenario, _) = store.scenario(room.edition).await.unwrap();
        assert_eq!(store.simulation_figures(&scenario, room.edition, Over::Room(room.id)).await.unwrap().runs, 2);
        store.close_room(room.id).await.unwrap();
        assert!(matches!(refused(store.come_in(people[3], &room.code, store.new_id()).await), Fault::Invalid(_)), "closed");

        let group = store.open_group(people[3], "S08", store.new_id()).await.unwrap();
        let mut run = Uuid::nil();
        for person in &people[4..6] {
            run = store.come_in(*person, &group.code, store.new_id()).await.unwrap();
        }
        let of_holder = store.run(people[3], run).await.unwrap();
        assert_eq!(of_holder.players.len(), 3);
        let inputs = play(&of_holder.scenario, of_holder.seed, |p| p);
        assert_eq!(refused(store.report(people[4], run, &of(&of_holder, &inputs)).await), Fault::Refused("not_the_reporter".into()));
        store.report(people[3], run, &of(&of_holder, &inputs)).await.unwrap();
        for person in &people[3..6] {
            store.debrief(*person, run, &answers(&of_holder), "一起办").await.unwrap();
            assert_eq!(simulated_minutes(store, *person).await, 45, "once for each person");
        }
        assert!(matches!(refused(store.come_in(people[6], &group.code, store.new_id()).await), Fault::Invalid(_)), "it has arrived");
        assert!(store.verify().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_merged_account_brings_its_runs_and_counts_once() {
    for world in worlds().await {
        let store = &world.store;
        let (one, other) = (learner(store, "王芳", "13800138000").await, learner(store, "王芳二", "13800138001").await);
        for person in [one, other] {
            let run = started(store, person).await;
            store.report(person, run.id, &of(&run, &play(&run.scenario, run.seed, |p| p))).await.unwrap();
        }
        let admin = store
            .make_account(
                "管理员",
                "guanli",
                "hutong-laohuaishu",
                domain::permission::Role::CityOfficer,
                "110000000000",
                "110101001001",
                "",
                None,
            )
            .await
            .unwrap();
        let token = match store.sign_in("guanli", "hutong-laohuaishu", "test").await.unwrap() {
            store::people::sign_in::Attempt::In { token } => token,
            other => panic!("{other:?}"),
        };
        let actor = store.visitor(&token, false).await.unwrap().unwrap().actor;
        assert_eq!(actor.person, admin);
        store.merge(&actor, other, one, "同一个人").await.unwrap();
        assert_eq!(store.simulation_standings(one).await.unwrap()["S08"].ended, 2);
        let (scenario, _) = store.scenario(store.scenarios().await.unwrap()[0].edition).await.unwrap();
        let edition = store.scenarios().await.unwrap()[0].edition;
        assert_eq!(store.simulation_figures(&scenario, edition, Over::All).await.unwrap().runs, 1, "one first run a person");
    }
}

#[tokio::test]
async fn two_reports_at_once_join() {
    for world in worlds().await {
        let store = world.store.clone();
        let me = learner(&store, "王芳", "13800138000").await;
        let run = started(&store, me).await;
        let best = play(&run.scenario, run.seed, |p| p);
        let tasks: Vec<_> = (1..=best.len())
            .map(|n| {
                let (store, report, id) = (store.clone(), of(&run, &best[..n]), run.id);
                tokio::spawn(async move { store.report(me, id, &report).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().ok();
        }
        store.report(me, run.id, &of(&run, &best)).await.unwrap();
        assert_eq!(store.run(me, run.id).await.unwrap().inputs.len(), best.len(), "whatever order they came in");
    }
}
