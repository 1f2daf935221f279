//! Sample people for a demonstration database: one or more of each role, with passwords that are printed once.

use domain::permission::Role;
use store::{Result, Store};

/// A sample account.
pub struct Sample {
    /// Role in Chinese, for the terminal.
    pub role: &'static str,
    /// Name to sign in with.
    pub user_name: &'static str,
    /// Password; random but for tests.
    pub password: String,
}

/// Regions of the samples: a community of 东城区 and one of 朝阳区.
const EAST: &str = "110101001001";
const NORTH: &str = "110105034001";

/// Makes the sample people. `password` gives each one's password.
pub async fn people(store: &Store, password: impl FnMut() -> String) -> Result<Vec<Sample>> {
    let samples = made(store, password, |_| true).await?;
    store.set_office(&district(EAST), "东城区培训办公室（示例）", "010-0000-0000").await?;
    Ok(samples)
}

/// Makes the sample officers alone: for a synthetic city, whose learners do not sign in.
pub async fn officers(store: &Store, password: impl FnMut() -> String) -> Result<Vec<Sample>> {
    made(store, password, |role| role != Role::Learner).await
}

fn district(code: &str) -> String {
    format!("{:0<12}", &code[..6])
}

async fn made(store: &Store, mut password: impl FnMut() -> String, wanted: fn(Role) -> bool) -> Result<Vec<Sample>> {
    let city = "110000000000";
    let town = |code: &str| format!("{:0<12}", &code[..9]);
    let rows: [(&str, &str, Role, &str, String, &str, &str); 9] = [
        ("学员", "xueyuan", Role::Learner, EAST, EAST.into(), "林予安", "晨光合唱队（示例）"),
        ("学员", "xueyuan2", Role::Learner, NORTH, NORTH.into(), "阿依努尔·示例", "邻里调解队（示例）"),
        ("讲师", "jiangshi", Role::Trainer, EAST, city.into(), "顾时雨", ""),
        ("班主任", "banzhuren", Role::Supervisor, EAST, city.into(), "沈知秋", ""),
        ("社区工作者", "shequ", Role::CommunityWorker, EAST, EAST.into(), "周晓禾", ""),
        ("街道管理员", "jiedao", Role::TownshipOfficer, EAST, town(EAST), "何远山", ""),
        ("区管理员", "quguanliyuan", Role::DistrictOfficer, EAST, district(EAST), "陆清和", ""),
        ("市管理员", "shi", Role::CityOfficer, EAST, city.into(), "江北辰", ""),
        ("系统管理员", "admin", Role::Administrator, EAST, city.into(), "方守拙", ""),
    ];
    let mut samples = Vec::new();
    for (role_name, user_name, role, home, scope, name, organisation) in rows.into_iter().filter(|row| wanted(row.2)) {
        let password = password();
        let id = store.make_account(name, user_name, &password, role, home, &scope, organisation, None).await?;
        store.acknowledge_privacy(id, app::home::PRIVACY_VERSION).await?;
        if role == Role::Trainer {
            for card in store.catalogue().await?.cards().iter().filter(|c| c.lessons > 0) {
                store.set_trainer(&card.code, id).await?;
            }
        }
        samples.push(Sample { role: role_name, user_name, password });
    }
    Ok(samples)
}
