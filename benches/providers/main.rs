//! What our part costs beside the bare CLI: time to the first text of a cold and of a warm turn, and memory at rest.
//! The real CLIs of `.ci/install-clis` with a stand-in for their services on loopback, and once more with a stand-in for the
//! CLI, which takes no time of its own, so that our part can be seen below the machine's noise (`cargo build --release
//! --examples` before). Prints the tables of `docs/performance.md`. A number after `--` says how often each is tried (9),
//! names which are.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark speaks to the one who runs it, and fails where it cannot go on"
)]

mod bare;
mod lab;
mod memory;

use std::time::{Duration, Instant};

use self::bare::Recording;
use self::lab::{CLIS, Cli, Lab};

/// A CLI is tried for so long, however many rounds that makes; two are always made.
const EACH: Duration = Duration::from_secs(38);

/// How often our part alone is measured; one time is some milliseconds.
const PARTS: usize = 200;

/// The time to the first text of two turns of one conversation.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// With a process that is started for it.
    cold: Duration,
    /// With the process that is there.
    warm: Duration,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let wanted: usize = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(9);
    println!("| first text of | bare CLI | Talekeeper | ratio of pairs | rounds |\n|---|---|---|---|---|");
    let (mut at_rest, mut parts) = (Vec::new(), Vec::new());
    let named: Vec<_> = std::env::args().skip(1).filter(|word| CLIS.iter().any(|cli| cli.name() == word)).collect();
    for cli in CLIS.into_iter().filter(|cli| named.is_empty() || named.iter().any(|name| name == cli.name())) {
        let Some(lab) = Lab::open(cli) else {
            println!("| {} | not installed | | | |", cli.name());
            continue;
        };
        let (bare, ours) = runtime.block_on(rounds(&lab, wanted));
        print(cli, &bare, &ours);
        if let Some(lab) = Lab::with_stand_in(cli) {
            parts.push(part(cli, &bare, &runtime.block_on(rounds(&lab, PARTS))));
        }
        at_rest.push(runtime.block_on(memory::at_rest(&lab)));
    }
    println!(
        "\n| first text of | our part | a stand-in alone | with us | beside the bare CLI |\n|---|---|---|---|---|"
    );
    for line in parts {
        println!("{line}");
    }
    println!("\n| at rest, {} tables | processes | RSS | PSS | PSS a table |\n|---|---|---|---|---|", memory::TABLES);
    for line in at_rest {
        println!("{line}");
    }
    println!("\nThis process, with all drivers: {:.1} MB", memory::own());
}

/// Both, one after the other, in turn first.
async fn rounds(lab: &Lab, wanted: usize) -> (Vec<Pair>, Vec<Pair>) {
    let recording = Recording::make(lab).await;
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    while ours.len() < wanted.max(2) && (ours.len() < 2 || begun.elapsed() < EACH) {
        if ours.len() % 2 == 0 {
            bare.push(recording.play());
            ours.push(lab.two_turns().await);
        } else {
            ours.push(lab.two_turns().await);
            bare.push(recording.play());
        }
    }
    (bare, ours)
}

fn print(cli: Cli, bare: &[Pair], ours: &[Pair]) {
    let line = |what: &str, of: fn(&Pair) -> Duration| {
        let millis = |pairs: &[Pair]| median(pairs.iter().map(|pair| of(pair).as_secs_f64() * 1e3).collect());
        let ratios = bare.iter().zip(ours).map(|(bare, ours)| of(ours).as_secs_f64() / of(bare).as_secs_f64());
        let (bare, own, ratio) = (millis(bare), millis(ours), median(ratios.collect()));
        println!("| {}, {what} | {bare:.0} ms | {own:.0} ms | {ratio:.3} | {} |", cli.name(), ours.len());
    };
    line("cold", |pair| pair.cold);
    line("warm", |pair| pair.warm);
    let shares = ours.iter().map(|pair| pair.warm.as_secs_f64() / pair.cold.as_secs_f64());
    println!("| {}, warm beside cold | | {:.2} times | | |", cli.name(), median(shares.collect()));
}

/// Rows: what we add to a program that takes no time of its own, and what that is beside the CLI.
fn part(cli: Cli, real: &[Pair], (alone, ours): &(Vec<Pair>, Vec<Pair>)) -> String {
    let line = |what: &str, of: fn(&Pair) -> Duration| {
        let millis = |pairs: &[Pair]| median(pairs.iter().map(|pair| of(pair).as_secs_f64() * 1e3).collect());
        let added = alone.iter().zip(ours).map(|(alone, ours)| of(ours).as_secs_f64() - of(alone).as_secs_f64());
        let added = median(added.collect()) * 1e3;
        let (alone, ours, ratio) = (millis(alone), millis(ours), 1.0 + added / millis(real));
        format!("| {}, {what} | {added:.1} ms | {alone:.1} ms | {ours:.1} ms | {ratio:.3} |", cli.name())
    };
    format!("{}\n{}", line("cold", |pair| pair.cold), line("warm", |pair| pair.warm))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}
