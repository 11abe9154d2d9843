//! `motrace evaluate` as a person at the keyboard has it: tables, files, shards, what was interrupted, and what is refused.

use motrace_tests::{Run, Watched, motrace, real_data, repository, start};
use serde_json::Value;
use std::path::{Path, PathBuf};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn run(arguments: &[&str]) -> Run {
    motrace(PROGRAM, arguments, 240)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// A configuration of a short simulated recording with few channels.
fn configuration(folder: &Path) -> PathBuf {
    let path = folder.join("short.toml");
    let shipped = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the configuration");
    let parsed: toml::Table = toml::from_str(&shipped).expect("TOML");
    let mut short = parsed.clone();
    let simulation: toml::Table = toml::from_str(
        "rate_hz = 125.0\ntrials_per_class = 10\nlabels = [\"FC3\", \"FC4\", \"C5\", \"C3\", \"C1\", \"Cz\", \"C2\", \"C4\", \"C6\", \"CP3\", \"CP4\"]",
    )
    .expect("TOML");
    short.insert("simulation".into(), simulation.into());
    std::fs::write(&path, toml::to_string(&short).expect("TOML")).expect("written");
    path
}

/// Two recordings of each of two people: the second recording of each is of another seed.
fn recordings(folder: &Path, configuration: &Path) -> Vec<PathBuf> {
    let plain = std::fs::read_to_string(configuration).expect("the configuration");
    [("P1", 1), ("P1", 2), ("P2", 3), ("P2", 4)]
        .into_iter()
        .map(|(person, seed)| {
            let own = folder.join(format!("seed{seed}.toml"));
            let text_of = plain.replace("[simulation]", &format!("[simulation]\nseed = {seed}"));
            std::fs::write(&own, text_of).expect("written");
            std::fs::create_dir_all(folder.join("data").join(person)).expect("a folder");
            let path = folder.join("data").join(person).join(format!("rec{seed}.xdf"));
            run(&["simulate", "-c", text(&own), "-o", text(&path)]).succeeded();
            path
        })
        .collect()
}

fn cell<'a>(report: &'a Value, subject: &str, decoder: &str) -> &'a Value {
    let cells = report["cells"].as_array().expect("cells");
    cells.iter().find(|cell| cell["subject"] == subject && cell["decoder"] == decoder).expect("the cell")
}

#[test]
fn people_are_evaluated_kept_and_merged() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let configuration = configuration(folder);
    let files = recordings(folder, &configuration);
    let (data, csv, page) = (folder.join("data"), folder.join("scores.csv"), folder.join("scores.html"));
    let common = ["-c", text(&configuration), "--decoder", "csp-lda,ts-lr", "--rounds", "200", "--maps"];

    // A folder; whose recordings they are, the folders in it say.
    let whole =
        [&["evaluate", text(&data)][..], &common, &["--json", "--csv", text(&csv), "--report", text(&page)]].concat();
    let report = run(&whole).succeeded().json();
    let page = std::fs::read_to_string(&page).expect("a page");
    for words in [
        "Accuracy over the trial",
        "Mean relevance of csp-lda, mean of 2 subjects",
        "Relevance of csp-lda by subject",
        "Patterns of csp-lda, P2",
        "No maps of ts-lr",
        "ledger of csp-lda",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(report["courses"].as_array().map(Vec::len), Some(2 * 3));
    assert_eq!(report["relevance"].as_array().map(Vec::len), Some(3));
    assert_eq!(report["patterns"].as_array().map(Vec::len), Some(2));
    for words in ["P1", "P2", "csp-lda", "ts-lr", "mean of 2", "bits/trial (Wolpaw)", "<svg"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.trim_end().ends_with("</html>") && !page.contains("<script src"), "it needs nothing else");
    assert_eq!(report["subjects"].as_array().map(Vec::len), Some(2));
    for subject in ["P1", "P2"] {
        for decoder in ["csp-lda", "ts-lr"] {
            let cell = cell(&report, subject, decoder);
            assert_eq!(cell["trials"], 40, "{cell:#}");
            assert_eq!(cell["protocol"]["kind"], "chronological");
            assert_eq!(cell["metrics"].as_array().map(Vec::len), Some(8));
            let accuracy = cell["metrics"][0]["value"].as_f64().expect("a number");
            assert!(accuracy > 0.7, "the simulated person is a good one: {accuracy}");
        }
    }
    assert_eq!(report["comparisons"][0]["decoder"], "ts-lr");
    let lines = std::fs::read_to_string(&csv).expect("a table");
    let columns = lines.lines().next().expect("a head").split(',').count();
    assert!(lines.lines().count() > 2 * 2 * 8 && lines.lines().all(|line| line.split(',').count() == columns));
    run(&whole).refused(1, "scores.csv exists already");

    // The same in shards, one of them twice, with the recordings named one by one; merged, it is the same.
    let results = folder.join("results");
    for shard in ["1/3", "3/3", "2/3", "3/3"] {
        let mut arguments = vec!["evaluate"];
        arguments.extend(files.iter().map(|file| text(file)));
        arguments.extend(common);
        arguments.extend(["--results", text(&results), "--shard", shard, "--jobs", "1"]);
        let told = run(&arguments).succeeded();
        assert!(told.stdout.contains(&format!("shard {}", &shard[..1])), "{told:?}");
    }
    let merged = run(&["evaluate", "--merge", text(&results), "--rounds", "200", "--json"]).succeeded().json();
    for (ours, theirs) in
        report["cells"].as_array().expect("cells").iter().zip(merged["cells"].as_array().expect("cells"))
    {
        for part in ["subject", "decoder", "metrics", "predictions", "chance"] {
            assert_eq!(ours[part], theirs[part], "{part}");
        }
    }
    for part in ["comparisons", "courses", "relevance", "patterns"] {
        assert_eq!(report[part], merged[part], "{part}");
    }
    let again = folder.join("again.html");
    run(&["evaluate", "--merge", text(&results), "--rounds", "200", "--report", text(&again)]).succeeded();
    assert!(std::fs::read_to_string(&again).expect("a page") == page, "the page is the same to the byte");
    let told = run(&["evaluate", "--merge", text(&results), "--rounds", "200"]).succeeded().stdout;
    for part in ["chronological 5-fold", "P1", "P2", "mean", "against csp-lda", "csp-lda", "ts-lr"] {
        assert!(told.contains(part), "{part:?} in {told}");
    }

    // One trained on, the other tested on.
    let transfer = [&["evaluate", text(&files[0]), "--test", text(&files[1])][..], &common, &["--json"]].concat();
    let report = run(&transfer).succeeded().json();
    assert_eq!(report["protocols"][0]["kind"], "transfer");
    assert_eq!(cell(&report, "P1", "csp-lda")["trials"], 20);

    // All are of one person, if one says so.
    let all = files.iter().map(|file| text(file)).collect::<Vec<_>>().join(",");
    let one = ["evaluate", "--subject", &format!("anna={all}"), "-c", text(&configuration)];
    let curve = [&one[..], &["--decoder", "csp-lda", "--protocol", "learning-curve,leave-one-run-out"]].concat();
    let told = run(&curve).succeeded().stdout;
    assert!(told.contains("anna: 4 recording(s)") && told.contains("30 trials"), "{told}");
    assert!(told.contains("leave one run out"), "{told}");
}

#[test]
fn an_interrupted_evaluation_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let configuration = configuration(folder);
    let files = recordings(folder, &configuration);
    let results = folder.join("results");
    let arguments = [
        "evaluate",
        text(&files[0]),
        text(&files[1]),
        "-c",
        text(&configuration),
        "--decoder",
        "csp-lda,ts-lr,fbcsp",
        "--protocol",
        "stratified",
        "--seeds",
        "60",
        "--select",
        "band,window,patterns",
        "--results",
        text(&results),
        "--jobs",
        "1",
    ];
    let program = Watched::new(start(PROGRAM, &arguments));
    let kept = || std::fs::read_dir(&results).map_or(0, |files| files.filter_map(Result::ok).count());
    motrace_tests::eventually("a few results are kept", || (kept() > 3).then_some(()));
    program.signal("INT");
    let told = program.finish(240);
    told.refused(1, "the same command goes on");
    let before = kept();
    assert!(before > 3 && before < 900, "{before}");

    // What is there is taken over: a shard that was done already does nothing.
    let shard = [&arguments[..], &["--shard", "1/900"]].concat();
    let told = run(&shard).succeeded();
    assert!(told.stderr.contains("1 of 1 jobs are done already"), "{told:?}");
    run(&["evaluate", "--merge", text(&results)]).refused(1, "jobs are not done");
}

#[test]
fn bad_input_is_told_in_one_message() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let demo = text(&repository().join("recordings/demo.xdf")).to_owned();
    let shipped = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the configuration");
    let with = |name: &str, from: &str, to: &str| {
        assert!(shipped.contains(from), "{from:?} in {shipped}");
        let path = folder.join(name);
        std::fs::write(&path, shipped.replacen(from, to, 1)).expect("written");
        path
    };
    let demo_config = "configs/demo.toml";
    run(&["evaluate", &demo]).refused(2, "--config");
    run(&["evaluate", "-c", demo_config]).refused(2, "REC");
    run(&["evaluate", &demo, "-c", demo_config, "--decoder", "svm"]).refused(2, "no decoder is called");
    run(&["evaluate", &demo, "-c", demo_config, "--shard", "5/4"]).refused(2, "2/4");
    run(&["evaluate", &demo, "-c", demo_config, "--protocol", "leave-one-run-out"]).refused(2, "at least 2");
    run(&["evaluate", &demo, "-c", demo_config, "--folds", "0"]).refused(2, "--folds 5 is usual");
    run(&["evaluate", &demo, "-c", demo_config, "--folds", "4000"]).refused(1, "--folds");
    run(&["evaluate", &demo, "-c", demo_config, "--subject", "anna"]).refused(2, "anna=a.xdf");
    let twice = ["--subject", &format!("anna={demo}"), "--subject", &format!("ben={demo}")];
    run(&[&["evaluate", "-c", demo_config][..], &twice].concat()).refused(2, "cannot be of anna and of ben");
    run(&["evaluate", text(folder), "-c", demo_config]).refused(1, "no recording");
    // The same trials under another name would be trained on and tested.
    let copy = folder.join("copy.xdf");
    std::fs::copy(&demo, &copy).expect("a copy");
    run(&["evaluate", &demo, text(&copy), "-c", demo_config]).refused(1, "copy.xdf: it has the content of demo.xdf");
    run(&["train", &demo, text(&copy), "-c", demo_config]).refused(1, "copy.xdf has the content of demo.xdf");
    run(&["evaluate", "nowhere.xdf", "-c", demo_config]).refused(1, "nowhere.xdf");
    run(&["evaluate", "--merge", text(folder)]).refused(1, "--results");
    run(&["evaluate", "--merge", text(folder), "--folds", "3"]).refused(2, "--folds");
    let classes: toml::Table = toml::from_str(&shipped).expect("TOML");
    let marker = classes["trials"]["classes"][0]["markers"][0].as_str().expect("a marker").to_owned();
    let absent = with("absent.toml", &format!("markers = [\"{marker}\""), "markers = [\"999\"");
    run(&["evaluate", &demo, "-c", text(&absent)]).refused(1, "no cue of class");

    // Other channels: refused by default, and what all have on request.
    let configuration = configuration(folder);
    let files = recordings(folder, &configuration);
    let mixed = ["evaluate", text(&files[0]), &demo, "-c", text(&configuration), "--decoder", "csp-lda"];
    run(&mixed).refused(1, "--common-channels");
    let told = run(&[&mixed[..], &["--common-channels", "--json"]].concat()).succeeded().json();
    assert!(told["subjects"][1]["channels"].as_array().is_some_and(|channels| channels.len() <= 11), "{told:#}");
}

#[test]
fn a_network_that_does_not_learn_takes_no_other_decoder_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let shipped = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the configuration");
    let wild = folder.path().join("wild.toml");
    std::fs::write(&wild, shipped + "\n[decoder.training]\nlearning_rate = 1e30\nepochs = 5\n").expect("written");
    let told = run(&[
        "evaluate",
        "recordings/demo.xdf",
        "-c",
        text(&wild),
        "--decoder",
        "csp-lda,eegnet",
        "--folds",
        "2",
        "--rounds",
        "100",
    ]);
    assert!(
        told.stdout.contains("csp-lda") && told.stdout.contains("mean") || told.stdout.contains("95 %"),
        "{told:?}"
    );
    assert!(told.stderr.contains("eegnet"), "{told:?}");
    told.refused(1, "2 of 4 jobs could not be done");
}

/// One person of the PhysioNet recordings, for whom MNE and scikit-learn find .978 with this filter and these folds.
#[test]
fn a_real_person_is_decoded_as_well_as_is_known() {
    let Some(data) = real_data() else { return };
    let files: Vec<PathBuf> =
        ["06", "10", "14"].iter().map(|run| data.join(format!("eegmmidb/S001/S001R{run}.edf"))).collect();
    let mut arguments = vec!["evaluate"];
    arguments.extend(files.iter().map(|file| text(file)));
    arguments.extend(["-c", "configs/fists-feet.toml", "--decoder", "csp-lda,mdm", "--json"]);
    let report = run(&arguments).succeeded().json();
    let cell = cell(&report, "S001", "csp-lda");
    assert_eq!(cell["trials"], 45);
    assert!(cell["metrics"][0]["value"].as_f64().is_some_and(|accuracy| accuracy >= 0.95), "{cell:#}");
}
