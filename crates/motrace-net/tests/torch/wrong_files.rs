//! Each way in which a file of weights can be wrong is said, and none is fatal.

use crate::weights::{File, NETWORKS, bytes};
use motrace_net::{TorchError, TorchNetwork};
use proptest::prelude::*;
use safetensors::tensor::Dtype;
use serde_json::json;

/// What is said of a file after a change.
fn says(network: &str, wanted: &str, change: impl FnOnce(&mut File)) {
    let mut file = File::network(network);
    change(&mut file);
    let said = TorchNetwork::from_bytes(&file.write()).unwrap_err().to_string();
    assert!(said.contains(wanted), "{wanted:?} is not in: {said}");
}

#[test]
fn tensors_that_are_missing_or_too_many() {
    says("eegnet", r#""bnorm_1.running_var" is missing: the file should hold it as [4]"#, |file| {
        file.tensors.remove("bnorm_1.running_var");
    });
    says("shallow", r#""motrace.outputs" is missing"#, |file| {
        file.tensors.remove("motrace.outputs");
    });
    says("mlp", r#""9.weight" belongs to no module"#, |file| {
        let tensor = file.tensors["1.weight"].clone();
        file.tensors.insert("9.weight".into(), tensor);
    });
    says("eegnet", "write module.weight instead", |file| {
        let tensor = file.tensors.remove("conv_spatial.weight").unwrap();
        file.tensors.insert("conv_spatial.parametrizations.weight.original".into(), tensor);
    });
}

#[test]
fn tensors_of_another_shape_or_type() {
    says("eegnet", r#""conv_temporal.weight" should be [2, 1, 1, 8], and is [2, 1, 8, 1]"#, |file| {
        file.tensors.get_mut("conv_temporal.weight").unwrap().1 = vec![2, 1, 8, 1];
    });
    says("eegnet", r#""bnorm_1.bias" holds I32"#, |file| {
        file.tensors.get_mut("bnorm_1.bias").unwrap().0 = Dtype::I32;
    });
    says("eegnet", r#""bnorm_1.bias" holds a number that is not finite"#, |file| {
        file.tensors.get_mut("bnorm_1.bias").unwrap().2[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    says("mlp", r#""7.bias" holds a number that is not finite (or too large for f32)"#, |file| {
        let large = [1e300f64, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        file.tensors.insert("7.bias".into(), (Dtype::F64, vec![2], large));
    });
}

#[test]
fn other_precisions_are_converted() {
    /// To the upper half of an f32.
    fn to_bf16(x: f64) -> Vec<u8> {
        (((x as f32).to_bits() >> 16) as u16).to_le_bytes().to_vec()
    }
    for name in NETWORKS {
        let file = File::network(name);
        let original = TorchNetwork::from_bytes(&file.write()).unwrap();
        let with = |dtype, encoded: fn(f64) -> Vec<u8>| {
            let mut file = file.clone();
            let names: Vec<String> = file.tensors.keys().cloned().collect();
            for name in names {
                let bytes = file.values(&name).into_iter().flat_map(encoded).collect();
                let shape = file.tensors[&name].1.clone();
                file.tensors.insert(name, (dtype, shape, bytes));
            }
            TorchNetwork::from_bytes(&file.write()).unwrap()
        };
        assert_eq!(with(Dtype::F64, |x| x.to_le_bytes().to_vec()).network, original.network, "{name}");
        let short = with(Dtype::BF16, to_bf16);
        assert!(short.network != original.network && short.difference > 1e-5, "{name}");
    }
    // 1.0 and −2.0 as binary16.
    let mut file = File::network("mlp");
    file.tensors.insert("7.bias".into(), (Dtype::F16, vec![2], vec![0x00, 0x3c, 0x00, 0xc0]));
    let said = TorchNetwork::from_bytes(&file.write()).unwrap_err();
    assert!(matches!(said, TorchError::Outputs { .. }), "{said}");
}

#[test]
fn files_that_are_no_weights() {
    let said = |bytes: &[u8]| TorchNetwork::from_bytes(bytes).unwrap_err().to_string();
    for bytes in [&b""[..], b"# a text file\n", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"] {
        assert!(said(bytes).contains("not a whole safetensors file"), "{}", said(bytes));
    }
    let whole = bytes("eegnet");
    for length in (0..whole.len()).step_by(97) {
        assert!(said(&whole[..length]).contains("not a whole safetensors file"), "{length}");
    }
    says("eegnet", "export_braindecode.py", |file| file.description = None);
    let missing = TorchNetwork::load(std::path::Path::new("no such file.safetensors")).unwrap_err().to_string();
    assert!(missing.starts_with("no such file.safetensors: "), "{missing}");
}

#[test]
fn descriptions_that_are_wrong() {
    let description = |change: fn(&mut serde_json::Value), wanted| {
        says("shallow", wanted, |file| change(file.description.as_mut().unwrap()));
    };
    description(|d| d["format"] = json!(2), "has format 2");
    description(|d| d["classes"] = json!(["one"]), "2 outputs and 1 names of classes");
    description(|d| d["channel_names"] = json!(["C3"]), "3 channels and names 1");
    description(|d| d["channels"] = json!(0), "it is for 0 channels");
    description(|d| d["samples"] = json!(1u64 << 40), "it is for 1099511627776 samples");
    description(|d| d["rate_hz"] = json!(-1.0), "-1 Hz");
    description(|d| drop(d.as_object_mut().unwrap().remove("modules")), "missing field `modules`");
    description(|d| d["modules"] = json!([]), "the network ends with");
    // For other windows than its weights.
    description(|d| d["channels"] = json!(2), "names 3");
    description(|d| d["samples"] = json!(48), "makes classes of 4 × 1 × 7 values, and gets 4 × 1 × 9");
    says("eegnet", "final_layer.conv_classifier", |file| {
        file.description.as_mut().unwrap()["samples"] = json!(30);
    });
}

#[test]
fn modules_that_are_wrong() {
    says("shallow", r#""bnorm" is a LayerNorm: it is not known here"#, |file| {
        file.module("bnorm")["type"] = json!("LayerNorm");
    });
    says("eegnet", r#""conv_temporal" is a Conv2d: its dilation is [1,2]"#, |file| {
        file.module("conv_temporal")["dilation"] = json!([1, 2]);
    });
    says("eegnet", "its padding_mode is \"circular\"", |file| {
        file.module("conv_temporal")["padding_mode"] = json!("circular");
    });
    says("eegnet", "does not say its padding", |file| {
        file.module("conv_temporal").as_object_mut().unwrap().remove("padding");
    });
    says("eegnet", "its padding is no size", |file| file.module("conv_temporal")["padding"] = json!([0, 1u64 << 50]));
    says("eegnet", "values between layers", |file| {
        file.module("conv_temporal")["padding"] = json!([0, 1 << 20]);
        let description = file.description.as_mut().unwrap();
        (description["channels"], description["channel_names"]) = (json!(1000), json!(null));
    });
    says("eegnet", "pads or strides across channels", |file| file.module("conv_temporal")["padding"] = json!([1, 4]));
    says("shallow", "its ceil_mode is true", |file| file.module("pool")["ceil_mode"] = json!(true));
    says("shallow", "its epsilon has to be positive", |file| file.module("pool_nonlin_exp")["epsilon"] = json!(0.0));
    says("eegnet", "its eps has to be positive", |file| file.module("bnorm_1")["eps"] = json!(-0.1));
    says("eegnet", "track_running_stats is false", |file| {
        file.module("bnorm_1")["track_running_stats"] = json!(false);
    });
    says("mlp", "comes before the values became a plain list", |file| file.module("0")["type"] = json!("Identity"));
    says("shallow", "the order that it brings the axes into", |file| {
        file.module("dimshuffle")["pattern"] = json!("a b -> b a");
    });
    // Nothing of what a file says is safe from ending up in a terminal.
    says("shallow", "is a ·[31mred: it is not known", |file| file.module("bnorm")["type"] = json!("\u{1b}[31mred"));
}

#[test]
fn facts_that_shapes_do_not_show_are_found_out_by_the_windows_in_the_file() {
    says("eegnet", "says something else than it did in PyTorch", |file| file.module("bnorm_1")["eps"] = json!(0.01));
    says("eegnet", "says something else than it did in PyTorch", |file| file.module("elu_1")["alpha"] = json!(0.5));
    says("shallow", "says something else than it did in PyTorch", |file| {
        file.module("conv_nonlin_exp")["type"] = json!("ReLU");
    });
    says("eegnet", "says something else than it did in PyTorch", |file| {
        file.module("conv_temporal")["padding"] = json!("same");
    });
}

#[test]
fn a_network_says_which_windows_it_is_for() {
    let read = TorchNetwork::from_bytes(&bytes("eegnet")).unwrap();
    assert!(read.check_input(3, 40, 128.0).is_ok());
    let said = |channels, samples, rate_hz| read.check_input(channels, samples, rate_hz).unwrap_err().to_string();
    assert_eq!(said(22, 40, 128.0), "the network is for 3 channels, and gets 22");
    assert_eq!(said(3, 41, 128.0), "the network is for 40 samples in a window, and gets 41");
    assert_eq!(said(3, 40, 250.0), "the network is for 128 hertz, and gets 250");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_is_fatal(network in 0..5usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut damaged = bytes(NETWORKS[network]);
        for (place, value) in changes {
            let place = place.index(damaged.len());
            damaged[place] = value;
        }
        if let Ok(read) = TorchNetwork::from_bytes(&damaged) {
            prop_assert!(read.network.check().is_ok());
        }
    }
}
