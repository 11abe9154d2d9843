//! `motrace evaluate`

mod files;
mod inputs;
mod page;
mod pseudo_online;
mod spreadsheet;
mod tables;

use crate::arguments::{EvaluateArguments, SelectKind, Shard, WantedDecoder};
use crate::config::{Config, DecoderKind as ConfiguredKind};
use crate::failure::Failure;
use crate::output::{self, duration};
use crate::{setup, stopping};
use inputs::Inputs;
use motrace_decode::metrics::Resampling;
use motrace_engine::{NetworkSettings, Preparation};
use motrace_evaluate::{
    DecoderId, DecoderKind, EvaluateError, Evaluation, JobResult, NetworkRecipe, Plan, Protocol, Report,
    ReportSettings, ResultsFolder, Selection, Settings, Training, merge,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Instant;

/// Evaluates decoders, or adds up what was evaluated.
pub fn run(arguments: &EvaluateArguments) -> Result<(), Failure> {
    if let Some(path) = [&arguments.csv, &arguments.report].into_iter().flatten().find(|path| path.exists()) {
        return Err(Failure::failed(format_args!("{} exists already; give another name or remove it", path.display())));
    }
    if !arguments.merge.is_empty() {
        let begin = Instant::now();
        let merged = merge(&arguments.merge)?;
        return show(&merged.plan, &merged.results, arguments, begin);
    }
    let Some(path) = &arguments.config else { return Err(Failure::usage("a configuration is wanted: -c CONFIG")) };
    let begin = Instant::now();
    let config = Config::read(path)?;
    let inputs = Inputs::open(arguments, &config)?;
    let settings = settings(arguments, &config, &inputs)?;
    let evaluation = Evaluation::new(inputs.recordings.clone(), inputs.preparation.clone(), settings)?;
    evaluate(&evaluation, &inputs, arguments, begin)
}

fn evaluate(
    evaluation: &Evaluation,
    inputs: &Inputs,
    arguments: &EvaluateArguments,
    begin: Instant,
) -> Result<(), Failure> {
    let plan = evaluation.plan();
    let all = plan.jobs.len();
    let own = arguments.shard.map_or(0..all, |Shard { number, of }| (number - 1) * all / of..number * all / of);
    let folder = arguments.results.as_deref().map(|path| ResultsFolder::create(path, plan)).transpose()?;
    let known = |job: &usize| folder.as_ref().and_then(|folder| folder.result(&plan.jobs[*job]));
    let before: Vec<(usize, Option<JobResult>)> = own.clone().map(|job| (job, known(&job))).collect();
    let missing: Vec<usize> = before.iter().filter(|(_, result)| result.is_none()).map(|(job, _)| *job).collect();
    if missing.len() < own.len() {
        output::note(&format!("{} of {} jobs are done already", own.len() - missing.len(), own.len()));
    }
    let stop = stopping::on_request();
    let bar = output::progress("evaluating", missing.len() as u64);
    let keep = |result: &JobResult| -> Result<(), EvaluateError> {
        folder.as_ref().map_or(Ok(()), |folder| folder.keep(result))
    };
    let threads = arguments.jobs.map_or(0, usize::from);
    let outcome = evaluation.run(&missing, threads, &stop, inputs, &keep, &|step| bar.set_position(step.done as u64));
    bar.finish_and_clear();
    let outcome = outcome?;
    let done = own.len() - missing.len() + outcome.results.len();
    if outcome.is_interrupted {
        return Err(Failure::failed(match &arguments.results {
            Some(folder) => format!(
                "interrupted: {done} of {} jobs are done and kept in {}; the same command goes on from there",
                own.len(),
                folder.display()
            ),
            None => format!(
                "interrupted after {done} of {} jobs; with --results FOLDER, what is done is kept and the same command goes on",
                own.len()
            ),
        }));
    }
    if let (Some(Shard { number, of }), Some(folder)) = (arguments.shard, &arguments.results) {
        if arguments.json {
            return output::json(&json!({ "shard": number, "of": of, "jobs": done, "jobs_of_all": all }));
        }
        output::say(&format!(
            "shard {number} of {of}: {done} of {all} jobs done in {}, kept in {}; motrace evaluate --merge adds them up",
            duration(begin.elapsed().as_secs_f64()),
            folder.display()
        ));
        return Ok(());
    }
    let mut results: Vec<JobResult> = before.into_iter().filter_map(|(_, result)| result).collect();
    results.extend(outcome.results);
    show(plan, &results, arguments, begin)
}

/// Prints what was found.
fn show(plan: &Plan, results: &[JobResult], arguments: &EvaluateArguments, begin: Instant) -> Result<(), Failure> {
    let settings = ReportSettings {
        resampling: Resampling { rounds: arguments.rounds as usize, seed: 0 },
        threads: arguments.jobs.map_or(0, usize::from),
    };
    let report = Report::of(plan, results, settings);
    for warning in &report.warnings {
        output::warn(warning);
    }
    if let Some(path) = &arguments.csv {
        output::write_new(path, spreadsheet::of(&report).as_bytes())?;
    }
    if let Some(path) = &arguments.report {
        output::write_new(path, page::of(&report).as_bytes())?;
    }
    if arguments.json {
        return output::json(&report);
    }
    tables::show(&report);
    if let Some(path) = &arguments.report {
        output::say(&format!("\nreport      {}", path.display()));
    }
    output::say(&format!(
        "\n{} jobs, {} of one core; done in {}",
        results.len(),
        duration(results.iter().map(|result| result.seconds).sum()),
        duration(begin.elapsed().as_secs_f64())
    ));
    Ok(())
}

/// What the command line and the configuration want.
fn settings(arguments: &EvaluateArguments, config: &Config, inputs: &Inputs) -> Result<Settings, Failure> {
    let classes = inputs.preparation.classes.len();
    let mut decoders: Vec<DecoderId> = Vec::new();
    for wanted in &arguments.decoder {
        let named = match wanted {
            WantedDecoder::All => DecoderId::all(classes),
            WantedDecoder::One(decoder) => vec![*decoder],
        };
        for decoder in named {
            if !decoders.contains(&decoder) {
                decoders.push(decoder);
            }
        }
    }
    if !arguments.select.is_empty() && !decoders.iter().any(|decoder| decoder.is_selected) {
        // Each with its choices, beside the first as it is configured.
        let first = decoders.first().copied();
        let selected = decoders.iter().map(|d| DecoderId { is_selected: !d.kind.is_network(), ..*d });
        decoders = first.into_iter().chain(selected).collect();
        decoders.dedup();
    }
    let mut protocols: Vec<Protocol> = Vec::new();
    for kind in &arguments.protocol {
        let protocol = kind.with(arguments.folds, usize::from(arguments.seeds));
        if !protocols.contains(&protocol) {
            protocols.push(protocol);
        }
    }
    if protocols.is_empty() {
        protocols.push(if arguments.test.is_empty() {
            Protocol::Chronological { folds: arguments.folds }
        } else {
            Protocol::Transfer
        });
    }
    let pseudo_online = pseudo_online::recipe(arguments, config, &inputs.preparation, &protocols)?;
    let mut networks = BTreeMap::new();
    for kind in decoders.iter().map(|decoder| decoder.kind).filter(|kind| kind.is_network()) {
        networks.insert(kind, recipe(kind, config, &inputs.preparation)?);
    }
    let selects = |kind| arguments.select.contains(&kind);
    Ok(Settings {
        decoders,
        protocols,
        networks,
        pseudo_online,
        training: Training {
            patterns_per_side: config.decoder.patterns_per_side,
            reject_artefacts: config.training.reject_artefacts && !arguments.keep_artefacts,
            selection: Selection {
                band: selects(SelectKind::Band),
                window_range_secs: selects(SelectKind::Window).then(|| setup::window_range_secs(config)),
                patterns: selects(SelectKind::Patterns),
            },
            recentre_trials: arguments.recentre_trials as usize,
            permutation_seed: arguments.permute,
            ..Training::default()
        },
    })
}

/// What a network reads and how it learns, as the configuration has it.
fn recipe(kind: DecoderKind, config: &Config, own: &Preparation) -> Result<NetworkRecipe, Failure> {
    let mut config = config.clone();
    config.decoder.kind = match kind {
        DecoderKind::Shallow => ConfiguredKind::Shallow,
        DecoderKind::Mlp => ConfiguredKind::Mlp,
        _ => ConfiguredKind::EegNet,
    };
    config.check().map_err(|e| Failure::usage(format_args!("the configuration with --decoder {}: {e}", kind.key())))?;
    let Some(architecture) = config.decoder.architecture() else {
        return Err(Failure::usage(format_args!("{} is no network", kind.key())));
    };
    let mut filter = own.filter.clone();
    filter.band_hz = Some(config.band_hz());
    Ok(NetworkRecipe {
        filter,
        input: setup::input_stage(&config),
        network: NetworkSettings {
            architecture,
            training: config.decoder.training.clone(),
            composite: config.decoder.explanation,
        },
    })
}
