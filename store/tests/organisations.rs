//! A list of the filing system comes in, is looked at, applied, comes again, and is taken back; on both engines.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

mod world;

use domain::Uuid;
use domain::fault::{Fault, Rule};
use domain::filing::Column;
use domain::permission::{Action, Actor, PeopleScope, Role, people_scope};
use store::Store;
use store::organisation::{OrganisationFilter, Tally};
use store::sheet;
use world::*;

const FILE: &str = "备案号,组织名称,街道,社区,类型,作用领域,备案日期,人数,负责人,手机\n\
    东备001,晨光合唱队,东华门街道,多福巷社区,文体活动类,志愿服务,2021-06-03,32,王芳,13800138000\n\
    东备002,巡逻队,东华门街道,多福巷,公益性,治安综治、志愿服务,2021/7/1,18,赵钱孙,13800138009\n\
    东备003,调解室,,银闸社区居委会,互助性,矛盾纠纷调解,,,,\n\
    东备004,棋社,东华门街道,银闸社区,文体活动类,,2020.5.1,12,,\n\
    东备002,另一支巡逻队,东华门街道,多福巷社区,,,,,,\n\
    东备006,无名社区队,东华门街道,没有这个社区,,,,,,\n\
    ,没有号的队,东华门街道,多福巷社区,不认得的类,,昨天,,,\n";

async fn stage(store: &Store, actor: &Actor, region: &str, text: &str) -> Uuid {
    let rows = sheet::read(text.as_bytes()).unwrap();
    store.stage_filing(actor, region, store.new_id(), "台账.csv", &rows).await.unwrap()
}

async fn tally(store: &Store, actor: &Actor, id: Uuid) -> Tally {
    store.import_for(actor, id).await.unwrap().1
}

fn scope(actor: &Actor) -> PeopleScope {
    people_scope(actor, Action::KeepOrganisations).unwrap()
}

async fn names(store: &Store, actor: &Actor, state: &str) -> Vec<String> {
    let filter = OrganisationFilter { state: state.into(), limit: 100, ..OrganisationFilter::default() };
    let rows = store.organisations(&scope(actor), &filter).await.unwrap();
    assert_eq!(rows.len() as i64, store.organisation_count(&scope(actor), &filter).await.unwrap(), "list and count agree");
    let mut names: Vec<String> = rows.into_iter().map(|r| r.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_filing_list_comes_in_again_and_is_taken_back() {
    for world in worlds().await {
        let store = &world.store;
        let street = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        // Somebody joined before and typed the name of the choir.
        let singer = learner(store, "李雷", "13800138001").await;
        let typed = store.person(singer).await.unwrap().unwrap().0.organisation.unwrap();

        let first = stage(store, &street, "110101001000", FILE).await;
        let t = tally(store, &street, first).await;
        assert_eq!((t.rows, t.new, t.changed, t.same, t.wrong, t.taken, t.applied), (7, 3, 1, 0, 3, 4, 0));
        let wrong = store.import_rows(&street, first, "wrong", 0, 100).await.unwrap();
        let faults: Vec<(i64, Vec<(Column, Rule)>)> =
            wrong.iter().map(|r| (r.line, r.faults().into_iter().map(|f| (f.column, f.rule)).collect())).collect();
        assert_eq!(
            faults,
            [
                (6, vec![(Column::Number, Rule::Taken)]),
                (7, vec![(Column::Community, Rule::Unknown)]),
                (8, vec![(Column::Number, Rule::Required), (Column::Nature, Rule::Unknown), (Column::FiledOn, Rule::Malformed)]),
            ]
        );
        let mend = store.rows_to_mend(&street, first).await.unwrap();
        assert_eq!((mend.len(), mend[1].1[0].as_str(), mend[1].1[1].as_str()), (3, "东备006", "无名社区队"));
        assert_eq!(names(store, &street, "").await, ["晨光合唱队"], "nothing has changed yet");

        // Looked at, one left out, applied.
        store.take_row(&street, first, 5, false).await.unwrap();
        store.apply_import(&street, first).await.unwrap();
        store.work_import(first).await.unwrap();
        store.work_import(first).await.unwrap();
        assert_eq!(store.import_for(&street, first).await.unwrap().0.state, "applied");
        assert_eq!(refused(store.apply_import(&street, first).await), Fault::Refused("import_state".into()));
        assert_eq!(names(store, &street, "").await, ["巡逻队", "晨光合唱队", "调解室"]);
        assert_eq!(names(store, &street, "culture_sports").await, ["晨光合唱队"]);
        let (choir, records, _) = store.organisation_for(&street, typed).await.unwrap();
        assert_eq!((choir.filing_no.as_deref(), choir.standing.as_str(), records.len()), (Some("东备001"), "confirmed", 1));
        assert_eq!((records[0].said.fields.as_str(), records[0].said.members), ("volunteering", Some(32)));
        let leaders: Vec<(String, String)> = store.members(typed).await.unwrap().into_iter().map(|m| (m.name, m.post)).collect();
        assert!(leaders.contains(&("王芳".into(), "leader".into())), "an account waits for the leader: {leaders:?}");

        // The same file again changes nothing, whoever sends it.
        let again = stage(store, &street, "110101001000", FILE).await;
        let t = tally(store, &street, again).await;
        assert_eq!((t.new, t.changed, t.same, t.wrong), (1, 0, 3, 3), "the one left out comes again");
        store.drop_import(&street, again).await.unwrap();

        // A changed list: a new name, one ended; an empty cell takes nothing away.
        world.pass(40 * DAY_MS);
        let street = officer(store, "jiedao2", Role::TownshipOfficer, "110101001000").await;
        let changed =
            "备案号|名称|社区|状态|类型|负责人|手机\n东备001|晨光艺术团|多福巷社区||||\n东备002|巡逻队|多福巷社区|注销||李雷|13800138001\n";
        let second = stage(store, &street, "110101001000", changed).await;
        let (import, t) = store.import_for(&street, second).await.unwrap();
        assert_eq!((t.changed, t.same, import.absent), (2, 0, 1), "one is not in the file, and is only said to be missing");
        let rows = store.import_rows(&street, second, "change", 0, 10).await.unwrap();
        assert_eq!(rows[0].differences(), [(Column::Name, "晨光合唱队".into(), "晨光艺术团".into())]);
        assert_eq!(rows[1].differences(), [(Column::Standing, "filed".into(), "ended".into())]);
        store.apply_import(&street, second).await.unwrap();
        store.work_import(second).await.unwrap();
        let (choir, records, _) = store.organisation_for(&street, typed).await.unwrap();
        assert_eq!((choir.name.as_str(), records.len(), records[0].said.nature.as_str()), ("晨光艺术团", 2, "culture_sports"));
        assert_eq!(records[1].to_day, Some(records[0].from_day - 1), "dated");
        assert_eq!(names(store, &street, "ended").await, ["巡逻队"]);
        // 李雷 leads the patrol beside his own choir: a second affiliation, and one person.
        let patrol = rows[1].organisation.unwrap();
        assert_eq!(store.agencies(singer).await.unwrap(), [patrol], "his own is not confirmed yet");

        // The second is taken back; the first is not, while somebody has built on it.
        store.undo_import(&street, second).await.unwrap();
        store.work_import(second).await.unwrap();
        let (choir, records, _) = store.organisation_for(&street, typed).await.unwrap();
        assert_eq!((choir.name.as_str(), records.len()), ("晨光合唱队", 3), "said again as it was; nothing is erased");
        assert_eq!(names(store, &street, "").await, ["巡逻队", "晨光合唱队", "调解室"]);
        assert!(store.agencies(singer).await.unwrap().is_empty());
        assert!(!store.in_the_way(&street, first).await.unwrap().is_empty());
        assert_eq!(refused(store.undo_import(&street, first).await), Fault::Refused("import_built_on".into()));
    }
}

#[tokio::test]
async fn a_fresh_import_is_taken_back_whole() {
    for world in worlds().await {
        let store = &world.store;
        let street = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let id = stage(store, &street, "110101001000", FILE).await;
        store.apply_import(&street, id).await.unwrap();
        store.work_import(id).await.unwrap();
        assert_eq!(names(store, &street, "").await.len(), 4);
        assert!(store.in_the_way(&street, id).await.unwrap().is_empty());
        store.undo_import(&street, id).await.unwrap();
        store.work_import(id).await.unwrap();
        assert_eq!(store.import_for(&street, id).await.unwrap().0.state, "undone");
        assert!(names(store, &street, "").await.is_empty());
        // And may come again.
        let again = stage(store, &street, "110101001000", FILE).await;
        assert_eq!(tally(store, &street, again).await.new, 4);
        store.apply_import(&street, again).await.unwrap();
        store.work_import(again).await.unwrap();
        assert_eq!(names(store, &street, "").await.len(), 4);
    }
}

#[tokio::test]
async fn an_import_stays_in_its_region_and_with_its_officers() {
    for world in worlds().await {
        let store = &world.store;
        let street = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let other = officer(store, "bieqv", Role::DistrictOfficer, "110105000000").await;
        let worker = officer(store, "shequ", Role::CommunityWorker, "110101001001").await;
        let city = officer(store, "shi", Role::CityOfficer, "110000000000").await;
        let rows = sheet::read(FILE.as_bytes()).unwrap();
        let go = async |actor: &Actor| store.stage_filing(actor, "110101001000", store.new_id(), "f", &rows).await;
        assert_eq!(refused(go(&other).await), Fault::Missing);
        assert_eq!(refused(go(&worker).await), Fault::Forbidden);
        let id = go(&street).await.unwrap();
        for refusal in [
            refused(store.import_for(&other, id).await),
            refused(store.apply_import(&other, id).await),
            refused(store.rows_to_mend(&other, id).await),
            refused(store.take_row(&other, id, 2, false).await),
        ] {
            assert_eq!(refusal, Fault::Missing);
        }
        assert!(store.imports(&scope(&other)).await.unwrap().is_empty());
        assert_eq!(store.imports(&scope(&city)).await.unwrap().len(), 1);
        store.apply_import(&street, id).await.unwrap();
        store.work_import(id).await.unwrap();
        assert!(names(store, &other, "").await.is_empty());
        assert_eq!(names(store, &city, "").await.len(), 4);

        // For the whole city the street must tell two communities of one name apart; a number of another district is taken.
        let text = "备案号,名称,街道,社区\nX1,甲队,,银闸社区\nX2,乙队,常营乡,银闸社区\n东备001,丙队,常营地区,银闸\n";
        let whole = stage(store, &city, "110000000000", text).await;
        let t = tally(store, &city, whole).await;
        assert_eq!((t.new, t.changed, t.wrong), (1, 1, 1));
        let east = stage(store, &other, "110105000000", text).await;
        store.apply_import(&other, east).await.unwrap();
        store.work_import(east).await.unwrap();
        let wrong = store.import_rows(&other, east, "wrong", 0, 10).await.unwrap();
        assert_eq!(wrong.iter().map(|r| (r.line, r.faults()[0].rule)).collect::<Vec<_>>(), [(4, Rule::Taken)]);
        assert_eq!(names(store, &other, "").await, ["乙队", "甲队"], "one 银闸社区 in this district");

        // Not such a file.
        let odd = sheet::read("姓名,电话\n王芳,1\n".as_bytes()).unwrap();
        assert!(matches!(refused(store.stage_filing(&street, "110101001000", store.new_id(), "f", &odd).await), Fault::Invalid(_)));
    }
}

#[tokio::test]
async fn federations_and_brands_are_kept_by_hand() {
    for world in worlds().await {
        let store = &world.store;
        let street = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let other = officer(store, "bieqv", Role::DistrictOfficer, "110105000000").await;
        let id = store.new_id();
        assert!(matches!(refused(store.make_organisation(&street, id, "community", "110101001000", "").await), Fault::Invalid(_)));
        assert_eq!(refused(store.make_organisation(&other, id, "federation", "110101001000", "联合会").await), Fault::Missing);
        store.make_organisation(&street, id, "federation", "110101001000", "东华门街道社区社会组织联合会").await.unwrap();
        store.make_organisation(&street, id, "federation", "110101001000", "东华门街道社区社会组织联合会").await.unwrap();
        let brand = store.new_id();
        let day = Some(store.today());
        assert!(matches!(refused(store.name_brand(&street, id, brand, "", day, "").await), Fault::Invalid(_)));
        assert_eq!(refused(store.name_brand(&other, id, brand, "老街坊", day, "文号").await), Fault::Missing);
        store.name_brand(&street, id, brand, "老街坊", day, "东社〔2026〕3 号").await.unwrap();
        store.end_brand(&street, id, brand).await.unwrap();
        let (kept, records, brands) = store.organisation_for(&street, id).await.unwrap();
        assert_eq!((kept.kind.as_str(), records.len(), brands[0].ended_on), ("federation", 1, day));
    }
}

#[tokio::test]
async fn what_was_said_after_a_file_was_looked_at_stands() {
    for world in worlds().await {
        let store = &world.store;
        let street = officer(store, "jiedao", Role::TownshipOfficer, "110101001000").await;
        let first = stage(store, &street, "110101001000", FILE).await;
        store.apply_import(&street, first).await.unwrap();
        store.work_import(first).await.unwrap();
        // Two files are looked at; the second is applied first.
        let head = "备案号,名称,街道,社区,状态,类型\n";
        let old = stage(store, &street, "110101001000", &format!("{head}东备001,晨光合唱队,东华门街道,多福巷社区,,服务型\n")).await;
        let new = stage(store, &street, "110101001000", &format!("{head}东备001,晨光合唱队,东华门街道,多福巷社区,注销,\n")).await;
        for id in [new, old] {
            store.apply_import(&street, id).await.unwrap();
            store.work_import(id).await.unwrap();
        }
        assert_eq!(names(store, &street, "ended").await, ["晨光合唱队"], "what was said last stands");
        let back = store.import_rows(&street, old, "wrong", 0, 10).await.unwrap();
        assert_eq!(back[0].faults()[0].rule, Rule::Differs);
        // Nobody who joins later brings an ended organisation back.
        learner(store, "李雷", "13800138001").await;
        let region = "110101001001";
        store
            .register(
                &store::people::register::Joining {
                    organisation: "晨光合唱队".into(), ..joining(store, "韩梅", "13800138002", region)
                },
                Some(street.person),
            )
            .await
            .unwrap();
        assert_eq!(names(store, &street, "ended").await, ["晨光合唱队"]);
        // One that was broken off while it was read can be put aside; nothing of people is left in it.
        store.drop_import(&street, stage(store, &street, "110101001000", FILE).await).await.unwrap();
        let mut conn = store.db.read().await.unwrap();
        let (kept,): (i64,) = conn.query("select count(*) from import_row where leader <> ''").fetch_one().await.unwrap();
        assert_eq!(kept, 0);
    }
}
