//! How fast replies are split: `cargo bench --bench splitter`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use talekeeper::format::splitter::{Limits, Streaming, split};

/// About this many bytes a text: more than any reply, so that the time a cut takes counts and not the start.
const SIZE: usize = 256 * 1024;

const PROSE: &str = "The **old bridge** groans as you step onto it; far below, *something* answers. \
    \"Who goes there?\" asks a voice from the fog. You could run, or [read the sign](https://example.org/sign).\n\n\
    - Mira draws her `knife` and waits.\n- Tomas counts the planks: ||seven are missing||.\n\n";
const CODE: &str = "Here is the module:\n\n```rust\nfn hit(roll: u8, armour: u8) -> bool {\n    // A natural twenty always hits.\n    \
    roll == 20 || roll >= armour\n}\n\nfn damage(dice: &[u8]) -> u32 {\n    dice.iter().map(|die| u32::from(*die)).sum()\n}\n```\n\n";
const CJK: &str = "勇者は静かに扉を開けた。そして、暗い部屋の中へ一歩を踏み出すと、**古い松明**が音もなく灯った。\
    「誰だ？」と声がした。던전의 문이 천천히 열리고 차가운 바람이 불어왔다.\n\n";

fn texts() -> [(&'static str, String); 3] {
    [("prose", PROSE), ("code", CODE), ("cjk", CJK)].map(|(name, text)| (name, text.repeat(SIZE / text.len())))
}

fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("split");
    let limits = Limits { messages: usize::MAX, ..Limits::default() };
    for (name, text) in texts() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &text, |bencher, text| {
            bencher.iter(|| split(black_box(text), &limits));
        });
    }
    group.finish();
}

/// As a model writes: a few characters at a time.
fn streamed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    let limits = Limits { messages: usize::MAX, ..Limits::default() };
    for (name, text) in texts() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &text, |bencher, text| {
            bencher.iter(|| {
                let mut stream = Streaming::new(limits);
                let mut left = text.as_str();
                while !left.is_empty() {
                    let (piece, rest) = left.split_at(left.ceil_char_boundary(12));
                    stream.push(black_box(piece));
                    left = rest;
                }
                stream.finish()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, whole, streamed);
criterion_main!(benches);
