//! Times networks on one thread and prints what it found as JSON, in milliseconds, for `bench_inference_peers.py`.

use motrace_net::{Architecture, EegNet, Mlp, Runner, ShallowConvNet, Sliding};
use std::hint::black_box;
use std::time::Instant;

const CHANNELS: usize = 22;
const SAMPLES: usize = 1000;
const HOP: usize = 10;

/// The shortest and the median of many runs, in milliseconds.
fn timed(mut run: impl FnMut()) -> (f64, f64) {
    const RUNS: usize = 400;
    for _ in 0..20 {
        run();
    }
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[0], times[RUNS / 2])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let window: Vec<f32> = (0..CHANNELS * SAMPLES).map(|n| (n as f32 * 0.37).sin() * 1.5).collect();
    let mut found = Vec::new();
    let networks = [
        Architecture::Shallow(ShallowConvNet::default()),
        Architecture::EegNet(EegNet::default()),
        Architecture::Mlp(Mlp::default()),
    ];
    for architecture in networks {
        let network = architecture.network::<f32>(CHANNELS, SAMPLES, 250.0, 4, 1)?;
        let mut runner = Runner::new(&network)?;
        let (least, median) = timed(|| {
            black_box(runner.run(black_box(&window)));
        });
        found.push((architecture.name().to_owned(), least, median));
        if let Ok(mut sliding) = Sliding::new(&runner, SAMPLES) {
            let mut sample = vec![0.0; CHANNELS];
            let mut place = 0;
            let mut hop = |count: usize| {
                for _ in 0..count {
                    for (channel, value) in sample.iter_mut().enumerate() {
                        *value = window[channel * SAMPLES + place % SAMPLES];
                    }
                    sliding.push(&sample);
                    place += 1;
                }
                black_box(sliding.newest());
            };
            hop(SAMPLES);
            let (least, median) = timed(|| hop(HOP));
            found.push((format!("{} hop", architecture.name()), least, median));
        }
    }
    let lines: Vec<String> =
        found.iter().map(|(name, least, median)| format!("\"{name}\": [{least:.5}, {median:.5}]")).collect();
    println!("{{{}}}", lines.join(", "));
    Ok(())
}
