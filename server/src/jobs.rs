//! Work that goes on by itself: sealing the audit log, folding figures, dropping old beats. Each step is a small unit that
//! may run on any node any number of times.

use std::time::Duration;

use app::portal::Portal;

/// Runs until the program ends.
pub async fn run(portal: Portal) {
    let mut tick = tokio::time::interval(Duration::from_secs(10));
    let mut round: u64 = 0;
    loop {
        tick.tick().await;
        round += 1;
        if let Err(error) = step(&portal, round).await {
            tracing::warn!(%error, "a job was not done and will be tried again");
        }
    }
}

async fn step(portal: &Portal, round: u64) -> store::Result<()> {
    let store = &portal.store;
    // Another node may have loaded new content.
    let version = store.setting("content").await?.unwrap_or_default();
    if store.catalogue().await?.version != version {
        store.forget_catalogue();
    }
    while store.fold().await? > 0 {}
    // What a crash left half-way.
    for import in store.imports_under_way().await? {
        store.work_import(import).await?;
    }
    if round.is_multiple_of(6) {
        while store.seal_audit(store.now() - 60_000).await? > 0 {}
    }
    if round == 1 {
        // The board of a large city takes a while to be read for the first time: before somebody waits for it.
        store.columns().await?;
    }
    if round % 360 == 1 {
        store.drop_old_beats().await?;
    }
    // Once a day every figure is compared with its facts; what differs is said loudly and mended by nobody.
    if round % 8_640 == 30 {
        for difference in store.verify().await? {
            tracing::error!(%difference, "a figure differs from its facts");
        }
    }
    Ok(())
}
