//! How long a sample takes from `Outlet::push` to `Source::poll`, over the loopback, in one process.
//!
//! `cargo bench -p motrace-lsl` prints percentiles in microseconds. Samples are paced as an amplifier paces them;
//! each carries the time it was pushed at as its stamp.
#![allow(missing_docs, clippy::unwrap_used)]

use motrace_core::{Channel, Poll, Source, StreamInfo, Unit};
use motrace_lsl::{LslOptions, LslSource, Outlet, StreamQuery, clock};
use std::time::Duration;

const SECONDS: f64 = 10.0;

fn main() {
    // `cargo test --benches` only asks whether it starts.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    motrace_lsl::use_loopback(&format!("motrace-bench-{}", std::process::id())).unwrap();
    println!("{} over the loopback, {SECONDS} s each, µs from push to poll", motrace_lsl::backend_name());
    println!("{:<24} {:>8} {:>8} {:>8} {:>8} {:>8}", "", "samples", "p50", "p90", "p99", "max");
    for (channels, rate_hz) in [(22, 250.0), (64, 1000.0)] {
        let mut latencies = measure(channels, rate_hz);
        latencies.sort_by(f64::total_cmp);
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize] * 1e6;
        println!(
            "{:<24} {:>8} {:>8.0} {:>8.0} {:>8.0} {:>8.0}",
            format!("{channels} channels, {rate_hz} Hz"),
            latencies.len(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(1.0)
        );
    }
}

fn measure(channels: usize, rate_hz: f64) -> Vec<f64> {
    let stream = StreamInfo {
        name: format!("bench-{channels}"),
        kind: "EEG".into(),
        source_id: format!("bench-{channels}"),
        rate_hz,
        channels: (0..channels).map(|c| Channel::new(format!("E{c}"), Unit::Microvolts)).collect(),
        ..StreamInfo::default()
    };
    let mut outlet = Outlet::new(&stream).unwrap();
    let mut source = LslSource::open(StreamQuery::named(&stream.name), vec![], LslOptions::default()).unwrap();
    assert!(outlet.wait_for_consumers(Duration::from_secs(5)));
    source.poll(&mut Vec::new()).unwrap();
    let count = (SECONDS * rate_hz) as u32;
    let pusher = std::thread::spawn(move || {
        let sample = vec![1.0; channels];
        let start = clock();
        for k in 0..count {
            let wait = start + f64::from(k) / rate_hz - clock();
            std::thread::sleep(Duration::from_secs_f64(wait.max(0.0)));
            outlet.push(&sample, None).unwrap();
        }
        std::thread::sleep(Duration::from_millis(500));
    });
    let mut latencies = Vec::with_capacity(count as usize);
    let mut values = Vec::new();
    while latencies.len() < count as usize {
        values.clear();
        if let Poll::Samples(_) = source.poll(&mut values).unwrap() {
            let now = clock();
            latencies.extend(source.last_stamps().iter().map(|stamp| now - stamp));
        }
    }
    pusher.join().unwrap();
    latencies
}
