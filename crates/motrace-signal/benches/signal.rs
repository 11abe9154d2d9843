//! What the signal path costs per sample. `cargo bench -p motrace-signal`

use divan::{Bencher, black_box, counter::ItemsCount};
use motrace_core::Montage;
use motrace_signal::{FilterSpec, QualityMeter, StreamingFilter, welch_psd};

const SAMPLES: usize = 1000;

fn main() {
    divan::main();
}

fn filter(channels: usize) -> StreamingFilter {
    let spec = FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: Some(50.0) };
    StreamingFilter::new(&spec.design(250.0).expect("a valid filter"), channels)
}

fn signal(values: usize) -> Vec<f64> {
    (0..values).map(|i| ((i * 7919) % 1009) as f64 * 1e-8).collect()
}

/// A band-pass of order 4 and a notch; the time per item is that of one sample of all channels.
#[divan::bench(args = [1, 6, 8, 22, 64])]
fn filter_samples(bencher: Bencher, channels: usize) {
    let mut filter = filter(channels);
    let data = signal(SAMPLES * channels);
    let mut block = data.clone();
    bencher.counter(ItemsCount::new(SAMPLES)).bench_local(|| {
        block.copy_from_slice(&data);
        for frame in block.chunks_exact_mut(channels) {
            filter.apply(black_box(frame));
        }
    });
}

#[divan::bench(args = [22, 64])]
fn watch_quality(bencher: Bencher, channels: usize) {
    let labels: Vec<String> = (0..channels).map(|i| i.to_string()).collect();
    let mut meter = QualityMeter::new(&Montage::new(&labels), &vec![1e-6; channels], 250.0);
    let data: Vec<f32> = signal(SAMPLES * channels).iter().map(|&v| v as f32).collect();
    bencher.counter(ItemsCount::new(SAMPLES)).bench_local(|| {
        for frame in data.chunks_exact(channels) {
            meter.push_frame(black_box(frame));
        }
    });
}

#[divan::bench]
fn design_filter() -> StreamingFilter {
    filter(black_box(22))
}

#[divan::bench]
fn welch_one_minute(bencher: Bencher) {
    let data = signal(15_000);
    bencher.bench_local(|| welch_psd(black_box(&data), 250.0, 500));
}
