//! How long `talekeeper logs` takes over a full log: six files of 10 MB.
//! Asserts nothing about time; it is read by people.

use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;

use clap::Parser;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use talekeeper::cli::logs::{Console, LogsArgs, run};
use talekeeper::telemetry::{Rotating, Style};

const FILE: u64 = 10_000_000;
const FILES: u64 = 6;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: LogsArgs,
}

fn fill(folder: &Path) -> io::Result<()> {
    let mut log = Rotating::open(folder, FILE, 5)?;
    let mut written = 0;
    let mut turn = 0;
    while written < FILE * FILES - FILE / 2 {
        turn += 1;
        let id = if turn == 1000 { r#","error_id":"E-7K3M9QZX""# } else { "" };
        let line = format!(
            r#"{{"ts":"2026-11-21T13:51:45.120Z","level":"info","target":"talekeeper::table::actor","msg":"turn ended","table":"table-{}","turn":{turn},"provider":"claude","outcome":"answered","duration_ms":4210,"first_text_ms":880,"cost_usd":0.0125,"tokens_in":1200,"tokens_out":340{id}}}"#,
            turn % 40
        );
        writeln!(log, "{line}")?;
        written += line.len() as u64 + 1;
    }
    Ok(())
}

fn logs(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fill(folder.path()).expect("the temporary folder can be written");
    let mut group = criterion.benchmark_group("logs");
    group.sample_size(10).throughput(Throughput::Bytes(FILE * FILES));
    for typed in ["", "--json", "--lines 100", "--error E-7K3M9QZX", "--table table-7", "--level error"] {
        let words = std::iter::once("logs").chain(typed.split_whitespace());
        let args = Cli::try_parse_from(words).expect("the arguments above are good").args;
        group.bench_function(if typed.is_empty() { "all" } else { typed }, |bencher| {
            bencher.iter(|| {
                let style = Style { colour: false, zone: TimeZone::UTC };
                let console = Console { out: &mut io::sink(), notes: &mut io::sink(), style };
                black_box(run(&args, folder.path(), console)).expect("the log can be read");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, logs);
criterion_main!(benches);
