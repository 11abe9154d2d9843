//! Evaluations of simulated people, whose truth is known.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/people.rs"]
mod people;

use motrace_decode::metrics::Metric;
use motrace_engine::{ClassSpec, Preparation};
use motrace_evaluate::{
    DecoderKind, Evaluation, JobResult, Protocol, RecordingInput, Report, ReportSettings, ResultsFolder, Selection,
    Settings, merge,
};
use motrace_signal::FilterSpec;
use people::{FIVE, People, input, person, preparation, run, settings};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

fn report(evaluation: &Evaluation, results: &[JobResult]) -> Report {
    Report::of(evaluation.plan(), results, ReportSettings { threads: 1, ..ReportSettings::default() })
}

const EVERY: [DecoderKind; 7] = [
    DecoderKind::CspLda,
    DecoderKind::FilterBankCsp,
    DecoderKind::LogVariance,
    DecoderKind::MinimumDistance,
    DecoderKind::TangentLogistic,
    DecoderKind::TangentLda,
    DecoderKind::FilterBankTangent,
];

#[test]
fn what_is_there_is_found_whatever_the_order_of_jobs() {
    let people = People(vec![person(1, 24, 0.8), person(2, 24, 0.8), person(3, 40, 0.8)]);
    let inputs = vec![input("a1", "anna", false), input("a2", "anna", false), input("b", "ben", false)];
    let protocols = [FIVE, Protocol::Stratified { folds: 3, seeds: 2 }];
    let evaluation = Evaluation::new(inputs, preparation(), settings(&EVERY, &protocols)).unwrap();
    assert_eq!(evaluation.plan().jobs.len(), 2 * EVERY.len() * (5 + 6));
    let one = run(&evaluation, &people, 1).unwrap();
    let four = run(&evaluation, &people, 4).unwrap();
    let without_times = |results: &[JobResult]| -> Vec<JobResult> {
        results.iter().map(|result| JobResult { seconds: 0.0, ..result.clone() }).collect()
    };
    assert_eq!(without_times(&one.results), without_times(&four.results));
    let found = report(&evaluation, &one.results);
    assert_eq!(found.cells.len(), 2 * 2 * EVERY.len());
    for cell in &found.cells {
        let trials = if cell.subject == "anna" { 48 } else { 40 };
        assert_eq!(cell.trials, trials);
        assert_eq!(cell.repeats, if cell.protocol == FIVE { 1 } else { 2 });
        assert_eq!(cell.predictions.len(), trials * cell.repeats);
        let accuracy = cell.figure(Metric::Accuracy).unwrap();
        // Laplacians learn nothing about space.
        let least = if cell.decoder.kind == DecoderKind::LogVariance { 0.65 } else { 0.8 };
        assert!(
            accuracy.value > least && cell.is_better_than_chance,
            "{} {}: {accuracy:?}",
            cell.subject,
            cell.decoder
        );
        let [low, high] = accuracy.interval.unwrap();
        assert!(low < accuracy.value && accuracy.value <= high);
        assert!(accuracy.p_value.unwrap() < 0.01 && (accuracy.chance.unwrap() - 0.5).abs() < 0.1);
        assert_eq!(cell.confusion.iter().flatten().sum::<usize>(), trials * cell.repeats);
    }
    assert_eq!(found.means.len(), 2 * EVERY.len());
    assert_eq!(found.comparisons.len(), 2 * (EVERY.len() - 1));
    for comparison in &found.comparisons {
        assert_eq!((comparison.first, comparison.by_subject.len()), (DecoderKind::CspLda.into(), 2));
        let of = |decoder| {
            let mean = found.means.iter().find(|m| m.protocol == comparison.protocol && m.decoder == decoder).unwrap();
            mean.metrics[0].value
        };
        assert!((comparison.difference - (of(comparison.decoder) - of(comparison.first))).abs() < 1e-9);
        assert!(comparison.interval[0] <= comparison.difference && comparison.difference <= comparison.interval[1]);
    }
}

#[test]
fn permuted_labels_stay_within_chance() {
    let people = People(vec![person(11, 30, 0.1), person(12, 30, 0.1)]);
    let inputs = vec![input("1", "p", false), input("2", "p", false)];
    let selection = Selection { band: true, window_range_secs: None, patterns: true };
    // Nested selection takes many fits: fewer seeds.
    for (kinds, selection, seeds, least) in [
        (&[DecoderKind::CspLda, DecoderKind::TangentLogistic][..], Selection::default(), 100, 90),
        (&[DecoderKind::CspLda][..], selection, 5, 4),
    ] {
        let mut within = vec![0; kinds.len()];
        for seed in 0..seeds {
            let mut settings = settings(kinds, &[FIVE]);
            settings.training.permutation_seed = Some(seed);
            settings.training.selection = selection;
            settings.decoders.iter_mut().for_each(|decoder| decoder.is_selected = selection.is_any());
            let evaluation = Evaluation::new(inputs.clone(), preparation(), settings).unwrap();
            let outcome = run(&evaluation, &people, 2).unwrap();
            let few =
                ReportSettings { resampling: motrace_decode::metrics::Resampling { rounds: 1, seed: 0 }, threads: 1 };
            for (cell, within) in Report::of(evaluation.plan(), &outcome.results, few).cells.iter().zip(&mut within) {
                let accuracy = cell.value(Metric::Accuracy).unwrap();
                *within += u64::from(accuracy >= cell.chance.low && accuracy <= cell.chance.high);
            }
        }
        assert!(within.iter().all(|count| *count >= least), "{within:?} of {seeds} are within chance");
    }
}

#[test]
fn each_protocol_tests_what_it_says() {
    let people = People(vec![person(1, 20, 0.8), person(2, 20, 0.8), person(3, 20, 0.8), person(4, 20, 0.8)]);
    let mut inputs = vec![
        input("a1", "anna", false),
        input("a2", "anna", false),
        input("b1", "ben", false),
        input("b2", "ben", false),
    ];
    for (input, session) in inputs.iter_mut().zip(["ses-1", "ses-2", "ses-1", "ses-2"]) {
        input.session = Some(session.into());
    }
    let protocols = [
        Protocol::LeaveOneRunOut,
        Protocol::LeaveOneSessionOut,
        Protocol::LeaveOneSubjectOut,
        Protocol::LearningCurve { folds: 4 },
    ];
    let mut wanted = settings(&[DecoderKind::CspLda], &protocols);
    wanted.decoders.push("mdm-recentred".parse().unwrap());
    let evaluation = Evaluation::new(inputs.clone(), preparation(), wanted.clone()).unwrap();
    let outcome = run(&evaluation, &people, 3).unwrap();
    for result in &outcome.results {
        let tested = |fold: usize| result.folds[fold].predictions.iter().map(|p| p.recording).collect::<Vec<_>>();
        match result.job.protocol {
            Protocol::LeaveOneRunOut | Protocol::LeaveOneSessionOut => {
                assert_eq!(tested(0), vec![result.job.part; 20]);
                assert_eq!(result.folds[0].calibration_trials, 20);
            }
            Protocol::LeaveOneSubjectOut => {
                let own = if result.job.subject == "anna" { [0, 1] } else { [2, 3] };
                assert_eq!(tested(0), [vec![own[0]; 20], vec![own[1]; 20]].concat());
                assert_eq!(result.folds[0].calibration_trials, 40);
            }
            _ => {
                let sizes: Vec<usize> = result.folds.iter().map(|fold| fold.calibration_trials).collect();
                assert_eq!(sizes, [10, 15, 20, 30]);
                assert!(result.folds.iter().all(|fold| fold.predictions.len() == 10));
                // A cue each 4 s.
                assert!((result.folds[0].calibration_minutes.unwrap() - 10.0 * 4.0 / 60.0).abs() < 1e-9);
            }
        }
    }
    let found = report(&evaluation, &outcome.results);
    let curve = &found.means.iter().find(|mean| !mean.learning_curve.is_empty()).unwrap().learning_curve;
    assert_eq!(curve.iter().map(|point| point.trials).collect::<Vec<_>>(), [80; 4]);
    assert!(curve.last().unwrap().accuracy > 0.8);

    // What is given to be tested on is never trained on.
    inputs[1].is_test = true;
    wanted.protocols = vec![Protocol::Transfer, Protocol::Chronological { folds: 2 }];
    let evaluation = Evaluation::new(inputs, preparation(), wanted).unwrap();
    assert_eq!(evaluation.plan().warnings.len(), 1, "ben has nothing to test on");
    let outcome = run(&evaluation, &people, 2).unwrap();
    let of_anna = outcome.results.iter().filter(|result| result.job.subject == "anna");
    for result in of_anna {
        let is_transfer = result.job.protocol == Protocol::Transfer;
        let recordings: Vec<usize> = result.folds[0].predictions.iter().map(|p| p.recording).collect();
        assert_eq!(recordings, vec![usize::from(is_transfer); if is_transfer { 20 } else { 10 }]);
    }
}

#[test]
fn selection_chooses_what_tells_the_classes_apart() {
    let people = People(vec![person(21, 40, 0.7)]);
    let mut wanted = settings(&[DecoderKind::CspLda, DecoderKind::FilterBankCsp, DecoderKind::LogVariance], &[FIVE]);
    wanted.training.selection = Selection { band: true, window_range_secs: Some([0.0, 2.9]), patterns: true };
    wanted.decoders.iter_mut().for_each(|decoder| decoder.is_selected = true);
    // The configured window is before anything happens, and the configured band beside it.
    let early = Preparation {
        window_secs: [0.0, 0.5],
        filter: FilterSpec { band_hz: Some([20.0, 30.0]), order: 4, notch_hz: None },
        ..preparation()
    };
    let evaluation = Evaluation::new(vec![input("a", "anna", false)], early, wanted).unwrap();
    let found = report(&evaluation, &run(&evaluation, &people, 2).unwrap().results);
    for cell in &found.cells {
        assert_eq!(cell.choices.len(), 5);
        for choice in &cell.choices {
            assert!(choice.window_secs[1] > 1.4, "{}: {choice:?}", cell.decoder);
            assert!(choice.band_hz.is_none_or(|[low, high]| low < 11.0 && 11.0 < high), "{}: {choice:?}", cell.decoder);
        }
        assert!(cell.value(Metric::Accuracy).unwrap() > 0.7, "{}", cell.decoder);
    }
}

#[test]
fn results_are_kept_gone_on_with_and_merged() {
    let folder = tempfile::tempdir().unwrap();
    let people = People(vec![person(1, 20, 0.8), person(2, 20, 0.8)]);
    let inputs = vec![input("a", "anna/../x", false), input("b", "ben", false)];
    let evaluation = Evaluation::new(
        inputs.clone(),
        preparation(),
        settings(&[DecoderKind::CspLda, DecoderKind::MinimumDistance], &[FIVE]),
    )
    .unwrap();
    let plan = evaluation.plan();
    let whole = run(&evaluation, &people, 2).unwrap().results;

    // Two shards in two folders; the first is stopped after three jobs and goes on.
    let paths = [folder.path().join("one"), folder.path().join("two")];
    let folders = paths.each_ref().map(|path| ResultsFolder::create(path, plan).unwrap());
    let stop = AtomicBool::new(false);
    let kept = Mutex::new(0);
    let keep = |result: &JobResult| {
        let mut kept = kept.lock().unwrap();
        *kept += 1;
        stop.store(*kept == 3, Ordering::SeqCst);
        folders[0].keep(result)
    };
    let first: Vec<usize> = (0..10).collect();
    let outcome = evaluation.run(&first, 1, &stop, &people, &keep, &|_| ()).unwrap();
    assert!(outcome.is_interrupted && outcome.results.len() == 3);
    let missing: Vec<usize> = (0..10).filter(|job| folders[0].result(&plan.jobs[*job]).is_none()).collect();
    assert_eq!(missing, (3..10).collect::<Vec<_>>());
    let error = merge(&paths).unwrap_err().to_string();
    assert!(error.contains("17 of 20 jobs are not done"), "{error}");
    let never = AtomicBool::new(false);
    evaluation.run(&missing, 2, &never, &people, &|result| folders[0].keep(result), &|_| ()).unwrap();
    let second: Vec<usize> = (10..20).collect();
    evaluation.run(&second, 2, &never, &people, &|result| folders[1].keep(result), &|_| ()).unwrap();
    let merged = merge(&paths).unwrap();
    assert_eq!(merged.plan, *plan);
    let timeless = |report: Report| Report {
        cells: report.cells.into_iter().map(|cell| motrace_evaluate::Cell { seconds: 0.0, ..cell }).collect(),
        ..report
    };
    assert_eq!(timeless(report(&evaluation, &merged.results)), timeless(report(&evaluation, &whole)));

    // A changed input or setting is another job; another evaluation is not mixed in.
    let mut changed = inputs.clone();
    changed[0].sha256 = "other".into();
    let other = settings(&[DecoderKind::CspLda, DecoderKind::MinimumDistance], &[FIVE]);
    let changed = Evaluation::new(changed, preparation(), other.clone()).unwrap();
    assert!((0..10).all(|job| folders[0].result(&changed.plan().jobs[job]).is_none()));
    assert!((10..20).all(|job| folders[1].result(&changed.plan().jobs[job]).is_some()), "ben is as he was");
    let mut narrow = preparation();
    narrow.filter.band_hz = Some([8.0, 13.0]);
    let narrow = Evaluation::new(inputs, narrow, other).unwrap();
    assert!(narrow.plan().jobs.iter().all(|job| folders[0].result(job).is_none()));
    ResultsFolder::create(&paths[1], narrow.plan()).unwrap();
    let error = merge(&paths).unwrap_err().to_string();
    assert!(error.contains("another evaluation"), "{error}");
    // A file that was damaged is as good as none.
    let place = &plan.jobs[0];
    let damaged = std::fs::read_dir(&paths[0]).unwrap().filter_map(Result::ok).map(|entry| entry.path());
    for path in damaged.filter(|path| path.to_string_lossy().contains(&place.key[..16])) {
        std::fs::write(path, "{").unwrap();
    }
    assert!(folders[0].result(place).is_none());
}

#[test]
fn what_cannot_be_evaluated_is_said() {
    let people = People(vec![person(1, 20, 0.8), person(2, 3, 0.8)]);
    let fails = |inputs: Vec<RecordingInput>, preparation: Preparation, settings: Settings| -> String {
        match Evaluation::new(inputs, preparation, settings).and_then(|evaluation| run(&evaluation, &people, 2)) {
            Ok(_) => panic!("it was possible"),
            Err(error) => error.to_string(),
        }
    };
    let plain = || settings(&[DecoderKind::CspLda], &[FIVE]);
    let anna = || vec![input("a", "anna", false)];
    let of = |protocol| settings(&[DecoderKind::CspLda], &[protocol]);

    let mut absent = preparation();
    absent.classes[1] = ClassSpec::new("feet", ["771"]);
    let error = fails(anna(), absent, plain());
    assert!(error.contains("no cue of class feet (771)") && error.contains("\"left\" \"right\""), "{error}");
    let late = Preparation { window_secs: [0.5, 60.0], sliding_secs: 2.0, ..preparation() };
    let far = fails(
        vec![input("a", "anna", false), input("b", "ben", false)],
        Preparation { window_secs: [0.5, 59.0], ..late },
        plain(),
    );
    assert!(far.contains("outside of the data") || far.contains("left out"), "{far}");
    let few = People(vec![person(2, 5, 0.8)]);
    let evaluation = Evaluation::new(vec![input("b", "ben", false)], preparation(), plain()).unwrap();
    let error = run(&evaluation, &few, 1).unwrap_err().to_string();
    assert!(error.contains("ben") && error.contains("trial(s)") && error.contains("needed"), "{error}");
    let error = fails(anna(), preparation(), of(Protocol::Chronological { folds: 50 }));
    assert!(error.contains("50 folds") && error.contains("there are 20") && error.contains("--folds"), "{error}");
    assert!(fails(anna(), preparation(), of(Protocol::Chronological { folds: 1 })).contains("--folds"));
    assert!(fails(anna(), preparation(), of(Protocol::LeaveOneRunOut)).contains("at least 2"));
    assert!(fails(anna(), preparation(), of(Protocol::LeaveOneSessionOut)).contains("session"));
    assert!(fails(anna(), preparation(), of(Protocol::LeaveOneSubjectOut)).contains("--subject"));
    assert!(fails(anna(), preparation(), of(Protocol::Transfer)).contains("--test"));
    assert!(fails(vec![input("a", "anna", true)], preparation(), of(Protocol::Transfer)).contains("none to train on"));
    assert!(fails(Vec::new(), preparation(), plain()).contains("no recording"));

    // Trials that overlap are no reason to fail, but to say so.
    let long = Preparation { window_secs: [0.5, 4.9], ..preparation() };
    let evaluation = Evaluation::new(anna(), long, plain()).unwrap();
    let outcome = run(&evaluation, &people, 1).unwrap();
    let warnings = report(&evaluation, &outcome.results).warnings;
    assert!(
        warnings.iter().any(|warning| warning.contains("overlap") && warning.contains("1 and 2 of a")),
        "{warnings:?}"
    );
    // Of 19 trials 4 or 3 are tested; those at the borders of a test set share samples with it, and are not trained on.
    let trained: Vec<usize> = outcome.results.iter().map(|result| result.folds[0].calibration_trials).collect();
    assert_eq!(trained, [19 - 4 - 1, 19 - 4 - 2, 19 - 4 - 2, 19 - 4 - 2, 19 - 3 - 1]);

    let mut copy = input("b", "anna", false);
    copy.sha256 = input("a", "anna", false).sha256;
    let error = fails(vec![input("a", "anna", false), copy], preparation(), plain());
    assert!(error.contains("content of a") && error.starts_with("b:"), "{error}");
}
