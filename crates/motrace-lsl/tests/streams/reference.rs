//! Against the reference implementation: liblsl, driven by pylsl. Needs MOTRACE_REFERENCE.

use crate::support::*;
use motrace_core::{Source, Unit};
use motrace_lsl::{LslOptions, LslSource, Outlet, StreamQuery, clock};
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

struct Peer {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    _configuration: tempfile::NamedTempFile,
}

impl Peer {
    fn start(arguments: &[&str]) -> Option<Self> {
        on_loopback();
        let Ok(environment) = std::env::var("MOTRACE_REFERENCE") else {
            println!("skipped: MOTRACE_REFERENCE names no Python environment");
            return None;
        };
        let mut configuration = tempfile::NamedTempFile::new().unwrap();
        configuration.write_all(motrace_lsl::loopback_config(&session()).unwrap().as_bytes()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts/lsl_peer.py");
        let mut process = Command::new(Path::new(&environment).join("bin/python"))
            .arg(script)
            .args(arguments)
            .env("LSLAPICFG", configuration.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Some(Self { process, lines, _configuration: configuration })
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The numbers of the JSON array `"key": […]`, nested or not.
fn numbers(json: &str, key: &str) -> Vec<f64> {
    let rest = json.split_once(&format!("\"{key}\": [")).unwrap().1;
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        depth == 0
    });
    rest[..end.unwrap()].split(',').map(|n| n.trim_matches([' ', '[', ']']).parse().unwrap()).collect()
}

#[test]
fn pylsl_reads_what_an_outlet_sends() {
    let name = unique("to-pylsl");
    let Some(mut peer) = Peer::start(&["receive", &name, "400"]) else { return };
    let mut outlet = Outlet::new(&eeg(&name, &["C3", "it's <µ>", "Cz"], 250.0)).unwrap();
    assert_eq!(peer.line(), "READY");
    assert!(outlet.wait_for_consumers(PATIENCE));
    let start = clock();
    let row = |k: u16| [f32::from(k), f32::from(k) * -0.1, 1e-7];
    for k in 0..200 {
        outlet.push(&row(k), Some(start + f64::from(k) / 250.0)).unwrap();
    }
    let chunk: Vec<f32> = (200..400).flat_map(row).collect();
    outlet.push(&chunk, Some(start + 399.0 / 250.0)).unwrap();
    let json = peer.line();
    let head = format!("{{\"name\": \"{name}\", \"type\": \"EEG\", \"source_id\": \"id-{name}\", \"rate\": 250.0");
    assert!(json.starts_with(&head), "{}", &json[..300]);
    let channels = r#""channels": [["C3", "microvolts", "EEG"], ["it's <\u00b5>", "microvolts", "EEG"], ["Cz", "#;
    assert!(json.contains(channels), "{}", &json[..400]);
    let sent: Vec<f64> = (0..400).flat_map(row).map(f64::from).collect();
    assert_eq!(numbers(&json, "values"), sent);
    let stamps = numbers(&json, "stamps");
    assert!((0..200).all(|k| stamps[k] == start + k as f64 / 250.0), "each sample's stamp is exact");
    assert!((200..400).all(|k| (stamps[k] - start - k as f64 / 250.0).abs() < 1e-6), "and a chunk's follow");
}

#[test]
fn pylsl_reads_markers() {
    let name = unique("text-to-pylsl");
    let Some(mut peer) = Peer::start(&["receive-text", &name, "3"]) else { return };
    let mut outlet = Outlet::new(&markers(&name)).unwrap();
    assert_eq!(peer.line(), "READY");
    assert!(outlet.wait_for_consumers(PATIENCE));
    let start = clock();
    for (k, text) in ["769", "links ←", ""].into_iter().enumerate() {
        outlet.push_text(text, Some(start + k as f64)).unwrap();
    }
    let json = peer.line();
    assert!(json.contains(r#""values": ["769", "links \u2190", ""]"#), "{json}");
    assert_eq!(numbers(&json, "stamps"), [start, start + 1.0, start + 2.0]);
}

#[test]
fn what_pylsl_sends_is_read() {
    let name = unique("from-pylsl");
    let Some(mut peer) = Peer::start(&["send", &name, "500", "1000"]) else { return };
    assert_eq!(peer.line(), "READY");
    let mut source = open_with(&name, &[StreamQuery::named(format!("{name}-markers"))], LslOptions::default());
    let channels: Vec<_> = source.info().channels.iter().map(|c| (c.label.as_str(), c.unit.clone())).collect();
    assert_eq!(channels, [("C3", Unit::Microvolts), ("Fc5.", Unit::Microvolts)]);
    assert_eq!((source.info().rate_hz, source.info().is_text), (500.0, false));
    go_live(&mut source);
    let mut heard = Heard::default();
    expect_clocks(&mut heard, &mut source);
    // Its streams end when its input does.
    let mut input = peer.process.stdin.take().unwrap();
    input.write_all(b"go\n").unwrap();
    let all = |h: &Heard, _: &LslSource| h.samples() == 1000 && h.markers.len() == 10;
    assert!(heard.listen(&mut source, PATIENCE, all), "{} {:?}", heard.samples(), heard.markers);
    let start: f64 = peer.line().parse().unwrap();
    for (k, row) in heard.values.chunks(2).enumerate() {
        assert_eq!(row, [k as f32, (-(k as f64) / 7.0) as f32]);
        assert_eq!(heard.stamps[k], start + k as f64 / 500.0);
    }
    for (k, marker) in heard.markers.iter().enumerate() {
        assert_eq!((marker.index, marker.text.as_str()), (100 * k as u64, format!("Zeichen → {}", 100 * k).as_str()));
    }
    assert_eq!(heard.gaps, []);
    expect_offset(&mut heard, &mut source, 0.0);
    drop(input);
}
