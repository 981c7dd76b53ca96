//! Twenty tables for a while, with kills, faults of the gateway, of REST and of providers; then a report of what was lost,
//! what was said twice, and what grew: memory, descriptors, processes, files.
//!
//! `TALEKEEPER_TEST_SOAK_MINUTES=60 cargo test --test it soak -- --nocapture` plays for an hour. The report and its plot
//! are written to `target/tmp/soak`, or where `TALEKEEPER_TEST_SOAK_REPORT` says.

mod course;
mod plot;
mod report;
mod samples;

use std::path::PathBuf;
use std::time::Duration;

use fake_discord::Options;
use rand::SeedableRng;
use rand::rngs::StdRng;

use self::course::Course;
use self::report::Report;
use self::samples::Sampler;
use crate::discord_chaos::{log, marks, replies};
use crate::support::bot::Scene;
use crate::support::installation::Installation;
use crate::support::processes::alive_in;

/// How many tables are played.
const TABLES: usize = 20;
/// Processes that may rest between turns.
const WARM: u64 = 4;
/// Descriptors that may be open at the end beyond those at the beginning of the same life: resting processes, connections
/// that are kept, readers of the database.
const MORE_DESCRIPTORS: u64 = 64;

/// How long it goes; a short while in every test.
fn length() -> Duration {
    let minutes = std::env::var_os("TALEKEEPER_TEST_SOAK_MINUTES").and_then(|text| text.to_str()?.parse::<f64>().ok());
    minutes.map_or(Duration::from_secs(15), |minutes| Duration::from_secs_f64(minutes * 60.0))
}

fn folder() -> PathBuf {
    let asked = std::env::var_os("TALEKEEPER_TEST_SOAK_REPORT").map(PathBuf::from);
    asked.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("soak"))
}

fn scene(names: &[String]) -> Scene {
    let mut home = Installation::with_fake_claude();
    let scratch = home.folder().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    home.env("TMPDIR", scratch.to_str().unwrap());
    let patience = Duration::from_secs(300);
    // It is started more often than Discord allows in a day.
    let identifies = (1_000_000, Duration::from_secs(60 * 60));
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let scene = Scene::with_tables(Options { patience, identifies, ..Options::default() }, home, &names, "");
    scene.add_config(&format!(
        "limits: {{ running_turns: 8 }}\nproviders: {{ claude: {{ timeout: 5s, warm: {WARM} }} }}\n\
         logging: {{ max_size: 500MB }}\n"
    ));
    scene
}

#[test]
fn twenty_tables_lose_nothing_and_leave_nothing_behind() {
    let names: Vec<_> = (1..=TABLES).map(|number| format!("cellar-{number}")).collect();
    let scene = scene(&names);
    let sampler = Sampler::start(&scene, length());
    let course = Course::new(&scene, &names, StdRng::seed_from_u64(20_261_121), length());
    let mut played = scene.discord.block_on(course.run(&sampler));
    let mut report = Report::new(length(), TABLES);
    report.take_log(&scene);
    report.take_outcomes(&scene, &played.written);
    for name in &names {
        let messages = scene.discord.channel(name).bot_messages();
        let shown = marks(messages.iter().map(|message| message.content.as_str()));
        let told = marks(replies(&log(&scene, name)).iter().map(String::as_str));
        report.take_table(name, &shown, &told);
    }
    report.left_processes = alive_in(scene.home.folder()).len();
    let count = |folder: PathBuf| std::fs::read_dir(folder).unwrap().count();
    report.left_files = count(scene.home.folder().join("scratch")) + count(scene.home.data().join("run"));
    report.tally = std::mem::take(&mut played.tally);
    report.rests = (played.at_rest_before, played.at_rest_after);
    report.samples = sampler.end();
    report.write(&folder());
    report.judge();
}
