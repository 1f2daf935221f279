//! The portal for the end-to-end suite: the same router with a clock that can be moved, a fixed seed, known users, a free
//! port that is printed. Never part of a release.

// Views are deep types, and an optimised build looks through all of them.
#![recursion_limit = "256"]

use std::path::PathBuf;
use std::sync::Arc;

use app::portal::Portal;
use axum::extract::Path;
use axum::routing::post;
use server::clock::{MovedClock, SeededEntropy};
use server::site::Site;
use server::{demo, router};
use store::{Db, Store};

/// The password of every known user.
const PASSWORD: &str = "hutong-laohuaishu";

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1).map(PathBuf::from);
    let (Some(data), Some(content), Some(site)) = (args.next(), args.next(), args.next()) else {
        eprintln!("testbed DATA CONTENT SITE");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&data).expect("a folder to write to");
    let clock = Arc::new(MovedClock::default());
    let site = Arc::new(Site::read(&site).expect("a built site"));
    let db = Db::sqlite(&data.join("yucai.db")).await.expect("a database");
    let store = Store::new(db, clock.clone(), Arc::new(SeededEntropy::new(20_211_116)), [7; 32]);
    let media = data.join("media");
    store.load(store::course::read(&content).expect("content without faults"), &media).await.expect("content is loaded");
    store.set_origin("demo").await.expect("an origin");
    if !store.has_people().await.expect("an answer") {
        demo::people(&store, || PASSWORD.into()).await.expect("known users");
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let portal = Portal {
        store,
        media: Arc::new(media),
        pkg: site.pkg.clone().into(),
        origin: "demo".into(),
        address: format!("http://{address}").into(),
        fonts: app::print::Fonts::below(std::path::Path::new("/usr/share/fonts")),
        icons: Arc::new(site.icons.clone()),
    };
    let shift = post(move |Path(ms): Path<i64>| async move {
        clock.shift(ms);
        "ok"
    });
    let app = router::router(portal, site).route("/testbed/shift/{ms}", shift);
    println!("http://{address}");
    axum::serve(listener, app).await.expect("the testbed serves");
}
