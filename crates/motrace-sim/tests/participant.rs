//! The participant of a session: told from outside what to imagine, who reacts, learns, blinks and clenches.

use motrace_sim::{ArtefactKind, Imagery, Simulation, SimulationSettings};

const RATE_HZ: f64 = 250.0;

fn at(secs: f64) -> u64 {
    (secs * RATE_HZ).round() as u64
}

/// `trials` trials of 4 s of imagery and 4 s of pause, each cue told `late_secs` after it was given; `[channel][sample]`
/// in microvolts.
fn session(settings: SimulationSettings, trials: usize, late_secs: f64) -> (Simulation, Vec<Vec<f64>>) {
    let mut person = Simulation::new(settings).expect("valid settings");
    let channels = person.settings().labels.len();
    let mut data = vec![Vec::new(); channels];
    let mut frame = vec![0.0; channels];
    let late = at(late_secs);
    for index in 0..at(8.0) * trials as u64 + at(4.0) {
        let (trial, within) = (index / at(8.0), index % at(8.0));
        if within == late && trial < trials as u64 {
            let imagery = if trial % 2 == 0 { Imagery::LeftHand } else { Imagery::RightHand };
            person.set_imagery_at(Some(imagery), trial as f64 * 8.0);
        }
        if within == at(4.0) + late {
            person.set_imagery_at(None, trial as f64 * 8.0 + 4.0);
        }
        person.next_frame(&mut frame).expect("without end");
        for (channel, value) in data.iter_mut().zip(&frame) {
            channel.push(f64::from(*value));
        }
    }
    (person, data)
}

fn power(channel: &[f64], range: std::ops::Range<u64>) -> f64 {
    let part = &channel[range.start as usize..range.end as usize];
    part.iter().map(|v| v * v).sum::<f64>() / part.len() as f64
}

#[test]
fn the_reaction_follows_the_cue_however_late_it_is_told() {
    let (prompt, heard_at_once) = session(SimulationSettings::participant(5), 20, 0.0);
    let (late, heard_late) = session(SimulationSettings::participant(5), 20, 0.2);
    assert_eq!(prompt.truth(), late.truth());
    assert_eq!(heard_at_once, heard_late, "told within the reaction time, it makes no difference");
    let trials = &prompt.truth().trials;
    assert_eq!(trials.len(), 20);
    for (number, trial) in trials.iter().enumerate() {
        assert_eq!(trial.cue, at(8.0) * number as u64);
        for (edge, sign) in [(trial.imagined.start, trial.cue), (trial.imagined.end, trial.cue + at(4.0))] {
            let reaction_secs = (edge - sign) as f64 / RATE_HZ;
            assert!((0.296..=0.504).contains(&reaction_secs), "{reaction_secs}");
        }
    }
    let mut begins: Vec<u64> = trials.iter().map(|t| t.imagined.start - t.cue).collect();
    begins.dedup();
    assert!(begins.len() > 10, "nobody reacts twice alike: {begins:?}");

    // Who hears of a cue only after the reaction time begins at once.
    let (far_too_late, _) = session(SimulationSettings::participant(5), 4, 1.0);
    assert!(far_too_late.truth().trials.iter().all(|t| t.imagined.start == t.cue + at(1.0)));
}

#[test]
fn imagery_grows_with_practice_and_is_never_twice_alike() {
    let settings = SimulationSettings { learning: 0.3, ..SimulationSettings::participant(2) };
    let (practised, _) = session(settings.clone(), 120, 0.0);
    let (constant, _) = session(SimulationSettings { learning: 0.0, ..settings }, 120, 0.0);
    let ratio: Vec<f64> =
        practised.truth().trials.iter().zip(&constant.truth().trials).map(|(a, b)| a.strength / b.strength).collect();
    for (trial, ratio) in ratio.iter().enumerate() {
        let expected = 1.0 + 0.3 * (trial as f64 / 40.0).min(1.0);
        assert!((ratio - expected).abs() < 1e-12, "trial {trial}: {ratio}");
    }
    let mut strengths: Vec<u64> = constant.truth().trials.iter().map(|t| t.strength.to_bits()).collect();
    strengths.sort_unstable();
    strengths.dedup();
    assert_eq!(strengths.len(), 120);
}

#[test]
fn the_rhythm_of_the_opposite_side_falls_after_the_reaction() {
    let labels = ["C3", "C4"].map(str::to_owned).to_vec();
    let settings = SimulationSettings { labels, ..SimulationSettings::participant(9).without_noise() };
    let (person, data) = session(settings.clone(), 60, 0.1);
    let (mut during, mut before) = (0.0, 0.0);
    for trial in person.truth().trials.iter().filter(|t| t.imagery == Imagery::LeftHand && t.cue > 0) {
        during += power(&data[1], trial.imagined.start + at(0.6)..trial.imagined.end);
        // Up to the least reaction time nothing may change.
        before += power(&data[1], trial.cue - at(2.0)..trial.cue + at(0.29));
    }
    assert!(during < 0.4 * before, "{during} against {before}");

    let (nobody, data) = session(SimulationSettings { signal_strength: 0.0, ..settings }, 60, 0.1);
    let mut ratio = 0.0;
    for trial in nobody.truth().trials.iter().filter(|t| t.imagery == Imagery::LeftHand && t.cue > 0) {
        assert_eq!(trial.strength, 0.0);
        ratio += power(&data[1], trial.imagined.start + at(0.6)..trial.imagined.end)
            / power(&data[1], trial.cue - at(3.0)..trial.cue);
    }
    let trials = nobody.truth().trials.len() as f64 / 2.0;
    assert!((0.7..1.6).contains(&(ratio / trials)), "nothing is imagined: {}", ratio / trials);
}

#[test]
fn blinks_and_clenches_are_in_the_truth_and_in_the_signal_and_rather_in_the_pauses() {
    let labels = ["Fp1", "Fp2", "FT9", "FT10", "Cz"].map(str::to_owned).to_vec();
    let quiet = SimulationSettings { rhythm_volts: 0.0, ..SimulationSettings::participant(4).without_noise() };
    let settings =
        SimulationSettings { labels, blinks_per_minute: 10.0, clenches_per_minute: 4.0, restlessness: 2.0, ..quiet };
    let (person, data) = session(settings, 120, 0.0);
    let truth = person.truth();
    let samples = data[0].len() as u64;
    let mut covered = vec![[false; 2]; samples as usize];
    let mut counts = [[0_u32; 2]; 2];
    for artefact in &truth.artefacts {
        let which = match artefact.kind {
            ArtefactKind::Blink => 0,
            ArtefactKind::Clench => 1,
            ArtefactKind::Muscle => panic!("no bursts were asked for"),
        };
        let imagines = truth.trials.iter().any(|t| t.imagined.contains(&artefact.samples.start));
        counts[which][usize::from(imagines)] += 1;
        let range = artefact.samples.start as usize..(artefact.samples.end.min(samples)) as usize;
        covered[range].iter_mut().for_each(|c| c[which] = true);
        if artefact.samples.end <= samples {
            // Blinks show at the forehead, clenches at both temples.
            let sites: [usize; 2] = if which == 0 { [0, 1] } else { [2, 3] };
            let least = if which == 0 { 900.0 } else { 50.0 };
            assert!(sites.iter().all(|&s| power(&data[s], artefact.samples.clone()) > least), "{artefact:?}");
        }
    }
    // 8 minutes each of imagery and of pause: 80 and 160 blinks, 32 and 64 clenches, ± 3 standard deviations.
    let [[pause_blinks, blinks], [pause_clenches, clenches]] = counts;
    assert!((50..115).contains(&blinks) && (115..205).contains(&pause_blinks), "{counts:?}");
    assert!((14..52).contains(&clenches) && (38..92).contains(&pause_clenches), "{counts:?}");
    for (index, _) in covered.iter().enumerate().filter(|(_, c)| **c == [false; 2]) {
        assert!(data.iter().all(|channel| channel[index] == 0.0), "sample {index} is silent but for artefacts");
    }
}
