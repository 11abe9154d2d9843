mod pseudo_online;

use crate::recording_input::RecordingInput;
use crate::results::Job;
use crate::settings::Settings;
use crate::{DecoderId, EvaluateError, Protocol, job};
use motrace_engine::Preparation;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// All jobs of an evaluation, and what a report has to say of it as a whole. It is kept beside the results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Which form this is in: [`Plan::FORMAT`].
    pub format: u32,
    /// The version of motrace that made it.
    pub motrace_version: String,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The decoders; comparisons are with the first.
    pub decoders: Vec<DecoderId>,
    /// The protocols.
    pub protocols: Vec<Protocol>,
    /// The configured band, in hertz.
    pub band_hz: Option<[f64; 2]>,
    /// The configured window, in seconds after the cue.
    pub window_secs: [f64; 2],
    /// What is chosen by nested validation: `band`, `window`, `patterns`.
    pub selected: Vec<String>,
    /// The seed by which labels are permuted, where they are.
    pub permutation_seed: Option<u64>,
    /// The jobs, by subject.
    pub jobs: Vec<PlannedJob>,
    /// What deserves a look before anything is done.
    pub warnings: Vec<String>,
}

/// A job and the digest of everything that its result follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedJob {
    /// The digest.
    pub key: String,
    /// The job.
    pub job: Job,
}

impl Plan {
    /// Other forms are not understood.
    pub const FORMAT: u32 = 1;
}

/// Recordings that are prepared together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    pub subjects: Vec<String>,
    /// By their place among the inputs.
    pub recordings: Vec<usize>,
}

/// A job as it is run: what it needs, and which of the unit's subjects it tests.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Assignment {
    pub unit: usize,
    pub subject: usize,
}

/// What is done for whom.
pub(crate) struct Planned {
    pub plan: Plan,
    pub units: Vec<Unit>,
    /// One for each job of the plan.
    pub assignments: Vec<Assignment>,
}

pub(crate) fn plan(
    inputs: &[RecordingInput],
    preparation: &Preparation,
    settings: &Settings,
) -> Result<Planned, EvaluateError> {
    if inputs.is_empty() {
        return Err(EvaluateError::Nothing("no recording is given".into()));
    }
    if settings.decoders.is_empty() || settings.protocols.is_empty() {
        return Err(EvaluateError::Nothing("no decoder or no protocol is given".into()));
    }
    let selection = &settings.training.selection;
    if let Some(decoder) = settings.decoders.iter().find(|decoder| decoder.is_selected && !selection.is_any()) {
        return Err(EvaluateError::Nothing(format!(
            "{decoder}: what is to be chosen? --select band, window or patterns says so"
        )));
    }
    for (place, input) in inputs.iter().enumerate() {
        // Trials that are trained on must not come back under another name.
        if let Some(same) = inputs[..place].iter().find(|known| known.sha256 == input.sha256) {
            return Err(EvaluateError::Recording {
                recording: input.name.clone(),
                why: format!(
                    "it has the content of {}, to the byte: its trials would be trained on and tested; leave one of them out",
                    same.name
                ),
            });
        }
    }
    let mut subjects: Vec<&str> = Vec::new();
    for input in inputs {
        if !subjects.contains(&input.subject.as_str()) {
            subjects.push(&input.subject);
        }
    }
    let of = |subject: &str| (0..inputs.len()).filter(|&i| inputs[i].subject == subject).collect::<Vec<_>>();
    let mut units: Vec<Unit> = subjects
        .iter()
        .map(|subject| Unit { subjects: vec![(*subject).to_owned()], recordings: of(subject) })
        .collect();
    let training_recordings = |unit: &Unit| unit.recordings.iter().filter(|&&r| !inputs[r].is_test).count();
    let mut warnings = Vec::new();
    let mut jobs: Vec<(Job, Assignment)> = Vec::new();
    let replayed = pseudo_online::decoders(settings, preparation, &mut warnings)?;
    for place in 0..subjects.len() {
        for &protocol in &settings.protocols {
            if protocol == Protocol::LeaveOneSubjectOut {
                continue;
            }
            let unit = &units[place];
            let Some(parts) = parts(protocol, unit, inputs, &mut warnings)? else { continue };
            if training_recordings(unit) == 0 {
                return Err(EvaluateError::Subject {
                    subject: subjects[place].to_owned(),
                    why: "all of its recordings are given to --test, and none to train on; --subject NAME=REC,REC says whose recordings are whose".into(),
                });
            }
            let decoders = if protocol == Protocol::PseudoOnline { &replayed } else { &settings.decoders };
            for &decoder in decoders {
                jobs.extend((0..parts).map(|part| {
                    let job = Job { subject: subjects[place].to_owned(), protocol, decoder, part, parts };
                    (job, Assignment { unit: place, subject: 0 })
                }));
            }
        }
    }
    if settings.protocols.contains(&Protocol::LeaveOneSubjectOut) {
        everyone(&subjects, inputs, settings, &mut units, &mut jobs)?;
    }
    if jobs.is_empty() {
        return Err(EvaluateError::Nothing(format!("nothing is left to do: {}", warnings.join("; "))));
    }
    let chosen =
        [("band", selection.band), ("window", selection.window_range_secs.is_some()), ("patterns", selection.patterns)];
    let (jobs, assignments): (Vec<_>, Vec<_>) = jobs
        .into_iter()
        .map(|(job, assignment)| {
            let key = key(&job, &units[assignment.unit], inputs, preparation, settings);
            (PlannedJob { key, job }, assignment)
        })
        .unzip();
    Ok(Planned {
        plan: Plan {
            format: Plan::FORMAT,
            motrace_version: env!("CARGO_PKG_VERSION").to_owned(),
            classes: preparation.class_names().into_iter().map(str::to_owned).collect(),
            decoders: settings.decoders.clone(),
            protocols: settings.protocols.clone(),
            band_hz: preparation.filter.band_hz,
            window_secs: preparation.window_secs,
            selected: chosen.iter().filter(|(_, is)| *is).map(|(name, _)| (*name).to_owned()).collect(),
            permutation_seed: settings.training.permutation_seed,
            jobs,
            warnings,
        },
        units,
        assignments,
    })
}

/// One job for each subject, on the recordings of all.
fn everyone(
    subjects: &[&str],
    inputs: &[RecordingInput],
    settings: &Settings,
    units: &mut Vec<Unit>,
    jobs: &mut Vec<(Job, Assignment)>,
) -> Result<(), EvaluateError> {
    let protocol = Protocol::LeaveOneSubjectOut;
    let refused = |why: String| Err(EvaluateError::Protocol { protocol: protocol.to_string(), why });
    if subjects.len() < 2 {
        return refused(format!(
            "all recordings are of subject {}, and at least 2 subjects are needed; --subject NAME=REC,REC says whose recordings are whose",
            subjects.first().copied().unwrap_or("?")
        ));
    }
    let rate_hz = inputs[0].info.rate_hz;
    if let Some(other) = inputs.iter().find(|input| (input.info.rate_hz - rate_hz).abs() > 0.005 * rate_hz) {
        return refused(format!(
            "{} runs at {rate_hz} Hz and {} at {} Hz: decoders of several subjects need one rate",
            inputs[0].name, other.name, other.info.rate_hz
        ));
    }
    let unit = units.len();
    units.push(Unit {
        subjects: subjects.iter().map(|s| (*s).to_owned()).collect(),
        recordings: subjects.iter().flat_map(|s| (0..inputs.len()).filter(|&i| inputs[i].subject == *s)).collect(),
    });
    for (place, subject) in subjects.iter().enumerate() {
        for &decoder in &settings.decoders {
            let job = Job { subject: (*subject).to_owned(), protocol, decoder, part: 0, parts: 1 };
            jobs.push((job, Assignment { unit, subject: place }));
        }
    }
    Ok(())
}

/// How many parts a protocol has for a subject; `None` where it has nothing to test there.
fn parts(
    protocol: Protocol,
    unit: &Unit,
    inputs: &[RecordingInput],
    warnings: &mut Vec<String>,
) -> Result<Option<usize>, EvaluateError> {
    let subject = unit.subjects.first().cloned().unwrap_or_default();
    let runs: Vec<&RecordingInput> = unit.recordings.iter().map(|&r| &inputs[r]).filter(|r| !r.is_test).collect();
    let refused = |why: String| Err(EvaluateError::Protocol { protocol: protocol.to_string(), why });
    match protocol {
        Protocol::Chronological { folds } | Protocol::LearningCurve { folds } | Protocol::Stratified { folds, .. }
            if folds < 2 =>
        {
            refused(format!("{folds} fold(s) leave nothing to train on: --folds 5 is usual"))
        }
        Protocol::Chronological { folds } | Protocol::LearningCurve { folds } => Ok(Some(folds)),
        Protocol::Stratified { folds, seeds } => Ok(Some(folds * seeds.max(1))),
        Protocol::LeaveOneRunOut if runs.len() < 2 => refused(format!(
            "subject {subject} has {} recording(s), and at least 2 are needed; use chronological folds, or --subject {subject}=REC,REC",
            runs.len()
        )),
        Protocol::LeaveOneRunOut => Ok(Some(runs.len())),
        Protocol::LeaveOneSessionOut => {
            let mut sessions: Vec<&Option<String>> = runs.iter().map(|run| &run.session).collect();
            sessions.sort();
            sessions.dedup();
            if sessions.contains(&&None) || sessions.len() < 2 {
                let known = sessions.iter().filter(|session| session.is_some()).count();
                return refused(format!(
                    "{known} session(s) of subject {subject} are known, and at least 2 are needed, one for each recording: names with ses-1, ses-2 say so (BIDS)"
                ));
            }
            Ok(Some(sessions.len()))
        }
        Protocol::PseudoOnline if !inputs.iter().any(|input| input.is_test) => Ok(Some(1)),
        Protocol::Transfer | Protocol::PseudoOnline => {
            let is_tested = unit.recordings.iter().any(|&recording| inputs[recording].is_test);
            if !is_tested {
                if !inputs.iter().any(|input| input.is_test) {
                    return refused("which recordings to test on? --test REC… says so".into());
                }
                warnings.push(format!(
                    "subject {subject} has no recording to test on (--test), and is left out: {protocol}"
                ));
            }
            Ok(is_tested.then_some(1))
        }
        Protocol::LeaveOneSubjectOut => Ok(None),
    }
}

/// The digest of everything that the result of a job follows from: what else is evaluated beside it does not matter.
fn key(
    planned: &Job,
    unit: &Unit,
    inputs: &[RecordingInput],
    preparation: &Preparation,
    settings: &Settings,
) -> String {
    let mut text = format!("motrace {} format {}\n{planned:?}\n", env!("CARGO_PKG_VERSION"), super::JobResult::FORMAT);
    text += &format!("{preparation:?}\n{:?}\n", settings.training);
    if job::keeps_figures(planned.protocol, settings) {
        text += "with figures 1\n";
    }
    if let Some(recipe) = settings.networks.get(&planned.decoder.kind) {
        text += &format!("{recipe:?}\n");
    }
    if planned.protocol == Protocol::PseudoOnline {
        text += &format!("{:?}\n", settings.pseudo_online);
    }
    for &recording in &unit.recordings {
        let RecordingInput { name, sha256, subject, session, info, is_test } = &inputs[recording];
        text += &format!("{name:?} {sha256} {subject:?} {session:?} {is_test} {info:?}\n");
    }
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
