//! The simulated person of the demo, of `motrace stream sim` and of `motrace simulate`.

use crate::config::{ClassConfig, Config};
use crate::failure::Failure;
use crate::following::Vocabulary;
use motrace_sim::{Cues, Imagery, Simulation, SimulationSettings, TrialTiming};

/// A person as the configuration describes one, asked to imagine the left or the right hand, or what more than two classes are
/// about; for ever, or for `trials_per_class` trials of each.
pub fn person(config: &Config, chunk_samples: usize, endless: bool) -> Result<Simulation, Failure> {
    let cues = if endless { Cues::Endless } else { Cues::PerClass(config.simulation.trials_per_class) };
    let classes = imageries(config)?;
    let settings = SimulationSettings {
        cues,
        classes,
        restlessness: 1.0,
        // Brisk, so that a demonstration does not tire: the window of 0.5 to 2.5 s fits, with a short pause.
        timing: TrialTiming {
            first_cue_secs: 2.0,
            imagery_secs: 2.6,
            pause_secs: [0.6, 1.0],
            ..TrialTiming::default()
        },
        ..settings(config, chunk_samples)
    };
    Ok(Simulation::new(settings)?)
}

/// What the person is asked to imagine.
fn imageries(config: &Config) -> Result<Vec<Imagery>, Failure> {
    let classes = &config.trials.classes;
    if classes.len() <= 2 {
        return Ok(SimulationSettings::participant(config.simulation.seed).classes);
    }
    let imagery = |class: &ClassConfig| {
        Vocabulary::imagery_of(class).ok_or_else(|| {
            let known: Vec<&str> = Imagery::ALL.iter().map(|imagery| imagery.name()).collect();
            let name = motrace_core::clean_text(&class.name, 40);
            Failure::usage(format_args!(
                "nobody knows how to simulate {name:?}; classes of a simulated person are {}",
                known.join(", ")
            ))
        })
    };
    classes.iter().map(imagery).collect()
}

/// A person as the configuration describes one, who waits to be told what to imagine.
pub fn participant(config: &Config, chunk_samples: usize) -> Result<Simulation, Failure> {
    Ok(Simulation::new(settings(config, chunk_samples))?)
}

fn settings(config: &Config, chunk_samples: usize) -> SimulationSettings {
    let wanted = &config.simulation;
    let participant = SimulationSettings::participant(wanted.seed);
    SimulationSettings {
        rate_hz: wanted.rate_hz,
        labels: wanted.labels.clone().unwrap_or(participant.labels),
        signal_strength: wanted.signal_strength,
        learning: wanted.learning,
        rhythm_volts: wanted.rhythm_volts,
        blinks_per_minute: wanted.blinks_per_minute,
        clenches_per_minute: wanted.clenches_per_minute,
        chunk_samples,
        ..participant
    }
}
