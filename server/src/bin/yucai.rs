//! The one binary.

// Views are deep types, and an optimised build looks through all of them.
#![recursion_limit = "256"]

use clap::Parser;
use server::config::{Cli, Command};
use server::run;

/// Gives memory back soon after a large load; the system's own allocator keeps most of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(2, |n| n.get().max(2)))
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(async {
            match cli.command {
                Command::Serve(serve) => run::serve(serve).await,
                Command::Check(check) => run::check(&check),
                Command::Backup(backup) => run::back_up(backup).await,
                Command::Restore(backup) => run::restore(backup).await,
                Command::Verify(place) => run::verify(place).await,
                Command::User(user) => run::user(user).await,
                Command::Generate(command) => run::generate(command).await,
                Command::Config(serve) => run::config(&serve),
            }
        }),
        Err(error) => Err(error.to_string()),
    };
    if let Err(sentence) = outcome {
        eprintln!("yucai: {sentence}");
        std::process::exit(1);
    }
}
