//! Networks from PyTorch say here what they said there, and go back unchanged.

use crate::weights::{File, NETWORKS, bytes, fixture};
use motrace_net::{
    Architecture, Batch, EegNet, Layer, Mlp, Network, ShallowConvNet, TorchNetwork, to_torch_safetensors,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The largest difference, relative to the largest value.
fn difference(told: impl Iterator<Item = f64>, wanted: &[f64]) -> f64 {
    let largest = wanted.iter().fold(f64::MIN_POSITIVE, |largest, value| value.abs().max(largest));
    let told: Vec<f64> = told.collect();
    assert_eq!(told.len(), wanted.len());
    told.iter().zip(wanted).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs())) / largest
}

#[test]
fn outputs_are_those_of_pytorch() {
    for name in NETWORKS {
        let read = TorchNetwork::from_bytes(&bytes(name)).unwrap();
        let expected = File::read(&std::fs::read(fixture(&format!("{name}.expected.safetensors"))).unwrap());
        let windows = expected.values("windows");
        let shape = read.network.input();

        let single = Batch { shape, values: windows.iter().map(|x| *x as f32).collect() };
        let wanted = expected.values("outputs_f32");
        for network in [read.network.clone(), read.network.merged().unwrap()] {
            let told = network.outputs(&single).values;
            let found = difference(told.iter().map(|x| f64::from(*x)), &wanted);
            assert!(found <= 1e-5, "{name} in f32: {found:.1e}");
        }
        let exact: Network<f64> = read.network.converted().unwrap();
        let wanted = expected.values("outputs_f64");
        let found = difference(exact.outputs(&Batch { shape, values: windows }).values.into_iter(), &wanted);
        assert!(found <= 1e-12, "{name} in f64: {found:.1e}");
        assert!(read.difference <= 1e-5, "{name}: {:.1e}", read.difference);
    }
}

#[test]
fn what_a_file_says_of_itself_is_kept() {
    let read = TorchNetwork::from_bytes(&bytes("eegnet")).unwrap();
    assert_eq!((read.class.as_str(), read.rate_hz), ("EEGNet", 128.0));
    assert_eq!(read.classes, ["left", "right"]);
    assert_eq!(read.channel_names.as_deref().unwrap(), ["C3", "Cz", "C4"]);
    let wanted = EegNet {
        temporal_filters: 2,
        spatial_filters: 2,
        temporal_samples: Some(8),
        first_pool_samples: Some(2),
        separable_samples: 4,
        second_pool_samples: 3,
        ..EegNet::default()
    };
    assert_eq!(read.architecture, Some(Architecture::EegNet(wanted)));
    // A dense layer at the end in place of a convolution is the same layer here.
    assert!(matches!(
        TorchNetwork::from_bytes(&bytes("eegnet_odd")).unwrap().architecture,
        Some(Architecture::EegNet(EegNet { temporal_filters: 1, spatial_filters: 3, .. }))
    ));
    let wanted = ShallowConvNet {
        filters: 4,
        temporal_samples: Some(5),
        pool_samples: Some(9),
        pool_stride_samples: Some(4),
        ..ShallowConvNet::default()
    };
    assert_eq!(TorchNetwork::from_bytes(&bytes("shallow")).unwrap().architecture, Some(Architecture::Shallow(wanted)));
    // Ours has as many spatial filters as temporal ones.
    assert_eq!(TorchNetwork::from_bytes(&bytes("shallow_wide")).unwrap().architecture, None);
    // It would not be the same network any more, rebuilt from its architecture.
    let mut read = TorchNetwork::from_bytes(&bytes("eegnet")).unwrap();
    for layer in read.network.layers_mut() {
        if let Layer::BatchNorm(norm) = layer {
            norm.epsilon = 1e-2;
        }
    }
    let written = to_torch_safetensors(&read.network, 128.0, &read.classes, None).unwrap();
    let again = TorchNetwork::from_bytes(&written).unwrap();
    assert_eq!((again.network, again.architecture), (read.network, None));
    let wanted = Mlp { hidden: vec![7, 5], dropout: 0.2 };
    assert_eq!(TorchNetwork::from_bytes(&bytes("mlp")).unwrap().architecture, Some(Architecture::Mlp(wanted)));
}

#[test]
fn our_networks_are_those_of_braindecode_where_nothing_is_said() {
    let told: Value = serde_json::from_slice(&std::fs::read(fixture("defaults.json")).unwrap()).unwrap();
    let classes = ["a", "b", "c", "d"].map(str::to_owned);
    for architecture in [Architecture::EegNet(EegNet::default()), Architecture::Shallow(ShallowConvNet::default())] {
        let network: Network<f32> = architecture.network(22, 1000, 250.0, 4, 1).unwrap();
        let written = File::read(&to_torch_safetensors(&network, 250.0, &classes, None).unwrap());
        let description = written.description.unwrap();
        let theirs = told[description["class"].as_str().unwrap()].as_array().unwrap();
        let ours = description["modules"].as_array().unwrap();
        let computing = |modules: &[Value]| {
            let moves = ["Rearrange", "Ensure4d"];
            modules.iter().filter(|m| !moves.contains(&m["type"].as_str().unwrap())).cloned().collect::<Vec<_>>()
        };
        let (ours, theirs) = (computing(ours), computing(theirs));
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            for (key, value) in ours.as_object().unwrap() {
                assert_eq!(value, &theirs[key], "{key} of {theirs}");
            }
        }
    }
}

/// A network with values that no training leaves as they were drawn.
fn trained(architecture: &Architecture, channels: usize, samples: usize, classes: usize) -> Network<f32> {
    let mut network: Network<f32> = architecture.network(channels, samples, 128.0, classes, 3).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for layer in network.layers_mut() {
        let spatial = matches!(layer, Layer::SpatialConv(_));
        for part in layer.parameters_mut() {
            // Spatial filters beyond the bound of braindecode, which must not shorten them.
            part.iter_mut().for_each(|x| *x += rng.random_range(-0.2..0.2f32) + if spatial { 0.9 } else { 0.0 });
        }
        if let Layer::BatchNorm(norm) = layer {
            norm.mean.iter_mut().for_each(|x| *x = rng.random_range(-0.5..0.5));
            norm.variance.iter_mut().for_each(|x| *x = rng.random_range(0.5..2.0));
        }
    }
    network
}

fn ours() -> Vec<(Architecture, Network<f32>)> {
    let eegnet = EegNet { temporal_samples: Some(16), ..EegNet::default() };
    let shallow = ShallowConvNet { filters: 6, pool_samples: Some(30), ..ShallowConvNet::default() };
    let mlp = Mlp { hidden: vec![6, 4], dropout: 0.1 };
    [Architecture::EegNet(eegnet), Architecture::Shallow(shallow), Architecture::Mlp(mlp)]
        .map(|architecture| {
            let network = trained(&architecture, 3, 100, 3);
            (architecture, network)
        })
        .into()
}

#[test]
fn networks_come_back_with_the_same_bits() {
    let classes = ["left", "right", "feet"].map(str::to_owned);
    let channels = ["C3", "Cz", "C4"].map(str::to_owned);
    for (architecture, network) in ours() {
        let written = to_torch_safetensors(&network, 128.0, &classes, Some(&channels)).unwrap();
        assert_eq!(
            written,
            to_torch_safetensors(&network, 128.0, &classes, Some(&channels)).unwrap(),
            "not the same bytes"
        );
        let read = TorchNetwork::from_bytes(&written).unwrap();
        assert_eq!(read.network, network, "{}", architecture.name());
        assert_eq!(
            (read.rate_hz, &read.classes[..], read.channel_names.as_deref()),
            (128.0, &classes[..], Some(&channels[..]))
        );
        assert_eq!(read.architecture.map(|a| a.name()), Some(architecture.name()));
    }
    for name in ["eegnet", "eegnet_odd", "shallow", "mlp"] {
        let read = TorchNetwork::from_bytes(&bytes(name)).unwrap();
        let written = to_torch_safetensors(&read.network, read.rate_hz, &read.classes, None).unwrap();
        assert_eq!(TorchNetwork::from_bytes(&written).unwrap().network, read.network, "{name}");
    }
}

#[test]
fn a_merged_network_is_not_exported() {
    let (_, network) = ours().swap_remove(0);
    let classes = ["left", "right", "feet"].map(str::to_owned);
    let error = to_torch_safetensors(&network.merged().unwrap(), 128.0, &classes, None).unwrap_err();
    assert!(error.to_string().contains("export the one that was trained"), "{error}");
    let error = to_torch_safetensors(&network, 128.0, &classes[..2], None).unwrap_err();
    assert!(error.to_string().contains("3 classes"), "{error}");
}

#[test]
fn pytorch_loads_what_is_exported() {
    let Some(environment) = std::env::var_os("MOTRACE_REFERENCE") else {
        println!("SKIPPED: MOTRACE_REFERENCE is not set");
        return;
    };
    let python = Path::new(&environment).join("bin/python");
    let imports = Command::new(&python).args(["-c", "import braindecode, safetensors, torch"]).output().unwrap();
    if !imports.status.success() {
        println!("SKIPPED: the Python of MOTRACE_REFERENCE has no braindecode");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts/load_in_braindecode.py");
    let classes = ["left", "right", "feet"].map(str::to_owned);
    let mut command = Command::new(&python);
    command.arg(&script);
    for (architecture, network) in ours() {
        let path = folder.path().join(format!("{}.safetensors", architecture.name()));
        std::fs::write(&path, to_torch_safetensors(&network, 128.0, &classes, None).unwrap()).unwrap();
        command.arg(path);
    }
    // It loads strictly, and compares what the network says with what it said here.
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.lines().count(), 3, "{said}");
    print!("{said}");
}
