use super::candidates::{bands, windows_secs};
use super::checks::{check, overlaps};
use super::courses::{self, Wanted};
use super::{Candidate, Material, MaterialRecording, MaterialSubject, MaterialTrial};
use crate::plan::Unit;
use crate::recording_input::{RecordingInput, Tapes};
use crate::results::{LeftOutTrial, RecordingSummary, SubjectSummary};
use crate::settings::Settings;
use crate::{EvaluateError, Protocol, headline};
use motrace_core::Montage;
use motrace_decode::{CentreMean, Epochs, Recentring, TrialSet, TrialVariances};
use motrace_engine::{BandWindows, InputStage, Preparation, Tape, collect_bands, unusable_channels};
use motrace_signal::{FilterSpec, Reference};
use ndarray::{Array2, Array3, Axis, Slice};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// The electrodes above the hand areas and the foot area.
const MOTOR_SITES: [&str; 3] = ["C3", "Cz", "C4"];

/// Reads and prepares the recordings of a unit.
pub(crate) fn prepare(
    unit: &Unit,
    inputs: &[RecordingInput],
    preparation: &Preparation,
    settings: &Settings,
    tapes: &dyn Tapes,
) -> Result<Material, EvaluateError> {
    let mut read: Vec<(usize, Arc<Tape>)> = Vec::new();
    for &recording in &unit.recordings {
        let tape = tapes
            .tape(recording)
            .map_err(|why| EvaluateError::Recording { recording: inputs[recording].name.clone(), why })?;
        read.push((recording, Arc::new(tape)));
    }
    let first = unit.recordings.first().map(|&recording| &inputs[recording].info);
    let rate_hz = first.map_or(preparation.rate_hz, |info| info.rate_hz);
    let own = Preparation { rate_hz, input: InputStage::Filtered, ..preparation.clone() };
    own.check().map_err(|e| failed(unit, inputs, e.into()))?;
    let asked = own.clone();
    let (own, excluded) = without_unusable(unit, inputs, &own, &read)?;

    let mut parts = Vec::new();
    for (place, name) in unit.subjects.iter().enumerate() {
        let of_subject: Vec<(usize, Arc<Tape>)> =
            read.iter().filter(|(recording, _)| inputs[*recording].subject == *name).cloned().collect();
        parts.push(of_one(place, name, unit, inputs, &own, settings, &of_subject, &excluded)?);
    }
    let is_replayed = settings.protocols.contains(&Protocol::PseudoOnline) && unit.subjects.len() == 1;
    let keeps_tapes = is_replayed || settings.decoders.iter().any(|decoder| decoder.kind.is_network());
    let recordings = unit.recordings.iter().map(|&recording| {
        let input = &inputs[recording];
        MaterialRecording {
            name: input.name.clone(),
            sha256: input.sha256.clone(),
            session: input.session.clone(),
            is_test: input.is_test,
        }
    });
    let derivations = motor_derivations(&own.channels);
    let mut material = Material {
        class_names: own.class_names().into_iter().map(str::to_owned).collect(),
        recordings: recordings.collect(),
        subjects: Vec::new(),
        trials: Vec::new(),
        labels: Vec::new(),
        candidates: Vec::new(),
        derivations,
        tapes: if keeps_tapes { read.into_iter().map(|(_, tape)| tape).collect() } else { Vec::new() },
        preparation: own,
        asked,
    };
    let mut columns: Vec<Vec<Candidate>> = Vec::new();
    for part in parts {
        material.subjects.push(MaterialSubject { first_trial: material.trials.len(), ..part.subject });
        material.trials.extend(part.trials);
        material.labels.extend(part.labels);
        columns.push(part.candidates);
    }
    material.candidates = joined(columns)
        .map_err(|source| EvaluateError::Subject { subject: unit.subjects.join(", "), why: source.to_string() })?;
    Ok(material)
}

fn failed(unit: &Unit, inputs: &[RecordingInput], source: motrace_engine::EngineError) -> EvaluateError {
    let recording = unit.recordings.first().map(|&recording| inputs[recording].name.clone()).unwrap_or_default();
    EvaluateError::Preparation { recording, source: Box::new(source) }
}

/// The candidates of several subjects as those of one.
fn joined(mut columns: Vec<Vec<Candidate>>) -> Result<Vec<Candidate>, motrace_decode::TrainError> {
    if columns.len() == 1 {
        return Ok(columns.swap_remove(0));
    }
    let count = columns.iter().map(Vec::len).min().unwrap_or(0);
    (0..count)
        .map(|place| {
            let same: Vec<&Candidate> = columns.iter().map(|column| &column[place]).collect();
            let sets: Vec<&TrialSet> = same.iter().map(|candidate| &candidate.set).collect();
            let recentred: Vec<&TrialSet> = same.iter().filter_map(|candidate| candidate.recentred.as_ref()).collect();
            Ok(Candidate {
                band_hz: same[0].band_hz,
                window_secs: same[0].window_secs,
                has_own_band: same[0].has_own_band,
                set: TrialSet::joined(&sets)?,
                recentred: (recentred.len() == sets.len()).then(|| TrialSet::joined(&recentred)).transpose()?,
            })
        })
        .collect()
}

/// The preparation without the channels that carry no signal in some recording, and what these are.
fn without_unusable(
    unit: &Unit,
    inputs: &[RecordingInput],
    preparation: &Preparation,
    read: &[(usize, Arc<Tape>)],
) -> Result<(Preparation, Vec<String>), EvaluateError> {
    let mut excluded: Vec<(String, String)> = Vec::new();
    for (recording, tape) in read {
        let name = &inputs[*recording].name;
        let unusable = unusable_channels(preparation, tape)
            .map_err(|source| EvaluateError::Preparation { recording: name.clone(), source: Box::new(source) })?;
        for quality in unusable {
            if !excluded.iter().any(|(label, _)| *label == quality.label) {
                excluded.push((
                    quality.label.clone(),
                    format!("{} ({} in {name})", quality.label, quality.condition.name()),
                ));
            }
        }
    }
    let labels = preparation.channels.labels();
    let left: Vec<&String> = labels.iter().filter(|label| !excluded.iter().any(|(l, _)| l == *label)).collect();
    let described: Vec<String> = excluded.iter().map(|(_, described)| described.clone()).collect();
    if left.len() < 2 {
        return Err(EvaluateError::Subject {
            subject: unit.subjects.join(", "),
            why: format!(
                "{} of {} channels carry a signal in all recordings, and at least 2 are needed: {}",
                left.len(),
                labels.len(),
                described.join(", ")
            ),
        });
    }
    Ok((Preparation { channels: Montage::new(left), ..preparation.clone() }, described))
}

struct OfSubject {
    subject: MaterialSubject,
    trials: Vec<MaterialTrial>,
    labels: Vec<usize>,
    candidates: Vec<Candidate>,
}

#[expect(clippy::too_many_arguments, reason = "what a subject is prepared from has no better name together")]
fn of_one(
    place: usize,
    name: &str,
    unit: &Unit,
    inputs: &[RecordingInput],
    preparation: &Preparation,
    settings: &Settings,
    read: &[(usize, Arc<Tape>)],
    excluded: &[String],
) -> Result<OfSubject, EvaluateError> {
    let training = &settings.training;
    let windows_secs = windows_secs(preparation, &training.selection);
    let bands = bands(preparation, &training.selection);
    let wide = wide(preparation, &windows_secs);
    let wants_bank = settings.decoders.iter().any(|decoder| decoder.kind.reads_bank());
    let of_band = |band_hz| FilterSpec { band_hz, ..preparation.filter.clone() };
    let mut filters: Vec<FilterSpec> = bands.iter().map(|band| of_band(*band)).collect();
    if wants_bank {
        let notch_hz = preparation.filter.notch_hz;
        filters.extend(training.bank.specs().map(|spec| FilterSpec { notch_hz, ..spec }));
    }
    let mut collected: Vec<(&RecordingInput, &Tape, BandWindows)> = Vec::new();
    for (recording, tape) in read {
        let input = &inputs[*recording];
        let windows = collect_bands(tape, &wide, &filters)
            .map_err(|source| EvaluateError::Preparation { recording: input.name.clone(), source: Box::new(source) })?;
        collected.push((input, tape, windows));
    }
    let looked_at: Vec<(&RecordingInput, &Tape, &BandWindows)> =
        collected.iter().map(|(input, tape, windows)| (*input, *tape, windows)).collect();
    check(name, &wide, &looked_at)?;
    let warnings: Vec<String> = overlaps(&looked_at).into_iter().collect();

    let (mut trials, mut labels, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    for ((recording, _), (input, _, windows)) in read.iter().zip(&collected) {
        let own = unit.recordings.iter().position(|r| r == recording).unwrap_or(0);
        for trial in &windows.trials {
            labels.push(trial.class);
            groups.push(own);
            let samples = [trial.start, trial.end];
            let (number, is_test) = (trial.number, input.is_test);
            trials.push(MaterialTrial { subject: place, recording: own, number, samples, is_test });
        }
    }
    let mut summary = summary(name, preparation, excluded, &looked_at, warnings);
    let courses = if wants_courses(unit, settings) {
        let bands: Vec<_> = bands.iter().copied().zip(filters.iter().cloned()).collect();
        let bank: Vec<_> =
            filters[bands.len()..].iter().filter_map(|filter| Some((filter.band_hz?, filter.clone()))).collect();
        let numbered: Vec<(usize, usize)> = groups.iter().copied().zip(trials.iter().map(|t| t.number)).collect();
        let own: Vec<(usize, Arc<Tape>)> = read
            .iter()
            .map(|(recording, tape)| {
                (unit.recordings.iter().position(|r| r == recording).unwrap_or(0), Arc::clone(tape))
            })
            .collect();
        let wanted = Wanted {
            preparation,
            recordings: &own,
            trials: &numbered,
            trial_secs: summary.trial_secs,
            bands: &bands,
            bank: &bank,
            subjects: unit.subjects.len(),
        };
        let found = courses::of_subject(&wanted, &mut summary.warnings);
        found.map_err(|e| EvaluateError::Subject { subject: name.to_owned(), why: e.to_string() })?
    } else {
        None
    };
    if let Some(seed) = training.permutation_seed {
        permute(&mut labels, &groups, seed);
    }
    let wants_centre = settings.decoders.iter().any(|decoder| decoder.is_recentred);
    let recentring = Recentring { mean: CentreMean::Riemannian, first_trials: Some(training.recentre_trials) };
    let class_names: Vec<String> = preparation.class_names().into_iter().map(str::to_owned).collect();
    let trouble =
        |why: motrace_decode::TrainError| EvaluateError::Subject { subject: name.to_owned(), why: why.to_string() };

    let mut candidates = Vec::new();
    let mut variances = None;
    for &window_secs in &windows_secs {
        let own = Preparation { window_secs, ..preparation.clone() };
        let begin = (own.window_offset_samples() - wide.window_offset_samples()).max(0) as usize;
        let begin = begin.min(wide.window_samples().saturating_sub(own.window_samples()));
        let cut = Slice::from(begin..(begin + own.window_samples()).min(wide.window_samples()));
        let epochs = |filter: usize| Epochs {
            data: stacked(&collected, filter, cut),
            labels: labels.clone(),
            class_names: class_names.clone(),
            groups: groups.clone(),
        };
        for (filter, &band_hz) in bands.iter().enumerate() {
            let own_epochs = epochs(filter);
            if variances.is_none() {
                variances = Some(TrialVariances::of(&own_epochs));
            }
            let recentred = wants_centre
                .then(|| Ok(TrialSet::new(recentring.apply(&own_epochs)?)?.without_samples()))
                .transpose()
                .map_err(trouble)?;
            let mut set = TrialSet::new(own_epochs).map_err(trouble)?.without_samples();
            if wants_bank && filter == 0 {
                for (place, &band_hz) in training.bank.bands_hz.iter().enumerate() {
                    set = set.with_band(band_hz, &epochs(bands.len() + place)).map_err(trouble)?;
                }
            }
            candidates.push(Candidate { band_hz, window_secs, has_own_band: filter == 0, set, recentred });
        }
    }
    let variances = variances.unwrap_or_else(|| {
        let data = Array3::zeros((0, 0, 0));
        TrialVariances::of(&Epochs { data, labels: Vec::new(), class_names, groups: Vec::new() })
    });
    let subject = MaterialSubject {
        name: name.to_owned(),
        summary,
        variances,
        first_trial: 0,
        trial_count: trials.len(),
        courses,
    };
    Ok(OfSubject { subject, trials, labels, candidates })
}

/// Whether time courses are drawn of what is tested with these recordings: each subject's own, or those of all.
fn wants_courses(unit: &Unit, settings: &Settings) -> bool {
    let is_of_all = unit.subjects.len() > 1;
    settings.keeps_figures
        && settings.decoders.iter().any(|decoder| !decoder.kind.is_network())
        && headline(&settings.protocols).is_some_and(|p| (p == Protocol::LeaveOneSubjectOut) == is_of_all)
}

/// The preparation with a window that holds all of these.
fn wide(preparation: &Preparation, windows_secs: &[[f64; 2]]) -> Preparation {
    if windows_secs.len() < 2 {
        return preparation.clone();
    }
    let first = windows_secs.iter().map(|window| window[0]).fold(f64::INFINITY, f64::min);
    let last = windows_secs.iter().map(|window| window[1]).fold(f64::NEG_INFINITY, f64::max);
    // A sample more, since a window's start and length are rounded on their own.
    Preparation { window_secs: [first, last + 1.0 / preparation.rate_hz], ..preparation.clone() }
}

fn stacked(collected: &[(&RecordingInput, &Tape, BandWindows)], filter: usize, cut: Slice) -> Array3<f64> {
    let views: Vec<_> =
        collected.iter().map(|(_, _, windows)| windows.windows[filter].slice_axis(Axis(2), cut)).collect();
    ndarray::concatenate(Axis(0), &views).unwrap_or_else(|_| Array3::zeros((0, 0, 0)))
}

/// Labels change places within each recording, so that each keeps as many of each class.
fn permute(labels: &mut [usize], groups: &[usize], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let last = groups.iter().max().copied().unwrap_or(0);
    for group in 0..=last {
        let places: Vec<usize> = (0..labels.len()).filter(|&trial| groups[trial] == group).collect();
        let mut own: Vec<usize> = places.iter().map(|&trial| labels[trial]).collect();
        own.shuffle(&mut rng);
        places.into_iter().zip(own).for_each(|(trial, label)| labels[trial] = label);
    }
}

fn summary(
    name: &str,
    preparation: &Preparation,
    excluded: &[String],
    recordings: &[(&RecordingInput, &Tape, &BandWindows)],
    warnings: Vec<String>,
) -> SubjectSummary {
    let rate_hz = preparation.rate_hz;
    let mut intervals: Vec<u64> = Vec::new();
    let mut left_out = Vec::new();
    for (input, _, windows) in recordings {
        let mut cues: Vec<u64> = windows.trials.iter().map(|trial| trial.cue).collect();
        cues.extend(windows.left_out.iter().map(|(trial, _)| trial.cue));
        cues.sort_unstable();
        intervals.extend(cues.windows(2).map(|pair| pair[1] - pair[0]));
        left_out.extend(windows.left_out.iter().map(|(trial, reason)| LeftOutTrial {
            recording: input.name.clone(),
            trial: trial.number,
            reason: reason.to_string(),
        }));
    }
    intervals.sort_unstable();
    let of_class = |class| {
        recordings.iter().flat_map(|(_, _, windows)| &windows.trials).filter(|trial| trial.class == class).count()
    };
    SubjectSummary {
        subject: name.to_owned(),
        recordings: recordings
            .iter()
            .map(|(input, tape, windows)| RecordingSummary {
                name: input.name.clone(),
                sha256: input.sha256.clone(),
                session: input.session.clone(),
                trials: windows.trials.len(),
                minutes: tape.len() as f64 / rate_hz / 60.0,
                is_test: input.is_test,
            })
            .collect(),
        channels: preparation.channels.labels().to_vec(),
        excluded_channels: excluded.to_vec(),
        rate_hz,
        trials: (0..preparation.classes.len()).map(of_class).collect(),
        left_out,
        trial_secs: intervals.get(intervals.len() / 2).map(|samples| *samples as f64 / rate_hz),
        warnings,
    }
}

/// Small Laplacians over C3, Cz and C4; where electrodes are too sparse for one, the site against the mean of all. Without
/// any of these sites, every channel against the mean.
fn motor_derivations(montage: &Montage) -> Option<Array2<f64>> {
    let channels = montage.len();
    let against_mean = |site: usize| -> Vec<f64> {
        let share = 1.0 / channels as f64;
        (0..channels).map(|c| if c == site { 1.0 - share } else { -share }).collect()
    };
    let places: Vec<usize> = MOTOR_SITES.iter().filter_map(|site| montage.index_of(site)).collect();
    let rows: Vec<Vec<f64>> = if places.is_empty() {
        (0..channels).map(against_mean).collect()
    } else {
        places
            .into_iter()
            .map(|site| Reference::laplacian_row(montage, site).unwrap_or_else(|| against_mean(site)))
            .collect()
    };
    Array2::from_shape_vec((rows.len(), channels), rows.concat()).ok()
}
