//! `motrace info`

pub mod network;

use crate::arguments::{BidsArguments, InfoArguments};
use crate::config::{Config, FilterConfig};
use crate::failure::Failure;
use crate::figures;
use crate::output::{self, duration, percent, say};
use crate::{recordings, setup};
use motrace_core::clean_text;
use motrace_engine::Decoder;
use motrace_record::{ChannelSummary, MarkerCount, Recording, StreamSummary, Summary};
use serde_json::json;

/// Shows what is in a recording, a model or a configuration.
pub fn run(arguments: &InfoArguments) -> Result<(), Failure> {
    let ending = arguments.file.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("toml") => configuration(arguments),
        Some("safetensors") => model(arguments),
        _ if arguments.file.is_dir() => folder(arguments),
        _ => recording(arguments),
    }
}

fn configuration(arguments: &InfoArguments) -> Result<(), Failure> {
    let config = Config::read(&arguments.file)?;
    let config = Config { filter: FilterConfig { band_hz: Some(config.band_hz()), ..config.filter.clone() }, ..config };
    if arguments.json {
        return output::json(&config);
    }
    let text = toml::to_string(&config).map_err(|e| Failure::failed(e.to_string()))?;
    say(&format!("# {} with every default filled in\n{text}", arguments.file.display()));
    Ok(())
}

fn model(arguments: &InfoArguments) -> Result<(), Failure> {
    let model = setup::model(&arguments.file)?;
    let (preparation, about) = (&model.preparation, &model.about);
    let labels = preparation.channels.labels();
    let trained_on = |class: usize| about.trained_trials.get(class).copied().unwrap_or(0);
    let trained_trials: Vec<usize> = (0..preparation.classes.len()).map(trained_on).collect();
    if arguments.json {
        let mut all = json!({
            "kind": model.decoder.kind(),
            "classes": preparation.class_names(),
            "channels": labels,
            "rate_hz": preparation.rate_hz,
            "unit": preparation.unit.name(),
            "band_hz": preparation.filter.band_hz,
            "filter_order": preparation.filter.order,
            "notch_hz": preparation.filter.notch_hz,
            "reference": preparation.reference.name(),
            "window_secs": preparation.window_secs,
            "hop_secs": preparation.hop_secs,
            "sliding_secs": preparation.sliding_secs,
            "recordings": about.recordings,
            "trained_trials": trained_trials,
            "validation": about.validation,
            "accuracy": about.accuracy,
            "chance_interval": about.chance_interval,
            "excluded_channels": about.excluded_channels,
            "motrace_version": about.motrace_version,
        });
        if let (Some(all), serde_json::Value::Object(decoder)) = (all.as_object_mut(), network::as_json(&model)) {
            all.extend(decoder);
        }
        return output::json(&all);
    }
    let names = preparation.class_names();
    say(&format!("model       {}", figures::described(&model)));
    say(&match names.as_slice() {
        [first, second] => format!("classes     {first} (negative), {second} (positive)"),
        _ => format!("classes     {}", names.join(", ")),
    });
    say(&format!("channels    {}", labels.join(" ")));
    if !about.excluded_channels.is_empty() {
        say(&format!("left out    {}", about.excluded_channels.join(", ")));
    }
    let counts: Vec<String> = trained_trials.iter().map(usize::to_string).collect();
    say(&format!(
        "trained on  {} trials of {}",
        counts.join(" + "),
        about.recordings.iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ")
    ));
    if let (Some(accuracy), Some([low, high])) = (about.accuracy, about.chance_interval) {
        say(&format!(
            "validation  {}: {} right; chance {} to {}",
            about.validation,
            percent(accuracy),
            percent(low),
            percent(high)
        ));
    }
    let decoder = match &model.decoder {
        Decoder::CspLda(decoder) => decoder,
        Decoder::Network(decoder) => {
            network::show(decoder, preparation.input.values_per_sec(preparation.rate_hz));
            return Ok(());
        }
    };
    for (k, (weight, eigenvalue)) in decoder.weights.iter().zip(&decoder.eigenvalues).enumerate() {
        let pattern: Vec<f64> = decoder.patterns.row(k).to_vec();
        let largest = pattern.iter().fold(0.0_f64, |m, p| m.max(p.abs())).max(f64::MIN_POSITIVE);
        let relative: Vec<f64> = pattern.iter().map(|p| p / largest).collect();
        say(&format!(
            "component {} weight {weight:+.3}, share of {} power {eigenvalue:.3}, pattern {}",
            k + 1,
            names[1],
            figures::largest(labels, &relative, 4)
        ));
    }
    Ok(())
}

/// Each recording of a folder after the other; as JSON, in a list.
fn folder(arguments: &InfoArguments) -> Result<(), Failure> {
    let recordings = recordings::wanted_in_folders(std::slice::from_ref(&arguments.file), &arguments.bids)?;
    if arguments.json {
        let summaries: Vec<Summary> = recordings
            .iter()
            .map(|path| Ok(Summary::of(&Recording::open_with_tables(path)?)))
            .collect::<Result<_, Failure>>()?;
        return output::json(&summaries);
    }
    for (number, file) in recordings.into_iter().enumerate() {
        if number > 0 {
            say("");
        }
        recording(&InfoArguments { file, bids: BidsArguments::default(), json: false })?;
    }
    Ok(())
}

fn recording(arguments: &InfoArguments) -> Result<(), Failure> {
    let recording = Recording::open_with_tables(&arguments.file)?;
    let summary = Summary::of(&recording);
    if arguments.json {
        return output::json(&summary);
    }
    say(&format!("{}  {}, {}", clean_text(&summary.path, 200), summary.format, duration(summary.duration_secs)));
    if let Some(start) = &summary.start {
        say(&format!("started     {}", clean_text(start, 60)));
    }
    let provenance = &summary.provenance;
    if !provenance.version.is_empty() && provenance.version != summary.format {
        let by = if provenance.written_by.is_empty() { "" } else { ", by " };
        say(&format!(
            "written     {}{by}{}",
            clean_text(&provenance.version, 60),
            clean_text(&provenance.written_by, 60)
        ));
    }
    for file in provenance.files.iter().skip(1) {
        say(&format!("with        {}", clean_text(&file.path.display().to_string(), 200)));
    }
    say(&format!("sha256      {}", summary.sha256));
    for stream in &summary.streams {
        show_stream(stream);
    }
    if !summary.markers.is_empty() {
        let list: Vec<String> = summary
            .markers
            .iter()
            .take(24)
            .map(|m| format!("{}{} \u{d7}{}", clean_text(&m.text, 40), named(m), m.count))
            .collect();
        let more = summary.markers.len().saturating_sub(24);
        say(&format!(
            "\nmarkers     {}{}",
            list.join(", "),
            if more > 0 { format!(" and {more} more") } else { String::new() }
        ));
    }
    for warning in &summary.warnings {
        say(&format!("warning     {}", clean_text(warning, 300)));
    }
    Ok(())
}

/// What a code is called, without its name in OpenViBE.
fn named(marker: &MarkerCount) -> String {
    let name = marker.name.split(" (").next().unwrap_or_default();
    if name.is_empty() || marker.text.contains(name) { String::new() } else { format!(" ({})", clean_text(name, 40)) }
}

fn show_stream(stream: &StreamSummary) {
    let name = if stream.name.is_empty() { "(no name)".to_owned() } else { clean_text(&stream.name, 60) };
    say(&format!(
        "\nstream {}   {name}, type {}, {} channel(s), {} samples, {}",
        stream.id,
        if stream.kind.is_empty() { "not given".into() } else { clean_text(&stream.kind, 30) },
        stream.channels.len(),
        stream.samples,
        duration(stream.duration_secs)
    ));
    if stream.nominal_rate_hz == 0.0 {
        say("  rate      irregular");
    } else {
        say(&format!(
            "  rate      {} Hz nominal, {:.3} Hz effective, {:.3} Hz between gaps",
            stream.nominal_rate_hz, stream.effective_rate_hz, stream.rate_between_gaps_hz
        ));
        let off = (stream.rate_between_gaps_hz / stream.nominal_rate_hz - 1.0).abs();
        if stream.samples > 1 && off > 0.0005 {
            say(&format!("  careful   the device runs {} off its nominal rate", percent(off)));
        }
    }
    if !stream.gaps.is_empty() {
        say(&format!("  gaps      {}, {} missing in all", stream.gaps.len(), duration(stream.missing_secs)));
        for gap in stream.gaps.iter().take(8) {
            say(&format!(
                "            before sample {}: {} samples, {}",
                gap.index,
                gap.missing_samples,
                duration(gap.length_secs)
            ));
        }
        if stream.gaps.len() > 8 {
            say(&format!("            and {} more (--json lists all)", stream.gaps.len() - 8));
        }
    }
    if stream.is_text || stream.channels.is_empty() {
        return;
    }
    let labels: Vec<String> = stream
        .channels
        .iter()
        .enumerate()
        .map(|(i, c)| if c.label.is_empty() { format!("#{}", i + 1) } else { clean_text(&c.label, 20) })
        .collect();
    say(&format!("  channels  {}", labels.join(" ")));
    let unlabelled = stream.channels.iter().filter(|c| c.label.is_empty()).count();
    if unlabelled > 0 {
        say(&format!(
            "  careful   {unlabelled} channel(s) without a label; give them in the configuration, [stream] labels"
        ));
    }
    let mut units: Vec<&str> = stream.channels.iter().map(|c| c.unit.as_str()).collect();
    units.dedup();
    match units.as_slice() {
        [""] => say("  unit      none given; give it in the configuration, [stream] unit"),
        [one] => say(&format!("  unit      {}", clean_text(one, 20))),
        several => say(&format!("  units     {}", clean_text(&several.join(" "), 80))),
    }
    let bad: Vec<String> = labels.iter().zip(&stream.channels).filter_map(|(label, c)| flagged(label, c)).collect();
    if !bad.is_empty() {
        say(&format!("  quality   {}", bad.join(", ")));
    }
}

/// A channel that is not good, and why.
fn flagged(label: &str, channel: &ChannelSummary) -> Option<String> {
    (channel.condition != "good" && !channel.condition.is_empty()).then(|| {
        let at =
            channel.mean.map_or_else(String::new, |mean| format!(" at {mean:.1} {}", clean_text(&channel.unit, 12)));
        format!("{label} {}{at}", channel.condition)
    })
}
