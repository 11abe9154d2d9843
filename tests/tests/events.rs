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

/// Recordings of one simulated person, and the configuration they are evaluated with.
fn person(folder: &Path) -> (PathBuf, [PathBuf; 2]) {
    let demo = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the configuration");
    let mut config: toml::Table = toml::from_str(&demo).expect("TOML");
    let recordings = [1, 2].map(|seed| {
        let simulation = format!(
            "seed = {seed}\nrate_hz = 125.0\ntrials_per_class = 10\n\
             labels = [\"FC3\", \"FC4\", \"C5\", \"C3\", \"C1\", \"Cz\", \"C2\", \"C4\", \"C6\", \"CP3\", \"CP4\"]"
        );
        config.insert("simulation".into(), toml::from_str::<toml::Table>(&simulation).expect("TOML").into());
        let (own, recording) = (folder.join(format!("seed{seed}.toml")), folder.join(format!("rec{seed}.xdf")));
        std::fs::write(&own, toml::to_string(&config).expect("TOML")).expect("written");
        motrace(PROGRAM, &["simulate", "-c", text(&own), "-o", text(&recording)], 120).succeeded();
        recording
    });
    config.insert("decisions".into(), toml::from_str::<toml::Table>("window_secs = 0.5").expect("TOML").into());
    let path = folder.join("person.toml");
    std::fs::write(&path, toml::to_string(&config).expect("TOML")).expect("written");
    (path, recordings)
}

#[test]
fn events_are_evaluated_as_they_are_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let (config, [first, second]) = person(folder);
    let events = ["--threshold", "0.8", "--imagery", "1.8"];
    let evaluate = |recordings: &[&str], more: &[&str]| {
        let start = ["evaluate", "-c", text(&config), "--subject"];
        let named = format!("anna={}", recordings.join(","));
        motrace(PROGRAM, &[&start[..], &[&named], more].concat(), 240)
    };

    // Trained on the first and replayed over the second: what two commands do, one does.
    let model = folder.join("first.safetensors");
    motrace(PROGRAM, &["train", text(&first), "-c", text(&config), "-o", text(&model)], 120).succeeded();
    let replay = ["replay", text(&second), "-m", text(&model), "-c", text(&config), "--events", "--json"];
    let replayed = motrace(PROGRAM, &[&replay[..], &events].concat(), 120).succeeded().json();
    let named = format!("anna={}", text(&second));
    let online = ["--protocol", "pseudo-online", "--decoder", "csp-lda,mdm"];
    let test = ["--test", text(&second), "--subject", &named, "--json"];
    let told = evaluate(&[text(&first)], &[&online[..], &test, &events].concat()).succeeded();
    assert!(told.stderr.contains("mdm") && told.stderr.contains("left out"), "{}", told.stderr);
    let report = told.json();
    let found = &report["pseudo_online"][0]["found"];
    for part in ["score", "curve", "detector", "rule", "trained_trials", "is_calibrated", "decoder", "classes"] {
        assert_eq!(found[part], replayed["events"][part], "{part}");
        assert!(!found[part].is_null(), "{part}");
    }
    assert_eq!(report["pseudo_online"].as_array().map(Vec::len), Some(1));

    // Both of them, trained on the first half; beside folds.
    let (csv, page, results) = (folder.join("events.csv"), folder.join("events.html"), folder.join("results"));
    let more =
        ["--protocol", "pseudo-online,chronological", "--decoder", "csp-lda", "--imagery", "1.8", "--rounds", "200"];
    let files = ["--csv", text(&csv), "--report", text(&page), "--results", text(&results)];
    let both = [text(&first), text(&second)];
    let told = evaluate(&both, &[&more[..], &files].concat()).succeeded().stdout;
    for part in ["pseudo-online", "Youden", "false alarms/min", "s to a hit", "at other times", "chronological 5-fold"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let lines = std::fs::read_to_string(&csv).expect("a table");
    let columns = lines.lines().next().expect("a head").split(',').count();
    assert!(lines.lines().all(|line| line.split(',').count() == columns), "{lines}");
    for part in ["pseudo-online,anna,csp-lda,20,,20,hit-rate,", ",false-alarms-per-minute,", ",time-to-hit-secs,"] {
        assert!(lines.contains(part), "{part}: {lines}");
    }
    let html = std::fs::read_to_string(&page).expect("a page");
    for part in ["As if it had been live", "false alarms per idle minute", "Hits against false alarms"] {
        assert!(html.contains(part), "{part}");
    }
    let merged =
        motrace(PROGRAM, &["evaluate", "--merge", text(&results), "--json", "--rounds", "200"], 60).succeeded();
    let again = evaluate(&both, &[&more[..], &["--maps", "--json", "--results", text(&results)]].concat()).succeeded();
    assert!(again.stderr.contains("6 of 6 jobs are done already"), "{}", again.stderr);
    assert_eq!(merged.json()["pseudo_online"], again.json()["pseudo_online"]);

    // With so long imagery only the seconds before the first cue are idle.
    let told = evaluate(&both, &["--protocol", "pseudo-online", "--decoder", "csp-lda", "--imagery", "60"]).succeeded();
    assert!(told.stderr.contains("idle time") && told.stderr.contains("imagery lasts 60 s"), "{}", told.stderr);

    for (more, code, part) in [
        (&["--threshold", "0.8"][..], 2, "--protocol pseudo-online"),
        (&["--trained-share", "0.8"], 2, "--protocol pseudo-online"),
        (&["--protocol", "pseudo-online", "--trained-share", "1.5"], 2, "less than 1"),
        (&["--protocol", "pseudo-online", "--idle-class", "rest"], 2, "left, right"),
        (&["--protocol", "pseudo-online", "--decoder", "mdm"], 2, "does not run mdm live"),
    ] {
        evaluate(&both, more).refused(code, part);
    }
}
