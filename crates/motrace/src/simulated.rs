//! The simulated person of the demo, of `motrace stream sim` and of `motrace simulate`.

use crate::config::Config;
use crate::failure::Failure;
use motrace_sim::{Cues, Simulation, SimulationSettings, TrialTiming};

/// A person as the configuration describes one, asked to imagine the left or the right hand; for ever, or for
/// `trials_per_class` trials of each.
pub fn person(config: &Config, chunk_samples: usize, endless: bool) -> Result<Simulation, Failure> {
    let wanted = &config.simulation;
    let cues = if endless { Cues::Endless } else { Cues::PerClass(wanted.trials_per_class) };
    let settings = SimulationSettings {
        seed: wanted.seed,
        rate_hz: wanted.rate_hz,
        signal_strength: wanted.signal_strength,
        cues,
        // A person with a clear mu rhythm, as many have.
        rhythm_volts: 8e-6,
        // Brisk, so that a demonstration does not tire: the window of 0.5 to 2.5 s fits, with a short pause.
        timing: TrialTiming {
            first_cue_secs: 2.0,
            imagery_secs: 2.6,
            pause_secs: [0.6, 1.0],
            ..TrialTiming::default()
        },
        chunk_samples,
        ..SimulationSettings::default()
    };
    Ok(Simulation::new(settings)?)
}
