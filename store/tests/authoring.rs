//! The life of a scenario that a trainer writes, on both engines; and importers against damaged input.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

mod world;

use domain::authoring::{Circle, DraftState};
use domain::fault::Fault;
use domain::permission::Role;
use domain::scenario::Scenario;
use domain::seed::Draw;
use store::simulation::import::{h5p, table, twee};
use store::simulation::{Draft, Save, Saved, parse, write, write_json};
use world::*;

fn by_hand<'w>(base: i64, text: &'w str, note: &'w str) -> Save<'w> {
    Save { base, text, note, auto: false }
}

#[tokio::test]
async fn a_draft_is_saved_tried_reviewed_by_another_and_published() {
    for world in worlds().await {
        let store = &world.store;
        let author = officer(store, "jiangshi", Role::Trainer, "110000000000").await.person;
        let other = officer(store, "jiangshi2", Role::Trainer, "110000000000").await.person;
        let me = learner(store, "王芳", "13800138000").await;
        let begin: Scenario = {
            let card = store.scenarios().await.unwrap()[0].clone();
            (*store.scenario(card.edition).await.unwrap().0).clone()
        };
        let form = store.new_id();
        let id = store.new_draft(author, form, "C91", begin, "S08").await.unwrap();
        let (draft, first, mut scenario) = store.draft(id).await.unwrap();
        assert_eq!((draft.state(), draft.revision, draft.from_key.as_str()), (DraftState::Writing, 1, "S08"));
        assert!(scenario.key.starts_with('A') && draft.key == scenario.key);

        // Every save is kept; one on an old revision is told so and writes nothing.
        scenario.title = "换届那天（改）".into();
        let text = write(&scenario).unwrap();
        assert_eq!(store.save_draft(author, &draft, by_hand(1, &text, "改了题目")).await.unwrap(), Saved::As(2));
        assert_eq!(store.save_draft(author, &draft, by_hand(1, &first.body, "")).await.unwrap(), Saved::Behind(2));
        assert_eq!(store.revisions(id, i64::MAX, false).await.unwrap().len(), 2);
        assert_eq!(refused(store.save_draft(other, &draft, by_hand(2, &text, "")).await), Fault::Refused("draft_closed".into()));
        let broken = store.save_draft(author, &draft, by_hand(2, "key: A\nnodes: 3\n", "")).await.unwrap_err().to_string();
        assert!(broken.contains(":2:") || broken.contains(":1:"), "the line is named: {broken}");

        // Something 必须改 keeps it from class, review and publication.
        let (draft, ..) = store.draft(id).await.unwrap();
        let mut unsound = scenario.clone();
        unsound.nodes[0].choices[0].why.clear();
        assert_eq!(store.save_draft(author, &draft, by_hand(2, &write(&unsound).unwrap(), "")).await.unwrap(), Saved::As(3));
        assert_eq!(refused(store.submit_draft(author, id, Circle::City).await), Fault::Refused("draft_unsound".into()));
        assert_eq!(refused(store.try_draft(author, id, store.new_id()).await), Fault::Refused("draft_unsound".into()));
        let (draft, ..) = store.draft(id).await.unwrap();
        store.save_draft(author, &draft, by_hand(3, &text, "回到第 2 次")).await.unwrap();

        // Tried in class: by code only, and nothing is granted or listed.
        let room = store.try_draft(author, id, store.new_id()).await.unwrap();
        assert_eq!(refused(store.try_draft(other, id, store.new_id()).await), Fault::Missing);
        let run = store.come_in(me, &room.code, store.new_id()).await.unwrap();
        assert_eq!(store.run(me, run).await.unwrap().scenario.title, "换届那天（改）");
        assert_eq!(refused(store.start_run(me, &draft.key, store.new_id()).await), Fault::Missing, "nobody plays it alone");
        assert!(store.scenarios().await.unwrap().iter().all(|c| c.key != draft.key || !c.is_published()));

        // Not reviewed by oneself; sent back once; then published, and closed.
        store.submit_draft(author, id, Circle::City).await.unwrap();
        assert_eq!(refused(store.approve_draft(author, id, "").await), Fault::Refused("draft_move".into()));
        store.return_draft(other, id, "第一处的依据再看看").await.unwrap();
        store.submit_draft(author, id, Circle::City).await.unwrap();
        assert_eq!(store.drafts(other, &["C91".into()]).await.unwrap().1.len(), 1, "waits for a review");
        store.approve_draft(other, id, "可以了").await.unwrap();
        let (draft, ..) = store.draft(id).await.unwrap();
        assert_eq!(draft.state(), DraftState::Published);
        assert!(store.scenarios().await.unwrap().iter().any(|c| c.key == draft.key && c.is_published()));
        assert_eq!(
            refused(store.save_draft(author, &draft, by_hand(draft.revision, &text, "")).await),
            Fault::Refused("draft_closed".into())
        );
        store.start_run(me, &draft.key, store.new_id()).await.unwrap();
        let said: Vec<_> = store.reviews(id).await.unwrap().into_iter().map(|r| r.verdict).collect();
        assert_eq!(said, ["approved", "returned"]);
    }
}

#[tokio::test]
async fn several_write_one_draft_and_none_of_them_reviews_it() {
    for world in worlds().await {
        let store = &world.store;
        let author = officer(store, "jiangshi", Role::Trainer, "110000000000").await.person;
        let friend = officer(store, "jiangshi2", Role::Trainer, "110000000000").await.person;
        let third = officer(store, "jiangshi3", Role::Trainer, "110000000000").await.person;
        let begin: Scenario = {
            let card = store.scenarios().await.unwrap()[0].clone();
            (*store.scenario(card.edition).await.unwrap().0).clone()
        };
        let id = store.new_draft(author, store.new_id(), "C91", begin, "S08").await.unwrap();
        let now = async || -> Draft { store.draft(id).await.unwrap().0 };
        let (draft, first, scenario) = store.draft(id).await.unwrap();

        // Only who teaches the course is taken in, and by the author alone.
        assert_eq!(refused(store.add_writer(author, &draft, friend).await), Fault::Missing);
        store.set_trainer("C91", friend).await.unwrap();
        store.set_trainer("C91", third).await.unwrap();
        assert_eq!(refused(store.add_writer(friend, &draft, friend).await), Fault::Missing);
        store.add_writer(author, &draft, friend).await.unwrap();
        store.add_writer(author, &draft, friend).await.unwrap();
        assert_eq!(store.writers(&draft).await.unwrap().len(), 2);
        assert_eq!(store.drafts(friend, &[]).await.unwrap().0.len(), 1, "among the own ones");
        assert_eq!(refused(store.save_draft(third, &draft, by_hand(1, &first.body, "")).await), Fault::Refused("draft_closed".into()));

        // What was saved while typing is kept, and folded away.
        assert_eq!(store.save_draft(friend, &draft, Save { auto: true, ..by_hand(1, &first.body, "") }).await.unwrap(), Saved::As(2));
        assert_eq!(store.save_draft(friend, &draft, Save { auto: true, ..by_hand(2, &first.body, "") }).await.unwrap(), Saved::As(3));
        assert_eq!(store.save_draft(author, &draft, by_hand(3, &first.body, "看过")).await.unwrap(), Saved::As(4));
        let numbers = async |every| -> Vec<i64> { store.revisions(id, i64::MAX, every).await.unwrap().iter().map(|r| r.number).collect() };
        assert_eq!((numbers(false).await, numbers(true).await), (vec![4, 1], vec![4, 3, 2, 1]));

        // Whoever has a card open is seen by the others, for a while.
        assert!(store.at_card(author, id, "d1").await.unwrap().is_empty());
        assert_eq!(store.at_card(friend, id, "d1").await.unwrap().len(), 1);
        assert!(store.open_cards(author, id).await.unwrap().contains_key("d1"));
        world.pass(store::simulation::OPEN_FOR + 1);
        assert!(store.open_cards(author, id).await.unwrap().is_empty());

        // None of those who wrote it publishes it.
        store.submit_draft(friend, id, Circle::City).await.unwrap();
        assert_eq!(refused(store.approve_draft(friend, id, "").await), Fault::Refused("draft_move".into()));
        assert!(store.drafts(friend, &["C91".into()]).await.unwrap().1.is_empty(), "does not wait for one's own review");
        store.approve_draft(third, id, "").await.unwrap();
        assert_eq!(now().await.state(), DraftState::Published);

        // What leaves as JSON comes back the same.
        assert_eq!(parse(&write_json(&scenario).unwrap(), "x").unwrap(), scenario);
    }
}

#[tokio::test]
async fn a_scenario_is_open_to_those_it_is_meant_for() {
    for world in worlds().await {
        let store = &world.store;
        let author = officer(store, "jiangshi", Role::Trainer, "110000000000").await.person;
        let other = officer(store, "jiangshi2", Role::Trainer, "110000000000").await.person;
        let (member, stranger) = (learner(store, "王芳", "13800138000").await, learner(store, "李雷", "13800138001").await);
        let begin: Scenario = {
            let card = store.scenarios().await.unwrap()[0].clone();
            (*store.scenario(card.edition).await.unwrap().0).clone()
        };
        let published = async |circle: Circle, title: &str| {
            let begin = Scenario { title: title.into(), ..begin.clone() };
            let id = store.new_draft(author, store.new_id(), "C91", begin, "").await.unwrap();
            store.submit_draft(author, id, circle).await.unwrap();
            store.approve_draft(other, id, "").await.unwrap();
            store.draft(id).await.unwrap().0.key
        };
        // Without an organisation there is no agency to give it to.
        let id = store.new_draft(author, store.new_id(), "C91", begin.clone(), "").await.unwrap();
        assert_eq!(refused(store.submit_draft(author, id, Circle::Agency).await), Fault::Refused("draft_agency".into()));
        let organisation = same_organisation(&world, &[author, member]).await;
        assert_eq!(store.main_organisation(author).await.unwrap(), Some(organisation));

        let agency = published(Circle::Agency, "本机构的").await;
        store.start_run(member, &agency, store.new_id()).await.unwrap();
        assert_eq!(refused(store.start_run(stranger, &agency, store.new_id()).await), Fault::Missing);
        assert_eq!(refused(store.open_group(stranger, &agency, store.new_id()).await), Fault::Missing);
        assert_eq!(refused(store.open_class_room(other, &agency, store.new_id()).await), Fault::Missing);

        let class = published(Circle::Class, "只本班的").await;
        assert_eq!(refused(store.start_run(member, &class, store.new_id()).await), Fault::Missing);
        assert_eq!(refused(store.open_class_room(other, &class, store.new_id()).await), Fault::Missing);
        let room = store.open_class_room(author, &class, store.new_id()).await.unwrap();
        store.come_in(stranger, &room.code, store.new_id()).await.unwrap();

        let city = published(Circle::City, "全市的").await;
        store.start_run(stranger, &city, store.new_id()).await.unwrap();
        let open = |agencies: &[domain::Uuid], list: &[store::simulation::Card]| -> Vec<String> {
            list.iter().filter(|c| c.is_open_to(agencies) && c.key.starts_with('A')).map(|c| c.title.clone()).collect()
        };
        let list = store.scenarios().await.unwrap();
        assert_eq!(open(&[], &list), ["全市的"]);
        assert_eq!(open(&[organisation], &list).len(), 2);
    }
}

#[tokio::test]
async fn wrong_room_codes_are_limited_by_person() {
    for world in worlds().await {
        let store = &world.store;
        let (me, friend) = (learner(store, "王芳", "13800138000").await, learner(store, "李雷", "13800138001").await);
        for _ in 0..10 {
            assert!(matches!(refused(store.come_in(me, "no", store.new_id()).await), Fault::Invalid(_)));
        }
        assert_eq!(refused(store.come_in(me, "no", store.new_id()).await), Fault::Refused("too_many_codes".into()));
        assert!(matches!(refused(store.come_in(friend, "no", store.new_id()).await), Fault::Invalid(_)), "by person");
        world.pass(11 * 60_000);
        assert!(matches!(refused(store.come_in(me, "no", store.new_id()).await), Fault::Invalid(_)), "for a while");
    }
}

/// Thousands of damaged tables, stories and packages: read or named, never a panic, never more than was given.
#[test]
fn importers_survive_damage() {
    let samples = [
        "节点\t情境\t选项\t效果\t为什么\t依据\n门口\t有人来问\t先听他说\t信＋８，规-2 ⚑听过\t听完再说\t《某办法》\n\t\t请他回去\t信-5\t没听\t《某办法》\n",
        ":: StoryTitle\n楼道\n\n:: 门口 [tag] {\"position\":\"1,2\"}\n有人。\n[[听->屋里]]\n<<set $x to 1>>\n\n:: 屋里\n坐下。\n[[屋里|门口]]\n",
        "{\"branchingScenario\":{\"content\":[{\"type\":{\"library\":\"H5P.BranchingQuestion 1.0\",\"params\":{\"branchingQuestion\":{\"question\":\"<p>怎么办</p>\",\"alternatives\":[{\"text\":\"听\",\"nextContentId\":-1}]}}}}]}}",
    ];
    let strange: Vec<char> = "\t\n|｜[]{}<>-:：\"\\𠮷\u{0}\u{feff}９".chars().collect();
    let mut draw = Draw::new(7);
    for round in 0..6_000u64 {
        let mut text: Vec<char> = samples[(round % 3) as usize].chars().collect();
        for _ in 0..=draw.below(8) {
            let at = draw.below(text.len().max(1) as u64) as usize;
            match draw.below(4) {
                0 if !text.is_empty() => {
                    text.remove(at);
                }
                1 => text.insert(at.min(text.len()), strange[draw.below(strange.len() as u64) as usize]),
                2 => text.truncate(at),
                _ => {
                    let part: Vec<char> = text[at.min(text.len())..].iter().copied().take(40).collect();
                    text.extend(part);
                }
            }
        }
        let text: String = text.into_iter().collect();
        for found in [table(&text), twee(&text), h5p(&text)] {
            let carried: usize = found
                .nodes
                .iter()
                .map(|n| n.title.len() + n.brief.len() + n.choices.iter().map(|c| c.text.len() + c.result.len()).sum::<usize>())
                .sum();
            assert!(carried <= text.len() * 4 + 2_000, "{carried} from {}", text.len());
            // What was carried over is a scenario's part: its ways lead somewhere.
            assert!(
                found
                    .nodes
                    .iter()
                    .flat_map(|n| &n.choices)
                    .all(|c| c.next.as_ref().is_none_or(|k| found.nodes.iter().any(|n| n.key == *k)))
            );
        }
    }
}
