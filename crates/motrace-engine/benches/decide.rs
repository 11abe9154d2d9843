//! What a decision, a replay and its explanations cost.
//!
//! `cargo bench -p motrace-engine`

#[path = "../tests/common/mod.rs"]
mod common;

use divan::Bencher;
use motrace_core::{Channel, Montage, StreamInfo, Unit};
use motrace_engine::{About, Adaptation, ClassSpec, Decider, Engine, Explain, InputStage, Model, Preparation};
use motrace_signal::{FilterSpec, Reference};

fn main() {
    for (channels, rate_hz) in [(22, 250.0), (64, 1000.0)] {
        for explain in [Explain::None, Explain::All] {
            report(channels, rate_hz, explain);
        }
    }
    divan::main();
}

/// Prints how many times faster than real time one core replays.
fn report(channels: usize, rate_hz: f64, explain: Explain) {
    let (model, info) = subject(channels, rate_hz);
    let secs = if explain == Explain::None { 120.0 } else { 20.0 };
    let samples = common::samples(channels, (secs * rate_hz) as usize, 1);
    let mut engine = Engine::new(&model, &info, explain).expect("the stream fits");
    let mut decisions = 0;
    let begin = std::time::Instant::now();
    engine.push(&samples, &mut |_| decisions += 1);
    let took = begin.elapsed().as_secs_f64();
    println!(
        "{channels} channels at {rate_hz} Hz, {decisions} decisions, explained: {explain:?}: {:.0} × real time",
        secs / took
    );
}

fn subject(channels: usize, rate_hz: f64) -> (Model, StreamInfo) {
    let labels: Vec<String> = (0..channels).map(|i| format!("E{i}")).collect();
    let preparation = Preparation {
        channels: Montage::new(&labels),
        unit: Unit::Microvolts,
        rate_hz,
        reference: Reference::Average,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 2.0,
        classes: vec![ClassSpec::new("left", ["1"]), ClassSpec::new("right", ["2"])],
        hop_secs: 0.04,
    };
    let info = StreamInfo {
        rate_hz,
        channels: labels.iter().map(|label| Channel::new(label.as_str(), Unit::Microvolts)).collect(),
        ..StreamInfo::default()
    };
    (Model { decoder: common::decoder(channels, 6).into(), preparation, about: About::default() }, info)
}

/// The samples of one hop and the decision at its end.
#[divan::bench(args = [(22, 250), (64, 1000)])]
fn one_hop(bencher: Bencher, (channels, rate_hz): (usize, usize)) {
    let (model, info) = subject(channels, rate_hz as f64);
    let mut decider = Decider::new(&model, &info).expect("the stream fits");
    decider.push(&common::samples(channels, 3 * rate_hz, 1), &mut |_| ());
    let hop = common::samples(channels, model.preparation.hop_samples() as usize, 2);
    bencher.bench_local(|| {
        let mut value = 0.0;
        decider.push(divan::black_box(&hop), &mut |outcome| {
            value = outcome.decision().map_or(0.0, |decision| decision.value);
        });
        value
    });
}

/// One sample and the decision at its end, the least time from the newest sample to a decision.
#[divan::bench(args = [(22, 250), (64, 1000)])]
fn one_decision(bencher: Bencher, (channels, rate_hz): (usize, usize)) {
    let (mut model, info) = subject(channels, rate_hz as f64);
    model.preparation.hop_secs = 1.0 / rate_hz as f64;
    let mut decider = Decider::new(&model, &info).expect("the stream fits");
    decider.push(&common::samples(channels, 3 * rate_hz, 1), &mut |_| ());
    let sample = common::samples(channels, 1, 2);
    bencher.bench_local(|| {
        let mut value = 0.0;
        decider.push(divan::black_box(&sample), &mut |outcome| {
            value = outcome.decision().map_or(0.0, |decision| decision.value);
        });
        value
    });
}

/// One sample and the decision at its end while the decoder adapts: what the calibration model says too.
#[divan::bench(args = [(22, 250), (64, 1000)])]
fn one_decision_adapting(bencher: Bencher, (channels, rate_hz): (usize, usize)) {
    let (mut model, info) = subject(channels, rate_hz as f64);
    model.preparation.hop_secs = 1.0 / rate_hz as f64;
    let mut decider = Decider::new(&model, &info).expect("the stream fits");
    decider.set_adaptation(Some(Adaptation { bias_rate: 0.05, covariance_rate: 0.02 }));
    decider.push(&common::samples(channels, 3 * rate_hz, 1), &mut |_| ());
    let sample = common::samples(channels, 1, 2);
    bencher.bench_local(|| {
        let mut value = 0.0;
        decider.push(divan::black_box(&sample), &mut |outcome| {
            value = outcome.decision().map_or(0.0, |decision| decision.value);
        });
        value
    });
}

/// What the decoder learns from one trial.
#[divan::bench(args = [2, 6, 32])]
fn one_adaptation(bencher: Bencher, components: usize) {
    let decoder = common::decoder(64, components);
    let mut adapter = motrace_decode::Adapter::new(&decoder).expect("it can adapt");
    adapter.set_rates(Adaptation { bias_rate: 0.05, covariance_rate: 0.02 });
    let powers: Vec<f64> = decoder.class_log_power[0].iter().map(|log| log.exp()).collect();
    bencher.bench_local(|| adapter.adapt(divan::black_box(&powers)));
}
