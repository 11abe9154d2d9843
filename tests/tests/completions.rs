//! Completions and manual pages, from the same definition as `--help`.

use motrace_tests::motrace;
use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

/// Runs a script in bash; `None`, with a line that says so, where there is no bash.
fn bash(folder: &Path, script: &str) -> Option<Output> {
    let run = Command::new("bash").args(["--norc", "-c", script]).current_dir(folder).output();
    if run.is_err() {
        println!("SKIPPED: there is no bash");
    }
    run.ok()
}

/// What bash offers after these words, of which the last is being typed.
fn offered(folder: &Path, words: &[&str]) -> Option<Vec<String>> {
    let quoted: Vec<String> = words.iter().map(|w| format!("'{w}'")).collect();
    let (typed, before) = (&quoted[quoted.len() - 1], &quoted[quoted.len() - 2]);
    let script = format!(
        "source ./script.bash; COMP_WORDS=({}); COMP_CWORD={}; _motrace_by_kind motrace {typed} {before} 2>/dev/null; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1
    );
    let output = bash(folder, &script)?;
    assert!(output.status.success(), "{output:?}");
    let mut lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort();
    Some(lines)
}

#[test]
fn bash_completes_commands_and_files_by_what_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = motrace(PROGRAM, &["completions", "bash"], 60).succeeded().stdout;
    std::fs::write(folder.path().join("script.bash"), script).expect("written");
    for file in ["a.edf", "B.XDF", "my model.safetensors", "c.toml", "notes.txt"] {
        std::fs::write(folder.path().join(file), "").expect("written");
    }
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");

    let Some(checked) = bash(folder.path(), "bash -n script.bash") else { return };
    assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
    let offered = |words: &[&str]| offered(folder.path(), words).unwrap_or_default();
    assert_eq!(offered(&["motrace", "tra"]), ["train"]);
    assert!(offered(&["motrace", ""]).iter().any(|w| w == "replay"));
    let recordings = ["B.XDF", "a.edf", "folder"];
    assert_eq!(offered(&["motrace", "train", ""]), recordings);
    assert_eq!(offered(&["motrace", "replay", "B.XDF", "--model", ""]), ["folder", "my model.safetensors"]);
    assert_eq!(offered(&["motrace", "replay", "-m", "my"]), ["my model.safetensors"]);
    assert_eq!(offered(&["motrace", "train", "a.edf", "-c", ""]), ["c.toml", "folder"]);
    // bash makes three words of --config=
    assert_eq!(offered(&["motrace", "train", "--config", "=", "c"]), ["c.toml"]);
    assert_eq!(offered(&["motrace", "train", "--config", "="]), ["c.toml", "folder"]);
    assert_eq!(offered(&["motrace", "report", ""]), ["folder"]);
    assert_eq!(offered(&["motrace", "info", ""]), ["B.XDF", "a.edf", "c.toml", "folder", "my model.safetensors"]);
    assert_eq!(offered(&["motrace", "train", "--decoder", "eeg"]), ["eegnet"]);
    assert!(offered(&["motrace", "train", "a.edf", "--no-v"]).contains(&"--no-validation".to_owned()));
    assert_eq!(offered(&["motrace", "completions", "z"]), ["zsh"]);
}

/// Runs a script in fish; `None`, with a line that says so, where there is no fish.
fn fish(folder: &Path, script: &str) -> Option<Output> {
    let run = Command::new("fish").args(["--no-config", "-c", script]).current_dir(folder).env("HOME", folder).output();
    if run.is_err() {
        println!("SKIPPED: there is no fish");
    }
    run.ok()
}

#[test]
fn fish_completes_commands_and_files_by_what_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = motrace(PROGRAM, &["completions", "fish"], 60).succeeded().stdout;
    std::fs::write(folder.path().join("script.fish"), script).expect("written");
    for file in ["a.edf", "B.XDF", "model.safetensors", "c.toml", "notes.txt"] {
        std::fs::write(folder.path().join(file), "").expect("written");
    }
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");
    let Some(checked) = fish(folder.path(), "fish -n script.fish") else { return };
    assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
    let offered = |line: &str| {
        let script = format!("source ./script.fish; complete -C {line:?}");
        let output = fish(folder.path(), &script).expect("fish is there");
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines: Vec<String> =
            text.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(offered("motrace tra"), ["train"]);
    assert_eq!(offered("motrace train "), ["B.XDF", "a.edf", "folder/"]);
    assert_eq!(offered("motrace replay B.XDF --model "), ["folder/", "model.safetensors"]);
    assert_eq!(offered("motrace replay -m mo"), ["model.safetensors"]);
    assert_eq!(offered("motrace train a.edf -c "), ["c.toml", "folder/"]);
    assert_eq!(offered("motrace train --config=c"), ["--config=c.toml"]);
    assert_eq!(offered("motrace report "), ["folder/"]);
    assert!(offered("motrace stream ").contains(&"sim".to_owned()));
    assert_eq!(offered("motrace completions z"), ["zsh"]);
}

#[test]
fn zsh_and_elvish_understand_their_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    for (shell, arguments) in [("zsh", &["-f", "-n"][..]), ("elvish", &["-norc", "-compileonly"])] {
        let script = motrace(PROGRAM, &["completions", shell], 60).succeeded().stdout;
        // The editor of elvish is there only when somebody types.
        let script = script
            .replace("set edit:completion:arg-completer[motrace]", "var completer")
            .replace("edit:complex-candidate", "echo");
        let path = folder.path().join(shell);
        std::fs::write(&path, script).expect("written");
        match Command::new(shell).args(arguments).arg(&path).env("HOME", folder.path()).output() {
            Ok(checked) => assert!(checked.status.success() && checked.stderr.is_empty(), "{shell}: {checked:?}"),
            Err(_) => println!("SKIPPED: there is no {shell}"),
        }
    }
}

#[test]
fn every_shell_has_its_script_and_no_other() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = motrace(PROGRAM, &["completions", shell], 60).succeeded().stdout;
        assert!(script.contains("motrace") && script.contains("convert"), "{shell}");
    }
    motrace(PROGRAM, &["completions", "csh"], 60).refused(2, "csh");
}

#[test]
fn manual_pages_say_what_help_says() {
    let page = motrace(PROGRAM, &["man"], 60).succeeded().stdout;
    assert!(page.contains(".TH motrace 1") && page.contains("motrace\\-train(1)"), "{page}");

    let folder = tempfile::tempdir().expect("a folder");
    let pages = folder.path().join("man1");
    motrace(PROGRAM, &["man", "--output", &pages.to_string_lossy()], 60).succeeded();
    let train = std::fs::read_to_string(pages.join("motrace-train.1")).expect("the page of train");
    assert!(train.contains("\\-\\-no\\-validation") && train.contains("Examples"), "{train}");
    assert!(pages.join("motrace.1").is_file() && pages.join("motrace-man.1").is_file());
    // Again, over what is there: a page follows its program.
    motrace(PROGRAM, &["man", "-o", &pages.to_string_lossy()], 60).succeeded();

    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("written");
    motrace(PROGRAM, &["man", "--output", &file.to_string_lossy()], 60).refused(1, "creating");
}
