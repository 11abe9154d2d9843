//! How much faster than real time the simulation is. `cargo bench -p motrace-sim`

use divan::{Bencher, black_box, counter::ItemsCount};
use motrace_sim::{Cues, Simulation, SimulationSettings};

fn main() {
    divan::main();
}

/// One second of 22 channels at 250 Hz with every artefact; items per second are samples of all channels.
#[divan::bench]
fn one_second(bencher: Bencher) {
    let settings =
        SimulationSettings { cues: Cues::Endless, dropouts_per_minute: 6.0, ..SimulationSettings::default() };
    let mut simulation = Simulation::new(settings).expect("the defaults are valid");
    let mut frame = [0.0; 22];
    bencher.counter(ItemsCount::new(250_usize)).bench_local(|| {
        for _ in 0..250 {
            black_box(simulation.next_frame(black_box(&mut frame)));
        }
    });
}

#[divan::bench]
fn start() -> Simulation {
    Simulation::new(black_box(SimulationSettings::default())).expect("the defaults are valid")
}
