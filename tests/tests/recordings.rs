//! The demo recording is what its manifest says, and can be made again to the byte.

use motrace_tests::{motrace, repository};

const PROGRAM: &str = env!("CARGO_BIN_EXE_motrace-under-test");

#[test]
fn the_demo_recording_can_be_made_again() {
    let manifest: toml::Table = std::fs::read_to_string(repository().join("recordings/manifest.toml"))
        .expect("the manifest")
        .parse()
        .expect("TOML");
    let expected = manifest["demo"]["sha256"].as_str().expect("a hash");
    let info = |path: &str| motrace(PROGRAM, &["info", path, "--json"], 240).succeeded().json();
    assert_eq!(info("recordings/demo.xdf")["sha256"], expected, "the committed file");

    let folder = tempfile::tempdir().expect("a folder");
    let again = folder.path().join("again.xdf");
    let again = again.to_str().expect("UTF-8");
    motrace(PROGRAM, &["simulate", "-c", "configs/demo.toml", "-o", again], 240).succeeded();
    let (a, b) =
        (std::fs::read(repository().join("recordings/demo.xdf")).expect("a"), std::fs::read(again).expect("b"));
    // Sine and cosine come from the platform, and may round differently on another one.
    if cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        assert!(a == b, "the simulation gives other bytes than the committed recording");
    }
}
