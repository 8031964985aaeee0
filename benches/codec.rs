//! What the parts of the WebSocket engine cost: masks, UTF-8, frame headers, whole connections, deflate. Run it with
//! `cargo bench --features bench`.

use std::hint::black_box;
use std::io::IoSlice;
use std::time::Instant;

use bisque::proto::ws::deflate::{Deflater, Inflater, Params};
use bisque::proto::ws::frame::{self, Header};
use bisque::proto::ws::utf8::Utf8;
use bisque::proto::ws::{Connection, DataType, Event, Input, Role, Settings, mask};
use bisque::proto::{Context, Entropy};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

struct Keys(u32);

impl Entropy for Keys {
    fn fill(&mut self, out: &mut [u8]) {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        out.iter_mut()
            .zip(self.0.to_be_bytes().iter().cycle())
            .for_each(|(to, from)| *to = *from);
    }
}

fn masks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    for size in [64, 1024, 16 * 1024, 1 << 20] {
        let mut bytes = vec![7; size];
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |b| {
            b.iter(|| mask::apply(black_box(&mut bytes), [1, 2, 3, 4], 0));
        });
    }
}

fn texts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("utf8");
    for (name, text) in [
        ("ascii", "the quick brown fox "),
        ("mixed", "größer als π, 日本語 "),
        ("emoji", "😀🎉"),
    ] {
        let bytes = text.repeat(16 * 1024 / text.len()).into_bytes();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        for piece in [100, 16 * 1024] {
            group.bench_function(BenchmarkId::new(name, piece), |b| {
                b.iter(|| {
                    let mut utf8 = Utf8::new();
                    black_box(&bytes)
                        .chunks(piece)
                        .for_each(|piece| utf8.feed(piece).expect("valid"));
                });
            });
        }
    }
}

fn headers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frame header");
    for len in [64, 1024, 1 << 20] {
        let (bytes, length) = frame::encode(0x82, Some([1, 2, 3, 4]), len);
        group.bench_function(BenchmarkId::new("parse", len), |b| {
            b.iter(|| Header::parse(black_box(&bytes[..length])));
        });
        group.bench_function(BenchmarkId::new("encode", len), |b| {
            b.iter(|| frame::encode(black_box(0x82), None, black_box(len)));
        });
    }
}

/// One turn of an echo server: a read buffer with some frames in, the same messages out.
fn echo(connection: &mut Connection<Vec<u8>>, cx: &mut Context<'_>, buffer: &mut [u8]) {
    let mut input = Input::new(buffer);
    while let Some(event) = connection.receive(cx, &mut input) {
        if let Event::Message { kind, payload } = event {
            connection.send_copied(cx, kind, &payload).expect("open");
        }
    }
    assert!(connection.poll_event(cx).is_none());
    let mut slices = [IoSlice::new(&[]); 16];
    let filled = connection.output(&mut slices);
    let written = black_box(&slices[..filled]).iter().map(|slice| slice.len()).sum();
    connection.consume_output(written);
}

fn connections(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("echo");
    let now = Instant::now();
    for (size, count, deflate) in [
        (64, 1, false),
        (64, 10, false),
        (1024, 1, false),
        (16 * 1024, 1, false),
        (64 * 1024, 1, false),
        (1024, 1, true),
        (64 * 1024, 1, true),
    ] {
        let text: Vec<u8> = (0..size)
            .map(|i| b"the same words over and over, "[(i + i / 97) % 30])
            .collect();
        let mut settings = Settings::new(Role::Server);
        settings.deflate = deflate.then(Params::default);
        let mut client = Settings::new(Role::Client);
        client.deflate = settings.deflate;
        let mut entropy = Keys(1);
        let mut cx = Context {
            now,
            entropy: &mut entropy,
        };
        let mut sender: Connection<Vec<u8>> = Connection::new(client, now);
        for _ in 0..count {
            sender.send_copied(&mut cx, DataType::Text, &text).expect("open");
        }
        let mut slices = [IoSlice::new(&[]); 16];
        let filled = sender.output(&mut slices);
        let frames: Vec<u8> = slices[..filled]
            .iter()
            .flat_map(|slice| slice.iter().copied())
            .collect();
        let mut server: Connection<Vec<u8>> = Connection::new(settings.clone(), now);
        group.throughput(Throughput::Elements(count));
        let name = format!("{size} B x{count}{}", if deflate { ", deflate" } else { "" });
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || frames.clone(),
                |frames| {
                    let mut cx = Context {
                        now,
                        entropy: &mut Keys(1),
                    };
                    echo(&mut server, &mut cx, frames);
                },
                BatchSize::SmallInput,
            );
        });
    }
}

fn deflate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deflate");
    let json: String = (0..1200)
        .map(|i| {
            format!(
                "{{\"id\":{i},\"name\":\"item {}\",\"price\":{}.5}},",
                i * 7919,
                i % 90
            )
        })
        .collect();
    for size in [1024, 32 * 1024] {
        let text = &json.as_bytes()[..size];
        let mut compressed = Vec::new();
        Deflater::new(15, false).message(text, &mut compressed);
        group.throughput(Throughput::Bytes(size as u64));
        for takeover in [true, false] {
            let mut deflater = Deflater::new(15, takeover);
            let mut out = Vec::new();
            group.bench_function(
                BenchmarkId::new(if takeover { "deflate" } else { "deflate alone" }, size),
                |b| {
                    b.iter(|| {
                        out.clear();
                        deflater.message(black_box(text), &mut out);
                    });
                },
            );
        }
        let mut inflater = Inflater::new(15, false);
        group.bench_function(BenchmarkId::new("inflate", size), |b| {
            b.iter(|| {
                let mut out = Vec::new();
                inflater
                    .feed(black_box(&compressed), &mut out, u64::MAX)
                    .expect("valid");
                inflater.finish(&mut out, u64::MAX).expect("valid");
                out
            });
        });
        println!("{size} bytes of JSON become {}", compressed.len());
    }
}

criterion_group!(benches, masks, texts, headers, connections, deflate);
criterion_main!(benches);
