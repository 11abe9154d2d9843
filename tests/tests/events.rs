//! `motrace replay --events`: what a detector would have found in a recording, as a person at the keyboard asks for it.

use motrace_tests::{motrace, repository};
use std::path::{Path, PathBuf};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The shipped recording, its configuration with shorter sliding windows, and a model that was trained on it.
fn shipped(folder: &Path) -> [PathBuf; 3] {
    let (recording, config) = (repository().join("recordings/demo.xdf"), folder.join("short.toml"));
    let demo = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the configuration");
    std::fs::write(&config, format!("{demo}\n[decisions]\nwindow_secs = 0.5\n")).expect("written");
    let model = folder.join("demo.safetensors");
    motrace(PROGRAM, &["train", text(&recording), "-c", text(&config), "-o", text(&model)], 120).succeeded();
    [recording, config, model]
}

#[test]
fn events_are_counted_in_a_replay() {
    let folder = tempfile::tempdir().expect("a folder");
    let [recording, config, model] = shipped(folder.path());
    let replay = |more: &[&str]| {
        let arguments = ["replay", text(&recording), "-m", text(&model), "-c", text(&config)];
        motrace(PROGRAM, &[&arguments[..], more].concat(), 120)
    };
    let told =
        replay(&["--events", "--threshold", "0.8", "--imagery", "1.8", "--json", "--explain", "none"]).succeeded();
    assert!(told.stderr.contains("trained on this recording"), "{}", told.stderr);
    let told = told.json();
    let (events, score) = (&told["events"], &told["events"]["score"]);
    let count = |name: &str| score[name].as_u64().expect(name);
    assert_eq!(count("trials") + count("undecided_trials"), told["trials"].as_u64().expect("trials"), "{told:#}");
    assert_eq!((events["detector"]["threshold"].as_f64(), events["chosen"].is_null()), (Some(0.8), true));
    let rates = ["hit_rate", "wrong_rate", "miss_rate"].map(|rate| score[rate]["value"].as_f64().expect(rate));
    assert!((rates.iter().sum::<f64>() - 1.0).abs() < 1e-12 && rates[0] > 0.4, "{score:#}");
    let hours = score["idle_minutes"].as_f64().expect("idle") + score["imagery_minutes"].as_f64().expect("imagery");
    assert!(hours > 0.0 && hours * 60.0 < told["seconds"].as_f64().expect("seconds"));
    let (value, alarms) = (&score["false_alarms_per_minute"], count("false_alarms") as f64);
    let rate = value["value"].as_f64().expect("a rate");
    assert!((rate * score["idle_minutes"].as_f64().expect("idle") - alarms).abs() < 1e-9);
    assert!(value["interval"][0].as_f64() <= Some(rate) && value["interval"][1].as_f64() >= Some(rate));

    // Nothing is sure enough: nothing is detected, for nothing either.
    let told =
        replay(&["--events", "--threshold", "1", "--dwell", "60", "--imagery", "1.8", "--json"]).succeeded().json();
    let score = &told["events"]["score"];
    assert_eq!((score["false_alarms"].as_u64(), score["hit_rate"]["value"].as_f64()), (Some(0), Some(0.0)));
    assert!(score["time_to_hit_secs"].is_null());

    // Without a threshold half of the trials choose it.
    let words = replay(&["--events", "--false-alarms", "6", "--imagery", "1.8"]).succeeded().stdout;
    for word in ["detector", "at most 6 false alarms per minute", "hits", "for nothing", "ITR"] {
        assert!(words.contains(word), "{word}: {words}");
    }
    let told = replay(&["--events", "--imagery", "1.8", "--json"]).succeeded().json();
    let half = &told["events"]["score"];
    let scored = half["trials"].as_u64().expect("trials") + half["undecided_trials"].as_u64().expect("trials");
    assert_eq!(scored, told["trials"].as_u64().expect("trials") / 2);

    for (more, part) in [
        (&["--events", "--threshold", "1.5"][..], "between 0 and 1"),
        (&["--events", "--false-alarms", "-1"], "false alarms"),
        (&["--events", "--dwell", "1e9"], "dwell time"),
        (&["--events", "--idle-class", "rest"], "left, right"),
        (&["--events", "--picture", "x.svg"], "--picture"),
        (&["--threshold", "0.8"], "--events"),
        (&["--events", "--threshold", "0.8", "--false-alarms", "1"], "cannot be used with"),
    ] {
        let refused = replay(more);
        assert_eq!(refused.code, Some(2), "{more:?}: {refused:#?}");
        assert!(refused.stderr.contains(part), "{more:?}: {refused:#?}");
    }
}
