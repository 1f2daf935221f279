//! The synthetic city: marked, reproducible, and with figures that equal their facts; on both engines.

#![allow(clippy::unwrap_used, reason = "a test ends where an answer is missing")]

mod world;

use store::synthetic::{Made, Scale};
use world::*;

#[tokio::test]
async fn a_synthetic_city_is_the_same_from_the_same_seed_and_adds_up() {
    let mut seen: Vec<(Made, Vec<(domain::Uuid, String)>)> = Vec::new();
    for world in worlds().await {
        let store = &world.store;
        let made = store.generate(Scale::SMALL, 7, |_| {}).await.unwrap();
        assert_eq!((made.organisations, made.people), (Scale::SMALL.organisations, Scale::SMALL.people));
        assert!(made.enrolments >= Scale::SMALL.active * 2 && made.lessons > made.enrolments, "{made:?}");
        assert_eq!(store.verify().await.unwrap(), Vec::<String>::new());
        assert_eq!(store.setting("origin").await.unwrap().as_deref(), Some("synthetic"));
        let mut conn = store.db.read().await.unwrap();
        let people = conn.query("select id, name from person order by id limit 50").fetch_all().await.unwrap();
        drop(conn);
        seen.push((made, people));
        // Not a second time, and never beside real people.
        assert!(store.generate(Scale::SMALL, 7, |_| {}).await.is_err());
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the same on every engine");
    for world in worlds().await.into_iter().take(1) {
        learner(&world.store, "王芳", "13800138000").await;
        assert!(world.store.generate(Scale::SMALL, 7, |_| {}).await.is_err());
    }
}
