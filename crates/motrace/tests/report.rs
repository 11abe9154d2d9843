//! Reports of made-up sessions whose truth is known.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "report/session.rs"]
mod session;

use motrace::report;
use motrace::session_file::SessionFile;
use session::{Made, Wish};
use std::path::Path;

/// Everything that is text in a page, after checking that it is XML.
fn texts(page: &str) -> Vec<String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(page, options).unwrap();
    assert!(document.descendants().all(|n| !["script", "img", "link", "iframe"].contains(&n.tag_name().name())));
    for attribute in document.descendants().flat_map(|n| n.attributes()) {
        assert!(!attribute.name().starts_with("on"), "{attribute:?}");
        assert!(!["src", "href"].contains(&attribute.name()) || attribute.value().starts_with('#'), "{attribute:?}");
    }
    document.descendants().filter_map(|n| n.text()).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

fn page(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("report.html")).unwrap()
}

#[test]
fn a_whole_session_is_reported_as_it_was() {
    let made = Made::new(&Wish::default());
    let figures = report::write(made.folder.path()).unwrap();
    // Kept where somebody wants to look at it.
    if let Some(folder) = std::env::var_os("MOTRACE_REPORT_OUT") {
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["report.html", "session.json"] {
            std::fs::copy(made.folder.path().join(name), Path::new(&folder).join(name)).unwrap();
        }
    }
    let page = page(made.folder.path());
    let texts = texts(&page);

    // A direct count.
    let counted: Vec<_> = made.decided.iter().filter(|d| d.clear && d.number != made.left_out).collect();
    let right = counted.iter().filter(|d| d.truth == d.decided).count();
    let score = figures.feedback.unwrap();
    assert_eq!((score.trials, score.right), (counted.len(), right));
    assert_eq!(score.accuracy, right as f64 / counted.len() as f64);
    assert!(score.accuracy >= 0.7 && score.better_than_chance, "{score:?}");
    let mut confusion = [[0; 2]; 2];
    counted.iter().for_each(|d| confusion[d.truth][d.decided] += 1);
    assert_eq!(score.confusion, confusion);
    let p = score.accuracy;
    let bits = 1.0 + if p < 1.0 { p * p.log2() + (1.0 - p) * (1.0 - p).log2() } else { 0.0 };
    assert!((score.bits_per_trial - bits).abs() < 1e-12);
    assert!((score.bits_per_minute.unwrap() - bits * score.trials_per_minute.unwrap()).abs() < 1e-9);
    assert!((5.0..20.0).contains(&score.trials_per_minute.unwrap()));
    assert_eq!(figures.so_far.last().copied(), Some(p));

    // The frozen model in the shadow.
    let frozen = counted.iter().filter(|d| d.truth == d.frozen).count();
    assert_eq!(figures.frozen.unwrap().right, frozen);
    assert_eq!(figures.frozen_so_far.last().copied(), Some(frozen as f64 / counted.len() as f64));

    let alone = |ours: fn(&session::Decided) -> bool| counted.iter().filter(|d| ours(d)).count();
    let adaptation = figures.adaptation.unwrap();
    assert_eq!(adaptation.adapted_alone, alone(|d| d.decided == d.truth && d.frozen != d.truth));
    assert_eq!(adaptation.frozen_alone, alone(|d| d.decided != d.truth && d.frozen == d.truth));
    let told = figures.warnings.iter().any(|w| w.starts_with("Adaptation did harm"));
    assert_eq!(told, adaptation.is_worse);

    // Relevance, added up slowly from the decision log.
    let rim: Vec<bool> = figures.channels.iter().map(|l| session::RIM.contains(&l.as_str())).collect();
    assert!(rim.iter().any(|r| *r) && rim.iter().any(|r| !*r));
    for (class, (relevance, rims)) in figures.relevance.iter().zip(&figures.rim).enumerate() {
        let of_class: Vec<_> = counted.iter().filter(|d| d.truth == class).collect();
        assert_eq!(relevance.trials, of_class.len());
        let (mut on_rim, mut all) = (0.0, 0.0);
        for (channel, is_rim) in rim.iter().enumerate() {
            let mean = of_class.iter().map(|d| d.pattern[channel]).sum::<f64>() / of_class.len() as f64;
            assert!((mean - relevance.pattern[channel]).abs() < 1e-12);
            let frozen = of_class.iter().map(|d| d.frozen_pattern[channel]).sum::<f64>() / of_class.len() as f64;
            let difference = relevance.adapted_less_frozen.as_ref().unwrap()[channel];
            assert!((mean - frozen - difference).abs() < 1e-12);
            all += mean.abs();
            on_rim += if *is_rim { mean.abs() } else { 0.0 };
        }
        assert!((rims.share - on_rim / all).abs() < 1e-9, "{rims:?}");
    }
    // What speaks for left and for right lies over the hand areas.
    for (relevance, names) in figures.relevance.iter().zip([["C3", "C4"], ["C4", "C3"]]) {
        let largest = (0..figures.channels.len())
            .max_by(|&a, &b| relevance.pattern[a].abs().total_cmp(&relevance.pattern[b].abs()))
            .unwrap();
        assert!(figures.channels[largest].contains('C'), "{names:?} {}", figures.channels[largest]);
    }
    let replay = figures.replay.unwrap();
    assert_eq!((replay.same_values, replay.same_relevances), (replay.trials, replay.relevances));
    assert_eq!(replay.trials, made.decided.len());

    // Before the cue it is chance; at the end of the window it is what was decided.
    let at = |secs: f64| figures.over_time.iter().find(|p| (p.secs - secs).abs() < 0.01).unwrap();
    assert!(at(2.4).right as f64 / at(2.4).trials as f64 > 0.65, "{:?}", at(2.4));
    assert!((at(0.1).right as f64 / at(0.1).trials as f64) < 0.8);

    let times = figures.presentation.unwrap();
    assert_eq!((times.count, times.unheard), (made.session.presentation.due_secs.len(), 1));
    assert!(times.is_in_time && times.p99_secs > 0.001);
    assert_eq!(figures.gaps.len(), 1);
    assert_eq!(figures.gaps[0].missing_samples, session::MISSING);
    assert!((figures.gaps[0].at_secs - made.gap_at as f64 / session::RATE_HZ).abs() < 0.1);
    let noisy = figures.quality.iter().find(|q| q.label == session::NOISY).unwrap();
    assert!(noisy.condition == "noisy" && noisy.bad_share > 0.9, "{noisy:?}");
    assert!(figures.quality.iter().filter(|q| q.condition != "good").count() == 1);
    assert_eq!(figures.left_out.iter().filter(|t| t.number == Some(made.left_out)).count(), 1);
    assert!(figures.problems.is_empty(), "{:?}", figures.problems);

    for heading in [
        "Result",
        "Accuracy in the trial and over the session",
        "Why it decided so",
        "Every trial",
        "Calibration and decoder",
        "Timing",
        "Signal",
        "Facts",
        "What was said",
        "Accuracy over the time in the trial",
        "Cue against decision",
        "Why: mean relevance of each class",
        "When: mean relevance over channels and time",
        "What adaptation changed",
        "Relevance on frontal and temporal sites",
        "Trial by trial",
        "Spatial patterns of the decoder",
        "Calibration, fold by fold",
        "Presentation: scheduled against actual",
        "Latency of decisions",
        "The session\u{2019}s course",
        "The channels over the session",
    ] {
        let plain = heading.replace('\u{2019}', "'");
        assert!(texts.iter().any(|t| t == heading || *t == plain), "{heading}");
    }
    let sha = figures.recording.unwrap().sha256;
    assert!(sha.len() == 64 && texts.contains(&sha));
    assert!(page.len() < 8_000_000, "{} bytes", page.len());

    // The same folder, the same report.
    report::write(made.folder.path()).unwrap();
    assert_eq!(self::page(made.folder.path()), page);

    without_parts(&made);
}

/// Whatever is missing, there is a report, and it says what is missing.
fn without_parts(made: &Made) {
    let parts = ["recording.xdf", "model.safetensors", "config.toml", "decisions.jsonl", "session.json"];
    for missing in parts {
        let folder = tempfile::tempdir().unwrap();
        for part in parts.iter().filter(|part| **part != missing) {
            std::fs::copy(made.folder.path().join(part), folder.path().join(part)).unwrap();
        }
        let figures = report::write(folder.path()).unwrap();
        texts(&page(folder.path()));
        assert_eq!(figures.problems.len(), 1, "{:?}", figures.problems);
        assert!(figures.problems[0].contains(missing), "{:?}", figures.problems);
        assert!(figures.feedback.is_some(), "{missing}");
        assert_eq!(figures.relevance.is_empty(), missing == "model.safetensors", "{missing}");
    }
    // Damaged is not better than missing.
    for damaged in parts {
        let folder = tempfile::tempdir().unwrap();
        for part in parts {
            let mut bytes = std::fs::read(made.folder.path().join(part)).unwrap();
            if part == damaged {
                bytes.truncate(bytes.len() / 2);
                let middle = bytes.len() / 2;
                bytes[middle..].fill(0xff);
            }
            std::fs::write(folder.path().join(part), bytes).unwrap();
        }
        report::write(folder.path()).unwrap();
        texts(&page(folder.path()));
    }
}

#[test]
fn text_from_outside_stays_text() {
    const HOSTILE: &str = "</p><script>alert('x')</script>&\"\u{1b}[31m\u{202e}\u{ffff}../../x";
    let folder = tempfile::tempdir().unwrap();
    let mut session = SessionFile {
        name: HOSTILE.into(),
        started: HOSTILE.into(),
        broken_off: Some(HOSTILE.into()),
        config_name: HOSTILE.into(),
        class_names: vec![HOSTILE.into(), "b".into()],
        screens: vec![HOSTILE.into()],
        ..SessionFile::default()
    };
    session.other_counts.insert(HOSTILE.into(), 3);
    session.messages.push(motrace::session_file::MessageRecord { text: HOSTILE.into(), ..Default::default() });
    session.steps.push(motrace::session_file::StepRecord {
        name: HOSTILE.into(),
        kind: motrace::session_file::StepKind::Feedback,
        run: Some(1),
        end: Some(1000),
        ..Default::default()
    });
    for number in 1..=4 {
        session.trials.push(motrace::session_file::TrialResult {
            number: Some(number),
            run: 1,
            class: number % 2,
            decided: Some(1),
            value: Some(0.5),
            left_out: (number == 4).then(|| HOSTILE.into()),
            ..Default::default()
        });
    }
    session.save(&folder.path().join("session.json")).unwrap();
    let figures = report::write(folder.path()).unwrap();
    assert_eq!(figures.feedback.unwrap().trials, 3);
    let page = page(folder.path());
    assert!(!page.contains("<script"));
    let texts = texts(&page);
    assert!(texts.iter().any(|t| t.contains("<script>alert")), "shown as it was written");
    assert!(!texts.iter().any(|t| t.contains(['\u{1b}', '\u{202e}', '\u{ffff}'])));
}

#[test]
fn what_is_no_session_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(report::write(folder.path()).unwrap_err().to_string().contains("holds no session"));
    assert!(report::write(&folder.path().join("nothing")).unwrap_err().to_string().contains("no folder"));
    std::fs::write(folder.path().join("session.json"), "{}").unwrap();
    let figures = report::write(folder.path()).unwrap();
    assert_eq!(figures.problems.len(), 4);
    assert!(figures.feedback.is_none());
    texts(&page(folder.path()));
}
