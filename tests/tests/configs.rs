//! Every configuration that ships is valid, and every wrong one is refused with a message that names the key.

use motrace::Config;
use motrace_tests::{motrace, repository};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

fn files(folder: &str) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(repository().join(folder))
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} is empty");
    files
}

#[test]
fn shipped_configurations_are_valid_and_usable() {
    for path in files("configs") {
        let config = Config::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert!((2..=8).contains(&config.trials.classes.len()), "{}", path.display());
    }
}

#[test]
fn valid_configurations_are_accepted_and_survive_a_round_trip() {
    for path in files("tests/valid_configs") {
        let config = Config::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let again = Config::parse(&toml::to_string(&config).expect("written")).expect("read again");
        assert_eq!(config, again, "{}", path.display());
    }
}

#[test]
fn invalid_configurations_are_refused_by_name() {
    for path in files("tests/invalid_configs") {
        let text = std::fs::read_to_string(&path).expect("readable");
        let expected = text.lines().next().and_then(|l| l.strip_prefix("# expect: ")).expect("an expectation");
        let message = Config::read(&path).expect_err(&path.display().to_string()).to_string();
        assert!(message.contains(expected), "{}: expected {expected:?} in {message:?}", path.display());
        let run = motrace(PROGRAM, &["info".as_ref(), path.as_os_str()], 120);
        run.refused(2, expected);
    }
}
