//! Training, import and export where something is in the way: nothing is lost, and what is wrong is said before the work.

use motrace_tests::{Watched, eventually, motrace, repository, start};
use std::path::{Path, PathBuf};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The configuration of the demo with a network that learns for a moment, and something more.
fn configuration(folder: &Path, kind: &str, more: &str) -> PathBuf {
    let path = folder.join(format!("{kind}-{}.toml", more.len()));
    let demo = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the demo's configuration");
    let training = "epochs = 2\nseeds = [7]\n";
    let training = if more.contains("[decoder.training]") { "" } else { training };
    let head = if training.is_empty() { "" } else { "[decoder.training]\n" };
    std::fs::write(&path, format!("{demo}\n[decoder]\nkind = \"{kind}\"\n{head}{training}{more}")).expect("written");
    path
}

/// The last line that names what went wrong; the program ended with 1.
fn refusal(arguments: &[&str]) -> String {
    let run = motrace(PROGRAM, arguments, 600);
    let told = run.stderr.clone();
    run.refused(1, "motrace: ");
    told
}

#[test]
fn what_is_in_the_way_is_said_before_the_training() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let recording = folder.join("demo.xdf");
    std::fs::copy(repository().join("recordings/demo.xdf"), &recording).expect("copied");
    let bytes = std::fs::read(&recording).expect("the recording");
    let train = |more: &[&str]| {
        motrace(PROGRAM, &[&["train", text(&recording), "-c", "configs/demo.toml"], more].concat(), 600)
    };
    let nowhere = folder.join("nowhere/model.safetensors");
    train(&["-o", text(&nowhere)]).refused(1, "there is no folder");
    train(&["-o", text(folder), "--force"]).refused(1, "this is a folder");
    train(&["--figure", text(&folder.join("nowhere/means.svg"))]).refused(1, "there is no folder");
    train(&["--figure", text(&folder.join("means.tiff"))]).refused(2, ".svg, .png or .html");
    // The recording is not replaced by the model made from it.
    train(&["-o", text(&recording), "--force"]).refused(2, "would be destroyed");
    assert!(std::fs::read(&recording).expect("the recording") == bytes);
}

#[test]
fn the_same_command_writes_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let eegnet = configuration(folder, "eegnet", "");
    for config in ["configs/demo.toml", text(&eegnet)] {
        let model = |name: &str| {
            let path = folder.join(name);
            let arguments =
                ["train", "recordings/demo.xdf", "-c", config, "-o", text(&path), "--no-validation", "--force"];
            motrace(PROGRAM, &arguments, 600).succeeded();
            std::fs::read(path).expect("a model")
        };
        assert!(model("first.safetensors") == model("second.safetensors"), "{config}");
    }
}

#[cfg(unix)]
#[test]
fn a_training_that_is_killed_is_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let config = configuration(folder, "eegnet", "[decoder.training]\nepochs = 2\nseeds = [1, 2, 3, 4]\n");
    let [killed, whole] = ["killed", "whole"].map(|name| folder.join(format!("{name}.safetensors")));
    let arguments = |model| ["train", "recordings/demo.xdf", "-c", text(&config), "-o", text(model), "--no-validation"];
    let checkpoint = folder.join("killed.safetensors.checkpoint");
    let child = Watched::new(start(PROGRAM, &arguments(&killed)));
    eventually("a checkpoint or a model", || (checkpoint.exists() || killed.exists()).then_some(()));
    child.signal("KILL");
    drop(child);
    // On a machine that was too quick there is a model, and nothing to go on with.
    if !killed.exists() {
        assert!(checkpoint.exists());
        let told = motrace(PROGRAM, &arguments(&killed), 600).succeeded();
        assert!(told.stderr.contains("going on from"), "{}", told.stderr);
    }
    assert!(!checkpoint.exists(), "it is removed when the model is written");
    motrace(PROGRAM, &arguments(&whole), 600).succeeded();
    let read = |path: &Path| std::fs::read(path).expect("a model");
    assert!(read(&killed) == read(&whole), "the models differ");
}

#[test]
fn networks_that_cannot_be_or_diverge_are_said_to_without_what_has_nothing_to_do_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let train = |config: &Path, more: &[&str]| {
        [&["train", "recordings/demo.xdf", "-c", text(config), "--no-validation"], more]
            .concat()
            .iter()
            .map(|part| (*part).to_owned())
            .collect::<Vec<String>>()
    };
    let refused = |config: &Path, more: &[&str]| {
        let arguments = train(config, more);
        refusal(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let told = refused(&configuration(folder, "shallow", "[decoder.shallow]\npool_samples = 99999\n"), &[]);
    assert!(told.contains("[decoder.shallow] pool_samples") && !told.contains("markers in"), "{told}");

    let model = folder.join("none.safetensors");
    let endless = "[decoder.training]\nepochs = 2\nseeds = [1]\nlearning_rate = 1e30\n";
    let told = refused(&configuration(folder, "shallow", endless), &["-o", text(&model)]);
    assert!(told.contains("nothing is saved") && told.contains("0.001 is usual"), "{told}");
    assert!(!told.contains("kept") && !told.contains("below"), "{told}");
    assert!(!model.exists() && !folder.join("none.safetensors.checkpoint").exists());

    // A finite loss that is worse than knowing nothing.
    let wild = configuration(folder, "eegnet", "[decoder.training]\nepochs = 1\nseeds = [1]\nlearning_rate = 300.0\n");
    let arguments = train(&wild, &["--json"]);
    let run = motrace(PROGRAM, &arguments, 600);
    if run.stderr.contains("nothing is saved") {
        return; // it diverged altogether
    }
    let told = run.succeeded().json();
    let warnings = told["warnings"].to_string();
    assert!(warnings.contains("above the 0.693 of knowing nothing"), "{warnings}");
}

#[test]
fn trials_that_overlap_are_told_and_not_on_both_sides_of_a_fold() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = std::fs::read_to_string(repository().join("configs/demo.toml")).expect("the demo's configuration");
    let config = folder.path().join("long.toml");
    let long: String = demo
        .lines()
        .map(|line| {
            if line.starts_with("window_secs") { "window_secs = [0.5, 6.0]\n".to_owned() } else { format!("{line}\n") }
        })
        .collect();
    let timing = "[session.calibration.timing]\nend_at_secs = 20.0\n";
    std::fs::write(&config, format!("{long}\n{timing}")).expect("written");
    let told = motrace(PROGRAM, &["train", "recordings/demo.xdf", "-c", text(&config), "--json"], 600).succeeded();
    let warnings = told.json()["warnings"].to_string();
    assert!(warnings.contains("overlap the one before"), "{warnings}");
    assert!(warnings.contains("left out of a fold"), "{warnings}");
}

#[test]
fn what_is_given_to_pytorch_replaces_nothing_that_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let config = configuration(folder, "shallow", "");
    let [model, weights, back] = ["model", "weights", "back"].map(|name| folder.join(format!("{name}.safetensors")));
    let arguments = ["train", "recordings/demo.xdf", "-c", text(&config), "-o", text(&model), "--no-validation"];
    motrace(PROGRAM, &arguments, 600).succeeded();
    let read = |path: &Path| std::fs::read(path).expect("a file");
    let before = read(&model);
    motrace(PROGRAM, &["export", text(&model), "-o", text(&model), "--force"], 600).refused(2, "would be destroyed");
    #[cfg(unix)]
    {
        let link = folder.join("link.safetensors");
        std::os::unix::fs::symlink(&model, &link).expect("a link");
        motrace(PROGRAM, &["export", text(&model), "-o", text(&link), "--force"], 600).refused(2, "would be destroyed");
    }
    assert!(read(&model) == before);

    motrace(PROGRAM, &["export", text(&model), "-o", text(&weights)], 600).succeeded();
    let exported = read(&weights);
    motrace(PROGRAM, &["info", text(&weights)], 600).refused(1, "motrace import");
    let import = |config: &Path, more: &[&str]| {
        motrace(PROGRAM, &[&["import", text(&weights), "-c", text(config)], more].concat(), 600)
    };
    import(&config, &["-o", text(&weights), "--force"]).refused(2, "would be destroyed");
    assert!(read(&weights) == exported);

    // What is missing or does not fit, and what to do.
    let recording = ["-r", "recordings/demo.xdf", "-o", text(&back)];
    import(&config, &["-o", text(&back)]).refused(1, "-r REC");
    let labels: Vec<String> = (1..=22).map(|channel| format!("\"X{channel}\"")).collect();
    let other = configuration(folder, "shallow", &format!("[stream]\nlabels = [{}]\n", labels.join(", ")));
    import(&other, &recording).refused(1, "this file names channels of the network");
    let window = configuration(folder, "shallow", "[decisions]\nwindow_secs = 1.25\n");
    import(&window, &recording).refused(1, "the network reads windows of");
    let channels = configuration(folder, "shallow", "[channels]\nuse = [\"C3\", \"C4\"]\n");
    import(&channels, &recording).refused(1, "[channels] use");
    assert!(!back.exists());
    import(&config, &recording).succeeded();
}

#[test]
fn a_model_that_meets_its_training_again_is_not_flattered() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("model.safetensors");
    let arguments = ["train", "recordings/demo.xdf", "-c", "configs/demo.toml", "-o", text(&model), "--no-validation"];
    motrace(PROGRAM, &arguments, 600).succeeded();
    let told = motrace(PROGRAM, &["replay", "recordings/demo.xdf", "-m", text(&model), "--headless"], 600).succeeded();
    assert!(told.stderr.contains("the model was trained on this recording"), "{}", told.stderr);
}
