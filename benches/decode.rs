//! How fast a recorded Claude stream is decoded, beside plain `serde_json` into a typed enum.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;
use talekeeper::provider::claude::Decoder;

const LONG_REPLY: &str = include_str!("../tests/fixtures/claude/long_reply.stdout");

/// What a reader without our rules would still have to parse.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    System {
        #[serde(rename = "session_id")]
        _session: Option<String>,
    },
    StreamEvent {
        event: Inner,
    },
    Assistant {
        #[serde(rename = "message")]
        _message: serde_json::Value,
    },
    Result {
        #[serde(rename = "result")]
        _result: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Inner {
    delta: Option<Delta>,
}

#[derive(Deserialize)]
struct Delta {
    text: Option<String>,
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("claude long_reply");
    group.throughput(Throughput::Bytes(LONG_REPLY.len() as u64));
    group.bench_function("decoder", |bencher| {
        bencher.iter(|| {
            let mut decoder = Decoder::default();
            LONG_REPLY.lines().map(|line| decoder.line(line).len()).sum::<usize>()
        });
    });
    group.bench_function("serde_json into a typed enum", |bencher| {
        bencher.iter(|| {
            let lines = LONG_REPLY.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
            lines
                .map(|line| match line {
                    Line::StreamEvent { event } => {
                        event.delta.and_then(|delta| delta.text).map_or(0, |text| text.len())
                    }
                    Line::System { .. } | Line::Assistant { .. } | Line::Result { .. } | Line::Other => 0,
                })
                .sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
