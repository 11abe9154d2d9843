//! A model file reads back to the same bits, and everything else is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{csp_lda, csp_lda_mut, info, model};
use motrace_core::{Channel, Unit};
use motrace_engine::{ChannelMap, Decider, EngineError, Model, ModelFileError, ModelMismatch, RecordingStamp};
use proptest::prelude::*;

fn full_model() -> Model {
    let mut model = model(250.0);
    model.preparation.filter.notch_hz = Some(50.1);
    model.preparation.window_secs = [0.1 + 0.2, 2.3];
    model.preparation.classes[0].markers = vec!["T1".into(), "7.0".into(), "quote \" and \u{202e}".into()];
    model.about.recordings = vec![RecordingStamp { name: "a b.xdf".into(), sha256: "00ff".into() }];
    model.about.trained_trials = vec![20, 21];
    model.about.left_out_trials = 3;
    model.about.seed = Some(u64::MAX);
    model.about.validation = "chronological 5-fold".into();
    model.about.accuracy = Some(1.0 / 3.0);
    model.about.chance_interval = Some([0.1 + 0.2, 0.7]);
    model.about.motrace_version = "0.1.0".into();
    model.about.excluded_channels = vec!["Oz (railed)".into()];
    model
}

#[test]
fn a_model_comes_back_with_the_same_bits() {
    let model = full_model();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    model.save(&path).unwrap();
    let back = Model::load(&path).unwrap();
    assert_eq!(back, model);
    assert_eq!(back.to_bytes().unwrap().len(), model.to_bytes().unwrap().len());
    for (a, b) in csp_lda(&back).filters.iter().zip(&csp_lda(&model).filters) {
        assert_eq!(a.to_bits(), b.to_bits());
    }
    assert!(matches!(model.save(&path), Err(ModelFileError::Exists(_))), "nothing is replaced");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    for model in [full_model(), common::network_model(250.0, common::architectures()[0].clone())] {
        let first = model.to_bytes().unwrap();
        for _ in 0..8 {
            assert!(model.to_bytes().unwrap() == first, "the bytes differ");
        }
        // Where the tensors begin.
        assert_eq!(u64::from_le_bytes(first[..8].try_into().unwrap()) % 8, 0);
        assert!(Model::from_bytes(&first).unwrap().to_bytes().unwrap() == first, "the bytes differ after reading");
    }
}

#[test]
fn what_is_no_model_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    assert!(matches!(Model::load(&path), Err(ModelFileError::Io { .. })));
    for (bytes, expected) in [
        (&b""[..], "not a whole safetensors file"),
        (b"# a text file\n", "not a whole safetensors file"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x7f{}", "not a whole safetensors file"),
        (b"\x02\0\0\0\0\0\0\0{}", "holds no motrace model"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let message = Model::load(&path).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let bytes = full_model().to_bytes().unwrap();
    for cut in 0..bytes.len() {
        assert!(Model::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn numbers_that_cannot_be_are_refused() {
    let mut broken = full_model();
    csp_lda_mut(&mut broken).weights[2] = f64::NAN;
    let bytes = broken.to_bytes().unwrap();
    assert!(matches!(Model::from_bytes(&bytes), Err(ModelFileError::NotFinite(name)) if name == "weights"));
    let mut broken = full_model();
    csp_lda_mut(&mut broken).weights.pop();
    let bytes = broken.to_bytes().unwrap();
    assert!(matches!(Model::from_bytes(&bytes), Err(ModelFileError::Tensor { name, .. }) if name == "weights"));
    let mut broken = full_model();
    broken.preparation.channels = motrace_core::Montage::new(["C3", "C4"]);
    assert!(matches!(broken.to_bytes(), Err(ModelFileError::Inconsistent(EngineError::Shape { .. }))));
}

proptest! {
    #[test]
    fn flipped_bits_never_panic(at in 0_usize..4000, bit in 0_u8..8) {
        let mut bytes = full_model().to_bytes().unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let _ = Model::from_bytes(&bytes);
    }
}

#[test]
fn another_stream_is_refused_by_name() {
    let model = full_model();
    assert!(Decider::new(&model, &info(250.0)).is_ok());
    assert!(Decider::new(&model, &info(250.5)).is_ok(), "half a percent");
    let mismatch = |info| match Decider::new(&model, &info).unwrap_err() {
        EngineError::Mismatch(mismatch) => mismatch,
        other => panic!("{other}"),
    };
    assert!(matches!(mismatch(info(500.0)), ModelMismatch::Rate { .. }));
    assert!(matches!(mismatch(info(0.0)), ModelMismatch::Rate { .. }));
    assert!(matches!(mismatch(info(f64::NAN)), ModelMismatch::Rate { .. }));

    let mut missing = info(250.0);
    missing.channels.retain(|c| c.label != "C3");
    assert!(mismatch(missing).to_string().contains("channel C3 is missing"));
    let mut twice = info(250.0);
    twice.channels.push(Channel::new("c4", Unit::Microvolts));
    assert!(mismatch(twice).to_string().contains("channel C4 occurs twice"));
    let mut unlabelled = info(250.0);
    unlabelled.channels.iter_mut().for_each(|c| c.label.clear());
    assert!(mismatch(unlabelled).to_string().contains("9 channels without labels"));
    let mut unit = info(250.0);
    unit.channels[2].unit = Unit::Other("degC".into());
    assert_eq!(mismatch(unit), ModelMismatch::Unit { label: "Cz".into(), unit: "\"degC\"".into() });
    let mut text = info(250.0);
    text.is_text = true;
    assert!(matches!(mismatch(text), ModelMismatch::Text(_)));

    let mut reordered = info(250.0);
    reordered.channels.reverse();
    reordered.channels[0].unit = Unit::Volts;
    let map = ChannelMap::resolve(&model.preparation, &reordered).unwrap();
    assert_eq!(map.places[0], 5, "C4");
    assert_eq!(map.scales_volts.iter().filter(|s| **s == 1.0).count(), 1, "CP4 is in volts");
}

/// The bytes of a model file as it was written before sliding decisions had a window of their own, and before the
/// covariance of the log-powers was kept.
fn as_before(model: &Model) -> Vec<u8> {
    let bytes = model.to_bytes().unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let fields = header.as_object_mut().unwrap();
    fields["__metadata__"].as_object_mut().unwrap().remove("sliding_secs").unwrap();
    assert!(!fields.contains_key("feature_covariance"));
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &bytes[8 + length..]].concat()
}

#[test]
fn models_of_before_are_read() {
    let mut model = full_model();
    csp_lda_mut(&mut model).feature_covariance = None;
    let back = Model::from_bytes(&as_before(&model)).unwrap();
    assert_eq!(back.preparation.sliding_samples(), back.preparation.window_samples());
    model.preparation.sliding_secs = back.preparation.sliding_secs;
    assert_eq!(back, model);
    let mut decider = Decider::new(&back, &info(250.0)).unwrap();
    let rates = motrace_engine::Adaptation { bias_rate: 0.1, covariance_rate: 0.1 };
    assert_eq!(decider.set_adaptation(Some(rates)).map(|r| (r.bias_rate, r.covariance_rate)), Some((0.1, 0.0)));
}

#[test]
fn the_digest_is_of_what_decides() {
    let model = full_model();
    let digest = model.digest();
    assert_eq!(digest.len(), 64);
    assert_eq!(Model::from_bytes(&model.to_bytes().unwrap()).unwrap().digest(), digest);
    let mut renamed = model.clone();
    renamed.about.recordings.clear();
    assert_eq!(renamed.digest(), digest, "where it comes from does not matter");
    let mut other = model.clone();
    csp_lda_mut(&mut other).bias += 1e-12;
    let mut shorter = model;
    shorter.preparation.sliding_secs = 0.5;
    assert!(other.digest() != digest && shorter.digest() != digest);
}

#[test]
fn a_sliding_window_that_cannot_be_is_refused() {
    for sliding_secs in [0.0, -1.0, f64::NAN, f64::INFINITY, 61.0, 0.03] {
        let mut model = full_model();
        model.preparation.sliding_secs = sliding_secs;
        assert!(matches!(model.to_bytes(), Err(ModelFileError::Inconsistent(_))), "{sliding_secs}");
    }
}
