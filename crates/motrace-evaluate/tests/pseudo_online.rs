//! Recordings of simulated people, replayed with idle time included: what is there is found, what is not is not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/people.rs"]
mod people;

use motrace_core::{Montage, StreamInfo, Unit};
use motrace_engine::{
    ClassSpec, DecisionStream, Engine, Explain, InputStage, Preparation, PseudoOnline, PseudoOnlineSettings,
    RecordingStamp, Tape, ThresholdRule, TrainSettings, chronological_parts, pseudo_online, run_replay, train,
};
use motrace_evaluate::{
    DecoderId, DecoderKind, Evaluation, JobResult, Protocol, PseudoOnlineRecipe, RecordingInput, Report,
    ReportSettings, ResultsFolder, Settings, Training, merge,
};
use motrace_signal::{FilterSpec, Reference};
use motrace_sim::{Cues, Simulation, SimulationSettings, TrialTiming};
use people::{People, run};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const LABELS: [&str; 9] = ["FC3", "FC4", "C5", "C3", "Cz", "C4", "C6", "CP3", "CP4"];
const RATE_HZ: f64 = 125.0;

/// A person with a clear rhythm, and 5 to 7 s of idling between 3 s of imagery.
fn person(seed: u64, signal_strength: f64, pause_secs: [f64; 2]) -> Tape {
    let settings = SimulationSettings {
        seed,
        rate_hz: RATE_HZ,
        signal_strength,
        rhythm_volts: 10e-6,
        cues: Cues::PerClass(24),
        timing: TrialTiming {
            imagery_secs: 3.0,
            first_cue_secs: pause_secs[0].min(3.0),
            pause_secs,
            ..TrialTiming::default()
        },
        labels: LABELS.map(str::to_owned).to_vec(),
        ..SimulationSettings::default()
    };
    Tape::of(&mut Simulation::new(settings).unwrap()).unwrap()
}

const PAUSE_SECS: [f64; 2] = [5.0, 7.0];

fn preparation() -> Preparation {
    Preparation {
        channels: Montage::new(LABELS),
        unit: Unit::Microvolts,
        rate_hz: RATE_HZ,
        reference: Reference::None,
        filter: FilterSpec { band_hz: Some([8.0, 30.0]), order: 4, notch_hz: None },
        input: InputStage::Filtered,
        window_secs: [0.5, 2.5],
        sliding_secs: 1.0,
        classes: vec![ClassSpec::new("left", ["left"]), ClassSpec::new("right", ["right"])],
        hop_secs: 0.2,
    }
}

fn recipe(threshold: ThresholdRule) -> PseudoOnlineRecipe {
    let usual = PseudoOnlineSettings::usual(3.0, 1.0);
    PseudoOnlineRecipe {
        trained_share: 0.5,
        detection: PseudoOnlineSettings { threshold, folds: 3, ..usual },
        training: TrainSettings::default(),
    }
}

fn settings(decoders: &[&str], recipe: PseudoOnlineRecipe) -> Settings {
    Settings {
        decoders: decoders.iter().map(|name| name.parse().unwrap()).collect(),
        protocols: vec![Protocol::PseudoOnline],
        training: Training::default(),
        networks: std::collections::BTreeMap::new(),
        keeps_figures: false,
        pseudo_online: Some(recipe),
    }
}

fn input(name: &str, subject: &str, tape: &Tape) -> RecordingInput {
    RecordingInput {
        name: name.into(),
        sha256: format!("digest of {name}"),
        subject: subject.into(),
        session: None,
        info: tape.info().clone(),
        is_test: false,
    }
}

fn report(evaluation: &Evaluation, results: &[JobResult]) -> Report {
    Report::of(evaluation.plan(), results, ReportSettings { threads: 1, ..ReportSettings::default() })
}

fn timeless(results: &[JobResult]) -> Vec<JobResult> {
    results.iter().map(|result| JobResult { seconds: 0.0, ..result.clone() }).collect()
}

/// What the engine makes of the first and the second half of these recordings.
fn halves(recordings: &[(&str, &Tape)], recipe: &PseudoOnlineRecipe) -> PseudoOnline {
    let recordings: Vec<(RecordingStamp, Tape)> = recordings
        .iter()
        .map(|(name, tape)| {
            (RecordingStamp { name: (*name).into(), sha256: format!("digest of {name}") }, Tape::clone(tape))
        })
        .collect();
    let timing = recipe.detection.events.timing;
    let (first, rest) = chronological_parts(&recordings, &preparation(), 0.5, timing).unwrap();
    pseudo_online(&first, &rest, &preparation(), &recipe.training, &recipe.detection, &mut |_, _| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

#[test]
fn what_is_there_is_detected_and_kept() {
    let people = People(vec![person(3, 1.5, PAUSE_SECS), person(4, 1.5, PAUSE_SECS), person(5, 1.5, PAUSE_SECS)]);
    let [a1, a2, b] = [&people.0[0], &people.0[1], &people.0[2]];
    let inputs = vec![input("a1", "anna", a1), input("a2", "anna", a2), input("b", "ben", b)];
    let recipe = recipe(ThresholdRule::Youden);
    let wanted = settings(&["csp-lda", "mdm", "ts-lr", "csp-lda-recentred"], recipe.clone());
    let evaluation = Evaluation::new(inputs.clone(), preparation(), wanted.clone()).unwrap();
    let plan = evaluation.plan();
    assert_eq!(plan.jobs.len(), 2, "one for each subject");
    assert!(
        plan.warnings.len() == 1 && plan.warnings[0].contains("mdm, ts-lr, csp-lda-recentred"),
        "{:?}",
        plan.warnings
    );
    let whole = run(&evaluation, &people, 2).unwrap().results;

    // The engine says the same by itself.
    let by_hand = [halves(&[("a1", a1), ("a2", a2)], &recipe), halves(&[("b", b)], &recipe)];
    for (result, expected) in whole.iter().zip(&by_hand) {
        assert_eq!(result.pseudo_online.as_deref(), Some(expected));
        assert!(result.folds.is_empty());
    }

    let found = report(&evaluation, &whole);
    assert!(found.cells.is_empty() && found.means.is_empty());
    for cell in &found.pseudo_online {
        let score = &cell.found.score;
        println!("{}: {:?}, {:?}", cell.subject, score.hit_rate, score.false_alarms_per_minute);
        assert!(cell.is_better_than_chance && score.hit_rate.value > 0.6, "{:?}", score.hit_rate);
        assert!(score.wrong_rate.value < 0.2, "{:?}", score.wrong_rate);
        let alarms = score.false_alarms_per_minute.unwrap().value;
        assert!(alarms < score.chance.unwrap().shifted_false_alarms_per_minute.unwrap().mean, "{alarms}");
        assert!(score.wolpaw_bits_per_minute.value > 3.0 && score.time_to_hit_secs.is_some());
    }
    let mean = &found.pseudo_online_means[0];
    assert_eq!((mean.subjects, mean.better_than_chance, found.pseudo_online_means.len()), (2, 2, 1));
    let each: Vec<f64> = found.pseudo_online.iter().map(|cell| cell.found.score.hit_rate.value).collect();
    assert!((mean.hit_rate.value - (each[0] + each[1]) / 2.0).abs() < 1e-12);
    assert!(mean.hit_rate.interval[0] < mean.hit_rate.value && mean.hit_rate.value < mean.hit_rate.interval[1]);
    assert!(found.warnings.iter().any(|warning| warning.contains("mdm")));

    // One job in each of two folders; together they have the same bits, and are not done again.
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("one"), folder.path().join("two")];
    for (place, path) in paths.iter().enumerate() {
        let folder = ResultsFolder::create(path, plan).unwrap();
        let never = AtomicBool::new(false);
        evaluation.run(&[place], 1, &never, &people, &|result| folder.keep(result), &|_| ()).unwrap();
        assert!(folder.result(&plan.jobs[place]).is_some() && folder.result(&plan.jobs[1 - place]).is_none());
    }
    let merged = merge(&paths).unwrap();
    assert_eq!(timeless(&merged.results), timeless(&whole));

    // What counts as an event, and who is trained how, is part of what a result follows from.
    let keys = |settings: Settings| -> Vec<String> {
        let evaluation = Evaluation::new(inputs.clone(), preparation(), settings).unwrap();
        evaluation.plan().jobs.iter().map(|job| job.key.clone()).collect()
    };
    let known = keys(wanted.clone());
    let mut other = wanted.clone();
    other.pseudo_online.as_mut().unwrap().detection.events.dwell_secs = 0.5;
    assert!(keys(other).iter().all(|key| !known.contains(key)));
    let mut other = wanted.clone();
    other.pseudo_online.as_mut().unwrap().trained_share = 0.6;
    assert!(keys(other).iter().all(|key| !known.contains(key)));
    // Other protocols beside it change nothing, nor does it change theirs.
    let mut both = wanted.clone();
    both.protocols.push(Protocol::Chronological { folds: 4 });
    let both_keys = keys(both.clone());
    assert!(known.iter().all(|key| both_keys.contains(key)));
    both.protocols.remove(0);
    both.pseudo_online = None;
    assert!(keys(both).iter().all(|key| both_keys.contains(key)));
}

#[test]
fn a_result_of_folds_alone_reads_as_before() {
    let people = People(vec![person(3, 1.5, PAUSE_SECS)]);
    let mut wanted = settings(&["csp-lda"], recipe(ThresholdRule::Youden));
    wanted.protocols = vec![Protocol::Chronological { folds: 2 }];
    let evaluation = Evaluation::new(vec![input("a", "anna", &people.0[0])], preparation(), wanted).unwrap();
    let result = run(&evaluation, &people, 1).unwrap().results.swap_remove(0);
    let text = serde_json::to_string(&result).unwrap();
    assert!(!text.contains("pseudo_online"));
    assert_eq!(serde_json::from_str::<JobResult>(&text).unwrap(), result);
    assert!(report(&evaluation, &[result]).pseudo_online.is_empty());
}

/// What `motrace train` and then `motrace replay --events` do.
#[test]
fn recordings_to_test_on_are_replayed_by_the_model_of_the_others() {
    let people = People(vec![person(3, 1.5, PAUSE_SECS), person(4, 1.5, PAUSE_SECS), person(5, 1.5, PAUSE_SECS)]);
    let mut inputs =
        vec![input("a1", "anna", &people.0[0]), input("a2", "anna", &people.0[1]), input("b", "ben", &people.0[2])];
    inputs[1].is_test = true;
    let recipe = recipe(ThresholdRule::At(0.7));
    let evaluation = Evaluation::new(inputs, preparation(), settings(&["csp-lda"], recipe.clone())).unwrap();
    assert_eq!(evaluation.plan().jobs.len(), 1);
    assert!(evaluation.plan().warnings[0].contains("ben has no recording to test on"));
    let result = run(&evaluation, &people, 1).unwrap().results.swap_remove(0);
    let found = result.pseudo_online.unwrap();
    assert_eq!(
        (found.trained_on.as_slice(), found.scored_on.as_slice()),
        (&["a1".to_owned()][..], &["a2".to_owned()][..])
    );

    let stamp = RecordingStamp { name: "a1".into(), sha256: "digest of a1".into() };
    let model =
        train(&[(stamp, &people.0[0])], &preparation(), &TrainSettings::default(), &mut |_, _| ()).unwrap().model;
    let mut engine = Engine::new(&model, people.0[1].info(), Explain::None).unwrap();
    let mut stream = DecisionStream::of(&model.preparation);
    run_replay(&mut people.0[1].play(100), &mut engine, &mut |event| stream.take(&event)).unwrap();
    assert_eq!(*found, PseudoOnline::of_model(&model, "a2", stream, &recipe.detection).unwrap());
}

#[test]
fn nothing_is_better_than_chance_where_there_is_nothing() {
    // Nothing to tell the classes, nor imagery from idling.
    let people = People(vec![person(21, 0.0, PAUSE_SECS), person(22, 0.0, PAUSE_SECS), person(3, 1.5, PAUSE_SECS)]);
    let inputs = ["a", "b"].iter().zip(&people.0).map(|(name, tape)| input(name, name, tape)).collect();
    // Chosen or calibrated, nothing would be detected at all.
    let mut sure = recipe(ThresholdRule::At(0.8));
    sure.training.folds = None;
    let wanted = settings(&["csp-lda"], sure);
    let evaluation = Evaluation::new(inputs, preparation(), wanted.clone()).unwrap();
    let found = report(&evaluation, &run(&evaluation, &people, 2).unwrap().results);
    for cell in &found.pseudo_online {
        let (score, chance) = (&cell.found.score, cell.found.score.chance.unwrap());
        println!("{}: {:?}, by chance {:?}", cell.subject, score.hit_rate, chance.shifted_hit_rate);
        assert!(score.hit_rate.value > 0.0 && !cell.is_better_than_chance);
        assert!(chance.shifted_hit_rate.p_value > 0.01 && chance.permuted_hit_rate.p_value > 0.01);
        assert!(score.hit_rate.value <= chance.shifted_hit_rate.interval[1] + 0.1);
    }

    // Permuted labels: imagery may still differ from idling, but one class not from the other.
    let people = People(vec![people.0[2].clone()]);
    for seed in 0..3 {
        let mut permuted = wanted.clone();
        permuted.training.permutation_seed = Some(seed);
        let evaluation = Evaluation::new(vec![input("a", "anna", &people.0[0])], preparation(), permuted).unwrap();
        let found = report(&evaluation, &run(&evaluation, &people, 1).unwrap().results);
        let score = &found.pseudo_online[0].found.score;
        println!("permuted {seed}: {:?}, {:?}", score.hit_rate, score.chance.unwrap().permuted_hit_rate);
        assert!(score.chance.unwrap().permuted_hit_rate.p_value > 0.01);
    }
}

#[test]
fn what_cannot_be_replayed_is_said() {
    let without_pauses = person(3, 1.5, [0.5, 0.6]);
    let people = People(vec![without_pauses, person(4, 1.5, PAUSE_SECS)]);
    let one = |place: usize| vec![input("a", "anna", &people.0[place])];
    let fails = |inputs: Vec<RecordingInput>, preparation: Preparation, settings: Settings| -> String {
        let tapes = People(vec![if inputs[0].info.rate_hz == RATE_HZ && inputs[0].name == "a" {
            people.0[0].clone()
        } else {
            people.0[1].clone()
        }]);
        match Evaluation::new(inputs, preparation, settings).and_then(|evaluation| run(&evaluation, &tapes, 1)) {
            Ok(_) => panic!("it was possible"),
            Err(error) => error.to_string(),
        }
    };
    let plain = |rule| settings(&["csp-lda"], recipe(rule));

    let error = fails(one(0), preparation(), plain(ThresholdRule::Youden));
    for part in ["anna", "no idle time", "cues come every 3.", "imagery lasts 3 s"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    // With a threshold there are hits, but no false alarms to count.
    let evaluation = Evaluation::new(one(0), preparation(), plain(ThresholdRule::At(0.7))).unwrap();
    let found = report(&evaluation, &run(&evaluation, &people, 1).unwrap().results);
    assert!(found.warnings.iter().any(|warning| warning.contains("idle time")), "{:?}", found.warnings);

    let error = fails(one(0), preparation(), settings(&["mdm", "fbcsp"], recipe(ThresholdRule::Youden)));
    assert!(error.contains("mdm, fbcsp") && error.contains("csp-lda"), "{error}");
    let three = Preparation {
        classes: ["left", "right", "feet"].map(|name| ClassSpec::new(name, [name])).to_vec(),
        ..preparation()
    };
    assert!(fails(one(0), three, plain(ThresholdRule::Youden)).contains("more than two classes"));
    for share in [0.0, 1.0, f64::NAN] {
        let mut wanted = plain(ThresholdRule::Youden);
        wanted.pseudo_online.as_mut().unwrap().trained_share = share;
        assert!(fails(one(0), preparation(), wanted).contains("share"));
    }
    let mut few = plain(ThresholdRule::Youden);
    few.pseudo_online.as_mut().unwrap().trained_share = 0.1;
    let error = fails(one(0), preparation(), few);
    assert!(error.contains("--trained-share"), "{error}");
    let mut idle = plain(ThresholdRule::Youden);
    idle.pseudo_online.as_mut().unwrap().detection.idle_class = Some("rest".into());
    assert!(fails(one(0), preparation(), idle).contains("left, right"));
    let mut unsaid = plain(ThresholdRule::Youden);
    unsaid.pseudo_online = None;
    assert!(fails(one(0), preparation(), unsaid).contains("how to replay"));

    // The second recording runs at another rate than the first.
    let info = StreamInfo { rate_hz: 250.0, ..people.0[0].info().clone() };
    let mut faster = Tape::new(info);
    faster.push_samples(people.0[0].samples());
    people.0[0].markers().for_each(|marker| faster.push_marker(marker.clone()));
    let inputs = vec![input("slow", "anna", &people.0[1]), input("fast", "anna", &faster)];
    let both = People(vec![people.0[1].clone(), faster]);
    let evaluation = Evaluation::new(inputs, preparation(), plain(ThresholdRule::Youden)).unwrap();
    let error = run(&evaluation, &both, 1).unwrap_err().to_string();
    assert!(error.contains("fast") && error.contains("250") && error.contains("125"), "{error}");
}

#[test]
fn decoders_that_can_be_replayed_are_those_that_run_live() {
    let tape = person(3, 1.5, PAUSE_SECS);
    let every: Vec<String> = DecoderKind::ALL
        .into_iter()
        .filter(|kind| !kind.is_network())
        .map(|kind| DecoderId::from(kind).to_string())
        .collect();
    let names: Vec<&str> = every.iter().map(String::as_str).collect();
    let wanted = settings(&names, recipe(ThresholdRule::Youden));
    let evaluation = Evaluation::new(vec![input("a", "anna", &tape)], preparation(), wanted).unwrap();
    let jobs: Vec<String> = evaluation.plan().jobs.iter().map(|planned| planned.job.decoder.to_string()).collect();
    assert_eq!(jobs, ["csp-lda"]);
}

/// Whenever it is told to stop, it stops without a failure, and what it gives is what it would have given.
#[test]
fn a_replay_can_be_stopped() {
    let people = People(vec![person(3, 1.5, PAUSE_SECS)]);
    let wanted = settings(&["csp-lda"], recipe(ThresholdRule::Youden));
    let evaluation = Evaluation::new(vec![input("a", "anna", &people.0[0])], preparation(), wanted).unwrap();
    let whole = timeless(&run(&evaluation, &people, 1).unwrap().results);
    for millis in [0, 10, 40, 160] {
        let stop = AtomicBool::new(false);
        let outcome = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(millis));
                stop.store(true, Ordering::SeqCst);
            });
            evaluation.run(&[0], 1, &stop, &people, &|_| Ok(()), &|_| ()).unwrap()
        });
        assert_eq!(outcome.is_interrupted, outcome.results.is_empty());
        assert!(outcome.is_interrupted || timeless(&outcome.results) == whole);
    }
}
