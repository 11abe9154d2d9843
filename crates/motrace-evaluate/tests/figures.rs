//! Time courses, relevance and patterns of simulated people, whose truth is known.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/people.rs"]
mod people;

use motrace_evaluate::{
    Course, DecoderId, DecoderKind, Evaluation, FoldFigures, JobResult, Protocol, Report, ReportSettings,
    ResultsFolder, Settings, merge,
};
use people::{FIVE, LABELS, People, input, person, preparation, run, settings};

const DECODERS: [DecoderKind; 4] =
    [DecoderKind::CspLda, DecoderKind::LogVariance, DecoderKind::MinimumDistance, DecoderKind::FilterBankCsp];

fn report(evaluation: &Evaluation, results: &[JobResult]) -> Report {
    let resampling = motrace_decode::metrics::Resampling { rounds: 200, seed: 0 };
    Report::of(evaluation.plan(), results, ReportSettings { resampling, threads: 1 })
}

fn with_figures(decoders: &[DecoderKind], protocols: &[Protocol]) -> Settings {
    Settings { keeps_figures: true, ..settings(decoders, protocols) }
}

fn course<'a>(report: &'a Report, decoder: DecoderKind, subject: Option<&str>) -> &'a Course {
    let is_it = |course: &&Course| course.decoder == decoder.into() && course.subject.as_deref() == subject;
    report.courses.iter().find(is_it).unwrap()
}

#[test]
fn courses_rise_with_the_imagery_and_maps_lie_where_it_is() {
    let people = People(vec![person(1, 60, 0.8), person(2, 60, 0.8)]);
    let inputs = vec![input("a", "anna", false), input("b", "ben", false)];
    let curve = Protocol::LearningCurve { folds: 3 };
    let evaluation = Evaluation::new(inputs.clone(), preparation(), with_figures(&DECODERS, &[FIVE, curve])).unwrap();
    let results = run(&evaluation, &people, 2).unwrap().results;
    let found = report(&evaluation, &results);

    for kind in DECODERS {
        let mean = course(&found, kind, None);
        // The first trial has no second before its cue, the last no fourth after it.
        assert_eq!((mean.subjects, mean.trials, mean.sliding_secs), (2, 2 * 58, 1.0));
        let [low, high] = [mean.chance.low, mean.chance.high];
        assert!(low < 0.5 && 0.5 < high && high - low < 0.25);
        for point in &mean.points {
            assert!(point.interval[0] <= point.accuracy && point.accuracy <= point.interval[1], "{point:?}");
            // The rhythm falls from 0.5 to 2.5 s after the cue.
            if point.end_secs <= 0.5 {
                assert!((point.accuracy - 0.5).abs() < 0.2, "{kind:?}: {point:?}");
            }
            if (1.5..=2.5).contains(&point.end_secs) {
                let least: f64 = if kind == DecoderKind::LogVariance { 0.62 } else { 0.75 };
                assert!(point.accuracy > least.max(high), "{kind:?}: {point:?}");
            }
        }
        let before = mean.points.iter().filter(|point| point.end_secs <= 0.5).count();
        assert!(before >= 5 && mean.points.len() > 15, "{:?}", mean.points);
        assert_eq!(course(&found, kind, Some("ben")).trials, 58);
    }

    // CSP alone can be explained.
    assert!(found.relevance.iter().all(|own| own.decoder == DecoderKind::CspLda.into()) && found.relevance.len() == 3);
    for own in &found.relevance {
        assert_eq!(own.channels, LABELS);
        assert!(own.largest_error < 1e-9, "{}", own.largest_error);
        let trials = if own.subject.is_some() { 30 } else { 60 };
        assert_eq!(own.classes.iter().map(|mean| mean.of_class.trials).collect::<Vec<_>>(), [trials; 2]);
        for (mean, sign) in own.classes.iter().zip([-1.0, 1.0]) {
            let of_class = &mean.of_class;
            assert!(sign * of_class.value > 0.3, "{own:?}");
            for (view, total) in [&of_class.input, &of_class.pattern, &of_class.source].into_iter().zip(&mean.total) {
                assert!((view.iter().sum::<f64>() - total).abs() < 1e-12);
                assert!((total - (of_class.value - of_class.offset)).abs() < 1e-9);
            }
            // All but the noise at Cz is in the rhythm of one hand area or the other.
            for view in [&of_class.pattern, &of_class.source] {
                let magnitude: f64 = view.iter().map(|r| r.abs()).sum();
                let at = |label: &str| sign * view[LABELS.iter().position(|l| *l == label).unwrap()];
                assert!(at("Cz").abs() < 0.1 * magnitude, "{view:?}");
                let most = LABELS.iter().map(|label| at(label)).fold(f64::NEG_INFINITY, f64::max);
                assert!(most == at("C3").max(at("C4")), "{view:?}");
                assert!(at("C3") + at("C4") > 0.3 * magnitude, "{view:?}");
            }
        }
    }
    let of_first_folds: Vec<&str> = found.patterns.iter().map(|own| own.subject.as_str()).collect();
    assert_eq!(of_first_folds, ["anna", "ben"]);
    for own in &found.patterns {
        assert_eq!((own.patterns.len(), own.trained_on), (4, 48));
        for class in 0..2 {
            // Power falls at C4 for the left hand, so that of C3 is stronger then.
            let most_telling = own.patterns.iter().find(|pattern| pattern.stronger_in == class).unwrap();
            let at = LABELS.iter().position(|label| *label == ["C3", "C4"][class]).unwrap();
            let other = LABELS.iter().position(|label| *label == ["C3", "C4"][1 - class]).unwrap();
            assert!(most_telling.pattern[at].abs() > 0.9, "{own:?}");
            assert!(most_telling.pattern[other].abs() < 0.5, "{own:?}");
            assert_eq!(most_telling.speaks_for, class);
        }
    }

    // Scores do not depend on it, nor do the results of other protocols; without it nothing is kept.
    let plain = Evaluation::new(inputs, preparation(), settings(&DECODERS, &[FIVE, curve])).unwrap();
    let without = run(&plain, &people, 2).unwrap().results;
    for ((ours, theirs), (with_key, key)) in
        results.iter().zip(&without).zip(evaluation.plan().jobs.iter().zip(&plain.plan().jobs))
    {
        let is_headline = ours.job.protocol == FIVE;
        assert_eq!(with_key.key != key.key, is_headline);
        for (with, without) in ours.folds.iter().zip(&theirs.folds) {
            assert_eq!(with.predictions, without.predictions);
            assert!(without.figures.is_none());
            assert_eq!(with.figures.is_some(), is_headline);
        }
    }
    let bare = report(&plain, &without);
    assert!(bare.courses.is_empty() && bare.relevance.is_empty() && bare.patterns.is_empty());
    assert_eq!(bare.cells.len(), found.cells.len());
}

/// What is explained is what was scored: the decoder's value and the log-odds of its probabilities are in step.
#[test]
fn the_explained_decoder_is_the_scored_one() {
    let people = People(vec![person(7, 40, 0.5)]);
    let evaluation =
        Evaluation::new(vec![input("a", "anna", false)], preparation(), with_figures(&[DecoderKind::CspLda], &[FIVE]))
            .unwrap();
    for result in run(&evaluation, &people, 2).unwrap().results {
        let fold = &result.folds[0];
        let relevance = fold.figures.as_ref().unwrap().relevance.as_ref().unwrap();
        let odds = |class: usize| {
            let own: Vec<f64> = fold
                .predictions
                .iter()
                .filter(|p| p.truth == class)
                .map(|p| (p.probabilities[1] / p.probabilities[0]).ln())
                .collect();
            own.iter().sum::<f64>() / own.len() as f64
        };
        // One gain for both classes.
        let gains: Vec<f64> = relevance.classes.iter().map(|own| odds(own.class) / own.value).collect();
        assert!(gains.len() == 2 && gains[0] > 0.0 && (gains[0] / gains[1] - 1.0).abs() < 1e-6, "{gains:?}");
    }
}

#[test]
fn what_was_kept_is_read_again_and_older_results_too() {
    let folder = tempfile::tempdir().unwrap();
    let people = People(vec![person(1, 30, 0.8)]);
    let wanted = with_figures(&[DecoderKind::CspLda], &[FIVE]);
    let evaluation = Evaluation::new(vec![input("a", "anna", false)], preparation(), wanted).unwrap();
    let results = run(&evaluation, &people, 1).unwrap().results;
    let kept = ResultsFolder::create(folder.path(), evaluation.plan()).unwrap();
    results.iter().for_each(|result| kept.keep(result).unwrap());
    let read = merge(&[folder.path().to_owned()]).unwrap();
    assert_eq!(read.results, results, "to the bit");
    assert_eq!(report(&evaluation, &read.results), report(&evaluation, &results));

    // Before there were figures.
    let mut older = serde_json::to_value(&results[0]).unwrap();
    older["folds"][0].as_object_mut().unwrap().remove("figures").unwrap();
    let older: JobResult = serde_json::from_value(older).unwrap();
    assert!(older.folds[0].figures.is_none());
    let nothing: FoldFigures = serde_json::from_str("{}").unwrap();
    assert_eq!(nothing, FoldFigures::default());
}

#[test]
fn each_protocol_and_every_kind_of_decoder_has_what_it_can_have() {
    let people = People(vec![person(1, 24, 0.8), person(2, 24, 0.8)]);
    let inputs = vec![input("a", "anna", false), input("b", "ben", false)];
    let mut wanted =
        with_figures(&[DecoderKind::CspLda, DecoderKind::FilterBankTangent], &[Protocol::LeaveOneSubjectOut]);
    wanted.decoders.push("csp-lda-recentred".parse().unwrap());
    let evaluation = Evaluation::new(inputs.clone(), preparation(), wanted).unwrap();
    let found = report(&evaluation, &run(&evaluation, &people, 2).unwrap().results);
    let recentred: DecoderId = "csp-lda-recentred".parse().unwrap();
    assert!(found.courses.iter().all(|course| course.decoder != recentred), "it reads no channels of the head");
    assert!(found.relevance.iter().all(|own| own.decoder == DecoderKind::CspLda.into()) && !found.relevance.is_empty());
    assert!(course(&found, DecoderKind::FilterBankTangent, None).points.len() > 10);
    let of_ben = course(&found, DecoderKind::CspLda, Some("ben"));
    assert!(of_ben.points.iter().any(|point| point.end_secs == 2.0 && point.accuracy > 0.7), "{of_ben:?}");

    // A chosen band has its own course, and chosen patterns their own maps.
    let mut selected = with_figures(&[DecoderKind::CspLda], &[Protocol::Stratified { folds: 3, seeds: 2 }]);
    selected.training.selection = motrace_evaluate::Selection { band: true, window_range_secs: None, patterns: true };
    selected.decoders[0].is_selected = true;
    let evaluation = Evaluation::new(inputs, preparation(), selected).unwrap();
    let found = report(&evaluation, &run(&evaluation, &people, 2).unwrap().results);
    let [anna, ben, mean] = found.courses.as_slice() else { panic!("{:?}", found.courses) };
    assert_eq!([anna.trials, ben.trials, mean.trials], [22, 22, 44]);
    assert!(found.relevance.iter().all(|own| own.classes.len() == 2));
    // Each trial was tested twice.
    assert_eq!(found.relevance[0].classes[0].of_class.trials, 24);
}
