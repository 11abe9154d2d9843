//! How much faster than real time the simulation is. `cargo bench -p motrace-sim`

use divan::{Bencher, black_box, counter::ItemsCount};
use motrace_sim::{Cues, Simulation, SimulationSettings};

fn main() {
    divan::main();
}

/// Electrodes of the 10-10 system, from the front to the back.
const LABELS: [&str; 64] = [
    "Fp1", "Fpz", "Fp2", "AF7", "AF3", "AFz", "AF4", "AF8", "F7", "F5", "F3", "F1", "Fz", "F2", "F4", "F6", "F8",
    "FT7", "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8", "T9", "T7", "C5", "C3", "C1", "Cz", "C2", "C4",
    "C6", "T8", "T10", "TP7", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "P7", "P5", "P3", "P1", "Pz",
    "P2", "P4", "P6", "P8", "PO7", "PO3", "POz", "PO4", "PO8", "O1", "Oz", "O2", "Iz",
];

/// One second with every artefact; items per second are samples of all channels.
fn one_second(bencher: Bencher, settings: SimulationSettings) {
    let (samples, channels) = (settings.rate_hz as usize, settings.labels.len());
    let mut simulation = Simulation::new(settings).expect("valid settings");
    let mut frame = vec![0.0; channels];
    bencher.counter(ItemsCount::new(samples)).bench_local(|| {
        for _ in 0..samples {
            black_box(simulation.next_frame(black_box(&mut frame)));
        }
    });
}

fn endless() -> SimulationSettings {
    SimulationSettings {
        cues: Cues::Endless,
        clenches_per_minute: 2.0,
        dropouts_per_minute: 6.0,
        ..SimulationSettings::default()
    }
}

/// 22 channels at 250 Hz.
#[divan::bench]
fn one_second_22_channels_250_hz(bencher: Bencher) {
    one_second(bencher, endless());
}

/// 64 channels at 1 kHz.
#[divan::bench]
fn one_second_64_channels_1000_hz(bencher: Bencher) {
    let labels = LABELS.map(str::to_owned).to_vec();
    one_second(bencher, SimulationSettings { rate_hz: 1000.0, labels, ..endless() });
}

#[divan::bench]
fn start() -> Simulation {
    Simulation::new(black_box(SimulationSettings::default())).expect("the defaults are valid")
}
